"""The judgement of one subject: its exposures and what has fired, with the reason in numbers.

What is settled of it is taken over from the judgement before: only its end is judged again.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from domain.intervals import Interval
from domain.model import Action, ProfileVersion, Severity
from domain.numbers import show_degree_minutes, show_minutes
from domain.times import NEVER, format_instant
from rules.kinds.base import Condition
from rules.subjects.evidence.outside import Part
from rules.subjects.evidence.returned import Lost
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.kept import Kept, Lengths
from rules.subjects.outside_test import Source
from rules.subjects.pieces import Piece
from rules.subjects.whereabouts import Subject


@dataclass(frozen=True, slots=True)
class Exposure:
    """An interval in which the subject was outside a rule; `until` None: still going on."""

    rule: str
    since: int
    until: int | None
    minutes: float
    degree_minutes: float
    peak: int | None
    fired_at: int | None


class After(NamedTuple):
    """The release that something comes after: the hold it lifted, when it was signed, from when on it covers."""

    hold: int
    at: int
    covers: int


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired, by which version, where, and why.

    `after`: it calls for a hold because more is known than was accepted when one was released (`rules.decisions`).
    """

    rule: str
    at: int
    action: Action
    severity: Severity
    profile: str
    version: int
    kind: str
    quantity: str  # "" for any quantity
    direction: str  # high | low | silent | faulty
    places: tuple[str, ...]  # whose sensors spoke
    since: int  # of the exposure, or of the silence, or `at`
    until: int | None
    sentence: str
    why: Mapping[str, Any] = field(default_factory=dict)  # bound, measured, limit, unit, readings, coverage, and more
    after: After | None = None
    lost: Lost | None = None  # how it ended without a value in range; None: a value in range ended it, or it is ongoing

    @property
    def back_at(self) -> int:
        """When it is over for people, with a value in range; NEVER while it is ongoing or none has been heard since."""
        over = NEVER if self.until is None else max(self.until, self.at)
        if self.lost is None:
            return over
        return NEVER if self.lost.back is None else max(over, self.lost.back)

    @property
    def is_unknown(self) -> bool:
        """Whether it ended where data ended, and nothing in range has been heard since."""
        return self.lost is not None and self.lost.back is None and self.lost.at is not None


class Fired(NamedTuple):
    """What fired, and the last instant that it, or anything that fired before it, rests on (NEVER: open)."""

    at: int
    rests_on: int
    firing: Firing


class OfRule(NamedTuple):
    """What is said by one rule: what is settled of it is shared with the judgements before and after.

    `outside`: when the subject was outside, where what fires depends on nothing else; the exposures are the same.
    """

    rule: str
    exposures: Kept[Exposure]
    fired: Kept[Fired]
    outside: Lengths

    @property
    def is_blank(self) -> bool:
        """Whether nothing is said."""
        return not self.exposures and not self.fired

    @property
    def is_ongoing(self) -> bool:
        """Whether anything is."""
        last = self.exposures[-1:]
        return any(e.until is None for e in last) or any(each.firing.until is None for each in self.fired.own())


class Judgement:
    """The judgement of a subject at an instant: a constant."""

    __slots__ = ("_exposures", "_firings", "rules")

    def __init__(self, rules: Iterable[OfRule] = ()) -> None:
        self.rules = {of.rule: of for of in rules}
        self._exposures: tuple[Exposure, ...] | None = None
        self._firings: tuple[Firing, ...] | None = None

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """All exposures, by rule and time."""
        if self._exposures is None:
            self._exposures = tuple(each for of in self.rules.values() for each in of.exposures)
        return self._exposures

    @property
    def firings(self) -> tuple[Firing, ...]:
        """All that fired, by rule and time."""
        if self._firings is None:
            self._firings = tuple(each.firing for of in self.rules.values() for each in of.fired)
        return self._firings

    @property
    def is_ongoing(self) -> bool:
        """Whether anything is."""
        return any(of.is_ongoing for of in self.rules.values())

    @property
    def is_blank(self) -> bool:
        """Whether nothing is said, and nothing was outside."""
        return not any(of.outside or not of.is_blank for of in self.rules.values())

    @property
    def _kept(self) -> list[tuple[str, Kept[Exposure], Kept[Fired]]]:
        return [of[:3] for of in self.rules.values() if not of.is_blank]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Judgement) and self._kept == other._kept

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Judgement({self.exposures}, {self.firings})"


