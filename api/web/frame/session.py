"""Who looks at a page. A page declares its permission as a route of the API does, by the type of its first parameter:

    from api.web.frame.session import SeesSite
    @router.get("/problems")
    def problems(visitor: SeesSite, request: Request) -> Response: ...

`Anybody`, `Known`, `SeesStock`, `SeesSite`, `SeesRecord`, `MovesStock`, `Disposes`, `Acknowledges` and `Configures` are
the same words as in api.deps and give a `Visitor`: a `Caller` (`person`, `services`, `look()`, `ask(…)`) with its
session. Whoever is not signed in is sent to the sign-in page and comes back. What is not a GET must send the session's
`csrf` along, as the form field `csrf` or the header X-CSRF-Token, else it is forbidden; so a GET must change nothing.

In the record a person is `visitor.person.name`, as a token is by its name. The cookie counts on the pages only and a
token in the API only: no page of another site can make a browser use the API, and no script needs a cookie. Data that
a page's script fetches comes from routes of the pages.
"""

import hmac
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from api.deps import NOBODY, Caller, Needs, Services, services_of
from api.parameters import refuse_unknown
from api.people.roles import Permission
from api.people.sessions import LASTS_AT_MOST, Session, hash_of, in_force, is_to_be_touched, recognise
from api.web.frame.origin import HOME, local_part, local_path, refuse_other_sites
from domain.errors import ForbiddenError, UnauthenticatedError
from domain.times import SECOND
from store.people import end_session, touch_session

COOKIE = "coldchain_session"
SIGN_IN = "/sign-in"
LINK = f"{SIGN_IN}/link"
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Visitor(Caller):
    """Who looks at a page, or sends a form of it. `session` is None for a stranger."""

    session: Session | None = None

    @property
    def csrf(self) -> str:
        """What a form of this session sends along; empty for a stranger."""
        return self.session.csrf if self.session else ""

    def is_still_signed_in(self) -> bool:
        """Look again whether the session is in force: for answers that last, such as a stream of events."""
        if self.session is None:
            return False
        now = self.services.options.now()
        with self.services.database.read() as connection:
            return in_force(connection, self.session.hash, now) is not None


class SignInNeeded(UnauthenticatedError):
    """Nobody is signed in, or not any more."""


def stranger(request: Request) -> Visitor:
    """Return a visitor that nobody knows."""
    return Visitor(NOBODY, services_of(request))


def whoever(request: Request) -> Visitor:
    """Return the visitor whose cookie it is, else a stranger; for pages and errors that everybody may see."""
    services = services_of(request)
    session = _session(request, services)
    return Visitor(session.person if session else NOBODY, services, session)


def _session(request: Request, services: Services) -> Session | None:
    secret = request.cookies.get(COOKIE)
    if secret is None:
        return None
    now = services.options.now()
    with services.database.read() as connection:
        session = recognise(connection, secret, now)
    if session is not None and is_to_be_touched(session, now):
        with services.database.begin() as connection:
            touch_session(connection, session.hash, now)
    return session


def signed_in(request: Request, secret: str, go_on: str) -> Response:
    """Return the answer to a right sign-in: the new session's cookie, and on to a page. The session before it ends."""
    end_own_session(request)
    options = services_of(request).options
    response = RedirectResponse(go_on, 303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=LASTS_AT_MOST // SECOND,
        secure=options.secure_cookies or request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def signed_out() -> Response:
    """Return the answer to signing out."""
    response = RedirectResponse(SIGN_IN, 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def end_own_session(request: Request) -> None:
    """End the session that the request's cookie belongs to, if any."""
    secret = request.cookies.get(COOKIE)
    if secret is not None:
        with services_of(request).database.begin() as connection:
            end_session(connection, hash_of(secret))


async def _csrf_given(request: Request) -> str:
    """Return what was sent to prove that the form is ours."""
    given: object = request.headers.get("x-csrf-token")
    if given is None and request.method not in _SAFE_METHODS:
        given = (await request.form()).get("csrf")
    return given if isinstance(given, str) else ""


class PageNeeds(Needs):
    """The dependency by which every page declares its permission."""

    def __call__(self, request: Request, given: Annotated[str, Depends(_csrf_given)]) -> Visitor:
        """Return the visitor. Raises SignInNeeded, or ForbiddenError for a role or a form that may not."""
        changes = request.method not in _SAFE_METHODS
        if changes:
            refuse_other_sites(request)
        visitor = whoever(request)
        if self.permission is Permission.PUBLIC:
            refuse_unknown(request)
            return visitor
        if visitor.session is None:
            raise SignInNeeded("please sign in")
        if changes and not hmac.compare_digest(visitor.csrf.encode(), given.encode()):
            raise ForbiddenError("the form is out of date: load its page again")
        visitor.person.require(self.permission)
        refuse_unknown(request)
        return visitor


def page_needs(permission: Permission) -> Any:
    """Return the dependency for a page's declaration."""
    return Depends(PageNeeds(permission))


def install_sign_in(app: FastAPI) -> None:
    """Send whoever is not signed in to the sign-in page."""
    app.add_exception_handler(SignInNeeded, _to_sign_in)


def _to_sign_in(request: Request, _error: Exception) -> Response:
    wanted = _wanted(request)
    address = SIGN_IN if wanted == HOME else f"{SIGN_IN}?{urlencode({'next': wanted})}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate":  # a script would take the page for data
        return Response(status_code=401)
    return RedirectResponse(address, 303)


def _wanted(request: Request) -> str:
    """Return where to go on after signing in: the page asked for, or the one whose form was sent."""
    if "hx-request" in request.headers:
        return local_part(request.headers.get("hx-current-url"), request)
    if request.method not in _SAFE_METHODS:
        return local_part(request.headers.get("referer"), request)
    return local_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))


Anybody = Annotated[Visitor, page_needs(Permission.PUBLIC)]
Known = Annotated[Visitor, page_needs(Permission.KNOWN)]
SeesStock = Annotated[Visitor, page_needs(Permission.SEE_STOCK)]
SeesSite = Annotated[Visitor, page_needs(Permission.SEE_SITE)]
SeesRecord = Annotated[Visitor, page_needs(Permission.SEE_RECORD)]
MovesStock = Annotated[Visitor, page_needs(Permission.MOVE_STOCK)]
Disposes = Annotated[Visitor, page_needs(Permission.DISPOSE)]
Acknowledges = Annotated[Visitor, page_needs(Permission.ACKNOWLEDGE)]
Configures = Annotated[Visitor, page_needs(Permission.CONFIGURE)]
