"""Rendering: one environment, one set of words and formats, the same frame around every page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection, func, select
from starlette.responses import HTMLResponse

from api.addresses import canonical
from api.deps import View
from api.errors import STATUS
from api.people.roles import ROLES, TO_ACT, Permission
from api.reads.underway import Underway, read_underway
from api.web.frame.addresses import audit_address, journal_address, why_address
from api.web.frame.formats import FILTERS, Clock, zone_named
from api.web.frame.margins import VERSION, css_text, page_of
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError
from domain.language import current
from store import state
from store.open_alerts import OPEN
from store.tables import alerts

STATIC = Path(__file__).parents[1] / "static"


@cache
def static(name: str) -> str:
    """Return the address of a file of the pages; it changes with the content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.web", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, css_text=css_text)
    environment.globals.update(t=text, static=static, language=lambda: current().language, Permission=Permission)
    addresses = {"why_address": why_address, "journal_address": journal_address, "audit_address": audit_address}
    environment.globals.update(addresses, entry_key=canonical, page_of=page_of, program=VERSION)
    return environment


_pages = _environment()


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: the site's name and zone, the open problems as a number, what is being judged."""

    site: str
    zone: str
    problems: int
    underway: Underway | None

    def clock(self, now: int) -> Clock:
        """Return the clock of the site at an instant."""
        return Clock(zone_named(self.zone), now)


def frame_of(connection: Connection) -> Frame:
    """Read what stands around every page of staff."""
    site: Mapping[str, Any] = next((entry.doc for entry in state.load_entries(connection, "site")), {})
    going = connection.scalar(select(func.count()).select_from(alerts).where(OPEN)) or 0
    return Frame(site.get("name") or "", site.get("timezone") or "UTC", going, read_underway(connection))


def clock_of(view: View) -> Clock:
    """Return the clock that the frame around the page uses."""
    return Clock(zone_named(view.snapshot.zone), view.now)


def render(
    request: Request,
    visitor: Visitor,
    template: str,
    view: View | None = None,
    status: int = 200,
    refused: ColdchainError | None = None,
    **context: Any,
) -> HTMLResponse:
    """Return a page. `view`: the look that the page's contents come from; without one a look is opened for the frame.
    Templates get the visitor, `may(permission)`, the frame, a `clock` in the site's zone, `t(key)`,
    `place_called(id)` and the context.

    `refused`: what was wrong with a form, which is shown again. It gives the status, and its words as `wrong`, "" for
    nothing, unless the context has a `wrong` of its own.
    """
    status = status if refused is None else STATUS[refused.code][0]
    context = {"wrong": "" if refused is None else str(refused), **context}
    services = visitor.services
    if view is not None:
        frame = frame_of(view.connection)
    else:
        with services.database.read() as connection:
            frame = frame_of(connection)
    clock = frame.clock(view.now if view is not None else services.options.now())
    return render_in(frame, clock, request, visitor, template, context, status)


def render_in(
    frame: Frame,
    clock: Clock,
    request: Request,
    visitor: Visitor,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HTMLResponse:
    """Return a page whose frame was read already."""
    page = fragment(template, visitor, clock, {"frame": frame, "request": request, "path": request.url.path, **context})
    return HTMLResponse(page, status)


def fragment(template: str, visitor: Visitor, clock: Clock, context: Mapping[str, Any]) -> str:
    """Return a part of a page. With `known` of the past in the context nothing can be acted on."""
    is_past = "known" in context and context["known"].is_past
    allowed = ROLES.get(visitor.person.role, frozenset()) - (TO_ACT if is_past else frozenset())
    return _pages.get_template(template).render(
        visitor=visitor,
        person=visitor.person,
        may=lambda permission: permission in allowed,
        place_called=visitor.services.snapshots.place_called,
        clock=clock,
        is_past=is_past,
        **context,
    )
