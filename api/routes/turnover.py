"""Turnover: how much of a product came and went, how long stock stands, when to order again."""

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.deps import SeesStock, View
from api.models.base import QueryParameters, When
from api.models.turnover import AgeShown, SliceShown, TurnoverShown, WasteShown
from api.reads.turnover import TurnoverOf, period, products_in
from domain.errors import InvalidError, NotFoundError
from domain.times import DAY, parse_duration

router = APIRouter(tags=["stock"])


class OfTurnover(QueryParameters):
    """Which period of which product."""

    product: str = Field(examples=["VAX"])
    since: When | None = Field(
        None, alias="from", examples=["2026-01-01T00:00:00Z"], description="preset: 90 days before"
    )
    until: When | None = Field(None, alias="to", examples=["2026-01-03T00:00:00Z"], description="preset: now")
    lead_time: str | None = Field(
        None, examples=["1d"], description="how long an order takes to arrive; preset: as the product says"
    )


@router.get("/turnover")
def get_turnover(caller: SeesStock, query: Annotated[OfTurnover, Query()]) -> TurnoverShown:
    """Return what a period says of a product; of the lots that you may see."""
    with caller.look() as view:
        if query.product not in products_in(view):
            raise NotFoundError(f"no movements of product {query.product}")
        since, until = period(view.now, query.since, query.until)
        lead_time = lead_time_of(view, query.product, query.lead_time)
        return shown(view, TurnoverOf(view, query.product, since, until, lead_time), lead_time)


def lead_time_of(view: View, product: str, given: str | None) -> int | None:
    """Return how long an order takes to arrive: as it is asked, or as the product says."""
    if given is None:
        return view.snapshot.site.products[product].lead_time
    try:
        return parse_duration(given)
    except InvalidError as error:
        raise InvalidError(f"lead_time: {error}") from error


def shown(view: View, found: TurnoverOf, lead_time: int | None) -> TurnoverShown:
    """Return what is shown of a period."""
    result = found.turnover
    product = view.snapshot.site.products.get(found.product)
    return TurnoverShown(
        product=found.product,
        uom=None if product is None else product.uom,
        since=result.since,
        until=result.until,
        opening=result.opening,
        closing=result.closing,
        **result.sums,
        use=result.use,
        average=_ratio(result.average / 1_000_000),
        turnover=_ratio(result.rate),
        use_per_day=_ratio(result.use_per_day / 1_000_000),
        days_of_stock=_ratio(result.days_of_stock),
        lead_time_days=None if lead_time is None else _ratio(Fraction(lead_time, DAY)),
        reorder_point=result.reorder_point,
        should_reorder=result.should_reorder,
        waste=[WasteShown(reason=reason, quantity=quantity) for reason, quantity in result.waste.items()],
        ages=[AgeShown.model_validate(each._asdict()) for each in found.ages],
        slices=[SliceShown.model_validate(each._asdict()) for each in found.slices],
    )


def _ratio(value: Fraction | None) -> float | None:
    return None if value is None else float(round(value, 6))
