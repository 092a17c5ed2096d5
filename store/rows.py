"""Writes rows of readings, the hot path: the statements that SQLite and PostgreSQL want differently."""

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from store.chunk import NOT_JUDGED_BITS, REPLACED_FAULT_BIT, Stored


class NewReading(NamedTuple):
    """A reading to be kept. Plain tuples of this order will do."""

    series: int
    measured_at: int
    value: int | None
    received_at: int
    flags: int


Row: TypeAlias = NewReading | tuple[int, int, int | None, int, int]

series_and_instant = itemgetter(0, 1)

# What both databases do at an instant that has a row: the higher rank takes its place. A fault that was not judged was
# none to whoever judged: what is judged does not say that it took its place.
_ON_CONFLICT = f"""
ON CONFLICT (series, measured_at) DO UPDATE SET
  value = excluded.value, received_at = excluded.received_at, journal = excluded.journal,
  flags = excluded.flags | CASE WHEN excluded.flags & {NOT_JUDGED_BITS} = 0 AND readings.flags & {NOT_JUDGED_BITS} <> 0
                                THEN 0
                                WHEN readings.value IS NULL THEN {REPLACED_FAULT_BIT}
                                ELSE readings.flags & {REPLACED_FAULT_BIT} END
WHERE CASE WHEN excluded.flags & {NOT_JUDGED_BITS} = 0 THEN 2 ELSE 0 END
    + CASE WHEN excluded.value IS NULL THEN 0 ELSE 1 END
    > CASE WHEN readings.flags & {NOT_JUDGED_BITS} = 0 THEN 2 ELSE 0 END
    + CASE WHEN readings.value IS NULL THEN 0 ELSE 1 END"""

_COLUMNS = "INSERT INTO readings (series, measured_at, value, received_at, flags, journal)"
_UNNESTED = (
    f"{_COLUMNS} SELECT *, %b::bigint FROM"
    f" unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::int[]) {_ON_CONFLICT}"
)
# So few go into PostgreSQL by one statement, whatever they meet; to copy them would take four.
_FEW = 100
# Rows in one statement of SQLite: a quarter less work than one by one.
_BLOCK = 100
_ONE = f"{_COLUMNS} VALUES (?, ?, ?, ?, ?, ?) {_ON_CONFLICT}"


def write(connection: Connection, rows: Sequence[Row], journal: int) -> int:
    """Write sorted rows, one an instant; return how many were new or took another's place."""
    if connection.dialect.name == "sqlite":
        return _write_in_blocks(connection, rows, journal)
    if len(rows) > _FEW and _are_newest(connection, rows):
        return _copy(connection, rows, journal)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return connection.exec_driver_sql(_UNNESTED, (journal, *columns)).rowcount


def _write_in_blocks(connection: Connection, rows: Sequence[Row], journal: int) -> int:
    rest = len(rows) - len(rows) % _BLOCK
    written = 0
    one = f"(?, ?, ?, ?, ?, {journal:d})"
    block = f"{_COLUMNS} VALUES {', '.join([one] * _BLOCK)} {_ON_CONFLICT}" if rest else ""
    for start in range(0, rest, _BLOCK):
        numbers = tuple(chain.from_iterable(rows[start : start + _BLOCK]))
        written += connection.exec_driver_sql(block, numbers).rowcount
    if rest < len(rows):
        written += connection.exec_driver_sql(_ONE, [(*row, journal) for row in rows[rest:]]).rowcount
    return written


_MET = """
SELECT count(*) FROM unnest(%b::bigint[], %b::bigint[]) AS heard (series, since)
WHERE since <= (SELECT max(measured_at) FROM readings AS r WHERE r.series = heard.series)"""
_COPY = "COPY readings (series, measured_at, value, received_at, flags, journal) FROM STDIN (FORMAT BINARY)"


def _are_newest(connection: Connection, rows: Sequence[Row]) -> bool:
    """Tell whether all rows are later than what their series have, as nearly always: then none meets another."""
    first = {row[0]: row[1] for row in reversed(rows)}
    return not connection.exec_driver_sql(_MET, (list(first), list(first.values()))).scalar()


def _copy(connection: Connection, rows: Sequence[Row], journal: int) -> int:
    """Write rows that meet no other; takes two thirds of the time of INSERT."""
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(_COPY) as copy:
        copy.set_types(("int8", "int8", "int8", "int8", "int4", "int8"))
        for row in rows:
            copy.write_row((*row, journal))
    return len(rows)


_AT_INSTANTS = f"""
SELECT r.series, {", ".join(f"r.{name}" for name in Stored._fields)}
FROM {{heard}} JOIN readings AS r ON r.series = column1 AND r.measured_at = column2"""
# Only a different value can be refused as a clash; SQL compares no faults.
_DIFFERENT = f"{_AT_INSTANTS} WHERE r.value <> column3"
_UNNESTED_NUMBERS = "unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS heard (column1, column2, column3)"


def different(connection: Connection, rows: Sequence[Row]) -> Iterator[tuple[Stored, Row]]:
    """Yield rows, one an instant, with the different value that is kept there."""
    by_key = {series_and_instant(row): row for row in rows}
    for series, *kept in _asked(connection, _DIFFERENT, [row[:3] for row in rows]):
        yield Stored(*kept), by_key[series, kept[0]]


def at_instants(connection: Connection, rows: Sequence[Row]) -> Iterator[tuple[int, Stored]]:
    """Yield series and what its rows keep at the instants of these rows."""
    for series, *kept in _asked(connection, _AT_INSTANTS, [row[:3] for row in rows]):
        yield series, Stored(*kept)


def _asked(connection: Connection, query: str, heard: list[tuple[Any, ...]]) -> Iterator[Any]:
    if connection.dialect.name != "sqlite":
        columns = tuple(list(column) for column in zip(*heard, strict=True))
        yield from connection.exec_driver_sql(query.format(heard=_UNNESTED_NUMBERS), columns)
        return
    for start in range(0, len(heard), _BLOCK):
        block = heard[start : start + _BLOCK]
        values = f"(VALUES {', '.join(['(?, ?, ?)'] * len(block))})"
        yield from connection.exec_driver_sql(query.format(heard=values), tuple(chain.from_iterable(block)))
