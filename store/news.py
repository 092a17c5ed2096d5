"""Which readings of many would change anything: what was heard before need not be taken into the journal again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select, tuple_

from domain.times import DAY
from store.chunk import Stored, rank
from store.readings import COMPACTED, compacted_days
from store.rows import Row, at_instants
from store.series import AT_ONCE
from store.state import position
from store.tables import chunks, conflicts, readings


def news(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are not kept already, or not as strong, and conflicts that are not on record."""
    newest = _newest(connection, sorted({row[0] for row in rows}))
    old = [row for row in rows if row[1] <= newest.get(row[0], row[1] - 1)]
    if not old:
        return list(rows)
    kept = _kept(connection, old)
    clashes = [row for row in old if _clashes(row, kept.get(row[:2]))]
    refused = _refused(connection, clashes) if clashes else set()
    return [row for row in rows if _is_news(row, kept.get(row[:2]), refused)]


def _newest(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Return the last instant of each series that has any."""
    found: dict[int, int] = {}
    # The end of each key is one probe; grouping would read all of it.
    for number in numbers:
        last = connection.scalar(select(func.max(readings.c.measured_at)).where(readings.c.series == number))
        day = connection.scalar(select(func.max(chunks.c.day)).where(chunks.c.series == number))
        ends = [*([last] if last is not None else []), *([(day + 1) * DAY - 1] if day is not None else [])]
        if ends:
            found[number] = max(ends)
    return found


def _kept(connection: Connection, rows: Sequence[Row]) -> dict[Any, Stored]:
    border = position(connection, COMPACTED)
    days = {(row[0], row[1] // DAY) for row in rows if row[1] < border}
    packed = compacted_days(connection, days) if days else {}
    kept = {(series, at): stored for (series, _), day in packed.items() for at, stored in day.items()}
    kept |= {(series, stored.measured_at): stored for series, stored in at_instants(connection, rows)}
    return kept


def _clashes(row: Row, kept: Stored | None) -> bool:
    return (
        kept is not None
        and row[2] is not None
        and kept.value not in (None, row[2])
        and rank(row[2], row[4]) == rank(kept.value, kept.flags)
    )


def _is_news(row: Row, kept: Stored | None, refused: set[tuple[int, int, int | None]]) -> bool:
    if kept is None or rank(row[2], row[4]) > rank(kept.value, kept.flags):
        return True
    return _clashes(row, kept) and row[:3] not in refused


def _refused(connection: Connection, rows: Sequence[Row]) -> set[tuple[int, int, int | None]]:
    found: set[tuple[int, int, int | None]] = set()
    for start in range(0, len(rows), AT_ONCE):
        asked = tuple_(conflicts.c.series, conflicts.c.measured_at).in_(
            [row[:2] for row in rows[start : start + AT_ONCE]]
        )
        query = select(conflicts.c.series, conflicts.c.measured_at, conflicts.c.refused).where(asked)
        found |= {tuple(row) for row in connection.execute(query)}
    return found
