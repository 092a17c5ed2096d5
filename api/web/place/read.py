"""What is known of a place, read in one look. For staff only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.deps import View
from api.reads.alerts import read_alerts
from api.reads.last_readings import last_readings
from api.reads.stored_at import stored_at
from api.web.components.current import Value, value_of, worst_live
from api.web.components.limits import MAX_GAP, Limits, limits_of, version_in_force
from api.web.frame.naming import batch_address, in_order
from api.web.problems.rows import ProblemRow, read_problems
from domain.errors import NotFoundError
from domain.model import QUANTITIES, Placement, ProfileVersion
from domain.times import NEVER
from rules.subjects.places import Places, Span
from rules.subjects.whereabouts import UnitKey
from rules.usability import Usability
from sites.schema import key_of
from store import state
from store.open_alerts import OF_A_PLACE
from store.tables import alerts

PROBLEMS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor that speaks for the place; it hangs at `place` since `since`."""

    id: str
    device: str
    probe: str | None
    place: str
    since: int
    said: Sequence[Value]  # what it measured last


@dataclass(frozen=True, slots=True)
class StockRow:
    """A unit that stands, or stood, in the place; `place` is where exactly."""

    placement: Placement
    client: str | None
    usability: Usability

    @property
    def address(self) -> str:
        """Return the address of its batch."""
        return batch_address(self.placement.product, self.placement.lot)

    @property
    def until(self) -> int | None:
        """Return when it left; None: it is still there, or nobody knows yet."""
        return None if self.placement.until == NEVER else self.placement.until


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place at one instant; `at` is the instant for which its stock was asked."""

    id: str
    name: str
    kind: str
    above: Sequence[str]  # from the top down
    inside: Sequence[str]
    version: ProfileVersion | None
    limits: Mapping[str, Limits]
    sensors: Sequence[SensorRow]
    stock: Sequence[StockRow]
    at: int
    problems: Sequence[ProblemRow]
    more_problems: bool

    @property
    def open(self) -> list[ProblemRow]:
        """The problems that go on."""
        return [row for row in self.problems if row.alert.until is None and row.alert.founded]

    @property
    def last_at(self) -> int | None:
        """When something was heard last."""
        return max((said.at for row in self.sensors for said in row.said if said.at is not None), default=None)

    @property
    def now(self) -> Sequence[Value]:
        """The worst live value of each quantity that has one."""
        said = [said for row in self.sensors for said in row.said]
        worst = (worst_live(each for each in said if each.quantity == quantity) for quantity in QUANTITIES)
        return [each for each in worst if each is not None]


def find_place(view: View, name: str, at: int | None) -> PlaceFound:
    """Read a place. Raises NotFoundError if there is none of that name."""
    site, now = view.snapshot.site, view.now
    if name not in site.locations:
        raise NotFoundError(f"no location {name}")
    location, doc = site.locations[name], _doc(view, name)
    version = version_in_force(site, location.profile.at(now), now)
    limits = {quantity: limits_of([version] if version else [], quantity) for quantity in QUANTITIES}
    problems = _problems(view, name)
    asked = now if at is None else at
    return PlaceFound(
        name,
        doc.get("name") or name,
        doc.get("kind") or "",
        _above(view, name),
        sorted(each.id for each in site.locations.values() if each.parent.at(now) == name),
        version,
        limits,
        _sensors(view, name, limits, version.max_gap if version else MAX_GAP),
        _stock(view, name, asked),
        asked,
        problems[:PROBLEMS_SHOWN],
        len(problems) > PROBLEMS_SHOWN,
    )


def _doc(view: View, name: str) -> Mapping[str, Any]:
    entry = state.find_entry(view.connection, "location", key_of("location", {"id": name}))
    return entry.doc if entry is not None else {}


def _above(view: View, name: str) -> list[str]:
    above: list[str] = []
    parent = view.snapshot.site.locations[name].parent.at(view.now)
    while parent is not None:
        above.insert(0, parent)
        parent = view.snapshot.site.locations[parent].parent.at(view.now)
    return above


def _sensors(view: View, name: str, limits: Mapping[str, Limits], max_gap: int) -> list[SensorRow]:
    places = Places(view.snapshot.site)
    spans: dict[str, dict[str, Span]] = {}
    for quantity in QUANTITIES:
        for span in places.speaking(name, quantity):
            if span.since <= view.now < span.until:
                spans.setdefault(span.sensor, {})[quantity] = span
    return [_sensor(view, sensor, spans[sensor], limits, max_gap) for sensor in sorted(spans)]


def _sensor(view: View, name: str, spans: Mapping[str, Span], limits: Mapping[str, Limits], max_gap: int) -> SensorRow:
    sensor, first = view.snapshot.site.sensors[name], next(iter(spans.values()))
    newest = last_readings(view, [(name, quantity) for quantity in QUANTITIES if quantity in spans])
    said = [value_of(last, view.now, max_gap, limits[last.quantity]) for last in newest.values()]
    return SensorRow(name, sensor.device, sensor.probe, first.place, _hung_since(view, name, first), said)


def _hung_since(view: View, sensor: str, span: Span) -> int:
    mounts = (m.since for m in view.snapshot.site.mounts if (m.sensor, m.location) == (sensor, span.place))
    return max((since for since in mounts if since <= view.now), default=span.since)


def _stock(view: View, name: str, at: int) -> list[StockRow]:
    """Return what stood in the place, or in one inside it, at an instant."""
    inside = {each for each in view.snapshot.site.locations if name in _chain(view, each, at)}
    there = list(stored_at(view, at, at, inside))
    known = view.usability({(each.product, each.lot) for each in there})
    rows = [
        StockRow(
            each,
            view.snapshot.site.batches[each.product, each.lot].client,
            known.of_unit(UnitKey(each.product, each.lot, each.unit)),
        )
        for each in there
    ]
    return sorted(rows, key=lambda row: in_order((row.placement.product, row.placement.lot, row.placement.unit)))


def _chain(view: View, name: str | None, at: int) -> Iterator[str]:
    while name is not None:
        yield name
        name = view.snapshot.site.locations[name].parent.at(at)


def _problems(view: View, name: str) -> list[ProblemRow]:
    of_it = read_alerts(view, OF_A_PLACE, alerts.c.place == name, newest=True, most=PROBLEMS_SHOWN + 1)
    return read_problems(view, of_it)
