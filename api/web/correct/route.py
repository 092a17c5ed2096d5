"""The pages on which a mount or a placement is corrected."""

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from api.addresses import opaque, opaque_key
from api.deps import View
from api.models.base import QueryParameters
from api.web.correct.change import Change, Kind, Wanted, as_it_is, change_of, find
from api.web.correct.preview import Preview, preview
from api.web.frame.forms import needed
from api.web.frame.naming import batch_address, in_order
from api.web.frame.render import clock_of, render
from api.web.frame.session import Configures, MovesStock, Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, InvalidError, NotFoundError, Refused
from sites.schema import key_of
from store.lots import placements_of

router = APIRouter(prefix="/corrections")


class OfCorrection(QueryParameters):
    """What is to be different; nothing: the form as the entry is. `skip`: so many were judged, `changed` differ."""

    location: str = Field("", max_length=200)
    since: str = Field("", max_length=40, alias="from")
    until: str = Field("", max_length=40, alias="to")
    remove: bool = False
    skip: int = Field(0, ge=0, le=10_000_000)
    changed: int = Field(0, ge=0, le=10_000_000)

    @property
    def is_asked(self) -> bool:
        """Tell whether a change is wanted."""
        return self.remove or bool(self.location or self.since or self.until)

    @property
    def wanted(self) -> Wanted:
        """Return what is wanted."""
        return Wanted(self.location, self.since.strip(), self.until.strip(), self.remove)


class Sent(OfCorrection):
    """The same as a form sends it, and why."""

    model_config = ConfigDict(extra="ignore")  # the token against forged forms

    remove: Annotated[bool, BeforeValidator(bool)] = False  # an empty text is sent for no
    reason: str = ""


ROWS_AT_MOST = 300


class OfLot(QueryParameters):
    """Whose placements: of a lot, or of one unit of it."""

    product: str
    lot: str
    unit: str = Field("", max_length=200)
    all: bool = False


@router.get("/placements")
def placements(visitor: MovesStock, request: Request, query: Annotated[OfLot, Query()]) -> Response:
    """List the placements of a lot, each to be corrected."""
    product, lot = query.product, query.lot
    with visitor.look() as view:
        if (product, lot) not in view.snapshot.site.batches:
            raise NotFoundError(f"no batch {product} {lot}")
        entries = placements_of(view.connection, product, lot)
        entries = [each for each in entries if query.unit.casefold() in (each.doc["unit"] or "").casefold()]
        rows = sorted(entries, key=lambda each: (in_order((each.doc["unit"] or "", "", None)), each.doc["from"]))
        shown = rows if query.all else rows[:ROWS_AT_MOST]
        context: dict[str, Any] = {"rows": shown, "more": len(rows) - len(shown), "asked": query, "opaque": opaque}
        return render(request, visitor, "correct/placements.html", view, back=batch_address(product, lot), **context)


@router.get("/mounts/{key}")
def mount(visitor: Configures, request: Request, key: str, query: Annotated[OfCorrection, Query()]) -> Response:
    """Show a mount to be corrected, and what the change asked for would do."""
    return _show(visitor, request, "mount", key, query)


@router.post("/mounts/{key}")
def correct_mount(visitor: Configures, request: Request, key: str, sent: Annotated[Sent, Form()]) -> Response:
    """Correct a mount, or remove it."""
    return _do(visitor, request, "mount", key, sent.wanted, sent.reason)


@router.get("/placements/{key}")
def placement(visitor: MovesStock, request: Request, key: str, query: Annotated[OfCorrection, Query()]) -> Response:
    """Show a placement to be corrected, and what the change asked for would do."""
    return _show(visitor, request, "placement", key, query)


@router.post("/placements/{key}")
def correct_placement(visitor: MovesStock, request: Request, key: str, sent: Annotated[Sent, Form()]) -> Response:
    """Correct a placement, or remove it."""
    return _do(visitor, request, "placement", key, sent.wanted, sent.reason)


def _show(visitor: Visitor, request: Request, kind: Kind, key: str, query: OfCorrection) -> Response:
    with visitor.look() as view:
        stored = find(view.connection, kind, opaque_key(key))
        zone = clock_of(view).zone
        wanted = query.wanted if query.is_asked and not query.remove else as_it_is(stored, zone)
        wanted = replace(wanted, remove=query.remove)
        change, found, error = Change(stored, dict(stored.doc)), None, None
        if query.is_asked:
            try:
                change = change_of(stored, wanted, zone)
                found = None if change.is_none else preview(view, change, query.skip, query.changed)
            except (InvalidError, Refused) as refused:
                error = refused
        return _page(visitor, request, view, kind, change, wanted, found, error, query.is_asked)


def _do(visitor: Visitor, request: Request, kind: Kind, key: str, wanted: Wanted, reason: str) -> Response:
    with visitor.look() as view:
        stored = find(view.connection, kind, opaque_key(key))
        zone = clock_of(view).zone
        change = Change(stored, dict(stored.doc))
        try:
            change = change_of(stored, wanted, zone)
            if change.is_none:
                raise InvalidError(text("correct.nothing"))
            visitor.ask(change.request(needed(reason, "correct.no_reason")))
        except ColdchainError as error:
            return _page(visitor, request, view, kind, change, wanted, None, error, True, reason)
    return RedirectResponse(_back(kind, stored.doc), 303)


def _back(kind: Kind, doc: Any) -> str:
    if kind == "mount":
        return f"/setup/sensors/{quote(doc['sensor'], safe='')}"
    return batch_address(doc["product"], doc["lot"]) + "#stays"


def _page(
    visitor: Visitor,
    request: Request,
    view: View,
    kind: Kind,
    change: Change,
    wanted: Wanted,
    found: Preview | None,
    error: ColdchainError | None,
    is_asked: bool,
    reason: str = "",
) -> Response:
    wrong = [] if error is None else error.problems if isinstance(error, Refused) else [str(error)]
    asked = {"location": wanted.location, "from": wanted.since, "to": wanted.until} | (
        {"remove": "true"} if wanted.remove else {}
    )
    following = None
    if found is not None and not found.is_complete:
        following = f"{request.url.path}?{urlencode({**asked, 'skip': found.done, 'changed': found.changed})}"
    context: dict[str, Any] = {
        "kind": kind,
        "doc": change.stored.doc,
        "fields": change.fields,
        "entry_key": key_of(kind, change.stored.doc),
        "wanted": wanted,
        "found": found,
        "following": following,
        "wrong": wrong,
        "is_asked": is_asked,
        "is_none": change.is_none,
        "reason": reason,
        "places": sorted(view.snapshot.site.locations),
        "back": _back(kind, change.stored.doc),
        "batch_address": batch_address,
    }
    return render(request, visitor, "correct/page.html", view, refused=error, **context)
