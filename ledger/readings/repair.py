"""Finding where stored readings differ from what the journal gives, and repairing them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, delete, insert, select

from domain.numbers import show_value
from domain.readings import EARLIEST
from domain.times import DAY, NEVER, format_instant
from store.chunk import Stored
from store.compaction import horizon
from store.forward import rewind
from store.readings import stored
from store.series import SeriesIds, SeriesKey, find, list_series
from store.tables import chunks, conflicts, fault_numbers, readings

Day = tuple[SeriesKey, int]
Conflict = tuple[SeriesKey, int, int, int]  # series, instant, refused, kept


@dataclass(frozen=True, slots=True)
class Difference:
    """One instant of one series that is stored otherwise than the journal says; None: nothing there."""

    key: SeriesKey
    measured_at: int
    was: str | None
    is_now: str | None

    def __str__(self) -> str:
        """Say it in one line."""
        where = f"{self.key.device}/{self.key.probe} {self.key.quantity} {format_instant(self.measured_at)}"
        return f"{where}: stored {self.was or 'nothing'}, the journal says {self.is_now or 'nothing'}"


def differences(ours: Connection, derived: Connection) -> Iterator[Difference]:
    """Yield every difference, by series and time. What was forgotten for its age is none."""
    kept_since = horizon(ours) or EARLIEST
    names = sorted({*list_series(ours).values(), *list_series(derived).values()})
    our_numbers, their_numbers = find(ours, names), find(derived, names)
    for key in names:
        both = [
            [reading for reading in _read(connection, numbers.get(key)) if not _forgotten(reading, kept_since)]
            for connection, numbers in ((ours, our_numbers), (derived, their_numbers))
        ]
        yield from _compared(key, *both)
    for is_ours, other in ((True, _conflicts(ours, kept_since)), (False, _conflicts(derived, kept_since))):
        against = _conflicts(derived if is_ours else ours, kept_since)
        for key, at, refused, kept in sorted(other - against):
            said = f"the conflict {show_value(kept)} against {show_value(refused)}"
            yield Difference(key, at, said if is_ours else None, None if is_ours else said)


def put_right(ours: Connection, derived: Connection, ids: SeriesIds, wrong: list[Difference]) -> None:
    """Write every day of a series that has a difference as the journal gives it. For the one writer only.

    What is written here is sent to InfluxDB again.
    """
    first = NEVER
    for (key, day), _ in groupby(sorted({(each.key, each.measured_at // DAY) for each in wrong})):
        [number] = ids.get(ours, [key])
        since, until = day * DAY, (day + 1) * DAY
        ours.execute(delete(chunks).where(chunks.c.series == number, chunks.c.day == day))
        for table in (readings, conflicts, fault_numbers):
            of_day = (table.c.series == number, table.c.measured_at >= since, table.c.measured_at < until)
            ours.execute(delete(table).where(*of_day))
        theirs = find(derived, [key]).get(key)
        if theirs is None:
            continue
        rows = [{"series": number, **reading._asdict()} for reading in stored(derived, theirs, since, until)]
        refused = select(conflicts).where(
            conflicts.c.series == theirs, conflicts.c.measured_at >= since, conflicts.c.measured_at < until
        )
        clashes = [{**row._mapping, "series": number} for row in derived.execute(refused)]
        stopped = select(fault_numbers).where(
            fault_numbers.c.series == theirs, fault_numbers.c.measured_at >= since, fault_numbers.c.measured_at < until
        )
        numbers = [{**row._mapping, "series": number} for row in derived.execute(stopped)]
        if numbers:
            ours.execute(insert(fault_numbers), numbers)
        if rows:
            ours.execute(insert(readings), rows)
            first = min(first, *(row["journal"] for row in rows))
        if clashes:
            ours.execute(insert(conflicts), clashes)
    if first < NEVER:
        rewind(ours, first)


def _read(connection: Connection, number: int | None) -> Iterator[Stored]:
    return iter(()) if number is None else stored(connection, number)


def _forgotten(reading: Stored, kept_since: int) -> bool:
    return EARLIEST <= reading.measured_at < kept_since


def _compared(key: SeriesKey, ours: list[Stored], theirs: list[Stored]) -> Iterator[Difference]:
    was = {reading.measured_at: _described(reading) for reading in ours}
    now = {reading.measured_at: _described(reading) for reading in theirs}
    for at in sorted(was.keys() | now.keys()):
        if was.get(at) != now.get(at):
            yield Difference(key, at, was.get(at), now.get(at))


def _described(reading: Stored) -> str:
    value = "a fault" if reading.value is None else repr(show_value(reading.value))
    return f"{value} (flags {reading.flags}, journal {reading.journal})"


def _conflicts(connection: Connection, kept_since: int) -> set[Conflict]:
    names = list_series(connection)
    return {
        (names[row.series], row.measured_at, row.refused, row.kept)
        for row in connection.execute(select(conflicts))
        if not EARLIEST <= row.measured_at < kept_since
    }
