"""What units came from and what came of them, level by level over `unit_sources` in force, and all their states."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from store.stock.given import NUMBER, given, rows_given
from store.stock.tables import unit_sources, unit_states, units


class UnitLocation(NamedTuple):
    """From an instant on a unit is at a location, or at none."""

    unit: int
    at: int
    location: str | None


_UNITS = given(unit=NUMBER)
_HAS_SOURCE = (unit_sources.c.unit == _UNITS.c.unit) & unit_sources.c.superseded_at.is_(None)
_SOURCES = select(unit_sources.c.unit, unit_sources.c.source).select_from(_UNITS.join(unit_sources, _HAS_SOURCE))


def sources_of(connection: Connection, ids: Collection[int]) -> dict[int, list[int]]:
    """Return for units, and all that they came from, what each came from directly."""
    found: dict[int, list[int]] = {}
    level = set(ids)
    while level:
        found |= {unit: [] for unit in level}
        for row in connection.execute(_SOURCES, rows_given([unit] for unit in level)):
            found[row.unit].append(row.source)
        level = {source for unit in level for source in found[unit]} - found.keys()
    return found


_CHANGED = given(unit=NUMBER, since=NUMBER)
_CAME_LATER = (
    (unit_sources.c.source == _CHANGED.c.unit)
    & (unit_sources.c.at >= _CHANGED.c.since)
    & unit_sources.c.superseded_at.is_(None)
)
_OUTCOMES = select(unit_sources.c.unit, _CHANGED.c.since).select_from(_CHANGED.join(unit_sources, _CAME_LATER))


def outcomes_of(connection: Connection, changed: Mapping[int, int]) -> dict[int, int]:
    """Return units, and all that came from each after the instant at which it changed, with that instant."""
    found: dict[int, int] = {}
    level = dict(changed)
    while level:
        found |= level
        rows = connection.execute(_OUTCOMES, rows_given(level.items()))
        level = {}
        for unit, since in rows:
            if since < min(found.get(unit, since + 1), level.get(unit, since + 1)):
                level[unit] = since
    return found


_IN_FORCE = (unit_states.c.unit == _UNITS.c.unit) & unit_states.c.superseded_at.is_(None)
_STANDINGS = (
    select(unit_states.c.unit, unit_states.c.at, unit_states.c.location)
    .select_from(_UNITS.join(unit_states, _IN_FORCE))
    .order_by(unit_states.c.at, unit_states.c.number)
)


def locations_of(connection: Connection, ids: Collection[int]) -> list[UnitLocation]:
    """Return where units were, from when on, in the order of happening."""
    if not ids:
        return []
    return [_location(row) for row in connection.execute(_STANDINGS, rows_given([unit] for unit in ids))]


def all_sources(connection: Connection) -> dict[int, list[int]]:
    """Return what every unit came from directly."""
    found: dict[int, list[int]] = {}
    query = select(unit_sources.c.unit, unit_sources.c.source).where(unit_sources.c.superseded_at.is_(None))
    for unit, source in connection.execute(query):
        found.setdefault(unit, []).append(source)
    return found


def all_locations(connection: Connection) -> Iterator[UnitLocation]:
    """Yield where every unit was, from when on, in the order of happening."""
    table = unit_states.c
    query = select(table.unit, table.at, table.location).where(table.superseded_at.is_(None))
    for row in connection.execute(query.order_by(table.at, table.number)):
        yield _location(row)


def all_units(connection: Connection) -> dict[int, tuple[str, str, str | None]]:
    """Return the name of every unit by its number."""
    return {row.id: (row.product, row.lot, row.unit or None) for row in connection.execute(select(units))}


def _location(row: Any) -> UnitLocation:
    return UnitLocation(row.unit, row.at, row.location)
