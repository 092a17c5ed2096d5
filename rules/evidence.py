"""What happened to one subject: its stays cut out of the timelines of the places, as the rule kinds want it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from domain.intervals import Interval, clip, intersect, subtract, total, union
from domain.model import QUANTITIES, ProfileVersion
from domain.times import NEVER
from rules.fast.stretches import Numbers
from rules.fast.warmest import NO_STEPS, Heard, Steps, instants_of, joined, warmest
from rules.kinds.base import Piece
from rules.series import Series
from rules.timelines import Required, Step, Timeline, Timelines, farthest
from rules.whereabouts import Subject

Reader = tuple[Series, list[Interval]]  # a series and when its sensor spoke for where the subject stood


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
        self._parts: dict[str, list[Part]] = {}
        self._exposures: dict[str, list[Interval]] = {}
        self._quiet: dict[tuple[str | None, int], list[Interval]] = {}
        self._temperatures: list[tuple[int, int, int]] | None = None

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

    def exposures(self, rule: str) -> Sequence[Interval]:
        """Return when the subject was outside, joined across places and versions."""
        if rule not in self._exposures:
            self._exposures[rule] = union(outside for part in self.parts(rule) for outside in part.outside(self.until))
        return self._exposures[rule]

    def parts(self, rule: str) -> list[Part]:
        """Return what the subject went through, by version and stay, of an exposing rule."""
        if rule not in self._parts:
            exposing = [piece for piece in self._pieces[rule] if piece.rule.condition.exposes]
            self._parts[rule] = [part for piece in exposing for part in self._parts_of(piece)]
        return self._parts[rule]

    def beyond(self, piece: Piece) -> list[Interval]:
        """Return when places it ever stood in were beyond this piece's bounds, whichever version was in force then."""
        required = required_by(piece)
        places = {stay.location for stay in self.subject.stays}
        return union(outside for place in places for outside in self._timelines.outside(place, required).intervals)

    def ever_outside(self, piece: Piece) -> bool:
        """Tell whether the subject was ever beyond this piece's bounds, whichever version was in force then."""
        required = required_by(piece)
        return any(self._timelines.outside(s.location, required).inside(s.since, s.until) for s in self.subject.stays)

    def _parts_of(self, piece: Piece) -> list[Part]:
        required = required_by(piece)
        sign = required.bounds.sign
        windows = [(max(piece.since, s.since), min(piece.until, s.until), s.location) for s in self.subject.stays]
        windows = [window for window in windows if window[0] < window[1]]
        parts = [Part(piece, self._timelines.outside(place, required), a, b) for a, b, place in windows]
        if any(part.until > following.since for part, following in pairwise(parts)):  # in several places at once
            steps = [step for part in parts for step in part.timeline.cut(part.since, part.until)]
            parts = [Part(piece, Timeline(farthest(steps, sign), sign), piece.since, piece.until)]
        if required.gaps_are_exposed:
            nowhere = subtract(clip([self.watch], piece.since, piece.until), self._placed())
            gaps = Timeline([Step(since, until, 0, None) for since, until in nowhere], sign)
            parts.append(Part(piece, gaps, piece.since, piece.until))
        return parts

    def sources(self, piece: Piece, instant: int) -> set[str]:
        """Return the places whose sensors spoke for it (outside ones first) at the instant or just before."""
        for moment in (instant, instant - 1):
            stays = [stay for stay in self.subject.stays if stay.since <= moment < stay.until]
            if stays:
                return {place for stay in stays for place in self._sources(piece, stay.location, moment)}
        left = [stay for stay in self.subject.stays if stay.until <= instant]  # on its way: where it stood last
        return {max(left or self.subject.stays, key=lambda stay: stay.until).location}

    def _sources(self, piece: Piece, location: str, instant: int) -> set[str]:
        if piece.rule.condition.bounds is not None:
            return self._timelines.sources(location, required_by(piece), instant)
        quantity = piece.rule.condition.quantity
        return self._timelines.speakers(location, QUANTITIES if quantity is None else (quantity,), instant)

    # --- known ---

    def unknown(self) -> list[Interval]:
        """Return unknown time under watch, up to now."""
        since, until = self.watch[0], min(self.watch[1], self.until)
        if since >= until:
            return []
        in_force = union(version[:2] for version in self.subject.versions)
        gaps = subtract([(since, until)], in_force)  # with no version in force nothing says what must be known
        for start, end, version in self.subject.versions:
            gaps += self._unknown_in(clip([(since, until)], start, end), version)
        return union(gaps)

    def _unknown_in(self, window: list[Interval], version: ProfileVersion) -> Iterator[Interval]:
        yield from subtract(window, self._placed())
        if version.gap_counts_as == "safe":
            return
        for quantity in watched_quantities(version):
            for stay in self.subject.stays:
                known = self._timelines.known(stay.location, quantity, version.max_gap)
                yield from subtract(clip(window, stay.since, stay.until), known)

    def _placed(self) -> list[Interval]:
        return union(stay[1:] for stay in self.subject.stays)

    def temperatures(self) -> Sequence[tuple[int, int, int]]:
        """Return the warmest value over time as `(from, to, value)`, where every place it stood in is known."""
        if self._temperatures is None:
            steps = self.warmest(*self.watch)
            self._temperatures = list(zip(*(column.tolist() for column in steps), strict=True))
        return self._temperatures

    def warmest(self, since: int, until: int) -> Steps:
        """Return the same within `[since, until)`, up to now, as columns."""
        start, end = max(since, self.watch[0]), min(until, self.watch[1], self.until)
        return joined(self._warmest(max(start, a), min(end, b), version) for a, b, version in self.subject.versions)

    def _warmest(self, since: int, until: int, version: ProfileVersion) -> Steps:
        if since >= until:
            return NO_STEPS
        stays = [stay for stay in self.subject.stays if stay.since < until and since < stay.until]
        heard = []
        for i, stay in enumerate(stays):
            for span in self._timelines.places.speaking(stay.location, "temperature"):
                start, end = max(span.since, stay.since), min(span.until, stay.until)
                if max(start, since) < min(end, until):
                    heard.append(Heard(self._timelines.series(span.sensor, "temperature"), start, end, i))
        return warmest(heard, [stay[1:] for stay in stays], since, until, version.max_gap)

    # --- heard ---

    def readers(self, quantity: str | None) -> list[Reader]:
        """Return every series that spoke for where the subject stood, and when."""
        spans: dict[tuple[str, str], list[Interval]] = {}
        for each in QUANTITIES if quantity is None else (quantity,):
            for stay in self.subject.stays:
                for span in self._timelines.places.speaking(stay.location, each):
                    since, until = max(span.since, stay.since, self.watch[0]), min(span.until, stay.until)
                    if since < until:
                        spans.setdefault((span.sensor, each), []).append((since, until))
        return [(self._timelines.series(*key), union(found)) for key, found in spans.items()]

    def readings(self, quantity: str, since: int, until: int) -> Numbers:
        """Return the instants in the closed span at which a value was read for where the subject stood."""
        window = [(since, until + 1)]
        return instants_of(
            (series, a, b) for series, spans in self.readers(quantity) for a, b in intersect(spans, window)
        )

    def heard_within(self, quantity: str, since: int, until: int) -> bool:
        """Tell whether there is any such instant in `[since, until)`."""
        window = [(since, until)] if since < until else []
        return any(
            series.first_value(a, b) is not None
            for series, spans in self.readers(quantity)
            for a, b in intersect(spans, window)
        )

    def quiet(self, quantity: str | None, after: int) -> list[Interval]:
        """Return the stretches with no value heard for longer than `after`, in order of time."""
        key = (quantity, after)
        if key not in self._quiet:
            self._quiet[key] = self._find_quiet(quantity, after) if self.watch[0] <= self.until else []
        return self._quiet[key]

    def _find_quiet(self, quantity: str | None, after: int) -> list[Interval]:
        stretches = [(self.watch[0], NEVER)]
        for series, spans in self.readers(quantity):
            quiet = list(_quiet_of(series, spans, self.watch[0], self.until, after))
            stretches = intersect(stretches, quiet)
        return [stretch for stretch in stretches if stretch[1] - stretch[0] > after]

    def last_heard(self, quantity: str | None) -> int:
        """Return the instant of the last value heard, or the start of the watch."""
        return max((last for last, _ in self._last_values(quantity)), default=self.watch[0])

    def heard_live(self, quantity: str | None) -> bool:
        """Tell whether a sensor that speaks for it now was heard last: its silence is noticed without asking."""
        return max(self._last_values(quantity), default=(0, False))[1]

    def _last_values(self, quantity: str | None) -> Iterator[tuple[int, bool]]:
        for series, spans in self.readers(quantity):
            for since, until in reversed(spans):
                last = series.last_value(since, min(until, self.until + 1))
                if last is not None:
                    yield last, until > self.until and last == series.last_at
                    break


