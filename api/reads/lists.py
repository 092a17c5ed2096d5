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
Seen = TypeVar("Seen")
Fields = Mapping[str, Any]
See = Callable[[Fields], Seen | None]  # makes of a row what this person may see; None: it is not there for them


class AsKnown(QueryParameters):
    """What was believed at an instant is asked for like what is believed now."""

    known_at: When | None = Field(
        None, description="what was known at this instant, from the first entry on record to now; default: now"
    )


def newest(
    view: View, table: Table, paging: Paging, conditions: Sequence[ColumnElement[bool]], see: See[Seen]
) -> Page[Seen]:
    """Return a page of rows by descending id: rows added meanwhile come before the first page."""

    def fetch(before: int | None, count: int) -> Sequence[Row[Any]]:
        query = select(table).where(*conditions).order_by(table.c.id.desc()).limit(count)
        return view.connection.execute(query if before is None else query.where(table.c.id < before)).all()

    return collect(
        paging, decode(paging.cursor, int), fetch, lambda row: int(row.id), lambda row: see(dict(row._mapping))
    )


def newest_first(
    view: View,
    table: Table,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    see: See[Seen],
    show: Callable[[Seen], Item],
) -> Page[Item]:
    """Return the same, each as it is shown."""
    page = newest(view, table, paging, conditions, see)
    return Page(items=list(map(show, page.items)), next=page.next)


def find(view: View, table: Table, number: int, see: See[Seen], *conditions: ColumnElement[bool]) -> Seen | None:
    """Return one row as this person may see it; of revisions the one that `conditions` leave."""
    row = view.connection.execute(select(table).where(table.c.id == number, *conditions)).first()
    return see(dict(row._mapping)) if row else None


def revisions(view: View, table: Table, number: int, see: See[Seen], what: str) -> list[Seen]:
    """Return everything that was on record of one thing, oldest first. Raises NotFoundError if it is not there."""
    rows = view.connection.execute(select(table).where(table.c.id == number).order_by(table.c.row))
    shown = [found for row in rows if (found := see(dict(row._mapping))) is not None]
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
