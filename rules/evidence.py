"""What happened to one subject: its stays cut out of the timelines of the places, as the rule kinds want it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from domain.intervals import Interval, clip, intersect, subtract, total, union
from domain.model import QUANTITIES, ProfileVersion, Rule
from domain.numbers import show_ratio
from domain.times import NEVER
from rules.fast.stretches import Numbers
from rules.fast.warmest import NO_STEPS, Heard, Steps, instants_of, joined, warmest
from rules.kinds.base import Piece
from rules.required import Required, Taken, taken_by
from rules.series import View
from rules.timeline import Step, Timeline, cut, farthest
from rules.timelines import Timelines
from rules.warmth import Stretch, Warmth
from rules.whereabouts import Stay, Subject

Reader = tuple[View, list[Interval]]  # a sensor's view and when it spoke for where the subject stood
_CEILING_STEP = 1_000_000  # 1 °C: how far above the warmest value somebody relies on it


class Part(NamedTuple):
    """A timeline over `[since, until)` of a stay, under one version of a rule."""

    piece: Piece
    timeline: Timeline
    since: int
    until: int

    def outside(self, now: int) -> list[Interval]:
        """Return when it was outside, begun by now; the last end may lie beyond."""
        return [(a, b) for a, b in self.timeline.inside(self.since, self.until) if a <= now]

    def integral(self, since: int, until: int) -> int:
        """Return the part's share of an exposure's integral."""
        since, until = max(since, self.since), min(until, self.until)
        return self.timeline.integral(since, until) if since < until else 0

    def peak(self, since: int, until: int) -> int | None:
        """Return the farthest value in the part's share of an exposure."""
        since, until = max(since, self.since), min(until, self.until)
        return self.timeline.peak(since, until) if since < until else None


