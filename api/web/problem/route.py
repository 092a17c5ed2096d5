"""One problem, its acknowledgement and comments."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.deps import View
from api.models.base import Number
from api.people.roles import Permission
from api.reads.alerts import find_alert, require_alerts_on_record
from api.reads.decisions import with_decisions
from api.web.components.date_range import UNASKED, OfRange, read_range, show_moments
from api.web.components.known_at import NOW, KnownAt, OfKnown, known_at, look_at
from api.web.components.record import profile_version, sheet_of
from api.web.forecast.words import WORDS
from api.web.frame.formats import Clock
from api.web.frame.forms import needed, written
from api.web.frame.naming import batch_address
from api.web.frame.render import fragment, render
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import Acknowledges, SeesSite, SeesStock, Visitor
from api.web.frame.shared import Part, Shared, anybody, is_live, live_answer
from api.web.frame.texts import text
from api.web.problem.excursion import problem_of_excursion
from api.web.problem.page import Story, chart_of, grounds_of, story_of
from api.web.problem.printed import content_of, facts_of
from api.web.problem.shelving import times_offered
from domain.errors import ColdchainError

router = APIRouter()

_LIVE = ("answer", "lots", "happened", "to_come")  # templates, each an element that changes in place

Written = Annotated[str, Form()]


class OfProblem(OfRange, OfKnown):
    """The span of the chart, and whether everything is listed."""

    all: bool = False
    changed_since: str = ""  # what to mark when it is printed; empty: since the last decision


@router.get("/problems/{number}")
def show(visitor: SeesStock, request: Request, number: Number, query: Annotated[OfProblem, Query()]) -> Response:
    """Show a problem to staff; a client is sent to its own batch that went through it."""
    if not visitor.person.may(Permission.SEE_SITE):
        return _own_batch(visitor, number, query)
    if query.known_at:
        return _page_as_known(visitor, request, number, query)
    if is_live(request):
        with visitor.look() as view:
            return live_answer(request, _live(visitor, request, view, number, query.all))
    return _page(visitor, request, number, whole=query.all, span=query, changed_since=query.changed_since)


@router.post("/problems/{number}/acknowledge")
def acknowledge(visitor: Acknowledges, request: Request, number: Number, comment: Written = "") -> Response:
    """Say that somebody knows of it."""
    try:
        corrections.acknowledge(visitor, number, written(comment) or None)
    except ColdchainError as error:
        return _page(visitor, request, number, error=error, acknowledging=comment)
    return RedirectResponse(f"/problems/{number}", 303)


@router.post("/problems/{number}/shelve")
def shelve(
    visitor: Acknowledges, request: Request, number: Number, lasting: Written = "", reason: Written = ""
) -> Response:
    """Have nobody told of it for a while."""
    try:
        corrections.shelve(visitor, number, lasting, written(reason))
    except ColdchainError as error:
        return _page(visitor, request, number, error=error, shelving=reason)
    return RedirectResponse(f"/problems/{number}", 303)


@router.post("/problems/{number}/unshelve")
def unshelve(visitor: Acknowledges, request: Request, number: Number, reason: Written = "") -> Response:
    """Have people told of it again."""
    try:
        corrections.unshelve(visitor, number, written(reason) or None)
    except ColdchainError as error:
        return _page(visitor, request, number, error=error)
    return RedirectResponse(f"/problems/{number}", 303)


@router.post("/problems/{number}/comments")
def comment(visitor: Acknowledges, request: Request, number: Number, comment: Written = "") -> Response:
    """Say something about it."""
    try:
        corrections.comment(visitor, number, needed(comment, "problem.nothing_said"))
    except ColdchainError as error:
        return _page(visitor, request, number, error=error, comment=comment)
    return RedirectResponse(f"/problems/{number}#timeline", 303)


@router.get("/excursions/{number}")
def excursion(visitor: SeesSite, number: Number) -> Response:
    """Lead from an excursion to the problem that it is part of, or to its place where it never became one."""
    with visitor.look() as view:
        return RedirectResponse(problem_of_excursion(view, number), 303)


def _page(
    visitor: Visitor,
    request: Request,
    number: int,
    whole: bool = False,
    error: ColdchainError | None = None,
    comment: str = "",
    acknowledging: str = "",
    shelving: str = "",
    span: OfRange = UNASKED,
    changed_since: str = "",
) -> Response:
    """Show the page, with what was refused of a form and what had been written in it."""
    with visitor.look() as view:
        part = _live(visitor, request, view, number, whole)
        clock = clock_of(view)
        known = known_at(view, clock)
        chosen = read_range(span, clock.zone)
        grounds = grounds_of(visitor, view, part.model.alert, part.model.answer.peak, chosen)
        record = part.model.record
        content = content_of(record, with_decisions(view, record.holds))
        sheet = sheet_of(view, visitor, clock, content, changed_since)
    return render(
        request,
        visitor,
        "problem/page.html",
        refused=error,
        live=[Markup(html) for html in part.html],  # made by templates
        story=part.model,
        known=known,
        grounds=grounds,
        sheet=sheet,
        facts=facts_of(part.model, clock),
        profiles=[profile_version(rule.profile, rule.version) for rule in grounds.rules],
        chart=chart_of(visitor, part.model.alert, part.model.place_name, grounds.asked, span.is_asked),
        is_asked=span.is_asked,
        range=show_moments(grounds.asked.since, grounds.asked.until, clock.zone) if grounds.asked else None,
        comment=comment,
        acknowledging=acknowledging,
        shelving=shelving,
        shelve_for=times_offered(visitor.services.options.shelve_at_most),
    )


def _page_as_known(visitor: Visitor, request: Request, number: int, query: OfProblem) -> Response:
    """Show what was known of a problem at an instant, with nothing that can be done about it."""
    with visitor.look() as view:
        then = look_at(view, query)
        require_alerts_on_record(then)
        clock = clock_of(then)
        story = story_of(then, number, query.all, None)
        chosen = read_range(query, clock.zone)
        grounds = grounds_of(visitor, then, story.alert, story.answer.peak, chosen)
        content = content_of(story.record, with_decisions(then, story.record.holds))
        known, series = known_at(then, clock), then.series
        chart = chart_of(
            visitor, story.alert, story.place_name, grounds.asked, query.is_asked, known=known, loaded=series
        )
        return render(
            request,
            visitor,
            "problem/page.html",
            then,
            live=[Markup(html) for html in _parts(visitor, clock, story, known)],  # made by templates
            story=story,
            known=known,
            grounds=grounds,
            sheet=sheet_of(then, visitor, clock, content, query.changed_since),
            facts=facts_of(story, clock),
            profiles=[profile_version(rule.profile, rule.version) for rule in grounds.rules],
            chart=chart,
            is_asked=query.is_asked,
            range=show_moments(grounds.asked.since, grounds.asked.until, clock.zone) if grounds.asked else None,
        )


def _live(visitor: Visitor, request: Request, view: View, number: int, whole: bool) -> Part[Story]:
    """Return what changes while the page is open, made once for everybody of the same rights."""
    shared: Shared = request.app.state.shared

    def write(story: Story) -> tuple[str, ...]:
        return _parts(visitor, clock_of(view), story, NOW)

    forecasts = visitor.services.forecasts
    key = ("problem", visitor.person.role, number, whole)
    return shared.get(view, key, lambda: story_of(view, number, whole, forecasts), write)


def _parts(visitor: Visitor, clock: Clock, story: Story, known: KnownAt) -> tuple[str, ...]:
    """Return what changes while the page is open, the same for everybody of the same rights."""
    context = {"story": story, "known": known, "say": say, **WORDS}
    return tuple(fragment(f"problem/{name}.html", anybody(visitor), clock, context) for name in _LIVE)


def _own_batch(visitor: Visitor, number: int, query: OfProblem) -> Response:
    with visitor.look() as view:
        then = look_at(view, query)
        require_alerts_on_record(then)
        lot = find_alert(then, number, text("problem.none", number=number)).all_lots[0]
        known = known_at(then, clock_of(then))
    return RedirectResponse(batch_address(lot.product, lot.lot) + known.query, 303)
