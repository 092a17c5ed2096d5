"""What became known of the intervals outside a rule: begun, left, corrected, taken back. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from domain.times import MINUTE, NEVER
from ledger.models.alert import Alert
from ledger.models.excursion import Excursion
from ledger.models.exposure import Exposure
from ledger.models.finality import Cause, is_retroactive
from ledger.models.interval import Interval
from rules.alarms.problems import Fired

Revised = TypeVar("Revised", bound=Interval)

LATE = 5 * MINUTE  # known so much after it was so is worth saying


class Change(NamedTuple):
    """One revision: of what, when it became known, what kind it is and what it says."""

    at: int
    kind: str  # began | left | lost (data ended while outside) | corrected | gone
    words: tuple[Markup, ...]
    interval: Interval


def revisions(record: Record, clock: Clock, called: Mapping[str, str]) -> Iterator[Item]:
    """Yield an item for each thing that became known of places and units at one instant.

    `called`: names of locations by id.
    """
    ended = {entry.at for entry in record.entries if entry.kind == "alert" and entry.what == "ended"}
    quantity = record.alert.quantity
    found: list[Interval] = [*record.excursions, *record.exposures]
    silences = silences_of(record.alert, record.firings)
    known = (
        as_lost(change, silences, clock)
        for revised in intervals(found)
        for change in changes(revised, quantity, clock)
        if change.kind != "left" or change.at not in ended  # the end of the alert says so
    )
    for (at, kind, words), changed in grouped(known, lambda change: (change.at, change.kind, change.words)):
        alike = [change.interval for change in changed]
        rules = sorted({each.rule for each in alike})
        title = say(f"timeline.{kind}", what=_subjects(alike, called), count=len(alike))
        details = [*words, say("timeline.rules", rules=", ".join(rules), count=len(rules))]
        yield Item(at, title, details, None, "plain" if kind in ("began", "left", "lost") else "warn", 1)


def silences_of(alert: Alert, fired: Iterable[Fired] = ()) -> list[tuple[int, int]]:
    """Return when data had ended while something of a problem was outside, until a value was heard again."""
    found = [alert.no_data] if alert.no_data is not None else []
    ends = [(each.since, each.until) for each in found]
    ends += [
        (lost.at, lost.value_at) for each in fired if (lost := each.firing.lost) is not None and lost.at is not None
    ]
    return [(since, NEVER if until is None else until) for since, until in ends]


def as_lost(change: Change, silences: Sequence[tuple[int, int]], clock: Clock) -> Change:
    """Return what ended because data ended as that: no value within limits has been heard.

    What ended by time alone ended so too, whatever was heard after it.
    """
    until, cause = change.interval.until, change.interval.cause
    if change.kind != "left" or until is None:
        return change
    by_time = cause is not None and cause["kind"] == "time"
    if not by_time and not any(since < until <= end for since, end in silences):
        return change
    because = change.words[1:]  # the first says since when it is back
    return change._replace(kind="lost", words=(say("timeline.lost_at", until=clock.at(until)), *because))


def intervals(found: Iterable[Revised]) -> Iterator[list[Revised]]:
    """Yield the revisions of each interval in order."""
    revised: dict[tuple[type, int], list[Revised]] = {}
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
        kind, what = _change(before, after, quantity, clock)
        if kind is not None:
            yield Change(after.known_at, kind, (*what, *_because(after.cause, clock)), after)
    if last.superseded_at is not None:
        yield Change(last.superseded_at, "gone", _because(last.superseded_because, clock), last)


def _because(cause: Cause | None, clock: Clock) -> tuple[Markup, ...]:
    words = words_of(cause, clock)
    return () if words is None else (words,)


def _change(before: Interval, after: Interval, quantity: str, clock: Clock) -> tuple[str | None, list[Markup]]:
    """Return what a revision means; None: nothing that the alert does not say."""
    if before.since == after.since and before.until is None and not is_retroactive(after.cause):
        if after.until is None:
            return None, []  # it has fired meanwhile
        return "left", [say("timeline.left_at", until=clock.at(after.until))]
    return "corrected", _corrected(before, after, quantity, clock)


def _corrected(before: Interval, after: Interval, quantity: str, clock: Clock) -> list[Markup]:
    words = []
    if before.since != after.since:
        words.append(say("timeline.since", now=clock.at(after.since), before=clock.at(before.since)))
    if before.until is not None and after.until is None:
        words.append(say("timeline.goes_on", before=clock.at(before.until)))
    elif before.until is None and after.until is not None:
        words.append(say("timeline.left_at", until=clock.at(after.until)))
    elif before.until != after.until:
        words.append(say("timeline.until", now=clock.at(after.until), before=clock.at(before.until)))
    is_known = before.minutes is not None and after.minutes is not None
    if is_known and before.peak != after.peak:
        now, then = (formats.value(each.peak, quantity) for each in (after, before))
        words.append(say("timeline.peak", now=now, before=then))
    if before.fired_at != after.fired_at:
        words.append(_alarm(after.fired_at, clock))
    if words or after.minutes is None:
        return words
    return [say("timeline.numbers", now=formats.minutes(after.minutes))]


def _alarm(fired_at: int | None, clock: Clock) -> Markup:
    return say("timeline.no_alarm") if fired_at is None else say("timeline.alarm_at", at=clock.at(fired_at))


def _subjects(found: Sequence[Interval], called: Mapping[str, str]) -> Markup:
    places = sorted({called.get(each.location, each.location) for each in found if isinstance(each, Excursion)})
    units = [each.key for each in found if isinstance(each, Exposure)]
    return listed([*places, *([name_units(units)] if units else [])])
