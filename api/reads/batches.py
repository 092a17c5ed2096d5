"""Batches by what is inside them: a unit, a serial; and by when they expire."""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_

from api.deps import View
from domain.errors import InvalidError
from ledger.stock.serials import units_of_serial
from store.lots import lots, placements
from store.stock.tables import units


def of_batches(view: View, asked: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a lot has a unit of this name, has a serial, or expires until a day."""
    if "unit" in asked:
        yield or_(*(_has_unit(table, asked["unit"]) for table in (placements, units)))
    if "serial" in asked:
        found = {unit[:2] for unit in units_of_serial(view.connection, asked["serial"])}
        yield or_(false(), *(and_(lots.c.product == product, lots.c.lot == lot) for product, lot in sorted(found)))
    if "expires_until" in asked:
        yield lots.c.expires_on <= _day("expires_until", asked["expires_until"])


def _has_unit(table: Table, name: str) -> ColumnElement[bool]:
    return exists().where(table.c.product == lots.c.product, table.c.lot == lots.c.lot, table.c.unit == name)


def _day(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidError(f"{name}: {text!r} is no date, e.g. 2027-06-30") from None
