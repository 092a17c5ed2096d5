"""A lot has movements or storage records, never both: one of the two says where it was."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from domain.errors import ConflictError
from domain.model import BatchKey
from sites.schema import Entry
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import units

_LOTS = given(product=TEXT, lot=TEXT)
_IS_OF_LOTS = (units.c.product == _LOTS.c.product) & (units.c.lot == _LOTS.c.lot)
_HAS_UNITS = select(units.c.product, units.c.lot).select_from(_LOTS.join(units, _IS_OF_LOTS)).limit(1)


def refuse_recorded_twice(connection: Connection, put: Iterable[Entry]) -> None:
    """Raise ConflictError for placements and parents of lots of which movements tell."""
    told = {lot: each.path for each in put for lot in _lots(each)}
    if not told:
        return
    row = connection.execute(_HAS_UNITS, rows_given(sorted(told))).first()
    if row is not None:
        lot = (row.product, row.lot)
        raise ConflictError(f"{told[lot]}: movements tell of lot {row.product} {row.lot}, so nothing else can")


def _lots(entry: Entry) -> Iterator[BatchKey]:
    """Yield the lots of which an entry says where they were."""
    if entry.kind == "placement":
        yield entry.doc["product"], entry.doc["lot"]
    elif entry.kind == "batch" and entry.doc.get("parents"):
        yield entry.doc["product"], entry.doc["lot"]
        yield from ((parent["product"], parent["lot"]) for parent in entry.doc["parents"])
