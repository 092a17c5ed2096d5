"""The numbers that sensors sent and their gates stopped (`domain.gate`): the reading is a fault, its number is here.

When a sensor's gate is corrected, its readings are what the new gate makes of the numbers that were sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from domain.faults import MASK, Fault, fault_of, in_flags
from domain.gate import Gate
from domain.times import DAY
from store.chunk import REPLACED_FAULT_BIT, Stored, decode, encode, header_of
from store.database import upsert_into
from store.readings import COMPACTED
from store.series import AT_ONCE
from store.tables import chunks, conflicts, fault_numbers, readings
from store.turns import hold_in_transaction

FaultAt = Callable[[int, int], Fault | None]  # of a number and an instant


class FaultNumber(NamedTuple):
    """A number that was stopped: the columns of table fault_numbers."""

    series: int
    measured_at: int
    number: int
    received_at: int
    journal: int


def add(connection: Connection, rows: Sequence[FaultNumber]) -> None:
    """Keep numbers; of two at one instant the first received."""
    if rows:
        statement = upsert_into(connection, fault_numbers).on_conflict_do_nothing()
        connection.execute(statement, [row._asdict() for row in rows])


def kinds_of(connection: Connection, faults: Mapping[int, int]) -> dict[int, tuple[Fault, int | None]]:
    """Return what kind of fault series have at an instant each, and the number that was sent, if it was one."""
    found = {}
    for series, at in faults.items():
        kept = _at(connection, series, [at]).get(at)
        kind = Fault.UNKNOWN if kept is None else fault_of(kept.flags)
        found[series] = kind, numbers_of(connection, series, at, at + 1).get(at)
    return found


def numbers_of(connection: Connection, series: int, since: int, until: int) -> dict[int, int]:
    """Return the numbers of a series in `[since, until)`, by instant."""
    columns = (fault_numbers.c.measured_at, fault_numbers.c.number)
    inside = fault_numbers.c.measured_at.between(since, until - 1)
    return {at: number for at, number in connection.execute(select(*columns).where(_of(fault_numbers, series), inside))}


def regate(connection: Connection, series: int, fault_at: FaultAt, quick: Gate) -> int | None:
    """Make the readings of a series what its gate makes of the numbers that were sent. For the one writer only.

    `quick` lets through only what `fault_at` never stops. Return the first journal row of what has changed, None if
    nothing has. The work is in what was stopped and in the days that hold what `quick` would stop.
    """
    hold_in_transaction(connection, COMPACTED, shared=True)
    changes = [*_released(connection, series, fault_at), *_stopped(connection, series, fault_at, quick)]
    for day in sorted({new.measured_at // DAY for new in changes}):
        _write(connection, series, day, {new.measured_at: new for new in changes if new.measured_at // DAY == day})
    return min((new.journal for new in changes), default=None)


def _of(table: Any, series: int) -> ColumnElement[bool]:
    found: ColumnElement[bool] = table.c.series == series
    return found


def _released(connection: Connection, series: int, fault_at: FaultAt) -> Iterator[Stored]:
    """Yield the readings that are values now, or faults of another kind."""
    rows = connection.execute(select(fault_numbers).where(_of(fault_numbers, series))).all()
    kept = _at(connection, series, [row.measured_at for row in rows])
    gone = []
    for row in rows:
        now, stored = fault_at(row.number, row.measured_at), kept.get(row.measured_at)
        if now is None:
            gone.append(row.measured_at)
        if stored is None:
            continue
        if stored.value is not None:
            if now is None and stored.value != row.number:
                _refuse(connection, FaultNumber(*row), stored.value)
        elif now is None:
            yield Stored(row.measured_at, row.number, row.received_at, row.journal, stored.flags & ~MASK)
        elif (flags := stored.flags & ~MASK | in_flags(now)) != stored.flags:
            yield stored._replace(flags=flags)
    for start in range(0, len(gone), AT_ONCE):
        some = fault_numbers.c.measured_at.in_(gone[start : start + AT_ONCE])
        connection.execute(delete(fault_numbers).where(_of(fault_numbers, series), some))


def _refuse(connection: Connection, sent: FaultNumber, kept: int) -> None:
    """Keep what was sent as a conflict: another value came for that instant meanwhile."""
    row = {**sent._asdict(), "refused": sent.number, "kept": kept}
    del row["number"]
    connection.execute(upsert_into(connection, conflicts).on_conflict_do_nothing(), [row])


def _stopped(connection: Connection, series: int, fault_at: FaultAt, quick: Gate) -> list[Stored]:
    """Return the readings that are faults now, their numbers kept; or the value that was refused in favour of one."""
    found: list[Stored] = []
    for stored in _doubtful(connection, series, quick):
        fault = None if stored.value is None else fault_at(stored.value, stored.measured_at)
        if fault is None or stored.value is None:
            continue
        add(connection, [FaultNumber(series, stored.measured_at, stored.value, stored.received_at, stored.journal)])
        flags = stored.flags & ~REPLACED_FAULT_BIT
        other = _next_best(connection, series, stored.measured_at, fault_at)
        if other is None:
            found.append(stored._replace(value=None, flags=flags | in_flags(fault)))
        else:
            value, received_at, journal = other
            found.append(Stored(stored.measured_at, value, received_at, journal, flags | REPLACED_FAULT_BIT))
    return found


def _next_best(connection: Connection, series: int, at: int, fault_at: FaultAt) -> tuple[int, int, int] | None:
    """Return value, arrival and journal row of what was refused at an instant and is no fault, the first received."""
    here = (_of(conflicts, series), conflicts.c.measured_at == at)
    rows = connection.execute(select(conflicts).where(*here).order_by(conflicts.c.journal, conflicts.c.refused)).all()
    best = next((row for row in rows if fault_at(row.refused, at) is None), None)
    if best is None:
        return None
    connection.execute(delete(conflicts).where(*here, conflicts.c.refused == best.refused))
    connection.execute(update(conflicts).where(*here).values(kept=best.refused))
    return best.refused, best.received_at, best.journal


def _doubtful(connection: Connection, series: int, quick: Gate) -> Iterator[Stored]:
    """Yield the readings with a value that `quick` stops; days whose extremes it lets through are not opened."""
    columns = [readings.c[name] for name in Stored._fields]
    value = readings.c.value
    wrong = or_(value < quick.low, value > quick.high, value.in_(list(quick.faults)))
    for row in connection.execute(select(*columns).where(_of(readings, series), wrong)).all():
        yield Stored(*row)
    query = select(chunks.c.payload, chunks.c.minimum, chunks.c.maximum, chunks.c.flagged)
    for payload, low, high, flagged in connection.execute(query.where(_of(chunks, series))).all():
        if flagged or (low is not None and _may_stop(quick, low, high)):
            yield from (each for each in decode(payload) if each.value is not None and quick.fault(each.value))


def _may_stop(gate: Gate, low: int, high: int) -> bool:
    return low < gate.low or high > gate.high or any(low <= number <= high for number in gate.faults)


def _at(connection: Connection, series: int, instants: Sequence[int]) -> dict[int, Stored]:
    """Return what is kept at these instants, wherever."""
    wanted = set(instants)
    found: dict[int, Stored] = {}
    for day in {at // DAY for at in wanted}:
        payload = connection.scalar(select(chunks.c.payload).where(_of(chunks, series), chunks.c.day == day))
        for each in decode(payload) if payload else ():
            if each.measured_at in wanted:
                found[each.measured_at] = each
        columns = [readings.c[name] for name in Stored._fields]
        of_day = readings.c.measured_at.between(day * DAY, (day + 1) * DAY - 1)
        for row in connection.execute(select(*columns).where(_of(readings, series), of_day)):
            if row.measured_at in wanted:
                found[row.measured_at] = Stored(*row)
    return found


def _write(connection: Connection, series: int, day: int, new: dict[int, Stored]) -> None:
    """Write readings of a day in place, in its rows and in its chunk."""
    here = (_of(readings, series), readings.c.measured_at.in_(list(new)))
    in_rows = set(connection.scalars(select(readings.c.measured_at).where(*here)))
    if in_rows:
        connection.execute(delete(readings).where(*here))
        connection.execute(insert(readings), [{"series": series, **new[at]._asdict()} for at in in_rows])
    of_day = (_of(chunks, series), chunks.c.day == day)
    payload = connection.scalar(select(chunks.c.payload).where(*of_day))
    if payload is None or not new.keys() - in_rows:
        return
    merged = [new.get(each.measured_at, each) for each in decode(payload)]
    values = {**asdict(header_of(merged)), "payload": encode(merged)}
    connection.execute(update(chunks).where(*of_day).values(**values))
