"""The page of a batch."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from api.deps import View
from api.models.base import When
from api.people.roles import Permission
from api.web.batch.page import BatchPage, batch_page
from api.web.charts.gather import STILL_WIDTH, Wanted
from api.web.charts.measure import ChartRequest
from api.web.charts.shown import ChartView, address_of, shown
from api.web.components.date_range import EVER, DateRange, OfRange, read_range, show_moments
from api.web.components.disposition import Panel, panel
from api.web.components.known_at import NOW, KnownAt, OfKnown, known_at, look_at
from api.web.components.record import (
    Content,
    audit_of_holds,
    exposure_revised,
    named,
    profile_version,
    sheet_of,
)
from api.web.frame.formats import duration
from api.web.frame.naming import batch_address
from api.web.frame.render import fragment, frame_of, render_in
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import SeesStock, Visitor
from api.web.frame.shared import Part, Shared, anybody, is_live, live_answer
from api.web.frame.texts import text
from domain.model import BatchKey
from domain.times import DAY, format_instant
from store.loaded import LoadedSeries

router = APIRouter()


class OfBatch(OfRange, OfKnown):
    """Which unit is looked at, and when."""

    unit: str | None = None
    since: When | None = None
    until: When | None = None
    all: bool = False
    changed_since: str = ""  # what to mark when it is printed; empty: since the last decision


@router.get("/batches/{product}/{lot:path}")
def show(visitor: SeesStock, request: Request, product: str, lot: str, query: Annotated[OfBatch, Query()]) -> Response:
    """Show a batch: to a client its own."""
    with visitor.look() as now:
        view = look_at(now, query)
        if is_live(request) and view is now:
            return live_answer(request, _live(visitor, request, view, (product, lot), query))
        frame = frame_of(view.connection)
        clock = frame.clock(view.now)
        known = known_at(view, clock)
        chosen = read_range(query, clock.zone) if query.is_asked else DateRange(query.since, query.until)
        wanted = Wanted(since=chosen.since, until=chosen.until, width=STILL_WIDTH)
        page = batch_page(view, (product, lot), query.unit or None, wanted, clock, True, query.all)
        decide = _panel(visitor, view, page)
        sheet = sheet_of(view, visitor, clock, _content(view, page), query.changed_since)
    context = {
        "page": page,
        "known": known,
        "address": batch_address(product, lot),
        "charts": [_chart(visitor, view.series, page, asked, chosen != EVER, known) for asked in page.asked],
        "is_asked": chosen != EVER,
        "range": show_moments(page.asked[0].since, page.asked[0].until, clock.zone) if page.asked else None,
        "presets": _presets(page, known),
        "panel": decide,
        "sheet": sheet,
        "facts": _facts(page),
        "profiles": [profile_version(version.profile, version.version) for _, _, version in page.found.versions],
    }
    return render_in(frame, clock, request, visitor, "batch/page.html", context)


def _content(view: View, page: BatchPage) -> Content:
    """Return what is on record of the batch: to a client without what people did."""
    holds = [hold for unit in page.units for hold in unit.holds]
    places = [stay.name for unit in page.units for stay in unit.stays if stay.name is not None]
    past = page.found.past
    if not view.policy.knows_authors:
        return Content(places, holds)
    revisions = [exposure_revised(each.known_at, each.rule, each.key.unit) for each in past.revisions]
    return Content(places, holds, [*past.corrections, *audit_of_holds(view, holds)], revisions)


def _facts(page: BatchPage) -> list[tuple[str, str]]:
    """Return what the printed record is of."""
    product, lot = page.found.key
    facts = [(text("record.product"), named(page.found.product_name, product)), (text("record.lot"), lot)]
    if page.found.client_name is not None:
        facts.append((text("record.client"), named(page.found.client_name, page.found.doc.get("client") or "")))
    return [*facts, (text("record.units"), ", ".join(unit.name or text("words.whole_lot") for unit in page.units))]


def _live(visitor: Visitor, request: Request, view: View, batch: BatchKey, query: OfBatch) -> Part[tuple[str, ...]]:
    """Return what changes while the page is open, made once for everybody of the same rights."""
    shared: Shared = request.app.state.shared
    key = ("batch", visitor.person.role, visitor.person.client, batch, query.unit, query.all)

    def read() -> tuple[str, ...]:
        clock = clock_of(view)
        page = batch_page(view, batch, query.unit or None, Wanted(), clock, False, query.all)
        context = {"page": page, "known": NOW, "address": batch_address(*batch)}
        return (fragment("batch/live.html", anybody(visitor), clock, context),)

    return shared.get(view, key, read, lambda html: html)


def _chart(
    visitor: Visitor, series: LoadedSeries, page: BatchPage, asked: ChartRequest, is_asked: bool, known: KnownAt
) -> tuple[ChartView, Markup]:
    """Return a chart and its title."""
    (product, lot), unit = page.found.key, page.chosen.name
    name, quantity = unit if unit is not None else f"{product} {lot}", text(f"words.{asked.quantity}")
    address = address_of("batch", product, lot, unit=unit, quantity=asked.quantity, **known.parameter)
    label = text("batch.chart_label", quantity=quantity, unit=name)
    title = say("batch.chart_title", quantity=quantity, unit=Markup("<b>{}</b>").format(name))
    return shown(visitor, asked, f"chart-{asked.quantity}", address, label, is_asked, series, known.is_past), title


def _presets(page: BatchPage, known: KnownAt) -> list[tuple[str, str, int | str]]:
    """Return what the chart offers to look at: its life, and the last days where it lived for longer."""
    if not page.asked:
        return []
    begins, ends = page.asked[0].begins or 0, page.asked[0].ends
    asked = known.parameter | ({"unit": page.chosen.name} if page.chosen.name else {})
    address = f"{batch_address(*page.found.key)}?" + (urlencode(asked) + "&" if asked else "")
    lengths = [length for length in (2 * DAY, 7 * DAY, 30 * DAY) if length < ends - begins]
    shorter = [
        (duration(length), f"{address}from={format_instant(ends - length)}#charts", length // 1000)
        for length in lengths
    ]
    return [(text("batch.life"), f"{address}#charts", "whole"), *shorter]


def _panel(visitor: Visitor, view: View, page: BatchPage) -> Panel | None:
    """Return the panel in which the batch's holds are decided, for who may."""
    if not visitor.person.may(Permission.DISPOSE) or view.known_at is not None:
        return None
    held = [hold for unit in page.units for hold in unit.holds if hold.is_open]
    return panel(visitor, view, held, batch_address(*page.found.key), are_all=True)
