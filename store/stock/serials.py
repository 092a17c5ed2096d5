"""Serials of lots, range by range."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from store.stock.serial_tables import serials

_IN_FORCE = serials.c.superseded_at.is_(None)


def meeting(
    connection: Connection, product: str | None, prefix: str, width: int, first: int, last: int
) -> Sequence[Row[Any]]:
    """Return the ranges of a product (None: any) that somebody who takes look-alikes for one another finds in one."""
    table = serials.c
    same = (table.alike_prefix == prefix) & (table.alike_width == width)
    if product is not None:
        same &= table.product == product
    met = (table.alike_first <= last) & (table.alike_last >= first)
    return connection.execute(select(serials).where(_IN_FORCE, same, met).order_by(table.alike_first)).all()


def of_lot(
    connection: Connection, product: str, lot: str, after: int | None = None, count: int | None = None
) -> Sequence[Row[Any]]:
    """Return the ranges of a lot in the order of recording, after a row, so many."""
    table = serials.c
    query = select(serials).where(_IN_FORCE, table.product == product, table.lot == lot).order_by(table.row)
    if after is not None:
        query = query.where(table.row > after)
    return connection.execute(query if count is None else query.limit(count)).all()


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ranges."""
    if rows:
        connection.execute(insert(serials), list(rows))


def supersede(connection: Connection, rows: Collection[int], now: int) -> None:
    """Let ranges not be so any more."""
    if rows:
        connection.execute(update(serials).where(serials.c.row.in_(rows)).values(superseded_at=now))
