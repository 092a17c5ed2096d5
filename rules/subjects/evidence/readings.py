"""The readings for where a subject was, and when there were none."""

from bisect import bisect_left
from collections.abc import Iterator

from domain.intervals import Interval, intersect, union
from domain.model import QUANTITIES
from domain.times import NEVER
from rules.series.arrays.intervals import Numbers
from rules.series.arrays.warmest import instants_of
from rules.series.view import View
from rules.subjects.evidence.question import Question
from rules.subjects.outside_test import taken_by
from rules.subjects.pieces import Piece

Reader = tuple[View, list[Interval]]  # a sensor's view and when it spoke for where the subject was


class ReadingsEvidence(Question):
    """The readings of the sensors that spoke for where the subject was."""

    def readers(self, piece: Piece, quantity: str | None) -> list[Reader]:
        """Return every view that spoke for where the subject was, and when."""
        spans: dict[View, list[Interval]] = {}
        taken = {each: taken_by(piece.version, each) for each in (QUANTITIES if quantity is None else (quantity,))}
        for each in taken:
            for stay in self.subject.stays:
                for span in self.timelines.places.speaking(stay.location, each):
                    since, until = max(span.since, stay.since, self.watch[0]), min(span.until, stay.until)
                    if since < until:
                        view = self.timelines.series(span.sensor, taken[each], span.place)
                        spans.setdefault(view, []).append((since, until))
        return [(view, union(found)) for view, found in spans.items()]

    def readings(self, piece: Piece, quantity: str, since: int, until: int) -> Numbers:
        """Return the instants in the closed span at which a value was read for where the subject was."""
        window = [(since, until + 1)]
        readers = self.readers(piece, quantity)
        return instants_of((view, a, b) for view, spans in readers for a, b in intersect(spans, window))

    def has_value(self, piece: Piece, quantity: str, since: int, until: int) -> bool:
        """Tell whether there is any such instant in `[since, until)`."""
        window = [(since, until)] if since < until else []
        readers = self.readers(piece, quantity)
        return any(view.first_value(a, b) is not None for view, spans in readers for a, b in intersect(spans, window))

    def count(self, piece: Piece, quantity: str | None, since: int, until: int) -> int:
        """Return how many readings, faults included, lie in `[since, until)` for where the subject was."""
        window = [(since, until)]
        readers = self.readers(piece, quantity)
        return sum(view.count_between(a, b) for view, spans in readers for a, b in intersect(spans, window))

    def silences(self, piece: Piece, quantity: str | None, after: int) -> list[Interval]:
        """Return the intervals with no value for longer than `after`, in order of time."""
        return self._silences(piece, quantity, after, None)

    def silence_around(self, piece: Piece, quantity: str | None, after: int, at: int) -> Interval | None:
        """Return that of them in which an instant lies, without its ends: what is far away is not looked at."""
        around = self._silences(piece, quantity, after, at)
        return next((interval for interval in around if interval[0] < at < interval[1]), None)

    def _silences(self, piece: Piece, quantity: str | None, after: int, around: int | None) -> list[Interval]:
        if self.watch[0] > self.until:
            return []
        intervals = [(self.watch[0], NEVER)]
        for view, spans in self.readers(piece, quantity):
            silences = list(_quiet_of(view, spans, self.watch[0], self.until, after, around))
            intervals = intersect(intervals, silences)
        return [interval for interval in intervals if interval[1] - interval[0] > after]

    def last_value_at(self, piece: Piece, quantity: str | None) -> int:
        """Return the instant of the last value, or the start of the watch."""
        return max((last for last, _ in self._last_values(piece, quantity)), default=self.watch[0])

    def is_live(self, piece: Piece, quantity: str | None) -> bool:
        """Tell whether a sensor that speaks for it now has the last value: its silence is noticed without asking."""
        return max(self._last_values(piece, quantity), default=(0, False))[1]

    def _last_values(self, piece: Piece, quantity: str | None) -> Iterator[tuple[int, bool]]:
        for view, spans in self.readers(piece, quantity):
            for since, until in reversed(spans):
                last = view.last_value(since, min(until, self.until + 1))
                if last is not None:
                    yield last, until > self.until and last == view.last_at
                    break


def _quiet_of(
    view: View, spans: list[Interval], start: int, until: int, after: int, around: int | None
) -> Iterator[Interval]:
    """Yield when one sensor had no value: what is shorter than `after` may be left out, and of an instant what is not
    around it."""
    pauses = view.pauses(after)  # asked for even if there is no value: the series must know that silence matters
    last = start
    for since, end in spans:
        stop = min(end, until + 1)
        first_heard, last_value_at = view.first_value(since, stop), view.last_value(since, stop)
        if first_heard is None or last_value_at is None:
            continue
        yield last, first_heard
        yield from _inside(pauses, first_heard, last_value_at, around)
        last = last_value_at
    yield last, NEVER


def _inside(pauses: list[Interval], first: int, last: int, around: int | None) -> Iterator[Interval]:
    i = bisect_left(pauses, (first, first))
    if around is not None:
        i = max(i, bisect_left(pauses, (around, around)) - 1)
    while i < len(pauses) and pauses[i][1] <= last and (around is None or pauses[i][0] < around):
        yield pauses[i]
        i += 1
