"""Whether a place has come back into range since it was outside: what ended without a value in range is not over.

A sensor that was outside and fell silent, or says that it is faulty, tells nothing of where it hangs, whatever others
say there. As long as it is installed, only its own value in range settles it; after that a value of any sensor that
speaks for the place does.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from domain.intervals import Interval, clip, covers, intersect, subtract, union
from domain.times import NEVER
from rules.series.view import View
from rules.subjects.evidence.outside import OutsideEvidence, outside_test_of, sort_of
from rules.subjects.outside_test import OutsideTest, PlaceTest, Source, Taken, sensor_test
from rules.subjects.pieces import Piece
from rules.subjects.places import Span
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Subject


class Lost(NamedTuple):
    """How something ended without a value in range. `back`: the first one since; None: there is none yet.

    `until`: up to when it was outside by the record, shorter times since that fired nothing included. `at`, `sensor`,
    `value`: the last that was heard before data ended; None where data go on, but not of this subject: stock that was
    moved away from a place that is still outside. Where it is outside again by data, of the last time without any.
    Nothing is known from `unknown_since` until there is a value: `value_at`.
    """

    back: int | None
    until: int
    at: int | None = None
    unknown_since: int | None = None
    value_at: int | None = None
    sensor: str | None = None
    value: int | None = None


class Awaited(NamedTuple):
    """What can tell that places have come back: the next reading of these series, a change there, or an instant."""

    places: frozenset[str] = frozenset()
    series: frozenset[Source] = frozenset()
    at: int = NEVER


class _Speaker(NamedTuple):
    """A sensor's view while it speaks for a place."""

    span: Span
    taken: Taken
    view: View
    kinds: Sequence[str]  # of the place at which it hangs and those around it

    @property
    def source(self) -> Source:
        return self.span.sensor, self.taken.quantity

    def first_value(self, since: int) -> int:
        """Return the instant of the first value from then on, NEVER if there is none."""
        found = self.view.first_value(max(since, self.span.since), self.span.until)
        return NEVER if found is None else found

    def is_there(self, at: int) -> bool:
        return self.span.since <= at < self.span.until

    def is_known(self, at: int) -> bool:
        return self.is_there(at) and covers(self.view.known(self.taken.max_gap), at)


class _Doubt(NamedTuple):
    """A sensor was outside in `intervals`, and not in range from the first to `until`: silent between them."""

    intervals: Sequence[Interval]
    until: int
    speaker: _Speaker

    def is_outside(self, at: int) -> bool:
        """Tell whether it was outside at an instant, by what it said."""
        return covers(self.intervals, at)

    def outside_until(self, by: int) -> int:
        """Return the last instant up to another at which it was outside."""
        return max(min(b, by) for a, b in self.intervals if a < by)

    def silence(self, by: int) -> Interval | None:
        """Return from when to when nothing was known of it, the last time before an instant; NEVER: it still is so.

        It has said nothing since, or does not hang there any more.
        """
        following = [a for a, _ in self.intervals[1:]] + [self.until]
        gone = self.until == self.speaker.span.until
        ends = [NEVER if gone and b == self.until else b for b in following]
        found = [(a, b) for (_, a), b in zip(self.intervals, ends, strict=True) if a < min(b, by)]
        return found[-1] if found else None


