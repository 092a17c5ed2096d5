"""Batch numbers: which come next."""

from datetime import date

from fastapi import APIRouter

from api.deps import MovesStock
from api.models.numbering import NextNumbers, NumberingPreview
from api.reads.numbering import load_numberings, preview

router = APIRouter(prefix="/numbering", tags=["numbering"])


@router.post("/preview")
def preview_numbers(caller: MovesStock, wanted: NumberingPreview) -> NextNumbers:
    """Return the next batch numbers of a product and how many are left. Nothing is drawn: others may be faster."""
    day = None if wanted.day is None else date.fromisoformat(wanted.day)
    with caller.look() as view:
        known = load_numberings(view.connection, {} if wanted.numbering is None else {wanted.product: wanted.numbering})
        found = preview(view.connection, known, wanted.product, view.now, day=day, line=wanted.line, count=wanted.count)
    return NextNumbers(
        product=wanted.product,
        day=found.day.isoformat(),
        format=found.numbering.format,
        numbers=found.numbers,
        left=found.left,
        last=found.numbering.last,
        reset=found.numbering.reset,
        resets_on=None if found.resets_on is None else found.resets_on.isoformat(),
    )
