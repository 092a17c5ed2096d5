"""From messages to rows of readings and to the engine. This runs for every reading: a few operations each."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from domain.faults import SHIFT
from domain.gate import Gate
from domain.gating import PRESETS_ALWAYS, fault_at, tightest
from domain.model import Dated
from domain.readings import NOT_JUDGED, UNSET_BEFORE, YEARS_BEHIND, Flag
from domain.times import NEVER
from ledger.inputs import Arrived
from ledger.readings.notices import Breached, NoticeBook, Odd
from store import fault_numbers, readings, state
from store.dedup import new_conflicts
from store.fault_numbers import FaultNumber
from store.rows import Row
from store.series import SeriesIds

Add = Callable[[str, str, int, int | None], Any]
Key = tuple[str, str, str]  # device, probe, quantity
Gates = Mapping[Key, Dated[Gate]]  # of those that have their own
Numbers = NDArray[np.int64]

_NONE = Flag.NONE
_NOT_JUDGED = int(NOT_JUDGED)
_ARRIVAL_TIME, _RETAINED, _BACKLOG = int(Flag.ARRIVAL_TIME), int(Flag.RETAINED), int(Flag.BACKLOG)
_AHEAD, _UNSET_CLOCK, _UNKNOWN_ZONE = int(Flag.AHEAD), int(Flag.UNSET_CLOCK), int(Flag.UNKNOWN_ZONE)


class Counts(NamedTuple):
    """What became of readings."""

    readings: int
    not_judged: int  # kept for their time of measurement being doubtful
    conflicts: int  # refused, because another value was there first


NOTHING_NEW = Counts(0, 0, 0)


class Series(NamedTuple):
    """A series, the sensor that it is of (None: unassigned), and which numbers are values.

    From `low` to `high` all but `known` are, whenever; of others `gates` tell.
    """

    id: int
    sensor: str | None
    low: int
    high: int
    known: Collection[int]  # numbers that mean a fault
    gates: Dated[Gate]


def _nothing(_sensor: str, _quantity: str, _at: int, _refused: int, _kept: int) -> Sequence[str]:
    return ()


class Intake:
    """Knows the number and the sensor of every series heard so far."""

    def __init__(
        self,
        ids: SeriesIds,
        add: Add,
        sensors: Mapping[tuple[str, str], str],
        gates: Gates,
        ahead_at_most: int,
        breached: Breached = _nothing,
    ) -> None:
        self.notices = NoticeBook(breached)
        self._ids = ids
        self._gates = gates
        self._add = add
        self._sensors = sensors
        self._ahead_at_most = ahead_at_most
        self._series: dict[Key, Series] = {}
        self.conflicting: set[int] = set()  # series with refused values
        self.taken: list[tuple[int, Sequence[Arrived]]] = []  # in this step, each lot with its journal row

    def assign(self, sensors: Mapping[tuple[str, str], str], gates: Gates) -> None:
        """Take corrected sensors, by device and probe, and their gates."""
        self._sensors, self._gates = sensors, gates
        self._series.clear()

    def take(self, connection: Connection, messages: Sequence[Arrived], journal: int) -> Counts:
        """Keep the readings of messages in the order of their arrival, and let the engine hear those it may judge.

        A message that names what cannot be kept gets an error.
        """
        self.taken.append((journal, messages))
        add, find = self._add, self._series.get
        rows: list[Row] = []
        stopped: list[tuple[int, int, int | None, int]] = []
        odd: list[Odd] = []
        for message in messages:
            received_at = message.received_at
            latest = received_at + self._ahead_at_most
            earliest = old if (old := received_at - YEARS_BEHIND) > UNSET_BEFORE else UNSET_BEFORE
            for reading in message.readings:
                device, probe, quantity, value, measured_at, flag, kind = reading
                series = find((device, probe, quantity))
                if series is None:
                    series = self._learn(connection, (device, probe, quantity), messages)
                    if series is None:
                        message.error = f"no text that can be kept: {(device, probe, quantity)!a}"
                        break
                flags = 0 if flag is _NONE else int(flag)
                if flags or measured_at is None or not earliest <= measured_at <= latest:
                    measured_at, flags = _doubtful(measured_at, flags, message, earliest, latest)
                number, sensor, low, high, known, gates = series
                if value is None or not low <= value <= high or value in known:
                    fault = kind if value is None else fault_at(gates, value, measured_at)
                    if fault is not None:
                        stopped.append((number, measured_at, value, received_at))
                        value, flags = None, flags | fault << SHIFT
                row = (number, measured_at, value, received_at, flags)
                rows.append(row)
                if value is None or flags & _NOT_JUDGED:
                    odd.append(Odd(row, reading[:3], message, reading[3]))
                if sensor is not None and not flags & _NOT_JUDGED:
                    add(sensor, quantity, measured_at, value)
        not_judged = sum(1 for each in odd if each.row[4] & _NOT_JUDGED)
        refused = self._keep(connection, messages, rows, odd, journal)
        _keep_numbers(connection, stopped, journal)
        return Counts(len(rows), not_judged, refused)

    def _keep(
        self, connection: Connection, messages: Sequence[Arrived], rows: Sequence[Row], odd: Sequence[Odd], journal: int
    ) -> int:
        """Keep readings, and count what no verdict rests on; return how many were refused."""
        for message in messages:
            if message.remarks or not message.readings:
                self.notices.message(message, journal)
        if odd:
            self.notices.readings(connection, odd, journal)
        clashes = readings.insert(connection, rows, journal) if rows else []
        if clashes:
            new = self.add_conflicts(connection, clashes)
            state.mark_outside(connection, self.notices.conflicts(self._message_of(messages, new)))
        return len(clashes)

    def add_conflicts(self, connection: Connection, clashes: Sequence[readings.Clash]) -> list[readings.Clash]:
        """Keep refused values; return those that were not on record yet."""
        new = new_conflicts(connection, clashes)
        state.add_conflicts(connection, [clash._asdict() for clash in new])
        self.conflicting.update(clash.series for clash in new)
        return new

    def sensor_of(self, key: Key) -> str | None:
        """Return the sensor that a series is of."""
        return self._sensors.get(key[:2])

    def _message_of(
        self, messages: Sequence[Arrived], clashes: Sequence[readings.Clash]
    ) -> Iterator[tuple[readings.Clash, Key, str | None, Arrived | None]]:
        """Yield refused values, each with the name of its series, its sensor and its message."""
        wanted = {(*clash[:3], clash.received_at): clash for clash in clashes}
        for message in messages:
            for reading in message.readings:
                series = self._series.get(reading[:3])
                if series is None or reading.value is None:
                    continue
                at, _ = _doubtful(reading.measured_at, 0, message, 0, 0)
                clash = wanted.pop((series.id, at, reading.value, message.received_at), None)
                if clash is not None:
                    yield clash, reading[:3], series.sensor, message

    def learn(self, connection: Connection, keys: Sequence[Key]) -> list[Series]:
        """Return the series of keys that any database can keep, all of them asked for at once."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._series]
        for key, number in zip(unknown, self._ids.get(connection, unknown), strict=True):
            gates = self._gates.get(key) or PRESETS_ALWAYS[key[2]]
            quick = tightest(gates)
            sensor = self._sensors.get(key[:2])
            self._series[key] = Series(number, sensor, quick.low, quick.high, quick.faults.keys(), gates)
        return [self._series[key] for key in keys]

    def flags_of(self, instants: Numbers, received_at: int) -> Numbers:
        """Return the flags of readings with times of their own; a file may be as old as it likes."""
        ahead = np.where(instants > received_at + self._ahead_at_most, _AHEAD, 0)
        return np.where(instants < UNSET_BEFORE, _UNSET_CLOCK, ahead)

    def _learn(self, connection: Connection, key: Key, messages: Sequence[Arrived]) -> Series | None:
        """Return the series, which may be new, and learn all others of the messages; None for a name nobody keeps."""
        if not _can_keep(key):
            return None
        self.learn(connection, list(_keys_of(messages)))
        return self._series[key]


