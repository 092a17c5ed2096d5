"""Counts that are going on, what people counted, and what is to be put right, row by row."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from store.metadata import word
from store.stock.count_tables import count_adjustments, count_lines, count_sheets
from store.stock.tables import movement_units, movements


def open_sheet(connection: Connection, **values: Any) -> int:
    """Write a new sheet; return its number."""
    return int(connection.execute(insert(count_sheets).values(**values).returning(count_sheets.c.id)).scalar_one())


def find_sheet(connection: Connection, number: int) -> Row[Any] | None:
    """Return the row of a sheet."""
    return connection.execute(select(count_sheets).where(count_sheets.c.id == number)).first()


def sheet_of(connection: Connection, movement: str) -> Row[Any] | None:
    """Return the row of the sheet that was recorded as a movement."""
    return connection.execute(select(count_sheets).where(count_sheets.c.movement == movement)).first()


def open_at(connection: Connection, location: str) -> Row[Any] | None:
    """Return the row of a sheet that is going on at a location."""
    query = select(count_sheets).where(count_sheets.c.location == location, count_sheets.c.closed_at.is_(None))
    return connection.execute(query).first()


def close_sheet(connection: Connection, number: int, **values: Any) -> None:
    """End a sheet."""
    connection.execute(update(count_sheets).where(count_sheets.c.id == number).values(**values))


def add_line(connection: Connection, **values: Any) -> None:
    """Write what somebody counted."""
    connection.execute(insert(count_lines).values(**values))


def lines_of(connection: Connection, sheet: int) -> Sequence[Row[Any]]:
    """Return what was counted, in the order in which it was said."""
    query = select(count_lines).where(count_lines.c.sheet == sheet).order_by(count_lines.c.id)
    return connection.execute(query).all()


def propose(connection: Connection, **values: Any) -> int:
    """Write an adjustment that somebody proposes; return its number."""
    query = insert(count_adjustments).values(**values).returning(count_adjustments.c.id)
    return int(connection.execute(query).scalar_one())


def find_adjustment(connection: Connection, number: int) -> Row[Any] | None:
    """Return the row of an adjustment."""
    return connection.execute(select(count_adjustments).where(count_adjustments.c.id == number)).first()


def adjustments(connection: Connection, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Return adjustments, oldest first."""
    query = select(count_adjustments).where(*conditions).order_by(count_adjustments.c.id)
    return connection.execute(query).all()


def of_count(count: str) -> ColumnElement[bool]:
    """Return the condition that an adjustment is of a count."""
    return count_adjustments.c.of_count == count


def decide(connection: Connection, number: int, **values: Any) -> None:
    """Write what was decided of an adjustment."""
    connection.execute(update(count_adjustments).where(count_adjustments.c.id == number).values(**values))


def movements_of(connection: Connection, unit: int, before: tuple[int, int]) -> Sequence[Row[Any]]:
    """Return the movements of a unit before a position that were not voided, in the order of happening."""
    at, number = before
    earlier = (movements.c.at < at) | ((movements.c.at == at) & (movements.c.number < number))
    query = (
        select(movements)
        .join(movement_units, movement_units.c.number == movements.c.number)
        .where(movement_units.c.unit == unit, movements.c.voided_by.is_(None), movements.c.do != "void", earlier)
        .order_by(movements.c.at, movements.c.number)
    )
    return connection.execute(query).all()


def movement(connection: Connection, name: str) -> Row[Any] | None:
    """Return the row of a movement."""
    return connection.execute(select(movements).where(movements.c.id == name)).first()


def open_sheets(connection: Connection) -> Sequence[Row[Any]]:
    """Return the rows of sheets that are going on, oldest first."""
    query = select(count_sheets).where(count_sheets.c.closed_at.is_(None)).order_by(count_sheets.c.id)
    return connection.execute(query).all()


def listed(connection: Connection, before: int | None, count: int, location: str | None) -> Sequence[Row[Any]]:
    """Return the rows of sheets before a number, newest first."""
    query = select(count_sheets).order_by(count_sheets.c.id.desc()).limit(count)
    if before is not None:
        query = query.where(count_sheets.c.id < before)
    if location is not None:
        query = query.where(count_sheets.c.location == location)
    return connection.execute(query).all()


def some_adjustments(connection: Connection, count: str | None, state: str | None) -> Sequence[Row[Any]]:
    """Return adjustments of a count, or in a state; None: of any."""
    table = count_adjustments.c
    asked = [] if count is None else [table.of_count == count]
    return adjustments(connection, *asked, *([] if state is None else [table.state == word(state)]))
