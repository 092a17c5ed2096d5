"""Units that may not be used because of a status: their own, their lot's, or that of what they came from.

`batches.status` decides; here is read what it needs, now or as it was known at an instant.
"""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from batches.names import Names
from batches.status import BlockedBy, Statuses
from batches.stock import State, Unit
from domain.model import BatchKey, Product, UnitKey
from ledger.models.stock.candidates import load_blocked
from ledger.models.stock.loading import Loading
from store.known_at import in_force
from store.stock import as_of as rows
from store.stock.as_of import AsOf
from store.stock.tables import lot_statuses, unit_states, units


def blocked_by_status(
    connection: Connection,
    products: Mapping[str, Product],
    lots: Collection[BatchKey],
    at: int,
    known_at: int | None = None,
) -> dict[UnitKey, BlockedBy]:
    """Return the units of some lots that a status blocks at an instant, each with which; what has ended is left out."""
    as_of = AsOf(None, known_at=known_at)
    numbers = rows.numbers_of(connection, sorted(lots), ())
    if not numbers:
        return {}
    loading = Loading(connection, as_of)
    found = loading.add_numbers(numbers)
    load_blocked(loading)
    loading.add_statuses({unit.lot for unit in loading.by_number.values()})
    # No day decides here, and no name but those of products.
    statuses = Statuses(loading.stock, Names(products, {}, {}, {}, {}, ZoneInfo("UTC")), at)
    concerned = (unit for unit in found if unit.state is not State.ENDED)
    return {unit.key: why for unit in concerned if (why := _why(statuses, unit)) is not None}


def _why(statuses: Statuses, unit: Unit) -> BlockedBy | None:
    why = statuses.why_blocked(unit)
    # What has left is nobody's to release any more.
    return None if why == "not_released" and unit.state is not State.IN_STOCK else why


def lots_with_status(
    connection: Connection, products: Mapping[str, Product], known_at: int | None = None
) -> set[BatchKey]:
    """Return the lots of which a status, or one that is missing, may block something."""
    as_of = AsOf(None, known_at=known_at)
    loading = Loading(connection, as_of)
    load_blocked(loading)
    of_lots = select(lot_statuses.c.product, lot_statuses.c.lot).where(
        lot_statuses.c.status.not_in(("released", "unreleased")), *in_force(lot_statuses, known_at)
    )
    own = select(units.c.product, units.c.lot).join(unit_states, unit_states.c.unit == units.c.id)
    own = own.where(unit_states.c.status != "released", *in_force(unit_states, known_at))
    released_first = [name for name, product in products.items() if product.release_required]
    waiting = select(units.c.product, units.c.lot).where(units.c.product.in_(released_first))
    queries = (of_lots, own, waiting) if released_first else (of_lots, own)
    found = {(row.product, row.lot) for query in queries for row in connection.execute(query.distinct())}
    return found | {unit.lot for unit in loading.by_number.values()}
