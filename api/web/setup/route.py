"""The set-up: channels and their tests, devices that hang nowhere, dead letters, people and tokens, health."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.models.base import Number
from api.paging import Paging
from api.people.register import list_accounts
from api.people.tokens import list_tokens
from api.reads.deliveries import channel_states, deliveries, find_channel, find_delivery, of_channel
from api.reads.devices import unassigned_devices
from api.web.frame.forms import written
from api.web.frame.render import render
from api.web.frame.sentences import clock_of
from api.web.frame.session import Configures, SeesSite, Visitor
from api.web.frame.texts import text
from api.web.setup.dead_letters import letters
from api.web.setup.devices import mount, places
from api.web.setup.health import findings
from api.web.setup.quiet import end, enter, quiet_rows, shelf_rows
from domain.errors import ColdchainError, NotFoundError

router = APIRouter(prefix="/setup")

Field = Annotated[str, Form()]

SHOWN = 20  # messages of a channel


class OfLetters(Paging):
    """Which dead letters, and what became of those just tried again."""

    limit: int = 25
    redriven: int | None = None
    failed: int | None = None


@router.get("")
def channels(visitor: SeesSite, request: Request) -> Response:
    """List the channels and how they do."""
    with visitor.look() as view:
        states = channel_states(view.connection)
        return render(request, visitor, "setup/channels.html", view, part="channels", states=states)


@router.get("/channels/{id:path}")
def channel(visitor: SeesSite, request: Request, id: str, test: Annotated[Number | None, Query()] = None) -> Response:
    """Show a channel with its newest messages; `test`: the one that was just sent."""
    with visitor.look() as view:
        state = find_channel(view.connection, id)
        if state is None:
            raise NotFoundError(text("setup.no_channel", name=id))
        sent = deliveries(view.connection, of_channel(id), limit=SHOWN)
        tested = find_delivery(view.connection, test) if test is not None else None
        tested = tested if tested is not None and (tested.channel, tested.alert) == (id, None) else None
        return render(
            request, visitor, "setup/channel.html", view, part="channels", state=state, sent=sent, test=tested
        )


@router.post("/channels/{id:path}/test")
def test_channel(visitor: Configures, id: str) -> Response:
    """Send a test, and lead to where its outcome appears."""
    with visitor.look() as view:
        if find_channel(view.connection, id) is None:
            raise NotFoundError(text("setup.no_channel", name=id))
    number = corrections.test_channel(visitor, id)
    return RedirectResponse(f"/setup/channels/{quote(id, safe='')}?test={number}", 303)


@router.get("/devices")
def devices(visitor: SeesSite, request: Request, query: Annotated[Paging, Query()]) -> Response:
    """List devices that say something and hang nowhere."""
    return _devices(visitor, request, query)


@router.post("/devices/mount")
def mount_device(
    visitor: Configures,
    request: Request,
    device: Field,
    probe: Field = "",
    sensor: Field = "",
    location: Field = "",
    since: Field = "now",
) -> Response:
    """Hang a device up."""
    try:
        mount(visitor, device, probe, sensor.strip(), location, since)
    except ColdchainError as error:
        return _devices(visitor, request, Paging(), error)
    return RedirectResponse("/setup/devices", 303)


def _devices(visitor: Visitor, request: Request, query: Paging, error: ColdchainError | None = None) -> Response:
    with visitor.look() as view:
        page = unassigned_devices(view, query)
        context: dict[str, Any] = {"found": page.items, "next": page.next, "places": places(view)}
        return render(request, visitor, "setup/devices.html", view, refused=error, part="devices", **context)


@router.get("/dead-letters")
def dead_letters(visitor: SeesSite, request: Request, query: Annotated[OfLetters, Query()]) -> Response:
    """List messages that could not be decoded."""
    return _letters(visitor, request, query)


@router.post("/dead-letters/redrive")
def redrive(visitor: Configures, request: Request, letter: Annotated[list[Number] | None, Form()] = None) -> Response:
    """Decode letters again, after a source or its mapping was put right."""
    if not letter:
        return RedirectResponse("/setup/dead-letters", 303)
    try:
        done = corrections.redrive(visitor, letter)
    except ColdchainError as error:
        return _letters(visitor, request, OfLetters(), error)
    outcome = f"redriven={done['redriven']}&failed={len(done['failed'])}"
    return RedirectResponse(f"/setup/dead-letters?{outcome}", 303)


def _letters(visitor: Visitor, request: Request, query: OfLetters, error: ColdchainError | None = None) -> Response:
    with visitor.look() as view:
        page = letters(view, query, "waiting")
        context: dict[str, Any] = {"page": page, "query": query}
        return render(request, visitor, "setup/dead_letters.html", view, refused=error, part="letters", **context)


@router.get("/quiet")
def quiet(visitor: SeesSite, request: Request) -> Response:
    """List when nobody is told of what, and why."""
    return _quiet(visitor, request)


@router.post("/quiet")
def enter_quiet(
    visitor: Configures,
    request: Request,
    what: Field,
    location: Field = "",
    daily: Field = "",
    minutes: Field = "",
    since: Field = "",
    until: Field = "",
    reason: Field = "",
) -> Response:
    """Enter a quiet time."""
    given = {"what": what, "location": location, "daily": daily, "minutes": minutes, "since": since, "until": until}
    try:
        enter(visitor, {**given, "reason": written(reason)})
    except ColdchainError as error:
        return _quiet(visitor, request, error, {**given, "reason": reason})
    return RedirectResponse("/setup/quiet", 303)


@router.post("/quiet/end")
def end_quiet(visitor: Configures, request: Request, key: Field, reason: Field = "") -> Response:
    """End one, or take it back before it begins."""
    try:
        end(visitor, key, written(reason))
    except ColdchainError as error:
        return _quiet(visitor, request, error)
    return RedirectResponse("/setup/quiet", 303)


def _quiet(
    visitor: Visitor, request: Request, error: ColdchainError | None = None, given: Mapping[str, str] | None = None
) -> Response:
    """Show the page, with what was refused of a form and what had been written in it."""
    with visitor.look() as view:
        rows = quiet_rows(view, clock_of(view))
        context: dict[str, Any] = {
            "rows": rows,
            "now": sum(row.phase == "now" for row in rows),
            "shelves": shelf_rows(view),
            "places": places(view),
            "given": defaultdict(str, given or {}),
        }
        return render(request, visitor, "setup/quiet.html", view, refused=error, part="quiet", **context)


@router.get("/people")
def people(visitor: Configures, request: Request) -> Response:
    """List people and tokens."""
    with visitor.look() as view:
        accounts, tokens = list_accounts(view.connection), list_tokens(view.connection)
        return render(request, visitor, "setup/people.html", view, part="people", accounts=accounts, tokens=tokens)


@router.get("/health")
def health(visitor: SeesSite, request: Request) -> Response:
    """Show how the installation does."""
    with visitor.look() as view:
        found = findings(visitor.services, view)
        return render(request, visitor, "setup/health.html", view, part="health", findings=found)
