"""The page of turnover: what a period says of a product, as numbers, a picture and tables."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import View
from api.models.base import QueryParameters
from api.reads.turnover import TurnoverOf, period, products_in
from api.routes.turnover import lead_time_of, shown
from api.web.frame.render import clock_of, render
from api.web.frame.session import SeesStock
from api.web.frame.texts import text
from api.web.turnover.picture import picture
from domain.errors import ColdchainError, InvalidError
from domain.times import instant_of

router = APIRouter(prefix="/turnover")


class OfTurnover(QueryParameters):
    """What is asked about: days in the site's zone."""

    product: str = ""
    begins: str = ""
    ends: str = ""
    lead_time: str = ""


@router.get("")
def show(visitor: SeesStock, request: Request, query: Annotated[OfTurnover, Query()]) -> Response:
    """Show the turnover of a product; preset: the first one, the last 90 days."""
    with visitor.look() as view:
        products = products_in(view)
        context: dict[str, Any] = {"products": products, "query": query, "found": None}
        product = query.product or (products[0] if products else "")
        if not products:
            return render(request, visitor, "turnover/page.html", view, product="", **context)
        try:
            context |= _found(view, product if product in products else products[0], query)
        except ColdchainError as error:
            return render(request, visitor, "turnover/page.html", view, refused=error, product=product, **context)
        return render(request, visitor, "turnover/page.html", view, product=product, **context)


def _found(view: View, product: str, query: OfTurnover) -> dict[str, Any]:
    zone = clock_of(view).zone
    since, until = period(view.now, _day(query.begins, zone, 0), _until(view.now, query.ends, zone))
    lead_time = lead_time_of(view, product, query.lead_time or None)
    read = TurnoverOf(view, product, since, until, lead_time)
    label = text("turnover.picture", product=product)
    drawn = picture(read.slices, read.turnover.opening, read.turnover.reorder_point, zone, label)
    return {"found": shown(view, read, lead_time), "picture": drawn, "slices": read.slices}


def _until(now: int, words: str, zone: Any) -> int | None:
    """Return the end of a day, not after now."""
    end = _day(words, zone, 1)
    return None if end is None else min(end, now)


def _day(words: str, zone: Any, later: int) -> int | None:
    if not words:
        return None
    try:
        then = date.fromisoformat(words) + timedelta(days=later)
    except (ValueError, OverflowError) as error:
        raise InvalidError(text("turnover.no_day", given=words)) from error
    return instant_of(datetime(then.year, then.month, then.day, tzinfo=zone))