class SubjectEvidence:
    """Implements `rules.kinds.base.Evidence` for one subject at one present instant."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        self.subject = subject
        self.until = until
        self.watch = subject.watch
        self._timelines = timelines
        self._pieces: dict[str, list[Piece]] = {}
        for since, end, version in subject.versions:
            if since <= until:
                for rule in version.rules:
                    self._pieces.setdefault(rule.id, []).append(Piece(since, end, rule, version))
        self._parts: dict[tuple[str, str], list[Part]] = {}
        self._outside: dict[tuple[str, str], list[Interval]] = {}
        self._unknown: list[Interval] | None = None
        self._warmth: Warmth | None = None

    def pieces(self) -> dict[str, list[Piece]]:
        """Return each rule id's versions in force up to now, in order of time."""
        return self._pieces

    def edges(self) -> Iterator[int]:
        """Yield the instants at which stays, versions, or sensors speaking for a stay begin or end."""
        for stay in self.subject.stays:
            yield from stay[1:]
            if stay.until > self.until:
                for quantity in QUANTITIES:
                    for span in self._timelines.places.speaking(stay.location, quantity):
                        yield from (max(span.since, stay.since), min(span.until, stay.until))
        for version in self.subject.versions:
            yield from version[:2]

    # --- outside ---

    def outside(self, piece: Piece) -> Sequence[Interval]:
        """Return when the subject was outside by this rule, joined across places and versions."""
        key = _sort_of(piece.rule)
        if key not in self._outside:
            self._outside[key] = union(outside for part in self.parts(piece) for outside in part.outside(self.until))
        return self._outside[key]

    def parts(self, piece: Piece) -> list[Part]:
        """Return what the subject went through by this rule, by version and stay."""
        key = _sort_of(piece.rule)
        if key not in self._parts:
            alike = [each for each in self._pieces[piece.rule.id] if _sort_of(each.rule) == key]
            self._parts[key] = [part for each in alike for part in self._parts_of(each)]
        return self._parts[key]

    def exposures(self, rule: str) -> Sequence[Interval]:
        """Return the stretches that are listed as exposures to a rule."""
        exposing = [piece for piece in self._pieces[rule] if piece.rule.condition.exposes]
        return self.outside(exposing[0]) if exposing else []

    def exposing_parts(self, rule: str) -> list[Part]:
        """Return the parts of the stretches that are listed as exposures to a rule."""
        exposing = [piece for piece in self._pieces[rule] if piece.rule.condition.exposes]
        return self.parts(exposing[0]) if exposing else []

    def ever_outside(self, piece: Piece, slack: int = 0) -> Sequence[Interval]:
        """Return when the subject was outside by this version's numbers, whether or not it was in force.

        `slack`: what the place was as long before a stay counts as well.
        """
        required = required_by(piece)
        places = ((self._timelines.outside(s.location, required), s) for s in self.subject.stays)
        return union(found for place, stay in places for found in place.inside(stay.since - slack, stay.until))

    def _parts_of(self, piece: Piece, sign: int | None = None) -> list[Part]:
        """Return what the subject went through; `sign`: far is what is far for the budget around it."""
        required = required_by(piece)
        required = required if sign is None else required._replace(sign=sign)
        parts = self._own_parts(piece, piece.rule, required)
        inner = [rule for rule in piece.version.rules if getattr(rule.condition, "within", None) == piece.rule.id]
        for rule in inner:
            of_it = self._parts_of(Piece(piece.since, piece.until, rule, piece.version), required.sign)
            parts += [part._replace(piece=piece) for part in of_it]
        parts.sort(key=lambda part: part.since)
        # in several places at once, or counted by several budgets
        if inner or any(part.until > following.since for part, following in pairwise(parts)):
            steps = [step for part in parts for step in part.timeline.cut(part.since, part.until)]
            parts = [Part(piece, Timeline(farthest(steps, required.sign), required.sign), piece.since, piece.until)]
        if required.gaps_are_exposed:
            nowhere = subtract(clip([self.watch], piece.since, piece.until), self._placed())
            gaps = Timeline([Step(since, until, 0, None) for since, until in nowhere], required.sign)
            parts.append(Part(piece, gaps, piece.since, piece.until))
        return parts

    def _own_parts(self, piece: Piece, rule: Rule, required: Required) -> list[Part]:
        windows = [(max(piece.since, s.since), min(piece.until, s.until), s.location) for s in self._stays_of(rule)]
        found = [window for window in windows if window[0] < window[1]]
        return [Part(piece, self._timelines.outside(place, required), a, b) for a, b, place in found]

    def _stays_of(self, rule: Rule) -> list[Stay]:
        """Return the stays at which a rule counts: all, or those at locations of the kinds that it names."""
        kinds = getattr(rule.condition, "at_kinds", ())
        place = self._timelines.places.kind
        return [stay for stay in self.subject.stays if not kinds or place(stay.location) in kinds]

    def peak(self, piece: Piece, since: int, until: int) -> int | None:
        """Return the farthest value in the span while it was outside."""
        measured = [peak for part in self.parts(piece) if (peak := part.peak(since, until)) is not None]
        if not measured:
            return None
        return max(measured) if required_by(piece).sign > 0 else min(measured)

    def sources(self, piece: Piece, instant: int) -> set[str]:
        """Return the places whose sensors spoke for it (outside ones first) at the instant or just before."""
        for moment in (instant, instant - 1):
            stays = [stay for stay in self.subject.stays if stay.since <= moment < stay.until]
            if stays:
                return {place for stay in stays for place in self._sources(piece, stay.location, moment)}
        left = [stay for stay in self.subject.stays if stay.until <= instant]  # on its way: where it stood last
        return {max(left or self.subject.stays, key=lambda stay: stay.until).location}

    def _sources(self, piece: Piece, location: str, instant: int) -> set[str]:
        if piece.rule.condition.test is not None:
            return self._timelines.sources(location, required_by(piece), instant)
        quantity = piece.rule.condition.quantity
        return self._timelines.speakers(location, QUANTITIES if quantity is None else (quantity,), instant)

    # --- known ---

    def unknown_in_coverage(self) -> list[Interval]:
        """Return unknown time under watch, up to now."""
        if self._unknown is None:
            in_force = union(version[:2] for version in self.subject.versions)
            gaps = subtract(self._watched(), in_force)  # with no version in force nothing says what must be known
            for since, until, version in self.subject.versions:
                gaps += self._unknown_in(clip(self._watched(), since, until), version, watched_quantities(version))
            self._unknown = union(gaps)
        return self._unknown

    def alike(self, piece: Piece) -> list[Piece]:
        """Return the versions of this rule that are of the same kind."""
        return [each for each in self._pieces[piece.rule.id] if each.rule.kind == piece.rule.kind]

    def unknown(self, asked: Sequence[tuple[Piece, str | None]]) -> list[Interval]:
        """Return when a quantity (None: any that counts) was unknown; what goes on ends after `until`."""
        gaps: list[Interval] = []
        for piece, quantity in asked:
            quantities = watched_quantities(piece.version) if quantity is None else [quantity]
            gaps += self._unknown_in(clip(self._watched(1), piece.since, piece.until), piece.version, quantities)
        return union(gaps)

    def coverage(self, since: int, until: int) -> float:
        """Return the share of the span that was known, 4 decimals."""
        return show_ratio(until - since - total(clip(self.unknown_in_coverage(), since, until)), until - since)

    def _watched(self, ahead: int = 0) -> list[Interval]:
        since, until = self.watch[0], min(self.watch[1], self.until + ahead)
        return [(since, until)] if since < until else []

    def _unknown_in(
        self, window: list[Interval], version: ProfileVersion, quantities: Sequence[str]
    ) -> Iterator[Interval]:
        yield from subtract(window, self._placed())
        if version.gap_counts_as == "safe":
            return
        for quantity in quantities:
            taken = taken_by(version, quantity)
            for stay in self.subject.stays:
                known = self._timelines.known(stay.location, taken)
                yield from subtract(intersect(window, [(stay.since, stay.until)]), known)

    def _placed(self) -> list[Interval]:
        return union(stay[1:] for stay in self.subject.stays)

    # --- warmth ---

    def warmest(self, since: int, until: int) -> Steps:
        """Return the warmest known value within `[since, until)`, where every place it stood in is known."""
        start, end = max(since, self.watch[0]), min(until, self.watch[1])
        return joined(self._warmest(max(start, a), min(end, b), version) for a, b, version in self.subject.versions)

    def _warmest(self, since: int, until: int, version: ProfileVersion) -> Steps:
        if since >= until:
            return NO_STEPS
        taken = taken_by(version, "temperature")
        stays = [stay for stay in self.subject.stays if stay.since < until and since < stay.until]
        heard = []
        for i, stay in enumerate(stays):
            for span in self._timelines.places.speaking(stay.location, "temperature"):
                start, end = max(span.since, stay.since), min(span.until, stay.until)
                if max(start, since) < min(end, until):
                    heard.append(Heard(self._timelines.series(span.sensor, taken), start, end, i))
        return warmest(heard, [stay[1:] for stay in stays], since, until, version.max_gap)

    def warmth(self) -> Warmth:
        """Return the warmest value over time, where every place it stood in is known."""
        if self._warmth is None:
            self._warmth = Warmth([stretch for piece in self.subject.versions for stretch in self._warm(*piece)])
        return self._warmth

    def _warm(self, since: int, until: int, version: ProfileVersion) -> list[Stretch]:
        start, end = max(since, self.watch[0]), min(until, self.watch[1])
        taken = taken_by(version, "temperature")
        found = [(max(s.since, start), min(s.until, end), s.location) for s in self.subject.stays]
        stays = sorted(stay for stay in found if stay[0] < stay[1])
        if all(stay[1] <= following[0] for stay, following in pairwise(stays)):
            return [Stretch(self._timelines.warmest(place, taken), a, b) for a, b, place in stays]
        return self._warm_at_once(stays, taken, start, end)

    def _warm_at_once(self, stays: list[tuple[int, int, str]], taken: Taken, start: int, end: int) -> list[Stretch]:
        """In several places at once: the warmest of them, while all are known."""
        steps = [step for a, b, place in stays for step in self._timelines.warmest(place, taken).cut(a, b)]
        known = ((place, self._timelines.known(place, taken)) for _, _, place in stays)
        dark = union(gap for (a, b, _), (_, lit) in zip(stays, known, strict=True) for gap in subtract([(a, b)], lit))
        lit = subtract([(start, end)], dark)
        warmest = farthest(steps, 1)
        return [Stretch(Timeline([step for a, b in lit for step in cut(warmest, a, b)], 1), start, end)]

    def ceiling(self, piece: Piece) -> int | None:
        """Return a value that will not be exceeded without the subject being judged; None: nothing is known now."""
        taken = taken_by(piece.version, "temperature")
        places = {stay.location for stay in self.subject.stays if stay.since <= self.until < stay.until}
        found = [self._timelines.ceiling(place, taken, _CEILING_STEP) for place in places]
        return None if not found or None in found else max(each for each in found if each is not None)

    # --- heard ---

    def readers(self, piece: Piece, quantity: str | None) -> list[Reader]:
        """Return every view that spoke for where the subject stood, and when."""
        spans: dict[tuple[str, str], list[Interval]] = {}
        for each in QUANTITIES if quantity is None else (quantity,):
            for stay in self.subject.stays:
                for span in self._timelines.places.speaking(stay.location, each):
                    since, until = max(span.since, stay.since, self.watch[0]), min(span.until, stay.until)
                    if since < until:
                        spans.setdefault((span.sensor, each), []).append((since, until))
        taken = {each: taken_by(piece.version, each) for _, each in spans}
        return [(self._timelines.series(sensor, taken[each]), union(found)) for (sensor, each), found in spans.items()]

    def readings(self, piece: Piece, quantity: str, since: int, until: int) -> Numbers:
        """Return the instants in the closed span at which a value was read for where the subject stood."""
        window = [(since, until + 1)]
        readers = self.readers(piece, quantity)
        return instants_of((view, a, b) for view, spans in readers for a, b in intersect(spans, window))

    def heard_within(self, piece: Piece, quantity: str, since: int, until: int) -> bool:
        """Tell whether there is any such instant in `[since, until)`."""
        window = [(since, until)] if since < until else []
        readers = self.readers(piece, quantity)
        return any(view.first_value(a, b) is not None for view, spans in readers for a, b in intersect(spans, window))

    def count(self, piece: Piece, quantity: str | None, since: int, until: int) -> int:
        """Return how many readings, faults included, lie in `[since, until)` for where the subject stood."""
        window = [(since, until)]
        readers = self.readers(piece, quantity)
        return sum(view.heard_between(a, b) for view, spans in readers for a, b in intersect(spans, window))

    def quiet(self, piece: Piece, quantity: str | None, after: int) -> list[Interval]:
        """Return the stretches with no value heard for longer than `after`, in order of time."""
        if self.watch[0] > self.until:
            return []
        stretches = [(self.watch[0], NEVER)]
        for view, spans in self.readers(piece, quantity):
            quiet = list(_quiet_of(view, spans, self.watch[0], self.until, after))
            stretches = intersect(stretches, quiet)
        return [stretch for stretch in stretches if stretch[1] - stretch[0] > after]

    def last_heard(self, piece: Piece, quantity: str | None) -> int:
        """Return the instant of the last value heard, or the start of the watch."""
        return max((last for last, _ in self._last_values(piece, quantity)), default=self.watch[0])

    def heard_live(self, piece: Piece, quantity: str | None) -> bool:
        """Tell whether a sensor that speaks for it now was heard last: its silence is noticed without asking."""
        return max(self._last_values(piece, quantity), default=(0, False))[1]

    def _last_values(self, piece: Piece, quantity: str | None) -> Iterator[tuple[int, bool]]:
        for view, spans in self.readers(piece, quantity):
            for since, until in reversed(spans):
                last = view.last_value(since, min(until, self.until + 1))
                if last is not None:
                    yield last, until > self.until and last == view.last_at
                    break