NO_JUDGEMENT = Judgement()
NOTHING = OfRule("", Kept(), Kept(), Lengths())


def beside(judgement: Judgement, other: Judgement) -> tuple[list[Exposure], list[Firing]]:
    """Return what is said by a judgement, without what is settled in it and another alike."""
    exposures: list[Exposure] = []
    firings: list[Firing] = []
    for of in judgement.rules.values():
        same = other.rules.get(of.rule, NOTHING)
        exposures += of.exposures.since(of.exposures.shares(same.exposures))
        firings += (each.firing for each in of.fired.since(of.fired.shares(same.fired)))
    return exposures, firings


class Unchanged(NamedTuple):
    """Before which instant nothing is outside for a subject that was not, or the other way round; before which no
    reading has come at all, however quiescent."""

    outside: int = -NEVER
    readings: int = -NEVER


NOTHING_UNCHANGED = Unchanged()


def judge(
    evidence: SubjectEvidence, before: Judgement = NO_JUDGEMENT, unchanged: Unchanged = NOTHING_UNCHANGED
) -> Judgement:
    """Judge a subject by all rules of all versions in force up to now.

    `before`: how it was judged earlier, by the same versions and where it was; `unchanged` since then. What rests on
    that alone is taken over; the answer is the same.
    """
    rules = sorted(evidence.pieces())
    return Judgement(_of_rule(rule, evidence, before.rules.get(rule, NOTHING), unchanged) for rule in rules)


def _of_rule(rule: str, evidence: SubjectEvidence, before: OfRule, unchanged: Unchanged) -> OfRule:
    pieces = evidence.pieces()[rule]
    if len({piece.rule.kind for piece in pieces}) > 1 or not pieces[0].rule.condition.goes_on:
        fired = list(_fired(rule, evidence))
        found = _exposures(rule, evidence, evidence.exposures(rule), [at for at, _ in fired])
        return OfRule(rule, Kept(found), Kept(_described(fired, evidence, -NEVER)), Lengths())
    ended = evidence.go_on_from(pieces[0], before.outside, unchanged.outside)
    outside = evidence.outside(pieces[0])
    told, after = _settled(before.fired, outside[ended - 1][1] if ended else -NEVER, min(unchanged))
    if before.rule == rule and ended == len(outside) == len(before.outside) and told == len(before.fired):
        return before  # all of it is settled, and nothing came after
    evidence.ask_after(rule, after)
    fired = list(_fired(rule, evidence))
    begun = outside.since(ended) if pieces[0].rule.condition.exposes else ()
    exposures = before.exposures.followed_by(
        min(ended, len(before.exposures)), _exposures(rule, evidence, begun, [at for at, _ in fired])
    )
    rests_on = before.fired[told - 1].rests_on if told else -NEVER
    return OfRule(rule, exposures, before.fired.followed_by(told, _described(fired, evidence, rests_on)), outside)


def _settled(fired: Kept[Fired], ended_at: int, unchanged: int) -> tuple[int, int]:
    """Return how many of what fired are as they were, and after which instant it is asked for others.

    That is up to `ended_at`, when the last interval ended that is as it was, and before the first that has changed.
    """
    by_then = fired.place(bisect_right, ended_at, attrgetter("at"))
    count = min(by_then, fired.place(bisect_left, unchanged, attrgetter("rests_on")))
    return count, ended_at if count == by_then else fired[count].at - 1


class Due(NamedTuple):
    """When a judgement can change: at an instant (NEVER: none is known), or with the next reading of quantities.

    `series`: or with the next reading of one of these, or anything that changes at one of the `places`.
    """

    at: int
    awaited: frozenset[str]
    series: frozenset[Source] = frozenset()
    places: frozenset[str] = frozenset()


def next_due(evidence: SubjectEvidence) -> Due:
    """Return when what `judge` found can change next; quiescent readings of what is not awaited will not change it."""
    dues, returns = list(_dues(evidence)), evidence.awaited
    later = min((at for at, _ in dues if at > evidence.until), default=NEVER)
    awaited = frozenset(quantity for at, quantity in dues if at <= evidence.until and quantity)
    return Due(min(later, returns.at), awaited, returns.series, returns.places)


