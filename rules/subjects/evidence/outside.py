"""When a subject was outside by a rule, how far, and whose sensors showed it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from domain.intervals import Interval, clip, subtract, union
from domain.model import QUANTITIES, Rule
from domain.times import NEVER
from rules.subjects.evidence.question import Question
from rules.subjects.kept import Lengths
from rules.subjects.outside_test import OutsideTest, Taken, taken_by
from rules.subjects.pieces import Piece
from rules.subjects.steps import Step, Timeline, farthest
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Stay, Subject


class Part(NamedTuple):
    """A timeline over `[since, until)` of a stay, under one version of a rule."""

    piece: Piece
    timeline: Timeline
    since: int
    until: int

    def outside(self, now: int, after: int) -> list[Interval]:
        """Return when it was outside, begun by now and ended later than `after`; the last end may lie beyond."""
        since = max(self.since, after)
        return [(a, b) for a, b in self.timeline.inside(since, self.until) if a <= now] if since < self.until else []

    def integral(self, since: int, until: int) -> int:
        """Return the part's share of an exposure's integral."""
        since, until = max(since, self.since), min(until, self.until)
        return self.timeline.integral(since, until) if since < until else 0

    def peak(self, since: int, until: int) -> int | None:
        """Return the farthest value in the part's share of an exposure."""
        since, until = max(since, self.since), min(until, self.until)
        return self.timeline.peak(since, until) if since < until else None


