"""What became known of the intervals outside a rule: begun, left, corrected, taken back. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from markupsafe import Markup

from api.web.components.causes import words_of
from api.web.frame import formats
from api.web.frame.formats import Clock
from api.web.frame.naming import name_units
from api.web.frame.sentences import listed, say
from api.web.problem.item import Item, grouped
from api.web.problem.record import Record
from domain.times import MINUTE
from ledger.models.excursion import Excursion
from ledger.models.exposure import Exposure
from ledger.models.finality import Cause
from ledger.models.interval import Interval

Said = TypeVar("Said", bound=Interval)

LATE = 5 * MINUTE  # known so much after it was so is worth saying


class Change(NamedTuple):
    """One revision: of what, when it became known, what kind it is and what it says."""

    at: int
    kind: str  # began | left | corrected | gone
    words: tuple[Markup, ...]
    said: Interval


def revisions(record: Record, clock: Clock) -> Iterator[Item]:
    """Yield an item for each thing that became known of places and units at one instant."""
    ended = {entry["at"] for entry in record.entries if entry["kind"] == "alert" and entry["what"] == "ended"}
    quantity = record.alert.quantity
    found: list[Interval] = [*record.excursions, *record.exposures]
    told = (
        change
        for revised in intervals(found)
        for change in changes(revised, quantity, clock)
        if change.kind != "left" or change.at not in ended  # the end of the alert says so
    )
    for (at, kind, words), changed in grouped(told, lambda change: (change.at, change.kind, change.words)):
        alike = [change.said for change in changed]
        rules = sorted({each.rule for each in alike})
        title = say(f"timeline.{kind}", what=_subjects(alike), count=len(alike))
        details = [*words, say("timeline.rules", rules=", ".join(rules), count=len(rules))]
        yield Item(at, title, details, None, "plain" if kind in ("began", "left") else "warn", 1)


def intervals(found: Iterable[Said]) -> Iterator[list[Said]]:
    """Yield the revisions of each interval in order."""
    revised: dict[tuple[type, int], list[Said]] = {}
    for each in found:
        revised.setdefault((type(each), each.id), []).append(each)
    for revisions in revised.values():
        yield sorted(revisions, key=lambda each: each.revision)


def changes(revised: Sequence[Interval], quantity: str, clock: Clock) -> Iterator[Change]:
    """Yield what became known of one interval, from all its revisions in order."""
    first, last = revised[0], revised[-1]
    late = first.known_at - first.since
    words = [say("timeline.began_at", since=clock.at(first.since))]
    if late >= LATE:
        words.append(say("timeline.late", after=formats.duration(late)))
    yield Change(first.known_at, "began", (*words, *_because(first.cause, clock)), first)
    for before, after in pairwise(revised):
        kind, said = _change(before, after, quantity, clock)
        if kind is not None:
            yield Change(after.known_at, kind, (*said, *_because(after.cause, clock)), after)
    if last.superseded_at is not None:
        yield Change(last.superseded_at, "gone", _because(last.superseded_because, clock), last)


def _because(cause: Cause | None, clock: Clock) -> tuple[Markup, ...]:
    words = words_of(cause, clock)
    return () if words is None else (words,)


def _change(before: Interval, after: Interval, quantity: str, clock: Clock) -> tuple[str | None, list[Markup]]:
    """Return what a revision means; None: nothing that the alert does not say."""
    if before.since == after.since and before.until is None:
        if after.until is None:
            return None, []  # it has fired meanwhile
        return "left", [say("timeline.left_at", until=clock.at(after.until))]
    return "corrected", _corrected(before, after, quantity, clock)


def _corrected(before: Interval, after: Interval, quantity: str, clock: Clock) -> list[Markup]:
    said = []
    if before.since != after.since:
        said.append(say("timeline.since", now=clock.at(after.since), before=clock.at(before.since)))
    if before.until is not None and after.until is None:
        said.append(say("timeline.goes_on", before=clock.at(before.until)))
    elif before.until != after.until:
        said.append(say("timeline.until", now=clock.at(after.until), before=clock.at(before.until)))
    if before.peak != after.peak:
        now, then = (formats.value(each.peak, quantity) for each in (after, before))
        said.append(say("timeline.peak", now=now, before=then))
    return said or [say("timeline.numbers", now=formats.minutes(after.minutes or 0.0))]


def _subjects(found: Sequence[Interval]) -> Markup:
    places = sorted({each.location for each in found if isinstance(each, Excursion)})
    units = [each.key for each in found if isinstance(each, Exposure)]
    return listed([*places, *([name_units(units)] if units else [])])
