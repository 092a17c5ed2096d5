"""One problem, its acknowledgement and comments."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.errors import STATUS
from api.people import Permission
from api.reading import find
from api.schemas.base import Number, Words
from api.web.naming import batch_address
from api.web.pages import render
from api.web.problem.excursion import problem_of_excursion
from api.web.problem.page import chart_of, problem_page
from api.web.session import Acknowledges, SeesSite, SeesStock, Visitor
from api.web.texts import text
from domain.errors import ColdchainError, InvalidError, NotFoundError
from store.tables import alerts

router = APIRouter()

LONGEST = 2000

Said = Annotated[Words, Form()]


@router.get("/problems/{number}")
def show(visitor: SeesStock, request: Request, number: Number, all: bool = False) -> Response:
    """Show a problem to staff; a client is sent to its own batch that went through it."""
    if not visitor.person.may(Permission.SEE_SITE):
        return _own_batch(visitor, number)
    return _page(visitor, request, number, whole=all)


@router.post("/problems/{number}/acknowledge")
def acknowledge(visitor: Acknowledges, request: Request, number: Number, comment: Said = "") -> Response:
    """Say that somebody knows of it."""
    try:
        corrections.acknowledge(visitor, number, _checked(comment) or None)
    except ColdchainError as error:
        return _page(visitor, request, number, error=error, comment=comment)
    return RedirectResponse(f"/problems/{number}", 303)


@router.post("/problems/{number}/comments")
def comment(visitor: Acknowledges, request: Request, number: Number, comment: Said = "") -> Response:
    """Say something about it."""
    try:
        if not _checked(comment):
            raise InvalidError(text("problem.nothing_said"))
        corrections.comment(visitor, number, _checked(comment))
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
) -> Response:
    """Show the page, with what was refused of a form and what had been written in it."""
    with visitor.look() as view:
        page = problem_page(visitor, view, number, whole)
    return render(
        request,
        visitor,
        "problem.html",
        status=200 if error is None else STATUS[error.code][0],
        page=page,
        chart=chart_of(visitor, page),
        wrong="" if error is None else str(error),
        comment=comment,
    )


def _own_batch(visitor: Visitor, number: int) -> Response:
    with visitor.look() as view:
        alert = find(view, alerts, number, view.sight.alert)
    if alert is None:
        raise NotFoundError(text("problem.none", number=number))
    lot = alert["lots"][0]
    return RedirectResponse(batch_address(lot["product"], lot["lot"]), 303)


def _checked(words: str) -> str:
    if len(words) > LONGEST:
        raise InvalidError(text("problem.too_long", count=LONGEST))
    return words.strip()