class ReturnEvidence(OutsideEvidence):
    """The first value in range after an end."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        super().__init__(subject, timelines, until)
        self.awaited = Awaited()

    def lost(self, piece: Piece, places: Iterable[str], since: int, until: int) -> Lost | None:
        """Return how what was outside at some places up to `until` ended; None: a value in range ended it."""
        ended_at = {*places, *self.sources(piece, until - 1)} if until > since else set(places)
        found = [self._back(piece, place, until) for place in sorted(ended_at)]
        waiting = [lost for lost in found if lost.back is None]
        last = max(waiting or found, key=lambda lost: (lost.back or 0, lost.at or -NEVER), default=Lost(until, until))
        return last if last.back is None or last.back > until else None

    def _back(self, piece: Piece, place: str, since: int) -> Lost:
        """Return the first value in range at a place from `since` on, by the versions in force."""
        alike = [each for each in self.pieces()[piece.rule.id] if sort_of(each.rule) == sort_of(piece.rule)]
        lost: Lost | None = None
        awaited = self.awaited
        for each in alike:
            first, end = max(each.since, since), min(each.until, self.until + 1)
            if first < end:
                test = outside_test_of(each)
                together = isinstance(test.test, PlaceTest)
                found = self._together(place, test, first, end) if together else self._alone(place, test, first, end)
                lost = found if lost is None or lost.at is None else lost._replace(back=found.back)
                if lost.back is not None:  # nothing is awaited that an earlier version did not see
                    self.awaited = awaited
                    return lost
        ends = max(each.until for each in alike)
        if lost is None or ends <= self.until:  # the rule is no more: nothing is asked of the place from then on
            return (lost or Lost(None, since))._replace(back=max(since, min(ends, self.until)))
        return lost

    def _speakers(self, place: str, taken: Iterable[Taken], since: int) -> list[_Speaker]:
        spoken = [(span, each) for each in taken for span in self.timelines.places.speaking(place, each.quantity)]
        there = [(span, each) for span, each in spoken if span.until >= since]
        kinds, series = self.timelines.places.kinds, self.timelines.series
        return [_Speaker(span, each, series(span.sensor, each, span.place), kinds(span.place)) for span, each in there]

    def _alone(self, place: str, test: OutsideTest, since: int, until: int) -> Lost:
        """Return the first instant at which a sensor is in range, and none that is installed is in doubt."""
        speakers = self._speakers(place, test.taken, since)
        before = [doubt for each in speakers if each.is_there(since - 1) and (doubt := _doubt(each, test, since - 1))]
        if not before and any(each.is_known(since - 1) for each in speakers):
            return Lost(since, since)  # it was in range already
        seen, at = before, since
        while at < until:
            doubts = [doubt for each in speakers if each.is_there(at) and (doubt := _doubt(each, test, at))]
            seen += doubts
            value_at = min((each.first_value(at) for each in speakers), default=NEVER)
            if not doubts and value_at == at:
                return Lost(at, *_ended(seen, since, at))
            at = max((doubt.until for doubt in doubts), default=value_at)
        now = [doubt for each in speakers if each.is_there(until - 1) and (doubt := _doubt(each, test, until - 1))]
        dumb = [doubt for doubt in now if not doubt.is_outside(until - 1)]
        self._await(place, speakers, [doubt.speaker.source for doubt in dumb] if now else None)
        if len(dumb) < len(now):  # outside by what is heard: again, where data had ended
            over = [doubt for doubt in seen if (silence := doubt.silence(until)) and silence[1] < until]
            return Lost(None, since, *_ended(over, since, until)[1:])
        return Lost(None, *_ended(dumb or seen, since, until))._replace(value_at=None)

    def _together(self, place: str, test: OutsideTest, since: int, until: int) -> Lost:
        """Return the first value when all sensors of the place speak and do not say that it is outside."""
        speakers = self._speakers(place, test.taken, since)
        outside = self.timelines.outside(place, test).intervals
        before = [each for each in speakers if each.is_there(since - 1)]
        if before and all(each.is_known(since - 1) for each in before) and not covers(outside, since - 1):
            return Lost(since, since)  # it was in range already
        good = subtract([(since, until)], _reaching(outside, since))
        for each in speakers:
            elsewhere = [(-NEVER, each.span.since), (each.span.until, NEVER)]
            good = intersect(good, union([*_reaching(each.view.known(each.taken.max_gap), since), *elsewhere]))
        at, sensor, value = _last_value((each, since) for each in speakers)
        for a, b in good:
            value_at = min((each.first_value(a) for each in speakers), default=NEVER)
            if value_at < b:
                return Lost(value_at, since, at, since, value_at, sensor, value)
        now = [each for each in speakers if each.is_there(until - 1)]
        dumb = [each.source for each in now if not each.is_known(until - 1)]
        self._await(place, speakers, dumb or None)
        if dumb or not now:
            return Lost(None, since, at, since, None, sensor, value)
        value_at = min(each.first_value(since) for each in speakers)
        is_again = since < value_at < until and not all(
            each.is_known(since) for each in speakers if each.is_there(since)
        )
        return Lost(None, since, at, since, value_at, sensor, value) if is_again else Lost(None, since)

    def _await(self, place: str, speakers: Sequence[_Speaker], dumb: Iterable[Source] | None) -> None:
        """Note what can tell that a place is back: those in doubt that are silent; None: whoever speaks."""
        if dumb is None:
            dumb = [each.source for each in speakers if each.is_there(self.until)]
        edges = [edge for each in speakers for edge in each.span[:2] if edge > self.until]
        before = self.awaited
        self.awaited = Awaited(before.places | {place}, before.series | set(dumb), min([before.at, *edges]))


def _doubt(speaker: _Speaker, test: OutsideTest, at: int) -> _Doubt | None:
    """Return the doubt that holds an instant: a sensor is outside then, or was when it was last heard."""
    span, taken, view, kinds = speaker
    intervals = view.outside(sensor_test(test, kinds), taken.max_gap, test.linger)
    i = bisect_right(intervals, at, key=itemgetter(0)) - 1
    if i < 0 or intervals[i][1] <= span.since:
        return None
    first, back = i, speaker.first_value(intervals[i][1])
    while i + 1 < len(intervals) and intervals[i + 1][0] <= back:  # outside when it is heard again
        i += 1
        back = speaker.first_value(intervals[i][1])
    until = min(back, span.until)
    return _Doubt(clip(intervals[first : i + 1], span.since, span.until), until, speaker) if at < until else None


def _reaching(intervals: Sequence[Interval], since: int) -> Sequence[Interval]:
    """Return the intervals that end after an instant."""
    return intervals[bisect_right(intervals, since, key=itemgetter(1)) :]


def _ended(
    doubts: Sequence[_Doubt], since: int, by: int
) -> tuple[int, int | None, int | None, int | None, str | None, int | None]:
    """Return the fields of a Lost after `back`, by what was in doubt."""
    until = max([since, *(doubt.outside_until(by) for doubt in doubts)])
    silent = [(silence, doubt) for doubt in doubts if (silence := doubt.silence(by)) is not None and silence[1] > since]
    if not silent:
        return until, None, None, None, None, None
    (unknown_since, value_at), doubt = max(silent, key=lambda each: (each[0], each[1].speaker.source))
    return until, *_with_last(_last_value([(doubt.speaker, unknown_since)]), unknown_since, min(value_at, by))


def _with_last(
    last: tuple[int | None, str | None, int | None], unknown_since: int, value_at: int
) -> tuple[int | None, int | None, int | None, str | None, int | None]:
    at, sensor, value = last
    return at, unknown_since, value_at, sensor, value


def _last_value(asked: Iterable[tuple[_Speaker, int]]) -> tuple[int | None, str | None, int | None]:
    """Return the last value of some sensors, each before an instant: when, of which sensor, and what."""
    found: dict[tuple[int, str], View] = {}
    for (span, _, view, _), at in asked:
        last = view.last_value(span.since, min(at, span.until))
        if last is not None:
            found[last, span.sensor] = view
    if not found:
        return None, None, None
    last, sensor = max(found)
    return last, sensor, next((value for _, _, value in found[last, sensor].steps(last, last + 1, 1)), None)
