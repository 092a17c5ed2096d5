"""A change of one mount or placement as a form gives it, and the site as it would be."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal

from sqlalchemy import Connection

from api.web.frame.moment import read_moment, show_moment_exactly
from api.web.frame.texts import text
from domain.errors import InvalidError, NotFoundError
from domain.model import Site
from domain.times import format_instant, parse_instant
from ledger.requests import Correct, EntryName, Item
from sites.build import build
from sites.entries import entry
from sites.schema import Entry
from store.state import StoredEntry, find_entry, load_entries

Kind = Literal["mount", "placement"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wrote: where, from and until when (in the site's zone), or that it is to be removed."""

    location: str = ""
    since: str = ""
    until: str = ""
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One entry, and what becomes of it; `fields` None: it is removed."""

    stored: StoredEntry
    fields: dict[str, Any] | None

    @property
    def is_none(self) -> bool:
        """Tell whether nothing would be different."""
        return bool(self.fields == self.stored.doc)

    def request(self, reason: str) -> Correct:
        """Return what to ask the engine for."""
        if self.fields is None:
            return Correct(remove=[EntryName(self.stored.kind, self.stored.key)], reason=reason)
        new = entry(self.stored.kind, self.fields)
        gone = [] if new.key == self.stored.key else [EntryName(self.stored.kind, self.stored.key)]
        return Correct(put=[Item(self.stored.kind, self.fields)], remove=gone, reason=reason)

    def sites(self, connection: Connection) -> tuple[Site, Site]:
        """Return the site as it is and as it would be. Raises Refused with every problem that the change would make."""
        before = {(each.kind, each.key): Entry(each.kind, each.key, each.doc) for each in load_entries(connection)}
        after = {key: each for key, each in before.items() if key != (self.stored.kind, self.stored.key)}
        if self.fields is not None:
            new = entry(self.stored.kind, self.fields)
            after[new.kind, new.key] = new
        return build(before.values()), build(after.values())


def find(connection: Connection, kind: Kind, key: str) -> StoredEntry:
    """Return the mount or placement. Raises NotFoundError if there is none of that key, or not any more."""
    stored = find_entry(connection, kind, key)
    if stored is None:
        raise NotFoundError(text("correct.gone"))
    return stored


def as_it_is(stored: StoredEntry, zone: tzinfo) -> Wanted:
    """Return what the form begins with."""
    doc = stored.doc
    until = "" if doc["to"] is None else show_moment_exactly(parse_instant(doc["to"]), zone)
    return Wanted(doc["location"], show_moment_exactly(parse_instant(doc["from"]), zone), until)


def change_of(stored: StoredEntry, wanted: Wanted, zone: tzinfo) -> Change:
    """Return the change that is meant. Raises InvalidError for what cannot be read."""
    if wanted.remove:
        return Change(stored, None)
    begun = as_it_is(stored, zone)
    fields = dict(stored.doc)
    if not wanted.location:
        raise InvalidError(text("correct.no_location"))
    fields["location"] = wanted.location
    # What the form left alone stays exactly as it is, however exact it was.
    if wanted.since != begun.since:
        since = read_moment(wanted.since, zone)
        if since is None:
            raise InvalidError(text("correct.no_beginning"))
        fields["from"] = format_instant(since)
    if wanted.until != begun.until:
        until = read_moment(wanted.until, zone)
        fields["to"] = None if until is None else format_instant(until)
    if fields["to"] is not None and parse_instant(fields["to"]) <= parse_instant(fields["from"]):
        raise InvalidError(text("correct.ends_first"))
    return Change(stored, fields)
