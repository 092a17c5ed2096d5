"""What came of a message: readings kept, values refused, a dead letter. For staff only."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from api.deps import View
from api.offsets import added, with_offset
from domain.faults import fault_of
from domain.times import DAY
from rules.messages.words import describe_fault
from store.chunk import decode
from store.fault_numbers import numbers_of
from store.series import list_series
from store.tables import chunks, conflicts, dead_letters, readings

READINGS_AT_MOST = 500
_CHUNKS_AT_MOST = 1000  # opened to find what was packed since


class Kept(NamedTuple):
    """A reading as it is found."""

    series: int
    at: int
    value: int | None
    received_at: int
    flags: int


class Reading(NamedTuple):
    """A reading that came of it; `sensor` is the device's own name where it is no sensor of the site.

    `value` is with the `offset` in force then.
    """

    sensor: str
    is_sensor: bool
    quantity: str
    at: int
    value: int | None
    received_at: int
    offset: int
    fault: str  # what kind, in words; "" if it is none


class Refused(NamedTuple):
    """A value that was refused, because another was there first."""

    sensor: str
    quantity: str
    at: int
    refused: int
    kept: int


class DeadLetter(NamedTuple):
    """It could not be decoded; `state` is waiting or redriven."""

    id: int
    reason: str
    state: str


def readings_of(view: View, row: int, received_at: int | None, measured_at: int | None, arrived: int) -> list[Reading]:
    """Return what is kept of the readings that a journal row, or one message of it, brought.

    What was packed by days since is looked for around its arrival, and on the day of `measured_at`.
    """
    connection, names = view.connection, _names(view)
    columns = [readings.c[name] for name in ("series", "measured_at", "value", "received_at", "flags")]
    query = select(*columns).where(readings.c.journal == row)
    if received_at is not None:
        query = query.where(readings.c.received_at == received_at)
    found = [Kept(*each) for each in connection.execute(query.order_by(*columns[1::-1]).limit(READINGS_AT_MOST))]
    days = {arrived // DAY - 1, arrived // DAY, *(() if measured_at is None else (measured_at // DAY,))}
    found += _packed(connection, row, received_at, days)
    found.sort(key=lambda kept: (kept.at, kept.series))
    return [_reading(view, *names[kept.series], kept) for kept in found[:READINGS_AT_MOST]]


def _reading(view: View, name: str, is_sensor: bool, quantity: str, kept: Kept) -> Reading:
    sensor = view.snapshot.site.sensors[name] if is_sensor else None
    value = with_offset(sensor, quantity, kept.at, kept.value)
    fault = ""
    if value is None:
        sent = numbers_of(view.connection, kept.series, kept.at, kept.at + 1).get(kept.at)
        fault = describe_fault(quantity, fault_of(kept.flags), sent)
    offset = added(sensor, quantity, kept.at)
    return Reading(name, is_sensor, quantity, kept.at, value, kept.received_at, offset, fault)


def _packed(connection: Connection, row: int, received_at: int | None, days: Collection[int]) -> Iterator[Kept]:
    of_days = select(chunks.c.series, chunks.c.payload).where(chunks.c.day.in_(days), chunks.c.last_journal >= row)
    for series, payload in connection.execute(of_days.order_by(chunks.c.last_journal).limit(_CHUNKS_AT_MOST)):
        for kept in decode(payload):
            if kept.journal == row and received_at in (None, kept.received_at):
                yield Kept(series, kept.measured_at, kept.value, kept.received_at, kept.flags)


def refused_of(view: View, row: int, received_at: int | None) -> list[Refused]:
    """Return the values that were refused."""
    names = _names(view)
    query = select(conflicts).where(conflicts.c.journal == row).order_by(conflicts.c.measured_at)
    rows = view.connection.execute(
        query if received_at is None else query.where(conflicts.c.received_at == received_at)
    )
    return [
        Refused(names[each.series][0], names[each.series][2], each.measured_at, each.refused, each.kept)
        for each in rows
    ]


def letters_of(connection: Connection, row: int, received_at: int) -> list[DeadLetter]:
    """Return the dead letters that the message became."""
    columns = (dead_letters.c.id, dead_letters.c.reason, dead_letters.c.state)
    same = (dead_letters.c.journal == row) & (dead_letters.c.received_at == received_at)
    return [DeadLetter(*each) for each in connection.execute(select(*columns).where(same).order_by(dead_letters.c.id))]


def _names(view: View) -> dict[int, tuple[str, bool, str]]:
    """Return the sensor of each series, whether it is one of the site, and the quantity."""
    known = {(sensor.device, sensor.probe or ""): sensor.id for sensor in view.snapshot.site.sensors.values()}
    return {
        number: (known.get((device, probe), f"{device}/{probe}"), (device, probe) in known, quantity)
        for number, (device, probe, quantity) in list_series(view.connection).items()
    }