def _keys_of(messages: Sequence[Arrived]) -> Iterator[Key]:
    for message in messages:
        yield from takewhile(_can_keep, (reading[:3] for reading in message.readings))


def _can_keep(key: Key) -> bool:
    return all(map(is_storable, key))


def is_storable(text: str) -> bool:
    """Tell whether both databases can keep a text: no NUL, no half of a surrogate pair (JSON can spell both)."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _keep_numbers(connection: Connection, stopped: Sequence[tuple[int, int, int | None, int]], journal: int) -> None:
    """Keep the numbers that were sent where there is no value."""
    numbers = [FaultNumber(n, at, sent, heard, journal) for n, at, sent, heard in stopped if sent is not None]
    fault_numbers.add(connection, numbers)


def _doubtful(measured_at: int | None, flags: int, message: Arrived, earliest: int, latest: int) -> tuple[int, int]:
    """Return the instant and the flags of a reading without a time of its own, or with one that cannot be right."""
    if measured_at is None or abs(measured_at) >= NEVER:
        flags |= _ARRIVAL_TIME | (0 if measured_at is None else _UNSET_CLOCK)
        measured_at = message.received_at
    elif measured_at < (UNSET_BEFORE if message.believes_clock else earliest):
        flags |= _UNSET_CLOCK
    elif measured_at > latest and not flags & _UNKNOWN_ZONE:
        flags |= _AHEAD
    if flags & _ARRIVAL_TIME:  # of its own, or as the codec counts from it
        flags |= (_RETAINED if message.retained else 0) | (_BACKLOG if message.backlog else 0)
    return measured_at, flags
