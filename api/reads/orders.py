"""Orders as people and programs see them."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row

from api.deps import View
from api.models.orders import OrderLineShown, OrderShown, ReservationShown
from batches.orders import Fetch, Reservation, pick_list
from batches.stock import Unit
from domain.model import UnitKey
from ledger.models.stock.loading import Loading
from ledger.orders.reading import StoredOrder, find_order, read_orders
from store.stock import as_of as rows
from store.stock.as_of import AsOf


def orders_of(view: View, found: Iterable[Row[Any]]) -> list[OrderShown]:
    """Return the orders of some rows."""
    stored = read_orders(view.connection, found)
    units = units_of(view, [each.unit for one in stored for each in one.order.reservations])
    return [shown(view, one, units) for one in stored]


def order_of(view: View, name: str) -> OrderShown:
    """Return an order. Raises NotFoundError if there is none."""
    stored = find_order(view.connection, name)
    return shown(view, stored, units_of(view, [each.unit for each in stored.order.reservations]))


def units_of(view: View, keys: Sequence[UnitKey]) -> dict[UnitKey, Unit]:
    """Return units as they are now."""
    loading = Loading(view.connection, AsOf(None))
    loading.add_numbers(rows.numbers_of(view.connection, (), keys))
    return loading.stock.units


def way_of(view: View, reservations: Iterable[Reservation], units: dict[UnitKey, Unit]) -> list[Fetch]:
    """Return reservations in the order of locations."""
    return pick_list(reservations, units, view.snapshot.site.locations, view.now)


def shown(view: View, stored: StoredOrder, units: dict[UnitKey, Unit]) -> OrderShown:
    """Return what is shown of an order."""
    order, row = stored.order, stored.row
    return OrderShown(
        id=order.id,
        href=f"/api/v1/orders/{quote(order.id)}",
        to=order.party,
        document=row.document,
        state=order.state,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        picker=row.picker,
        picked=order.stage[0],
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        movement=row.movement,
        lines=[
            OrderLineShown(
                line=line.number,
                product=line.product,
                quantity=line.quantity,
                strategy=line.strategy,
                location=line.location,
                missing=max(order.missing(line), 0),
            )
            for line in order.lines
        ],
        reservations=[_reservation(stored, each) for each in way_of(view, order.reservations, units)],
    )


def _reservation(stored: StoredOrder, fetch: Fetch) -> ReservationShown:
    each, location = fetch
    row = stored.reserved[each.id]
    return ReservationShown(
        id=each.id,
        line=each.line,
        **each.unit._asdict(),
        quantity=each.quantity,
        location=location,
        picked_by=row.picked_by,
        picked_at=row.picked_at,
        stopped=None if row.ended else row.stopped,
    )
