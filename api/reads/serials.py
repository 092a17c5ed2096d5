"""Serials as one person may read them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from api.access import require_batch
from api.deps import View
from api.models.serials import Serial, SerialRangeShown
from api.paging import Page, Paging, collect, decode
from api.reads.usability import why_not_used
from domain.errors import NotFoundError
from domain.model import UnitKey
from ledger.stock.serials import find_serial, range_of
from store.in_stock import in_stock
from store.stock import serials as stored
from store.stock.units import last_state


def page_of(view: View, product: str, lot: str, query: Paging) -> Page[SerialRangeShown]:
    """Return the serials of a batch in the order of recording. Raises NotFoundError, also for another's."""
    require_batch(view.policy, view.snapshot, (product, lot))

    def fetch(after: int | None, count: int) -> Sequence[Row[Any]]:
        return stored.of_lot(view.connection, product, lot, after, count)

    return collect(query, decode(query.cursor, int), fetch, lambda row: int(row.row), _shown)


def find(view: View, product: str, serial: str) -> Serial:
    """Return one serial. Raises NotFoundError, in the same words for one of another's lot."""
    unit = find_serial(view.connection, product, serial)
    if unit is None or not view.policy.may_see(unit[:2]):
        raise NotFoundError(f"no serial {serial} of {product}")
    place = in_stock(view.connection, [unit[:2]], view.now).get(unit[:2], {}).get(unit)
    state = "in_stock" if place is not None else last_state(view.connection, unit)
    reason = why_not_used(view, [unit])[unit]
    return Serial(
        product=product,
        serial=serial,
        lot=unit.lot,
        unit=unit.unit,
        state=state,
        location=None if place is None else _seen(view, unit, place.location),
        may_be_used=reason is None,
        reason=reason,
    )


def _seen(view: View, unit: UnitKey, location: str) -> str | None:
    return location if view.policy.entry("location", {"id": location}) else None


def _shown(row: Row[Any]) -> SerialRangeShown:
    found = range_of(row)
    first, last = found.ends
    return SerialRangeShown(
        product=row.product, lot=row.lot, unit=row.unit or None, first=first, last=last, count=found.count
    )
