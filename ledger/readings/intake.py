"""From messages to rows of readings and to the engine. This runs for every reading: a few operations each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from domain.readings import EARLIEST, NOT_JUDGED, Flag
from domain.times import NEVER
from ledger.inputs import Arrived
from store import readings, state
from store.series import SeriesIds

Add = Callable[[str, str, int, int | None], Any]
Key = tuple[str, str, str]  # device, probe, quantity
Numbers = NDArray[np.int64]

_NONE = Flag.NONE
_NOT_JUDGED = int(NOT_JUDGED)
_ARRIVAL_TIME, _RETAINED, _BACKLOG = int(Flag.ARRIVAL_TIME), int(Flag.RETAINED), int(Flag.BACKLOG)
_AHEAD, _UNSET_CLOCK = int(Flag.AHEAD), int(Flag.UNSET_CLOCK)


class Counts(NamedTuple):
    """What became of readings."""

    readings: int
    not_judged: int  # kept for their time of measurement being doubtful
    conflicts: int  # refused, because another value was there first


NOTHING_NEW = Counts(0, 0, 0)


class Series(NamedTuple):
    """A series and the sensor that it is of; None: unassigned."""

    id: int
    sensor: str | None


class Intake:
    """Knows the number and the sensor of every series heard so far."""

    def __init__(self, ids: SeriesIds, add: Add, sensors: Mapping[tuple[str, str], str], ahead_at_most: int) -> None:
        self._ids = ids
        self._add = add
        self._sensors = sensors
        self._ahead_at_most = ahead_at_most
        self._series: dict[Key, Series] = {}
        self.taken: list[tuple[int, Sequence[Arrived]]] = []  # in this step, each lot with its journal row

    def assign(self, sensors: Mapping[tuple[str, str], str]) -> None:
        """Take corrected sensors, by device and probe."""
        self._sensors = sensors
        self._series.clear()

    def take(self, connection: Connection, messages: Sequence[Arrived], journal: int) -> Counts:
        """Keep the readings of messages in the order of their arrival, and let the engine hear those it may judge.

        A message that names what cannot be kept gets an error.
        """
        self.taken.append((journal, messages))
        add, find = self._add, self._series.get
        rows: list[tuple[int, int, int | None, int, int]] = []
        not_judged = 0
        for message in messages:
            received_at = message.received_at
            latest = received_at + self._ahead_at_most
            for reading in message.readings:
                device, probe, quantity, value, measured_at, flag = reading
                series = find((device, probe, quantity))
                if series is None:
                    series = self._learn(connection, (device, probe, quantity), messages)
                    if series is None:
                        message.error = f"no text that can be kept: {(device, probe, quantity)!a}"
                        break
                flags = 0 if flag is _NONE else int(flag)
                if flags or measured_at is None or not EARLIEST <= measured_at <= latest:
                    measured_at, flags = _doubtful(measured_at, flags, message, latest)
                rows.append((series.id, measured_at, value, received_at, flags))
                if flags & _NOT_JUDGED:
                    not_judged += 1
                elif series.sensor is not None:
                    add(series.sensor, quantity, measured_at, value)
        clashes = readings.insert(connection, rows, journal) if rows else []
        state.add_conflicts(connection, [clash._asdict() for clash in clashes])
        return Counts(len(rows), not_judged, len(clashes))

    def learn(self, connection: Connection, keys: Sequence[Key]) -> list[Series]:
        """Return the series of keys that any database can keep, all of them asked for at once."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._series]
        for key, number in zip(unknown, self._ids.get(connection, unknown), strict=True):
            self._series[key] = Series(number, self._sensors.get(key[:2]))
        return [self._series[key] for key in keys]

    def flags_of(self, instants: Numbers, received_at: int) -> Numbers:
        """Return the flags of readings with times of their own."""
        ahead = np.where(instants > received_at + self._ahead_at_most, _AHEAD, 0)
        return np.where(instants < EARLIEST, _UNSET_CLOCK, ahead)

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


def _doubtful(measured_at: int | None, flags: int, message: Arrived, latest: int) -> tuple[int, int]:
    """Return the instant and the flags of a reading without a time of its own, or with one that cannot be right."""
    if measured_at is None or abs(measured_at) >= NEVER:
        flags |= _ARRIVAL_TIME | (0 if measured_at is None else _UNSET_CLOCK)
        measured_at = message.received_at
    elif measured_at < EARLIEST:
        flags |= _UNSET_CLOCK
    elif measured_at > latest:
        flags |= _AHEAD
    if flags & _ARRIVAL_TIME:  # of its own, or as the codec counts from it
        flags |= (_RETAINED if message.retained else 0) | (_BACKLOG if message.backlog else 0)
    return measured_at, flags
