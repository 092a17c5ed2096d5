"""Which readings of many would change anything: what was heard before need not be taken into the journal again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select, tuple_

from domain.readings import FAULT
from domain.times import DAY
from store.chunk import NOT_JUDGED_BITS, Stored, rank
from store.columns import NO_READINGS, load_columns
from store.readings import COMPACTED, Clash, compacted_days
from store.rows import Row, at_instants
from store.series import AT_ONCE
from store.state import position
from store.tables import chunks, conflicts, readings

# Rows of a file come in order, mostly: a part of it is a few days of each series.
TIME_AT_ONCE = 7 * DAY


def new_rows(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that are not kept already, or not as strong, and conflicts that are not on record."""
    newest = _newest(connection, sorted({row[0] for row in rows}))
    old = [row for row in rows if row[1] <= newest.get(row[0], row[1] - 1)]
    if not old:
        return list(rows)
    same = _same(connection, old)
    doubtful = [row for row in old if row[:3] not in same]
    kept = kept_at(connection, doubtful) if doubtful else {}
    clashes = [row for row in doubtful if _clashes(row, kept.get(row[:2]))]
    refused = _refused(connection, clashes) if clashes else set()
    return [row for row in rows if row[:3] not in same and _is_new(row, kept.get(row[:2]), refused)]


def _same(connection: Connection, rows: Sequence[Row]) -> set[tuple[int, int, int | None]]:
    """Return rows that are kept just so, as far as that is quickly told: those of a few days at once."""
    by_series: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if not row[4] & NOT_JUDGED_BITS:
            by_series[row[0]].append(row)
    found: set[tuple[int, int, int | None]] = set()
    for number, heard in by_series.items():
        instants = np.fromiter((row[1] for row in heard), np.int64, len(heard))
        values = np.fromiter((FAULT if row[2] is None else row[2] for row in heard), np.int64, len(heard))
        since, until = int(instants.min()), int(instants.max()) + 1
        kept = load_columns(connection, number, since, until) if until - since <= TIME_AT_ONCE else NO_READINGS
        if not len(kept.instants):
            continue
        places = np.minimum(np.searchsorted(kept.instants, instants), len(kept.instants) - 1)
        alike = (kept.instants[places] == instants) & (kept.values[places] == values)
        found.update(heard[place][:3] for place in np.flatnonzero(alike).tolist())
    return found


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


def kept_at(connection: Connection, rows: Sequence[Row]) -> dict[tuple[int, int], Stored]:
    """Return what is kept at the series and instants of these rows."""
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


def _is_new(row: Row, kept: Stored | None, refused: set[tuple[int, int, int | None]]) -> bool:
    if kept is None or rank(row[2], row[4]) > rank(kept.value, kept.flags):
        return True
    return _clashes(row, kept) and row[:3] not in refused


def new_conflicts(connection: Connection, clashes: Sequence[Clash]) -> list[Clash]:
    """Return the refused values that are not on record yet, each once."""
    known = _refused(connection, [clash[:3] for clash in clashes])
    return [clash for key, clash in {clash[:3]: clash for clash in reversed(clashes)}.items() if key not in known]


def _refused(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> set[tuple[int, int, int | None]]:
    found: set[tuple[int, int, int | None]] = set()
    for start in range(0, len(rows), AT_ONCE):
        asked = tuple_(conflicts.c.series, conflicts.c.measured_at).in_(
            [row[:2] for row in rows[start : start + AT_ONCE]]
        )
        query = select(conflicts.c.series, conflicts.c.measured_at, conflicts.c.refused).where(asked)
        found |= {tuple(row) for row in connection.execute(query)}
    return found
