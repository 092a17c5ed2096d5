"""Serials, AI (21): recorded for a batch, and looked up."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import require_batch
from api.deps import MovesStock, SeesStock
from api.models.serials import Serial, SerialRangeShown, WantedSerials
from api.paging import Page, Paging
from api.reads import serials as reads
from ledger.requests import RecordSerials

router = APIRouter(tags=["batches"])


@router.get("/batches/{product}/{lot:path}/serials")
def list_serials(
    caller: SeesStock, product: str, lot: str, query: Annotated[Paging, Query()]
) -> Page[SerialRangeShown]:
    """Return the serials of a batch in ranges, each with the unit that it is in."""
    with caller.look() as view:
        return reads.page_of(view, product, lot, query)


@router.post("/batches/{product}/{lot:path}/serials", status_code=201)
def record_serials(caller: MovesStock, product: str, lot: str, wanted: WantedSerials) -> list[SerialRangeShown]:
    """Record serials of a batch, all or none, and answer those of the batch that are in this unit.

    A serial is in one batch of its product for ever, and in one unit of that at a time: named again with another unit
    it is there since. One that is another batch's, or can be taken for one on record, is refused (409).
    """
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (product, lot))
    asked = RecordSerials(product=product, lot=lot, unit=wanted.unit, serials=wanted.spans, reason=wanted.reason)
    caller.ask(asked)
    with caller.look() as view:
        found = reads.page_of(view, product, lot, Paging(limit=1000)).items
        return [each for each in found if each.unit == wanted.unit]


@router.get("/serials/{product}/{serial:path}")
def get_serial(caller: SeesStock, product: str, serial: str) -> Serial:
    """Return the unit that a serial is in, where that stands, and whether it may be used."""
    with caller.look() as view:
        return reads.find(view, product, serial)