def _dues(evidence: SubjectEvidence) -> Iterator[tuple[int, str | None]]:
    """Yield what is known to come, with the quantity that it is about.

    A sensor falling silent is not: the engine looks after that for all at once.
    """
    now = evidence.until
    yield from ((edge, None) for edge in evidence.edges() if now < edge < NEVER)
    for pieces in evidence.pieces().values():
        for piece in pieces:
            if piece.until >= now:
                yield piece.rule.condition.due(piece, evidence), piece.rule.condition.quantity


def _fired(rule: str, evidence: SubjectEvidence) -> Iterator[tuple[int, Piece]]:
    """Ask each kind that the rule had, with the versions of that kind."""
    by_kind: dict[str, list[Piece]] = {}
    for piece in evidence.pieces()[rule]:
        by_kind.setdefault(piece.rule.kind, []).append(piece)
    for pieces in by_kind.values():
        yield from type(pieces[0].rule.condition).firings(pieces, evidence)


def _exposures(
    rule: str, evidence: SubjectEvidence, intervals: Iterable[Interval], fired: list[int]
) -> Iterator[Exposure]:
    parts = evidence.exposing_parts(rule)
    at_once = {part.piece.rule.kind for part in parts} == {"limit"}  # a limit may fire at the very start
    for since, until in intervals:
        end = min(until, evidence.until)
        inside = [part for part in parts if part.since <= end and since < part.until]
        yield Exposure(
            rule,
            since,
            until if until <= evidence.until else None,
            show_minutes(end - since),
            show_degree_minutes(sum(part.integral(since, end) for part in inside)),
            _peak(inside, since, min(until, evidence.until + 1)),
            next((at for at in fired if since < at <= end or (at == since and at_once)), None),
        )


def _peak(parts: list[Part], since: int, until: int) -> int | None:
    """Return the farthest value in the direction of the bound (the latest version's, should they differ)."""
    measured = [peak for part in parts if (peak := part.peak(since, until)) is not None]
    if not measured:
        return None
    return max(measured) if parts[-1].piece.rule.condition.bounds.sign > 0 else min(measured)


def _described(fired: Iterable[tuple[int, Piece]], evidence: SubjectEvidence, rests_on: int) -> Iterator[Fired]:
    """Yield what fired with its reason, in order. `rests_on`: of what fired before."""
    firings = (_firing(at, piece, evidence) for at, piece in fired)
    for firing in sorted(firings, key=attrgetter("at", "action")):
        rests_on = max(rests_on, firing.at, firing.back_at)
        yield Fired(firing.at, rests_on, firing)


def _firing(at: int, piece: Piece, evidence: SubjectEvidence) -> Firing:
    rule, version, condition = piece.rule, piece.version, piece.rule.condition
    since, until = condition.span(at, piece, evidence)
    why = condition.why(at, piece, evidence)
    first, last = why.used or (since, max(min(until, evidence.until), at))
    places, over = tuple(sorted(evidence.sources(piece, at))), until <= evidence.until
    return Firing(
        rule.id,
        at,
        rule.action,
        rule.severity,
        version.profile,
        version.version,
        rule.kind,
        condition.quantity or "",
        condition.direction,
        places,
        since,
        until if over else None,
        f"{rule.id}: {why.text}",
        {
            "bound": why.bound,
            "measured": why.measured,
            "limit": why.limit,
            "unit": why.unit,
            "readings": sum(evidence.count(piece, each, first, last + 1) for each in _quantities(condition)),
            "readings_from": format_instant(first),
            "readings_to": format_instant(last),
            "coverage": evidence.coverage(first, last),
            **why.more,
        },
        lost=evidence.lost(piece, places, since, until) if over and condition.is_over_in_range else None,
    )


def _quantities(condition: Condition) -> Sequence[str | None]:
    """Return what it takes readings of; None: of any quantity."""
    return getattr(condition.test, "quantities", (condition.quantity,))


def version_at_end(subject: Subject, until: int) -> ProfileVersion | None:
    """Return the version in force just before the end of the watch."""
    last = min(subject.watch[1], until) - 1
    return next((version for since, end, version in subject.versions if since <= last < end), None)
