"""Expiry: what in stock expires when, and when units were opened and thawed."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api import corrections
from api.access import require_batch
from api.addresses import canonical
from api.deps import MovesStock, SeesStock, View
from api.models.expiry import DatedUnit, Expiring, UnitDates
from api.paging import Page, Paging, decode, encode
from api.reads import expiry as reads
from api.resources import BY_KIND
from api.snapshot import zone_named
from batches.expiry import expiry, terms_of
from domain.errors import InvalidError
from domain.model import Handled, UnitKey
from store.in_stock import dated_lots
from store.unit_dates import handled

router = APIRouter(tags=["expiry"])


class OfExpiry(Paging):
    """Which stock is asked for."""

    product: str | None = None
    client: str | None = None
    location: str | None = None
    step: str | None = None


@router.get("/expiry")
def list_expiring(caller: SeesStock, query: Annotated[OfExpiry, Query()]) -> Page[Expiring]:
    """Return what in stock expires, first what expires first. Opened and thawed units are told apart from their lot."""
    asked = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    after = decode(query.cursor, str)
    with caller.look() as view:
        found = reads.read_expiring(view, reads.Wanted(**asked))
        rest = found if after is None else [row for row in found if row.place > _place(after)]
        items = [_shown(view, row) for row in rest[: query.limit]]
    following = json.dumps(rest[query.limit - 1].place) if len(rest) > query.limit else None
    return Page(items=items, next=following and encode(following))


def _place(text: str) -> tuple[int, str, str, str]:
    """Return the place in order that a cursor stands for. Raises InvalidError for one that this list never gave."""
    try:
        at, product, lot, unit = json.loads(text)
        return int(at), str(product), str(lot), str(unit)
    except (TypeError, ValueError):
        raise InvalidError("cursor: not a cursor of this list") from None


@router.get("/batches/{product}/{lot:path}/dates")
def list_dates(caller: SeesStock, product: str, lot: str) -> list[DatedUnit]:
    """Return the units of a batch that were opened or thawed, and when they expire."""
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (product, lot))
        found = handled(view.connection, [(product, lot)])
        return [_dated(view, unit, found[unit]) for unit in sorted(found, key=str)]


@router.put("/batches/{product}/{lot:path}/dates")
def date_unit(caller: MovesStock, product: str, lot: str, told: UnitDates) -> DatedUnit:
    """Say when a unit was opened and thawed: by its product's `after_opening` and `after_thawing` it may expire sooner.

    Both are replaced: null takes a date back. A time after now is refused (422).
    """
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (product, lot))
    unit = UnitKey(product, lot, told.unit)
    corrections.date_unit(caller, unit, told.opened_at, told.thawed_at, told.reason)
    with caller.look() as view:
        return _dated(view, unit, handled(view.connection, [(product, lot)]).get(unit, Handled()))


def _dated(view: View, unit: UnitKey, dates: Handled) -> DatedUnit:
    lot = dated_lots(view.connection, [unit[:2]])[unit[:2]]
    terms = terms_of(view.snapshot.site.products.get(unit.product))
    end = expiry(lot.expires_on, dates, terms, zone_named(view.snapshot.zone))
    because: Literal["date", "opened", "thawed"] | None = None if end is None else end.why
    at = None if end is None else end.at
    return DatedUnit(**unit._asdict(), **dates._asdict(), expires_at=at, because=because)


def _shown(view: View, row: reads.Expiring) -> Expiring:
    return Expiring(
        href=BY_KIND["batch"].href(canonical(row.product, row.lot)),
        product=row.product,
        lot=row.lot,
        unit=row.unit,
        client=row.client,
        expires_on=row.expires_on,
        expires_at=row.at,
        because=row.why,
        days_left=row.days_left(view.now),
        is_expired=row.is_expired,
        step=row.step or None,
        next_step=row.next_step,
        next_step_at=row.next_at,
        units=row.units,
        quantity=row.quantity,
        locations=list(row.locations),
    )
