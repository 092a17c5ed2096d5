"""`rate`: a quantity rises or falls too fast.

Consecutive: fires when it has been so for `for` (default 0: at once). At each reading the sensor's readings of the last
`window` are compared pairwise: it is too fast if more than half of all pairs rise (fall) by more than `rise` (`fall`)
`per` time. That is, the median of the pairwise slopes, the Theil-Sen estimate, is beyond the limit; up to 29 % of the
readings may be wild, so neither noise nor a short door opening fools it. At least `min_readings` (preset 5), spread
over at least half the window, and none from before the sensor was last unknown. It holds until the next reading. The
sensor's own, wherever it hangs. Fields: `quantity`, `rise` or `fall` (units, above 0), `per` (preset 1h), `window`,
`min_readings`, `for`. Source: OPC UA Part 9, 5.8.23; Sen, J. Am. Stat. Assoc. 63 (1968) 1379.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import ClassVar

from domain.intervals import Interval
from domain.language import gettext, mark
from domain.numbers import show_minutes, show_value
from domain.times import HOUR, NEVER, format_duration
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import HOLD_FOR, QUANTITY, Form, Input
from rules.messages.reasons import during, moment, or_more
from rules.messages.words import UNITS, decimal, describe_value, per
from rules.series.sensor_test import Readings, Windowed


class Pairs:
    """The readings of the last window, and how many pairs of them rise faster than allowed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.at = -NEVER
        self.recent: deque[tuple[int, int]] = deque()  # instant, value less the allowed change
        self._heights: list[int] = []  # the latter, sorted
        self.steeper = 0

    def add(self, at: int, height: int, window: int) -> None:
        """Take the next reading; drop what is older than the window."""
        while self.recent and self.recent[0][0] < at - window:
            _, old = self.recent.popleft()
            self.steeper -= len(self._heights) - bisect_right(self._heights, old)
            del self._heights[bisect_left(self._heights, old)]
        self.steeper += bisect_left(self._heights, height)
        self.recent.append((at, height))
        insort(self._heights, height)
        self.at = at


@dataclass(frozen=True, slots=True)
class Slope(Windowed):
    """More than half of all pairs of recent readings rise (`sign` +1) or fall (-1) by more than `change` per `per`."""

    sign: int
    change: int
    per: int
    window: int
    min_readings: int

    @property
    def memory(self) -> int:
        """How long a reading matters."""
        return self.window

    def outside(self, view: Readings, since: int, until: int, max_gap: int) -> Iterator[Interval]:
        """Yield when the slope was beyond the limit within `[since, until)`."""
        pairs = view.remember(self, max_gap, Pairs)
        if pairs.at != since:  # what came last is where it was left, else from as far back as matters
            pairs.forget()
        start = since if pairs.recent else since - self.window
        view.need(start)
        times, values = view.times, view.values
        first = bisect_left(times, start)
        for i in range(first, bisect_left(times, until)):
            at = times[i]
            if at != pairs.at:
                if view.is_fault(values[i]) or at - pairs.at > max_gap:
                    pairs.forget()
                if view.is_fault(values[i]):
                    continue
                pairs.add(at, self.sign * values[i] * self.per - self.change * at, self.window)
            if at >= since and self._is_steep(pairs):
                yield at, min(until, at + max_gap, times[i + 1] if i + 1 < len(times) else NEVER)

    def _is_steep(self, pairs: "Pairs") -> bool:
        n = len(pairs.recent)
        spread = 2 * (pairs.at - pairs.recent[0][0])
        return n >= self.min_readings and spread >= self.window and 4 * pairs.steeper > n * (n - 1)

    def scan_at(self, view: Readings, max_gap: int) -> int:
        """Return that no reading is quiescent."""
        return -NEVER

    def slope(self, view: Readings, at: int, max_gap: int) -> float | None:
        """Return the median of the pairwise slopes at an instant, in 10⁻⁶ of the unit per `per`; None if unknown."""
        view.need(at - self.window - max_gap)
        times, values = view.times, view.values
        recent: list[tuple[int, int]] = []
        i = bisect_right(times, at) - 1
        since = times[i] - self.window if i >= 0 else at
        while i >= 0 and times[i] >= since and not view.is_fault(values[i]):
            recent.append((times[i], values[i]))
            if i and times[i] - times[i - 1] > max_gap:
                break
            i -= 1
        slopes = [(a[1] - b[1]) / (a[0] - b[0]) * self.per for a, b in combinations(recent, 2)]
        return median(slopes) if slopes else None


