"""Signing in by password or by one-time link, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.people.register import note
from api.people.sign_in import LOCKED_AFTER, LOCKED_FOR, link_owner, sign_in, sign_in_by_link
from api.web.frame.origin import HOME, local_path
from api.web.frame.render import render
from api.web.frame.session import LINK, SIGN_IN, Anybody, Known, Visitor, end_own_session, signed_in, signed_out
from domain.times import MINUTE

router = APIRouter()


@router.get(SIGN_IN)
def ask(visitor: Anybody, request: Request, next: str = HOME) -> Response:
    """Ask for name and password; whoever is signed in goes on."""
    if visitor.session is not None:
        return RedirectResponse(local_path(next), 303)
    return _form(visitor, request, local_path(next))


@router.post(SIGN_IN)
def check(
    visitor: Anybody,
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """Let a person in, or ask again."""
    services = visitor.services
    secret = sign_in(services.database, name, password, services.options.now())
    if secret is None:
        return _form(visitor, request, local_path(next), name, wrong=True)
    return signed_in(request, secret, local_path(next))


@router.get(LINK)
def show_link(visitor: Anybody, request: Request, key: str = "") -> Response:
    """Say whom the link lets in; programs that look at the links in mails use nothing up."""
    services = visitor.services
    with services.database.read() as connection:
        account = link_owner(connection, key, services.options.now())
    return render(request, visitor, "sign_in/link.html", status=200 if account else 404, account=account, key=key)


@router.post(LINK)
def use_link(visitor: Anybody, request: Request, key: Annotated[str, Form()] = "") -> Response:
    """Let the person in whose link it is."""
    services = visitor.services
    secret = sign_in_by_link(services.database, key, services.options.now())
    if secret is None:
        return render(request, visitor, "sign_in/link.html", status=404, account=None, key="")
    return signed_in(request, secret, HOME)


@router.post("/sign-out")
def sign_out(visitor: Known, request: Request) -> Response:
    """End this session."""
    end_own_session(request)
    name, services = visitor.person.name, visitor.services
    with services.database.begin() as connection:
        note(connection, name, "signed_out", name, services.options.now())
    return signed_out()


def _form(visitor: Visitor, request: Request, go_on: str, name: str = "", wrong: bool = False) -> Response:
    return render(
        request,
        visitor,
        "sign_in/page.html",
        status=422 if wrong else 200,
        name=name,
        next=go_on,
        wrong=wrong,
        attempts=LOCKED_AFTER,
        minutes=LOCKED_FOR // MINUTE,
    )
