"""Readings of a series as columns of numbers, for charts and verdicts over years: chunks unpacked by numpy.

What is kept at one instant, and what of it is judged, is as in `store.readings`.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from domain.readings import FAULT
from domain.times import DAY, NEVER
from store.chunk import NOT_JUDGED_BITS, REPLACED_FAULT_BIT, Column, Stored, decode, judged_columns
from store.readings import IS_JUDGED
from store.series import AT_ONCE, SeriesKey, find
from store.tables import chunks, readings

Numbers = NDArray[np.int64]
Evidence = tuple[int, int | None, int, int]  # measured_at, value, journal, flags

_TYPES = {"b": "<i1", "h": "<i2", "i": "<i4", "q": "<i8", "": "<i8"}
_NOTHING = np.empty(0, np.int64)


class Columns(NamedTuple):
    """Instants, sorted, and their values; FAULT is a fault."""

    instants: Numbers
    values: Numbers

    def cut(self, since: int, until: int) -> "Columns":
        """Return what lies in `[since, until)`."""
        low, high = np.searchsorted(self.instants, (since, until))
        return Columns(self.instants[low:high], self.values[low:high])

    def arrays(self) -> tuple["array[int]", "array[int]"]:
        """Return the columns as the rules take them."""
        return array("q", self.instants.tobytes()), array("q", self.values.tobytes())


NO_READINGS = Columns(_NOTHING, _NOTHING)


def load_columns(connection: Connection, series: int, since: int, until: int) -> Columns:
    """Return what is judged of a series, by its number, in `[since, until)`."""
    days = chunks.c.day.between(since // DAY, (until - 1) // DAY)
    query = select(chunks.c.payload).where(chunks.c.series == series, days).order_by(chunks.c.day)
    return _merged(joined(connection.scalars(query).all()).cut(since, until), _rows(connection, series, since, until))


def load_arrays(connection: Connection, key: SeriesKey, until: int = NEVER) -> tuple["array[int]", "array[int]"]:
    """Return instants and values (FAULT: a fault) of what is judged of a series before an instant."""
    number = find(connection, [key]).get(key)
    found = NO_READINGS if number is None else load_columns(connection, number, -NEVER, until)
    return found.arrays()


def load_many(connection: Connection, numbers: Sequence[int]) -> dict[int, Columns]:
    """Return all that is judged of series, by their numbers: two statements for hundreds of them."""
    found: dict[int, Columns] = {}
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        packed: dict[int, list[bytes]] = defaultdict(list)
        days = select(chunks.c.series, chunks.c.payload).where(chunks.c.series.in_(some))
        for number, payload in connection.execute(days.order_by(chunks.c.series, chunks.c.day)):
            packed[number].append(payload)
        recent = select(readings.c.series, readings.c.measured_at, readings.c.value)
        recent = recent.where(readings.c.series.in_(some), IS_JUDGED)
        rows: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for number, at, value in connection.execute(recent.order_by(readings.c.series, readings.c.measured_at)):
            rows[number].append((at, value))
        found |= {number: _merged(joined(packed[number]), _paired(rows[number])) for number in some}
    return found


def load_known(connection: Connection, number: int, journal: int) -> Columns:
    """Return what is judged of a series and had come with the journal's rows up to this one.

    A value that came later in place of a fault is that fault.
    """
    query = select(chunks.c.payload, chunks.c.last_journal).where(chunks.c.series == number).order_by(chunks.c.day)
    days = [
        _judged(payload) if last <= journal else _known(map(_evidence, decode(payload)), journal)
        for payload, last in connection.execute(query)
    ]
    kept = (readings.c.measured_at, readings.c.value, readings.c.journal, readings.c.flags)
    late = connection.execute(select(*kept).where(readings.c.series == number).order_by(readings.c.measured_at))
    rows = _known((tuple(row) for row in late), journal)
    return _merged(_concatenated(days), rows)


def _evidence(reading: Stored) -> Evidence:
    return reading.measured_at, reading.value, reading.journal, reading.flags


def _known(found: Iterable[Evidence], journal: int) -> Columns:
    """Return what is judged of readings, in order of time, and had come by then."""
    pairs: list[int] = []
    for at, value, came, flags in found:
        if not flags & NOT_JUDGED_BITS and (came <= journal or flags & REPLACED_FAULT_BIT):
            pairs += (at, FAULT if value is None or came > journal else value)
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return Columns(both[:, 0], both[:, 1])


def joined(payloads: Sequence[bytes]) -> Columns:
    """Unpack the chunks of days that follow each other. Raises InvalidError for one that was damaged."""
    return _concatenated([_judged(payload) for payload in payloads])


def _judged(payload: bytes) -> Columns:
    packed_instants, packed_values, packed_flags, faults = judged_columns(payload)
    instants, values = _numbers(packed_instants), _numbers(packed_values)
    if faults:
        values[np.frombuffer(faults, np.uint8) != 0] = FAULT
    if packed_flags.first or packed_flags.content.strip(b"\0"):
        judged = _numbers(packed_flags) & NOT_JUDGED_BITS == 0
        return Columns(instants[judged], values[judged])
    return Columns(instants, values)


def _numbers(column: Column) -> Numbers:
    kind = np.dtype(_TYPES[column.width])
    content = np.frombuffer(column.content, np.uint8).reshape(kind.itemsize, -1)
    stored = np.ascontiguousarray(content.T).view(kind).ravel()
    if not column.width:
        return stored.astype(np.int64)
    numbers = np.empty(len(stored) + 1, np.int64)
    numbers[0] = column.first
    np.cumsum(stored, dtype=np.int64, out=numbers[1:])
    numbers[1:] += column.first
    return numbers


def _rows(connection: Connection, series: int, since: int, until: int) -> Columns:
    of_series = (readings.c.series == series, readings.c.measured_at >= since, readings.c.measured_at < until)
    query = select(readings.c.measured_at, readings.c.value).where(*of_series, IS_JUDGED)
    return _paired(connection.execute(query.order_by(readings.c.measured_at)).all())


def _paired(found: Sequence[Any]) -> Columns:
    """Return rows of instant and value (None: a fault) as columns."""
    if not found:
        return NO_READINGS
    pairs = (number if number is not None else FAULT for number in chain.from_iterable(found))
    both = np.fromiter(pairs, np.int64, 2 * len(found)).reshape(-1, 2)
    return Columns(both[:, 0], both[:, 1])


def _merged(packed: Columns, rows: Columns) -> Columns:
    both = _concatenated([packed, rows])
    if not len(packed.instants) or not len(rows.instants) or packed.instants[-1] < rows.instants[0]:
        return both
    # A row at an instant that a chunk has was let in because it is stronger; equal instants keep their order.
    order = np.argsort(both.instants, kind="stable")
    instants, values = both.instants[order], both.values[order]
    last = np.append(instants[1:] != instants[:-1], True)
    return Columns(instants[last], values[last])


def _concatenated(parts: Sequence[Columns]) -> Columns:
    if not parts:
        return NO_READINGS
    if len(parts) == 1:
        return parts[0]
    return Columns(*(np.concatenate(column) for column in zip(*parts, strict=True)))
