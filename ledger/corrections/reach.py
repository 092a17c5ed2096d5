"""Which holds and releases a version of a profile reaches that takes effect before they were placed.

Whoever activates, changes or removes such a version is told which before it is signed: their units are judged anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.language import gettext, ngettext
from domain.times import NEVER, parse_instant
from sites.apply import other_rules
from store.tables import holds

Doc = Mapping[str, Any]
Docs = Mapping[str, Doc]  # versions of profiles by key

NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Reached:
    """A hold whose hours a version reaches: which unit, by which rule and version it was placed, what became of it."""

    hold: int
    product: str
    lot: str
    unit: str | None
    rule: str
    version: int
    state: str
    decided_by: str | None

    @property
    def name(self) -> str:
        """Return e.g. `hold 4 (VAX A1 PALLET-7: too-warm, version 1, released by quinn)`."""
        unit = " ".join(part for part in (self.product, self.lot, self.unit) if part)
        said = {"number": self.hold, "unit": unit, "rule": self.rule, "version": self.version}
        if self.state == "released":
            return gettext(
                "hold {number} ({unit}: {rule}, version {version}, released by {who})", **said, who=self.decided_by
            )
        if self.state == "rejected":
            return gettext(
                "hold {number} ({unit}: {rule}, version {version}, rejected by {who})", **said, who=self.decided_by
            )
        return gettext("hold {number} ({unit}: {rule}, version {version}, on hold)", **said)


def reached_by(connection: Connection, before: Docs, after: Docs, now: int) -> list[Reached]:
    """Return the holds in whose hours another version counts than did, by number. `before`, `after`: all versions."""
    found: dict[int, Reached] = {}
    for profile, since, until in _changed(before, after):
        if since <= now:
            own = holds.c.why["profile"].as_string() == profile
            for row in connection.execute(select(holds).where(own)):
                if _is_within(row, since, until):
                    found[row.id] = Reached(
                        row.id, row.product, row.lot, row.unit, row.rule, row.why["version"], row.state, row.disposed_by
                    )
    return [found[number] for number in sorted(found)]


def names_of(reached: Sequence[Reached]) -> str:
    """Return the first few of them in words, and how many more there are."""
    named = ", ".join(each.name for each in reached[:NAMED_AT_MOST])
    more = len(reached) - NAMED_AT_MOST
    return ngettext("{named} and {count} more", "{named} and {count} more", more, named=named) if more > 0 else named


def _changed(before: Docs, after: Docs) -> Iterator[tuple[str, int, int]]:
    """Yield `(profile, since, until)` where another version counts, or one with other rules."""
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and _begins(old) == _begins(new) and not other_rules(old, new):
            continue
        docs = [doc for doc in (old, new) if doc is not None]
        since, last = min(map(_begins, docs)), max(map(_begins, docs))
        profile = docs[0]["id"]
        others = (doc for name, doc in {**before, **after}.items() if name != key and doc["id"] == profile)
        yield profile, since, min((at for at in map(_begins, others) if at > last), default=NEVER)


def _is_within(row: Row[Any], since: int, until: int) -> bool:
    """Tell whether what a hold rests on shares an instant with `[since, until)`."""
    ends = row.why["until"]
    first, last = min(row.why["since"], row.fired_at), NEVER if ends is None else max(ends, row.fired_at)
    return bool(first < until and since <= last)


def _begins(doc: Doc) -> int:
    return parse_instant(doc["effective_from"])