class OutsideEvidence(Question):
    """The timelines of the places cut to where the subject was."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        super().__init__(subject, timelines, until)
        self._parts: dict[tuple[str, str], list[Part]] = {}
        self._outside: dict[tuple[str, str], Lengths] = {}
        self._settled: dict[tuple[str, str], tuple[Lengths, int]] = {}
        self._judged_until: dict[str, int] = {}

    def go_on_from(self, piece: Piece, outside: Lengths, before: int) -> int:
        """Take over when the subject was outside by this rule, as far as it ended earlier than an instant.

        Nothing may have changed before that. Return how many intervals these are.
        """
        count = outside.ended_before(before)
        self._settled[sort_of(piece.rule)] = outside, count
        return count

    def ask_after(self, rule: str, instant: int) -> None:
        """Let kinds not say what fired up to an instant: it is known."""
        self._judged_until[rule] = instant

    def judged_until(self, piece: Piece) -> int:
        """Return up to when it is known what fired by a rule."""
        return self._judged_until.get(piece.rule.id, -NEVER)

    def outside(self, piece: Piece) -> Lengths:
        """Return when the subject was outside by this rule, joined across places and versions."""
        key = sort_of(piece.rule)
        if key not in self._outside:
            settled, count = self._settled.get(key, (Lengths(), 0))
            # What is settled ends there, and nothing after it touches it.
            after = settled[count - 1][1] if count else -NEVER
            found = union(each for part in self.parts(piece) for each in part.outside(self.until, after))
            self._outside[key] = settled.followed_by(count, found)
        return self._outside[key]

    def parts(self, piece: Piece) -> list[Part]:
        """Return what the subject went through by this rule, by version and stay."""
        key = sort_of(piece.rule)
        if key not in self._parts:
            alike = [each for each in self.pieces()[piece.rule.id] if sort_of(each.rule) == key]
            self._parts[key] = [part for each in alike for part in self._parts_of(each)]
        return self._parts[key]

    def exposures(self, rule: str) -> Lengths:
        """Return the intervals that are listed as exposures to a rule."""
        exposing = [piece for piece in self.pieces()[rule] if piece.rule.condition.exposes]
        return self.outside(exposing[0]) if exposing else Lengths()

    def exposing_parts(self, rule: str) -> list[Part]:
        """Return the parts of the intervals that are listed as exposures to a rule."""
        exposing = [piece for piece in self.pieces()[rule] if piece.rule.condition.exposes]
        return self.parts(exposing[0]) if exposing else []

    def ever_outside(self, piece: Piece, slack: int = 0) -> Sequence[Interval]:
        """Return when the subject was outside by this version's numbers, whether or not it was in force.

        `slack`: what the place was as long before a stay counts as well.
        """
        outside_test = outside_test_of(piece)
        places = ((self.timelines.outside(s.location, outside_test), s) for s in self.subject.stays)
        return union(found for place, stay in places for found in place.inside(stay.since - slack, stay.until))

    def _parts_of(self, piece: Piece, sign: int | None = None) -> list[Part]:
        """Return what the subject went through; `sign`: far is what is far for the budget around it."""
        outside_test = outside_test_of(piece)
        outside_test = outside_test if sign is None else outside_test._replace(sign=sign)
        parts = self._own_parts(piece, piece.rule, outside_test)
        inner = [rule for rule in piece.version.rules if getattr(rule.condition, "within", None) == piece.rule.id]
        for rule in inner:
            of_it = self._parts_of(Piece(piece.since, piece.until, rule, piece.version), outside_test.sign)
            parts += [part._replace(piece=piece) for part in of_it]
        parts.sort(key=lambda part: part.since)
        # in several places at once, or counted by several budgets
        if inner or any(part.until > following.since for part, following in pairwise(parts)):
            steps = [step for part in parts for step in part.timeline.cut(part.since, part.until)]
            sign = outside_test.sign
            parts = [Part(piece, Timeline(farthest(steps, sign), sign), piece.since, piece.until)]
        if outside_test.gaps_are_exposed:
            nowhere = subtract(clip([self.watch], piece.since, piece.until), self.placed())
            gaps = Timeline([Step(since, until, 0, None) for since, until in nowhere], outside_test.sign)
            parts.append(Part(piece, gaps, piece.since, piece.until))
        return parts

    def _own_parts(self, piece: Piece, rule: Rule, outside_test: OutsideTest) -> list[Part]:
        windows = [(max(piece.since, s.since), min(piece.until, s.until), s.location) for s in self._stays_of(rule)]
        found = [window for window in windows if window[0] < window[1]]
        return [Part(piece, self.timelines.outside(place, outside_test), a, b) for a, b, place in found]

    def _stays_of(self, rule: Rule) -> list[Stay]:
        """Return the stays at which a rule counts: all, or those at locations of the kinds that it names."""
        kinds = getattr(rule.condition, "at_kinds", ())
        place = self.timelines.places.kind
        return [stay for stay in self.subject.stays if not kinds or place(stay.location) in kinds]

    def peak(self, piece: Piece, since: int, until: int) -> int | None:
        """Return the farthest value in the span while it was outside."""
        measured = [peak for part in self.parts(piece) if (peak := part.peak(since, until)) is not None]
        if not measured:
            return None
        return max(measured) if outside_test_of(piece).sign > 0 else min(measured)

    def sources(self, piece: Piece, instant: int) -> set[str]:
        """Return the places whose sensors spoke for it (outside ones first) at the instant or just before."""
        for moment in (instant, instant - 1):
            stays = [stay for stay in self.subject.stays if stay.since <= moment < stay.until]
            if stays:
                return {place for stay in stays for place in self._sources(piece, stay.location, moment)}
        left = [stay for stay in self.subject.stays if stay.until <= instant]  # on its way: where it was last
        return {max(left or self.subject.stays, key=lambda stay: stay.until).location}

    def _sources(self, piece: Piece, location: str, instant: int) -> set[str]:
        if piece.rule.condition.test is not None:
            return self.timelines.sources(location, outside_test_of(piece), instant)
        quantity = piece.rule.condition.quantity
        return self.timelines.speakers(location, QUANTITIES if quantity is None else (quantity,), instant)


def sort_of(rule: Rule) -> tuple[str, str]:
    """Return what tells the intervals of a rule's versions apart: listed ones join, whatever the kind."""
    return rule.id, "" if rule.condition.exposes else rule.kind


def outside_test_of(piece: Piece) -> OutsideTest:
    """Return what makes a place outside for this version of a rule. Only rules with a test have one."""
    condition, version = piece.rule.condition, piece.version
    quantities = getattr(condition.test, "quantities", (condition.quantity,))
    raw = getattr(condition, "takes_raw", False)
    taken = tuple(Taken(q, version.max_gap) if raw else taken_by(version, q) for q in quantities)
    exposed = version.gap_counts_as == "exposed" and condition.exposes
    sign = -1 if condition.direction == "low" else 1
    return OutsideTest(taken, condition.test, sign, exposed, condition.linger)
