"""How warm it was where a subject was."""

from itertools import pairwise

from domain.intervals import subtract, union
from domain.model import ProfileVersion
from rules.series.arrays.warmest import NO_STEPS, SensorSpan, Steps, joined, warmest
from rules.subjects.evidence.question import Question
from rules.subjects.outside_test import Taken, taken_by
from rules.subjects.pieces import Piece
from rules.subjects.steps import Timeline, cut, farthest
from rules.subjects.timelines import Timelines
from rules.subjects.warmth import TimelinePart, Warmth
from rules.subjects.whereabouts import Subject

_CEILING_STEP = 1_000_000  # 1 °C: how far above the warmest value somebody relies on it


class WarmthEvidence(Question):
    """The warmest known value over time, wherever every place it was in is known."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        super().__init__(subject, timelines, until)
        self._warmth: Warmth | None = None

    def warmest(self, since: int, until: int) -> Steps:
        """Return the warmest known value within `[since, until)`, where every place it was in is known."""
        start, end = max(since, self.watch[0]), min(until, self.watch[1])
        return joined(self._warmest(max(start, a), min(end, b), version) for a, b, version in self.subject.versions)

    def _warmest(self, since: int, until: int, version: ProfileVersion) -> Steps:
        if since >= until:
            return NO_STEPS
        taken = taken_by(version, "temperature")
        stays = [stay for stay in self.subject.stays if stay.since < until and since < stay.until]
        sensors = []
        for i, stay in enumerate(stays):
            for span in self.timelines.places.speaking(stay.location, "temperature"):
                start, end = max(span.since, stay.since), min(span.until, stay.until)
                if max(start, since) < min(end, until):
                    sensors.append(SensorSpan(self.timelines.series(span.sensor, taken, span.place), start, end, i))
        return warmest(sensors, [stay[1:] for stay in stays], since, until, version.max_gap)

    def warmth(self) -> Warmth:
        """Return the warmest value over time, where every place it was in is known."""
        if self._warmth is None:
            self._warmth = Warmth([part for piece in self.subject.versions for part in self._warm(*piece)])
        return self._warmth

    def _warm(self, since: int, until: int, version: ProfileVersion) -> list[TimelinePart]:
        start, end = max(since, self.watch[0]), min(until, self.watch[1])
        taken = taken_by(version, "temperature")
        found = [(max(s.since, start), min(s.until, end), s.location) for s in self.subject.stays]
        stays = sorted(stay for stay in found if stay[0] < stay[1])
        if all(stay[1] <= following[0] for stay, following in pairwise(stays)):
            return [TimelinePart(self.timelines.warmest(place, taken), a, b) for a, b, place in stays]
        return self._warm_at_once(stays, taken, start, end)

    def _warm_at_once(
        self, stays: list[tuple[int, int, str]], taken: Taken, start: int, end: int
    ) -> list[TimelinePart]:
        """In several places at once: the warmest of them, while all are known."""
        steps = [step for a, b, place in stays for step in self.timelines.warmest(place, taken).cut(a, b)]
        known = ((place, self.timelines.known(place, taken)) for _, _, place in stays)
        dark = union(gap for (a, b, _), (_, lit) in zip(stays, known, strict=True) for gap in subtract([(a, b)], lit))
        lit = subtract([(start, end)], dark)
        warmest = farthest(steps, 1)
        return [TimelinePart(Timeline([step for a, b in lit for step in cut(warmest, a, b)], 1), start, end)]

    def ceiling(self, piece: Piece) -> int | None:
        """Return a value that will not be exceeded without the subject being judged; None: nothing is known now."""
        taken = taken_by(piece.version, "temperature")
        places = {stay.location for stay in self.subject.stays if stay.since <= self.until < stay.until}
        found = [self.timelines.ceiling(place, taken, _CEILING_STEP) for place in places]
        return None if not found or None in found else max(each for each in found if each is not None)
