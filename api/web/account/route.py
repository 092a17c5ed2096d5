"""A person's own account: who they are here, their password, their sessions."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.people.passwords import SHORTEST
from api.people.register import find_account, note, shut_out
from api.people.sign_in import change_password
from api.web.frame.render import render
from api.web.frame.session import Known, Visitor, signed_in, signed_out
from api.web.frame.texts import text
from domain.errors import ForbiddenError, InvalidError

router = APIRouter()


@router.get("/account")
def show(visitor: Known, request: Request, changed: bool = False) -> Response:
    """Show the account."""
    return _page(visitor, request, changed=changed)


@router.post("/account/password")
def choose_password(
    visitor: Known,
    request: Request,
    current: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Choose a first password or another one; every other session ends."""
    if new != again:
        return _page(visitor, request, wrong_new=text("account.not_the_same"))
    services = visitor.services
    try:
        secret = change_password(services.database, visitor.person.name, current, new, services.options.now())
    except InvalidError as error:
        return _page(visitor, request, wrong_new=str(error))
    except ForbiddenError as error:
        return _page(visitor, request, wrong_current=str(error))
    return signed_in(request, secret, "/account?changed=true")


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(visitor: Known) -> Response:
    """End all sessions of the person, this one too."""
    name, services = visitor.person.name, visitor.services
    now = services.options.now()
    with services.database.begin() as connection:
        shut_out(connection, name, now)
        note(connection, name, "signed_out_everywhere", name, now)
    return signed_out()


def _page(
    visitor: Visitor, request: Request, changed: bool = False, wrong_current: str = "", wrong_new: str = ""
) -> Response:
    with visitor.look() as view:
        account = find_account(view.connection, visitor.person.name)
        return render(
            request,
            visitor,
            "account/page.html",
            view,
            status=422 if wrong_current or wrong_new else 200,
            account=account,
            changed=changed,
            wrong_current=wrong_current,
            wrong_new=wrong_new,
            shortest=SHORTEST,
        )
