"""The list of problems: what goes on, what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from pydantic import Field
from sqlalchemy import select
from starlette.responses import Response

from api.deps import View
from api.paging import Paging
from api.reads.alarm_rate import read_load
from api.reads.alerts import list_alerts
from api.reads.lists import equal
from api.web.components.date_range import OfRange, read_range, show_days
from api.web.frame.render import fragment, render
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import SeesSite, Visitor
from api.web.frame.shared import Part, Shared, anybody, is_live, live_answer
from api.web.problems.numbers import Numbers, read_numbers
from api.web.problems.rows import ProblemRow, read_problems
from api.web.problems.words import headline, how_long, in_short, what_is_held
from rules.alarms.alarm_rate import AlarmRate
from store.open_alerts import OPEN
from store.tables import alerts

router = APIRouter()


class OfProblems(Paging, OfRange):
    """Which problems are asked for; without `show` the open ones, or all if none is open."""

    show: Literal["", "open", "ended", "all"] = ""
    place: str = ""
    limit: int = Field(50, ge=1, le=200)


@dataclass(frozen=True, slots=True)
class Problems:
    """Everything that the live part of the page says."""

    numbers: Numbers
    load: AlarmRate
    show: str
    problems: Sequence[ProblemRow]
    next: str | None
    is_watched: bool  # a sensor is installed somewhere


@router.get("/problems")
def problems(visitor: SeesSite, request: Request, query: Annotated[OfProblems, Query()]) -> Response:
    """List problems, the most urgent or the newest first."""
    with visitor.look() as view:
        part = _part(visitor, request, view, query)
        if is_live(request):
            return live_answer(request, part)
        of_places = select(alerts.c.place).where(alerts.c.place != "").distinct()
        places = view.connection.scalars(of_places.order_by(alerts.c.place)).all()
        live = [Markup(html) for html in part.html]  # made by a template
        return render(
            request,
            visitor,
            "problems/page.html",
            view,
            live=live,
            asked=query,
            shown=part.model,
            places=places,
            days=show_days(query),
        )


def _part(visitor: Visitor, request: Request, view: View, query: OfProblems) -> Part[Problems]:
    shared: Shared = request.app.state.shared

    def write(model: Problems) -> tuple[str, ...]:
        words = {
            "headline": headline,
            "in_short": in_short,
            "what_is_held": what_is_held,
            "how_long": how_long,
            "say": say,
        }
        context: Mapping[str, Any] = {"shown": model, "asked": query, **words}
        return (fragment("problems/live.html", anybody(visitor), clock_of(view), context),)

    return shared.get(view, ("problems", visitor.person.role, query), lambda: _read(view, query), write)


def _read(view: View, query: OfProblems) -> Problems:
    counted = read_numbers(view.connection, view.now, clock_of(view).zone)
    show = query.show or ("open" if counted.open else "all")
    conditions = equal(alerts, {"place": query.place or None})
    if show == "open":
        conditions.append(OPEN)
    if show == "ended":
        conditions.append(~OPEN)
    chosen = read_range(query, clock_of(view).zone)
    if chosen.since is not None:  # what went on then counts, whenever it began
        conditions.append(alerts.c.until.is_(None) | (alerts.c.until > chosen.since))
    if chosen.until is not None:
        conditions.append(alerts.c.since < chosen.until)
    page = list_alerts(view, query, conditions)
    rows = read_problems(view, page.items)
    if show == "open":
        rows.sort(key=lambda row: row.urgency)
    return Problems(
        counted, read_load(view.connection, view.now), show, rows, page.next, bool(view.snapshot.site.mounts)
    )