@KINDS.register("rate")
@dataclass(frozen=True, slots=True)
class Rate(Consecutive):
    """`rise: 5.0, per: 1h, window: 30min`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    test: Slope
    hold_duration: int = 0
    form: ClassVar[Form] = Form(
        mark("Rate of change"),
        mark("The value rises or falls too fast."),
        (
            QUANTITY,
            Input("rise", mark("Rises by more than"), "value", mark("Either a rise or a fall."), "quantity"),
            Input("fall", mark("Falls by more than"), "value", "", "quantity"),
            Input("per", mark("Per"), "duration", preset="1h"),
            Input("window", mark("Measured over"), "duration", is_required=True),
            Input("min_readings", mark("Readings at least"), "count", preset="5"),
            HOLD_FOR,
        ),
    )
    means: ClassVar[Means] = "consecutive"
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False

    @classmethod
    def read(cls, fields: Fields) -> "Rate":
        """Read quantity, rise or fall, per, window, min_readings, for."""
        rises, falls = fields.text("rise"), fields.text("fall")
        if (rises is None) == (falls is None):
            fields.wrong("rise", "exactly one of rise and fall is needed")
        change = fields.positive_value("rise" if falls is None else "fall") if rises or falls else 1
        per = fields.positive_duration("per") if fields.text("per") is not None else HOUR
        window = fields.positive_duration("window")
        slope = Slope(1 if falls is None else -1, change, per, window, fields.count("min_readings", 5, 2))
        return cls(fields.quantity(), slope, fields.duration("for", 0) or 0)

    @property
    def direction(self) -> str:
        """Return high or low."""
        return "high" if self.test.sign > 0 else "low"

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `rising by 7.20 °C per hour at …, for 12 min from …, allowed 5.0 °C per hour`."""
        since, until = self.span(at, piece, evidence)
        length = min(until, evidence.until) - since
        readers = [view for view, spans in evidence.readers(piece, self.quantity) if _holds(spans, at)]
        found = (self.test.slope(view, at, piece.version.max_gap) for view in readers)
        slopes = [self.test.sign * slope for slope in found if slope is not None]
        steepest = round(max(slopes, default=0)) / 1_000_000
        text = gettext(
            mark("rising by {rate} at {at}, {during}, allowed {limit}")
            if self.test.sign > 0
            else mark("falling by {rate} at {at}, {during}, allowed {limit}"),
            rate=self._per(decimal(f"{steepest:.2f} {UNITS[self.quantity]}")),
            at=moment(at),
            during=during(length, since),
            limit=self._per(self._limit()),
        )
        unit = f"{UNITS[self.quantity]} per {'hour' if self.test.per == HOUR else format_duration(self.test.per)}"
        more = {"minutes": show_minutes(length), "window": format_duration(self.test.window)}
        used = (since - self.test.window, min(until, evidence.until))
        return Why(text, self._bound(), steepest, show_value(self.test.change), unit, more, used)

    def _limit(self) -> str:
        return describe_value(self.quantity, self.test.change)

    def _per(self, change: str) -> str:
        return gettext("{change} per {time}", change=change, time=per(self.test.per))

    def _bound(self) -> str:
        limit = self._per(self._limit())
        if self.test.sign > 0:
            return gettext("rising by more than {limit}", limit=limit)
        return gettext("falling by more than {limit}", limit=limit)

    def describe(self) -> str:
        """Return e.g. `rising by more than 5.0 °C per hour`."""
        return or_more(self._bound(), self.hold_duration)


def _holds(spans: list[Interval], at: int) -> bool:
    return any(since <= at <= until for since, until in spans)
