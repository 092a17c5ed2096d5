"""Questions about lots and placements, each by an index and in one statement, however many lots it is about."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, exists, func, select

from domain.model import BatchKey, Placement
from domain.times import NEVER
from store.lots import TABLES, StoredEntry, lot_parents, lots, placements
from store.stock.given import TEXT, given, rows_given

_WRITTEN = StoredEntry._fields[1:]
_NAMED_BY = {"product": "batch", "client": "batch", "location": "placement"}  # each has a column for it

_KEYS = given(key=TEXT)
_LOTS = given(product=TEXT, lot=TEXT)
_LOTS_AND_KEYS = given(product=TEXT, lot=TEXT, key=TEXT)


def _of(table: Table) -> Any:
    """Return the rows of given lots in a table."""
    return _LOTS.join(table, (table.c.product == _LOTS.c.product) & (table.c.lot == _LOTS.c.lot))


def _entries(table: Table, rows: Any = None) -> Select[Any]:
    return select(*(table.c[name] for name in _WRITTEN)).select_from(table if rows is None else rows)


_BY_KEY = {kind: _entries(table, _KEYS.join(table, table.c.key == _KEYS.c.key)) for kind, table in TABLES.items()}
_BY_LOT = {kind: _entries(table, _of(table)) for kind, table in TABLES.items()}
_NAMING = {
    name: _entries(TABLES[kind])
    .where(TABLES[kind].c[name] == bindparam("name"))
    .order_by(TABLES[kind].c.key)
    .limit(bindparam("at_most"))
    for name, kind in _NAMED_BY.items()
}
_STAYS = select(*(placements.c[name] for name in ("product", "lot", "unit", "location", "since", "until"))).select_from(
    _of(placements)
)
_MADE_FROM = select(lot_parents.c.key).select_from(_of(lot_parents))
_TOLD_OF = select(
    _LOTS_AND_KEYS.c.product,
    _LOTS_AND_KEYS.c.lot,
    *(
        exists().where(table.c.product == _LOTS_AND_KEYS.c.product, table.c.lot == _LOTS_AND_KEYS.c.lot).label(name)
        for table, name in ((placements, "has_placements"), (lot_parents, "is_parent"))
    ),
    exists().where(lot_parents.c.key == _LOTS_AND_KEYS.c.key).label("has_parents"),
)


def find(connection: Connection, kind: str, keys: Collection[str]) -> Iterator[StoredEntry]:
    """Yield the lots or placements that have these keys."""
    if keys:
        rows = connection.execute(_BY_KEY[kind], rows_given([key] for key in keys))
        yield from (StoredEntry(kind, *row) for row in rows)


def of_lots(connection: Connection, kind: str, wanted: Collection[BatchKey]) -> Iterator[StoredEntry]:
    """Yield these lots, as far as they are there, or the placements of their units."""
    if wanted:
        yield from (StoredEntry(kind, *row) for row in connection.execute(_BY_LOT[kind], rows_given(wanted)))


def naming(connection: Connection, kind: str, name: str, at_most: int) -> Iterator[StoredEntry]:
    """Yield lots or placements that name an entry of configuration, at most so many."""
    if kind in _NAMING:
        rows = connection.execute(_NAMING[kind], {"name": name, "at_most": at_most})
        yield from (StoredEntry(_NAMED_BY[kind], *row) for row in rows)


def stays(connection: Connection, wanted: Collection[BatchKey]) -> Iterator[Placement]:
    """Yield where these lots' units were, are and will be, without quantities."""
    for row in connection.execute(_STAYS, rows_given(wanted)) if wanted else ():
        until = NEVER if row.until is None else row.until
        yield Placement(row.product, row.lot, row.unit, row.location, row.since, until)


def made_from(connection: Connection, wanted: Collection[BatchKey]) -> Iterator[BatchKey]:
    """Yield each lot that was made from one of these."""
    for key in connection.scalars(_MADE_FROM, rows_given(wanted)) if wanted else ():
        product, lot = json.loads(key)
        yield product, lot


def recorded_of(connection: Connection, wanted: Collection[BatchKey]) -> Iterator[tuple[BatchKey, bool, bool]]:
    """Yield, of these lots, those of which entries tell: whether placements do, whether it has parents.

    If neither, it is the parent of another.
    """
    if not wanted:
        return
    rows = ([*lot, json.dumps(lot, ensure_ascii=False, separators=(",", ":"))] for lot in wanted)
    for row in connection.execute(_TOLD_OF, rows_given(rows)):
        if row.has_placements or row.has_parents or row.is_parent:
            yield (row.product, row.lot), row.has_placements, row.has_parents


def all_lots(connection: Connection) -> Iterator[BatchKey]:
    """Yield the name of every lot."""
    yield from ((row.product, row.lot) for row in connection.execute(select(lots.c.product, lots.c.lot)))


def count_lots(connection: Connection) -> int:
    """Return how many lots there are."""
    return connection.scalar(select(func.count()).select_from(lots)) or 0


def keys_of(connection: Connection, kind: str) -> list[str]:
    """Return the keys of all lots, or of all placements."""
    return list(connection.scalars(select(TABLES[kind].c.key)))
