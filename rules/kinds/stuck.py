"""`stuck`: a sensor that says the same all the time.

Consecutive: fires when all values of a sensor that speaks for the place have lain within `resolution` of each other for
`for`, without a break: a fault or a gap begins anew. A sensor frozen in ice, glued in its buffer or repeating its last
value looks like this. The sensor's own, wherever it hangs. Fields: `quantity`, `resolution` (units, preset 0: exactly
the same), `for`. Source: OPC UA Part 9, 5.8.23 (an unusual lack of change).
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.numbers import show_minutes
from domain.times import NEVER, format_duration
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.lasting import Lasting
from rules.series import View
from rules.stretches import Windowed
from rules.telling import moment
from rules.words import describe_value, lasting


@dataclass(frozen=True, slots=True)
class Unchanging(Windowed):
    """All values of the last `duration`, the present one included, lie within `resolution`."""

    resolution: int
    duration: int

    @property
    def memory(self) -> int:
        """How long a reading matters."""
        return self.duration

    def outside(self, view: View, since: int, until: int, max_gap: int) -> Iterator[Interval]:
        """Yield when the sensor was stuck within `[since, until)`."""
        times, values = view.times, view.values
        lowest: deque[int] = deque()  # indices of values that can still be the least of the run
        highest: deque[int] = deque()
        first = bisect_left(times, since - self.duration - max_gap)
        for i in range(first, bisect_left(times, until)):
            if view.is_fault(values[i]) or (i > first and times[i] - times[i - 1] > max_gap):
                first = i + 1 if view.is_fault(values[i]) else i
                lowest.clear()
                highest.clear()
            if view.is_fault(values[i]):
                continue
            while lowest and values[lowest[-1]] >= values[i]:
                lowest.pop()
            while highest and values[highest[-1]] <= values[i]:
                highest.pop()
            lowest.append(i)
            highest.append(i)
            while values[highest[0]] - values[lowest[0]] > self.resolution:
                first += 1
                for ends in (lowest, highest):
                    if ends[0] < first:
                        ends.popleft()
            start = max(times[i], times[first] + self.duration, since)
            end = min(times[i] + max_gap, times[i + 1] if i + 1 < len(times) else NEVER, until)
            if start < end:
                yield start, end

    def looks_at(self, view: View, max_gap: int) -> int:
        """Return when the run that the last reading is in will have lasted long enough."""
        times, values = view.times, view.values
        if not times or view.is_fault(values[-1]):
            return NEVER
        i = len(times) - 1
        low = high = values[i]
        while i and not view.is_fault(values[i - 1]) and times[i] - times[i - 1] <= max_gap:
            low, high = min(low, values[i - 1]), max(high, values[i - 1])
            if high - low > self.resolution or times[-1] - times[i] > self.duration:
                break
            i -= 1
        return times[i] + self.duration


@KINDS.register("stuck")
@dataclass(frozen=True, slots=True)
class Stuck(Lasting):
    """`resolution: 0.1, for: 6h`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    test: Unchanging
    means: ClassVar[Means] = "consecutive"
    hold_duration: ClassVar[int] = 0  # the test itself waits
    bounds: ClassVar[None] = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = False
    counts_in_coverage: ClassVar[bool] = False
    direction: ClassVar[str] = "faulty"

    @classmethod
    def read(cls, fields: Fields) -> "Stuck":
        """Read quantity, resolution, for."""
        resolution = fields.value("resolution", 0) or 0
        if resolution < 0:
            fields.wrong("resolution", "must not be negative")
        return cls(fields.quantity(), Unchanging(resolution, fields.positive_duration("for")))

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Return `temperature unchanged at 5.0 °C for 6 h 12 min by …, limit 6 h`."""
        since, until = self.span(at, piece, evidence)
        by = min(until, evidence.until)
        minutes, limit = show_minutes(by - since + self.test.duration), show_minutes(self.test.duration)
        value = evidence.peak(piece, since, by + 1)
        where = "" if value is None else f" at {describe_value(self.quantity, value)}"
        text = f"{self.quantity} unchanged{where} for {lasting(minutes)} by {moment(by)}, limit {lasting(limit)}"
        return Why(text, self._bound(), minutes, limit, "min", used=(since - self.test.duration, by))

    def _bound(self) -> str:
        by = f" by more than {describe_value(self.quantity, self.test.resolution)}" if self.test.resolution else ""
        return f"{self.quantity} has not changed{by}"

    def describe(self) -> str:
        """Return e.g. `temperature has not changed by more than 0.1 °C for 6h`."""
        return f"{self._bound()} for {format_duration(self.test.duration)}"