def _quiet_of(view: View, spans: list[Interval], start: int, until: int, after: int) -> Iterator[Interval]:
    """Yield when one sensor was not heard: what is shorter than `after` may be left out."""
    pauses = view.pauses(after)  # asked for even if nothing was heard: the series must know that silence matters
    last = start
    for since, end in spans:
        stop = min(end, until + 1)
        first_heard, last_heard = view.first_value(since, stop), view.last_value(since, stop)
        if first_heard is None or last_heard is None:
            continue
        yield last, first_heard
        i = bisect_left(pauses, (first_heard, first_heard))
        while i < len(pauses) and pauses[i][1] <= last_heard:
            yield pauses[i]
            i += 1
        last = last_heard
    yield last, NEVER


def _sort_of(rule: Rule) -> tuple[str, str]:
    """Return what tells the stretches of a rule's versions apart: listed ones join, whatever the kind."""
    return rule.id, "" if rule.condition.exposes else rule.kind


def required_by(piece: Piece) -> Required:
    """Return what makes a place outside for this version of a rule. Only rules with a test have one."""
    condition, version = piece.rule.condition, piece.version
    quantities = getattr(condition.test, "quantities", (condition.quantity,))
    raw = getattr(condition, "takes_raw", False)
    taken = tuple(Taken(q, version.max_gap) if raw else taken_by(version, q) for q in quantities)
    exposed = version.gap_counts_as == "exposed" and condition.exposes
    sign = -1 if condition.direction == "low" else 1
    return Required(taken, condition.test, sign, exposed, condition.linger)


def watched_quantities(version: ProfileVersion) -> list[str]:
    """Return the quantities that must be known for a unit to be known."""
    return sorted({rule.condition.quantity for rule in version.rules if rule.condition.counts_in_coverage})


def part_known(evidence: SubjectEvidence) -> tuple[int, int, int]:
    """Return watched time, unknown time and the longest unknown stretch, in microseconds."""
    since, until = evidence.watch[0], min(evidence.watch[1], evidence.until)
    gaps = evidence.unknown_in_coverage()
    return max(0, until - since), total(gaps), max((b - a for a, b in gaps), default=0)
