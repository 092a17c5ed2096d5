"""Where the units of a lot are and were by movements, as it is known or was known at an instant."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, tuple_

from domain.model import BatchKey
from store.known_at import in_force
from store.stock.as_of import AsOf, edges_back
from store.stock.tables import unit_states, units

_AT_ONCE = 2000  # numbers in one statement


class UnitState(NamedTuple):
    """From an instant on so much of a unit is at a location, or at none."""

    unit: int
    at: int
    location: str | None
    quantity: int
    product: str
    lot: str
    name: str | None


def lot_history(
    connection: Connection, lot: BatchKey, known_at: int | None
) -> tuple[list[UnitState], dict[int, list[int]]]:
    """Return where a lot's units, and all that they came from, were, in the order of happening; and what each came
    from directly."""
    own = select(units.c.id).where(units.c.product == lot[0], units.c.lot == lot[1])
    numbers = list(connection.scalars(own))
    if not numbers:
        return [], {}
    sources: dict[int, list[int]] = {}
    for unit, source in edges_back(connection, AsOf(None, known_at=known_at), numbers):
        sources.setdefault(unit, []).append(source)
    concerned = sorted({*numbers, *(source for each in sources.values() for source in each)})
    found = [state for i in range(0, len(concerned), _AT_ONCE) for state in _states(
        connection, concerned[i : i + _AT_ONCE], known_at
    )]  # fmt: skip
    return found, sources


def in_stock(
    connection: Connection, lots: Collection[BatchKey], known_at: int | None
) -> Iterator[tuple[BatchKey, str, str]]:
    """Yield lot, unit and location of the units of some lots that are in stock; "": the unit without a name."""
    last = AsOf(None, known_at=known_at).is_last()
    query = (
        select(units.c.product, units.c.lot, units.c.unit, unit_states.c.location)
        .join(unit_states, unit_states.c.unit == units.c.id)
        .where(tuple_(units.c.product, units.c.lot).in_(list(lots)), unit_states.c.state == "in_stock", *last)
    )
    for row in connection.execute(query) if lots else ():
        yield (row.product, row.lot), row.unit, row.location


def _states(connection: Connection, numbers: list[int], known_at: int | None) -> Iterator[UnitState]:
    states = unit_states.c
    columns = (states.unit, states.at, states.location, states.quantity, units.c.product, units.c.lot, units.c.unit)
    query = (
        select(*columns)
        .join(units, units.c.id == states.unit)
        .where(states.unit.in_(numbers), *in_force(unit_states, known_at))
        .order_by(states.at, states.number)
    )
    rows: Any = connection.execute(query)
    for unit, at, location, quantity, product, lot, name in rows:
        yield UnitState(unit, at, location, quantity, product, lot, name or None)
