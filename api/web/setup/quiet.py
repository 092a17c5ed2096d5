"""Quiet times on the set-up pages: who is told of nothing, since when and until when; entering and ending them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal

from markupsafe import Markup
from sqlalchemy import select

from api.deps import View
from api.web.frame.formats import Clock, limit_length
from api.web.frame.moment import read_moment
from api.web.frame.render import clock_of
from api.web.frame.sentences import say
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import InvalidError, NotFoundError
from domain.times import NEVER, format_instant, parse_duration, parse_instant
from ledger.requests import Correct, EntryName, Item
from rules.alarms.lifecycle import Suppression
from rules.alarms.suppression import OutOfService
from sites.quiet import quiet_times
from store.state import StoredEntry, find_entry, load_entries
from store.tables import shelves

Phase = Literal["now", "later", "over"]
_ORDER: tuple[Phase, ...] = ("now", "later", "over")


@dataclass(frozen=True, slots=True)
class QuietRow:
    """An entry of the kind `quiet`. `at`: until when it is in force, when it is next, or when it ended."""

    key: str
    location: str
    when: Markup
    reason: str
    phase: Phase
    at: int | None
    begun: bool  # it may have kept something back already, so it is ended and not taken back
    entered: Markup


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A shelf in force."""

    alert: int
    place: str
    quantity: str
    direction: str
    until: int
    who: str
    reason: str


def quiet_rows(view: View, clock: Clock) -> list[QuietRow]:
    """Return all quiet times: those in force, the next ones, those that are over."""
    zone = view.snapshot.zone
    rows = [_row(each, zone, clock) for each in load_entries(view.connection, "quiet")]
    return sorted(rows, key=lambda row: (_ORDER.index(row.phase), row.at or 0, row.location, row.key))


def _row(stored: StoredEntry, zone: str, clock: Clock) -> QuietRow:
    [quiet] = quiet_times([stored.doc], zone)
    around = [each for each in quiet.around(clock.now) if each.until > clock.now]
    phase, at = _phase(around, quiet.until, clock.now)
    began = quiet.since < clock.now
    entered = say("quiet.by", who=stored.changed_by, at=clock.at(stored.changed_at))
    if stored.origin == "file":
        entered = say("quiet.of_file", at=clock.at(stored.changed_at))
    return QuietRow(
        stored.key,
        quiet.location,
        _span(quiet, clock) if isinstance(quiet, OutOfService) else _daily(stored.doc, zone, clock),
        quiet.reason,
        phase,
        at,
        began,
        entered,
    )


def _phase(around: list[Suppression], until: int, now: int) -> tuple[Phase, int | None]:
    covering = [each.until for each in around if each.since <= now]
    if covering:
        return "now", max(covering)
    if around:
        return "later", min(each.since for each in around)
    return ("over", until) if until <= now else ("later", None)


def _span(quiet: OutOfService, clock: Clock) -> Markup:
    return say("quiet.out_of_service", since=clock.at(quiet.since), until=clock.at(quiet.until, quiet.since))


def _daily(doc: Mapping[str, Any], zone: str, clock: Clock) -> Markup:
    said = say(
        "quiet.daily", at=doc["daily"], lasting=limit_length(parse_duration(doc["for"])), zone=doc["timezone"] or zone
    )
    for name in ("from", "to"):
        if doc[name] is not None:
            said += say(f"quiet.daily_{name}", at=clock.at(parse_instant(doc[name])))
    return said


def shelf_rows(view: View) -> list[ShelfRow]:
    """Return the shelves in force, the first to end first."""
    in_force = (shelves.c.ended_at.is_(None), shelves.c.until > view.now)
    names = ("alert", "place", "quantity", "direction", "until", "who", "reason")
    query = select(*(shelves.c[name] for name in names)).where(*in_force).order_by(shelves.c.until, shelves.c.id)
    return [ShelfRow(*row) for row in view.connection.execute(query)]


# --- entering and ending ------------------------------------------------------------------------------------------


def enter(visitor: Visitor, given: Mapping[str, str]) -> None:
    """Enter a quiet time as a form gives it: every day from now on, or out of service for a time.

    Raises InvalidError, or what the site refuses.
    """
    with visitor.look() as view:
        zone, now = clock_of(view).zone, view.now
    if not given["location"]:
        raise InvalidError(text("quiet.no_place"))
    fields = {"location": given["location"], "reason": given["reason"]}
    if not fields["reason"]:
        raise InvalidError(text("quiet.no_reason"))
    fields |= dict(_of_day(given, now) if given["what"] == "daily" else _of_time(given, zone, now))
    visitor.ask(Correct(put=[Item("quiet", fields)], new=True, reason=fields["reason"]))


def _of_day(given: Mapping[str, str], now: int) -> Iterator[tuple[str, str]]:
    if not given["daily"] or not given["minutes"].isascii() or not given["minutes"].isdigit():
        raise InvalidError(text("quiet.no_hours"))
    yield from (("daily", given["daily"]), ("for", f"{given['minutes']}min"), ("from", format_instant(now)))


def _of_time(given: Mapping[str, str], zone: tzinfo, now: int) -> Iterator[tuple[str, str]]:
    since, until = (read_moment(given[name], zone) for name in ("since", "until"))
    if until is None:
        raise InvalidError(text("quiet.no_end"))
    yield from (("from", format_instant(now if since is None else since)), ("to", format_instant(until)))


def end(visitor: Visitor, key: str, reason: str) -> None:
    """End a quiet time now, or take back one that has not begun: the record keeps what it was.

    Raises NotFoundError, or InvalidError for one that is over.
    """
    with visitor.look() as view:
        stored, now = find_entry(view.connection, "quiet", key), view.now
    if stored is None:
        raise NotFoundError(text("quiet.gone"))
    since = -NEVER if stored.doc["from"] is None else parse_instant(stored.doc["from"])
    if stored.doc["to"] is not None and parse_instant(stored.doc["to"]) <= now:
        raise InvalidError(text("quiet.over_already"))
    if since >= now:
        visitor.ask(Correct(remove=[EntryName("quiet", key)], reason=reason or None))
    else:
        doc = {**stored.doc, "to": format_instant(now)}
        visitor.ask(Correct(put=[Item("quiet", doc)], reason=reason or None))
