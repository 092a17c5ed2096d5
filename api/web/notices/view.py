"""A device as its page shows it: which sensors of the site it is, its last readings, and its notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from api.deps import View
from api.paging import Page, Paging
from api.reads.devices import newest_readings
from api.reads.lists import newest_first
from api.reads.unused import UnusedRow, refused_rows, unused_rows
from domain.errors import NotFoundError
from domain.notices import READINGS, About, Notice, about, weight
from ledger.models.last_reading import LastReading
from ledger.models.notice import sample_of
from store import notices
from store.notices import NoticeRow, row_of
from store.tables import device_notices

# Kinds of readings whose instant is none: the stamp stands as it was written.
UNPLACED = frozenset(f"not_judged_{name}" for name in ("unknown_zone", "twice", "skipped"))
LISTED = frozenset((*READINGS, Notice.CONFLICT, Notice.CONFLICT_OUTSIDE))  # kinds of which every reading is listed


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the newest: when it came, what it says, and its message (`topic` None: it came in a file)."""

    at: int
    journal: int
    text: str
    topic: str | None
    payload: str | None
    retained: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice: its row, what it means, and samples, the newest first."""

    row: NoticeRow
    about: About
    samples: Sequence[Sample]

    @property
    def is_open(self) -> bool:
        """Tell whether somebody should look at it."""
        return self.about.calls and self.row.fresh > 0

    @property
    def address_of_all(self) -> str | None:
        """Where every reading of the kind is listed; None: it is of no readings."""
        if self.row.kind not in LISTED or not self.row.device:
            return None
        return "/setup/unused-readings?" + urlencode({"device": self.row.device, "kind": self.row.kind})


@dataclass(frozen=True, slots=True)
class Probe:
    """One channel of a device; `sensor` None: no sensor of the site."""

    name: str
    sensor: str | None
    readings: Sequence[LastReading]


@dataclass(frozen=True, slots=True)
class Device:
    """A device, sensor of the site or not."""

    name: str
    probes: Sequence[Probe]
    notices: Sequence[Shown]  # the gravest first

    @property
    def unreviewed(self) -> int:
        """How many kinds of notices somebody should look at."""
        return sum(1 for each in self.notices if each.is_open)


def list_notices(view: View, paging: Paging) -> Page[Shown]:
    """Return a page of all notices; on each page what somebody should look at comes first."""
    page = newest_first(view, device_notices, paging, (), row_of, _shown)
    ordered = sorted(page.items, key=lambda each: (not each.is_open, weight(each.row.kind)))
    return Page(items=ordered, next=page.next)


def list_unused(view: View, paging: Paging, device: str, kind: str) -> Page[UnusedRow]:
    """Return a page of the readings of a device and kind, by time: refused, not evaluated, or faults.

    Raises InvalidError for a kind that is none of readings.
    """
    if kind in (Notice.CONFLICT, Notice.CONFLICT_OUTSIDE):
        return refused_rows(view, device, paging)
    return unused_rows(view, device, paging, kind)


def find_device(view: View, name: str) -> Device:
    """Return a device that was heard or belongs to the site. Raises NotFoundError for another."""
    sensors = {sensor.probe or "": sensor.id for sensor in view.snapshot.site.sensors.values() if sensor.device == name}
    newest = {probe: found for (device, probe), found in newest_readings(view.connection).items() if device == name}
    rows = sorted(notices.of_device(view.connection, name), key=lambda row: weight(row.kind))
    if not sensors and not newest and not rows:
        raise NotFoundError(f"no device {name}")
    probes = [Probe(probe, sensors.get(probe), newest.get(probe, ())) for probe in sorted({*sensors, *newest})]
    return Device(name, probes, list(map(_shown, rows)))


def _shown(row: NoticeRow) -> Shown:
    samples = [
        Sample(
            sample["at"],
            sample["journal"],
            sample_of(row.kind, sample),
            sample.get("topic"),
            sample.get("payload"),
            bool(sample.get("retained")),
        )
        for sample in reversed(row.samples)
    ]
    return Shown(row, about(row.kind), samples)


def unreviewed(view: View, device: str) -> list[Shown]:
    """Return the notices of a device that somebody should look at, the gravest first."""
    rows = sorted(notices.of_device(view.connection, device), key=lambda row: weight(row.kind))
    return [shown for shown in map(_shown, rows) if shown.is_open]
