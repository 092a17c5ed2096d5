"""Orders as they are on record, with what is kept for them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from batches.orders import Order, OrderLine, Reservation
from domain.errors import ConflictError, NotFoundError
from domain.model import UnitKey
from store.stock import orders as stored


class StoredOrder(NamedTuple):
    """An order, its row, and the rows of its reservations by their number."""

    order: Order
    row: Row[Any]
    reserved: dict[int, Row[Any]]

    @property
    def number(self) -> int:
        """Return its number on record."""
        return int(self.row.number)


def find_order(connection: Connection, name: str) -> StoredOrder:
    """Return an order. Raises NotFoundError if there is none of that id."""
    row = stored.find(connection, name)
    if row is None:
        raise NotFoundError(f"no order {name!r}")
    return read_orders(connection, [row])[0]


def open_order(connection: Connection, name: str) -> StoredOrder:
    """Return an order that is neither shipped nor cancelled. Raises ConflictError if it is."""
    found = find_order(connection, name)
    if found.order.ended is not None:
        raise ConflictError(f"order {name} is {found.order.ended} already")
    return found


def read_orders(connection: Connection, rows: Iterable[Row[Any]]) -> list[StoredOrder]:
    """Return the orders of some rows."""
    rows = list(rows)
    lines, kept = _by_order(rows, stored.lines_of, connection), _by_order(rows, stored.kept_for, connection)
    return [
        StoredOrder(
            Order(
                row.id,
                row.party,
                tuple(map(_line, lines[row.number])),
                tuple(map(_reservation, kept[row.number])),
                row.ended,
            ),
            row,
            {each.id: each for each in kept[row.number]},
        )
        for row in rows
    ]


def _by_order(rows: Collection[Row[Any]], read: Any, connection: Connection) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in read(connection, [row.number for row in rows]):
        found[each.order].append(each)
    return found


def _line(row: Row[Any]) -> OrderLine:
    return OrderLine(row.line, row.product, row.quantity, row.strategy, row.location)


def _reservation(row: Row[Any]) -> Reservation:
    unit = UnitKey(row.product, row.lot, row.name or None)
    return Reservation(row.id, row.line, unit, row.quantity, picked=row.picked_at is not None)