def _quiet_of(series: Series, spans: list[Interval], start: int, until: int, after: int) -> Iterator[Interval]:
    """Yield when one series was not heard: what is shorter than `after` may be left out."""
    pauses = series.pauses(after)  # asked for even if nothing was heard: the series must know that silence matters
    last = start
    for since, end in spans:
        stop = min(end, until + 1)
        first_heard, last_heard = series.first_value(since, stop), series.last_value(since, stop)
        if first_heard is None or last_heard is None:
            continue
        yield last, first_heard
        i = bisect_left(pauses, (first_heard, first_heard))
        while i < len(pauses) and pauses[i][1] <= last_heard:
            yield pauses[i]
            i += 1
        last = last_heard
    yield last, NEVER


def required_by(piece: Piece) -> Required:
    """Return what makes a place outside for this version of a rule. Only rules with bounds have one."""
    condition = piece.rule.condition
    exposed = piece.version.gap_counts_as == "exposed" and condition.exposes
    return Required(condition.quantity, condition.bounds, piece.version.max_gap, exposed, condition.linger)


def watched_quantities(version: ProfileVersion) -> list[str]:
    """Return the quantities that the version's rules with bounds name."""
    return sorted({rule.condition.quantity for rule in version.rules if rule.condition.bounds is not None})


def part_known(evidence: SubjectEvidence) -> tuple[int, int, int]:
    """Return watched time, unknown time and the longest unknown stretch, in microseconds."""
    since, until = evidence.watch[0], min(evidence.watch[1], evidence.until)
    gaps = evidence.unknown()
    return max(0, until - since), total(gaps), max((b - a for a, b in gaps), default=0)
