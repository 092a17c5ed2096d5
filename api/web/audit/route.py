"""The audit trail: who did what, when, why, and what it changed; as a page and as CSV."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from api.paging import Paging
from api.people.register import list_accounts
from api.reads.audit import page_of
from api.web.audit.download import csv_of
from api.web.audit.lines import line_of
from api.web.audit.words import ACTIONS, TYPES, action_name, type_name
from api.web.frame.moment import sensible
from api.web.frame.render import render
from api.web.frame.sentences import clock_of
from api.web.frame.session import SeesRecord
from api.web.frame.texts import text
from domain.errors import InvalidError
from domain.times import instant_of
from ledger.exports.audit import keys_named, record_name
from store import state
from store.audit import AuditFilter

router = APIRouter()

_PROGRAMS = ("apply", "engine")  # who else there is in the record
_ASKED = {"since": "from", "until": "to", "who": "who", "what": "what", "kind": "kind", "key": "key"}


class OfTrail(Paging):
    """Which entries; a form sends an empty text for what is not chosen."""

    since: str = Field("", alias="from", max_length=10)  # the first day, in the site's zone
    until: str = Field("", alias="to", max_length=10)  # the last day
    who: str = Field("", max_length=200)
    what: str = Field("", max_length=100)
    kind: str = Field("", max_length=100)
    key: str = Field("", max_length=500)
    limit: int = Field(25, ge=1, le=200)
    all: bool = False  # automatic entries too

    @property
    def is_filtered(self) -> bool:
        """Tell whether there is a filter."""
        return any(getattr(self, name) for name in _ASKED)

    @property
    def shown_key(self) -> str:
        """Return the record's ID as a person writes it."""
        name = record_name(self.key) if self.key.startswith("[") else self.key
        return name if self.key in keys_named(name) else self.key

    def address(self, to: str = "/audit", **other: str) -> str:
        """Return the address of the same entries."""
        asked = {name: getattr(self, field) for field, name in _ASKED.items() if getattr(self, field)}
        every = {**asked, **({"all": "true"} if self.all else {}), **other}
        return to + (f"?{urlencode(every)}" if every else "")

    def filter(self, zone: tzinfo) -> AuditFilter:
        """Return the same for the store. Of one person or record the automatic entries are listed too."""
        since = _day("from", self.since, zone)
        until = _day("to", self.until, zone, days=1)
        if since is not None and until is not None and since >= until:
            raise InvalidError(text("audit.from_after_to", since=self.since, until=self.until))
        people = not (self.all or self.key or self.who)
        return AuditFilter(since, until, self.who, self.what, self.kind, keys_named(self.key), people)


def _day(field: str, given: str, zone: tzinfo, days: int = 0) -> int | None:
    """Return when a day begins, or the one after so many days."""
    if not given:
        return None
    try:
        day = date.fromisoformat(given) + timedelta(days)
        return sensible(instant_of(datetime(day.year, day.month, day.day, tzinfo=zone)))
    except (ValueError, OverflowError):
        raise InvalidError(text("audit.no_day", field=field, given=given)) from None


@router.get("/audit")
def show(visitor: SeesRecord, request: Request, query: Annotated[OfTrail, Query()]) -> Response:
    """List what was done, newest first."""
    with visitor.look() as view:
        clock = clock_of(view)
        page = page_of(view, query, query.filter(clock.zone), lambda row: line_of(row, clock))
        names = {account.name: account.full_name for account in list_accounts(view.connection)}
        context: dict[str, Any] = {
            "page": page,
            "asked": query,
            "names": names,
            "persons": _persons(view.connection, names),
            "actions": sorted((action_name(each), each) for each in ACTIONS),
            "types": sorted((type_name(each), each) for each in TYPES),
        }
        return render(request, visitor, "audit/page.html", view, part="audit", **context)


@router.get("/audit.csv")
def download(visitor: SeesRecord, query: Annotated[OfTrail, Query()]) -> Response:
    """Return all entries that the filters leave, as CSV, part by part."""
    with visitor.look() as view:
        clock = clock_of(view)
    wanted = query.filter(clock.zone)
    named = {"content-disposition": 'attachment; filename="audit.csv"'}
    lines = csv_of(visitor.services.database, wanted, clock)
    return StreamingResponse(lines, headers=named, media_type="text/csv; charset=utf-8")


def _persons(connection: Connection, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return whom the record may name, with what they are called."""
    tokens = {row.name: text("audit.token") for row in state.list_tokens(connection)}
    programs = {name: text("audit.program") for name in _PROGRAMS}
    return sorted({**tokens, **programs, **names}.items())
