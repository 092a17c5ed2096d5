"""Lists of rows as one person may see them, page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field
from sqlalchemy import ColumnElement, Row, Table, select

from api.deps import View
from api.models.base import QueryParameters, When
from api.paging import Page, Paging, collect, decode
from domain.errors import NotFoundError

Item = TypeVar("Item")
Fields = Mapping[str, Any]
See = Callable[[Fields], Fields | None]  # a method of the person's policy


class AsKnown(QueryParameters):
    """What was believed at an instant is asked for like what is believed now."""

    known_at: When | None = Field(None, description="what was known at this instant; default: now")


def newest_first(
    view: View,
    table: Table,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    see: See,
    show: Callable[[Fields], Item],
) -> Page[Item]:
    """Return a page of rows by descending id: rows added meanwhile come before the first page."""

    def fetch(before: int | None, count: int) -> Sequence[Row[Any]]:
        query = select(table).where(*conditions).order_by(table.c.id.desc()).limit(count)
        return view.connection.execute(query if before is None else query.where(table.c.id < before)).all()

    def seen(row: Row[Any]) -> Item | None:
        fields = see(dict(row._mapping))
        return None if fields is None else show(fields)

    return collect(paging, decode(paging.cursor, int), fetch, lambda row: int(row.id), seen)


def find(view: View, table: Table, number: int, see: See) -> Fields | None:
    """Return one row as this person may see it."""
    row = view.connection.execute(select(table).where(table.c.id == number)).first()
    return see(dict(row._mapping)) if row else None


def revisions(view: View, table: Table, number: int, see: See, show: Callable[[Fields], Item], what: str) -> list[Item]:
    """Return everything that was on record of one thing, oldest first. Raises NotFoundError if it is not there."""
    rows = view.connection.execute(select(table).where(table.c.id == number).order_by(table.c.row))
    shown = [show(fields) for row in rows if (fields := see(dict(row._mapping))) is not None]
    if not shown:
        raise NotFoundError(f"no {what} {number}")
    return shown


def equal(table: Table, asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that columns have the values asked for; None asks for nothing."""
    return [table.c[name] == value for name, value in asked.items() if value is not None]


def during(table: Table, since: int | None, until: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions that an interval shares an instant with `[since, until)`."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(table.c.until.is_(None) | (table.c.until > since))
    if until is not None:
        conditions.append(table.c.since < until)
    return conditions
