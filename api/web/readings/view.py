"""Readings one by one, also those that are not judged: what a number on a page comes from. For staff only."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.deps import View
from api.offsets import added, with_offset
from api.web.frame.texts import text
from domain.errors import NotFoundError
from domain.faults import fault_of
from domain.model import QUANTITIES
from domain.readings import NOT_JUDGED, UNPLACED, Flag
from domain.times import HOUR, datetime_of
from rules.messages.words import describe_fault
from rules.subjects.places import Places
from store.fault_numbers import numbers_of
from store.readings import stored
from store.series import find, series_of

# How far around an instant is looked at first, and with how many readings at most.
AROUND = HOUR
MOST = 400


@dataclass(frozen=True, slots=True)
class RawRow:
    """A reading of a sensor; `journal` is the row of the journal that brought it, `flags` what is special about it.

    `value` is with the `offset` in force then.
    """

    sensor: str
    quantity: str
    at: int
    value: int | None
    received_at: int
    journal: int
    flags: tuple[str, ...]
    is_judged: bool
    offset: int
    fault: str  # what kind, in words; "" if it is none
    is_placed: bool  # whether it is known when it was measured; if not, `at` only sorts it
    written: str  # the local time as it was sent, where nobody knows its zone

    @property
    def delay(self) -> int:
        """How long it took from being measured to being received."""
        return self.received_at - self.at


@dataclass(frozen=True, slots=True)
class Raw:
    """Readings around an instant, in order of time; `is_cut`: there are more in this time."""

    name: str
    since: int
    until: int
    rows: tuple[RawRow, ...]
    is_cut: bool


def raw_readings(view: View, sensor: str | None, place: str | None, quantity: str | None, at: int) -> Raw:
    """Return the readings of a sensor, or of all that spoke for a place then.

    Raises NotFoundError for a sensor or a place that is not there.
    """
    since, until = at - AROUND, at + AROUND
    sensors = [sensor] if sensor is not None else _speakers(view, place or "", since, until)
    rows: list[RawRow] = []
    for name in sensors:
        for each in QUANTITIES if quantity is None else (quantity,):
            rows += _rows(view, name, each, since, until)
    rows.sort(key=lambda row: (row.at, row.sensor, row.quantity))
    nearest = sorted(rows, key=lambda row: abs(row.at - at))[:MOST]
    nearest.sort(key=lambda row: (row.at, row.sensor, row.quantity))
    return Raw(sensor or place or "", since, until, tuple(nearest), len(rows) > MOST)


def _speakers(view: View, place: str, since: int, until: int) -> list[str]:
    if place not in view.snapshot.site.locations:
        raise NotFoundError(f"no location {place}")
    places = Places(view.snapshot.site)
    spans = (span for quantity in QUANTITIES for span in places.speaking(place, quantity))
    return sorted({span.sensor for span in spans if span.since < until and span.until > since})


def _rows(view: View, name: str, quantity: str, since: int, until: int) -> Iterator[RawRow]:
    sensor = view.snapshot.site.sensors.get(name)
    if sensor is None:
        raise NotFoundError(f"no sensor {name}")
    key = series_of(sensor, quantity)
    number = find(view.connection, [key]).get(key)
    if number is None:
        return
    sent = numbers_of(view.connection, number, since, until + 1)
    for row in stored(view.connection, number, since, until + 1):
        flags = Flag(row.flags)
        words = tuple(text(f"readings.flag_{flag.name.lower()}") for flag in _shown_flags(flags) if flag.name)
        judged = not flags & NOT_JUDGED
        at, offset = row.measured_at, added(sensor, quantity, row.measured_at)
        value = with_offset(sensor, quantity, at, row.value)
        kind = "" if value is not None else describe_fault(quantity, fault_of(row.flags), sent.get(at))
        written = f"{datetime_of(at):%Y-%m-%d %H:%M:%S}" if flags & Flag.UNKNOWN_ZONE else ""
        time = not flags & UNPLACED, written
        yield RawRow(name, quantity, at, value, row.received_at, row.journal, words, judged, offset, kind, *time)


def _shown_flags(flags: Flag) -> Iterator[Flag]:
    """Yield the marks to be told; that it got its arrival time is said by the one that says why."""
    why = Flag.NO_ZONE | Flag.CLOCK_REPLACED
    return (flag for flag in Flag if flag and flag in flags and not (flag is Flag.ARRIVAL_TIME and flags & why))
