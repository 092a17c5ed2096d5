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
from domain.language import gettext, mark
from domain.numbers import show_minutes
from domain.times import NEVER
from rules.kinds.base import KINDS, Evidence, Means, Piece, Why
from rules.kinds.common.consecutive import Consecutive
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import QUANTITY, Form, Input
from rules.messages.reasons import allowed, moment, or_more
from rules.messages.words import describe_value, duration, quantity_word
from rules.series.sensor_test import Readings, Windowed


class Run:
    """The last readings within the resolution of each other, without a break."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.at = -NEVER
        self._times: deque[int] = deque()
        self._lowest: deque[tuple[int, int]] = deque()  # instants and values that can still be the least of the run
        self._highest: deque[tuple[int, int]] = deque()

    @property
    def since(self) -> int:
        """The first instant of the run; NEVER if there is none."""
        return self._times[0] if self._times else NEVER

    def add(self, at: int, value: int, test: "Unchanging") -> None:
        """Take the next reading; drop what is too far from it, or from before what matters."""
        while self._lowest and self._lowest[-1][1] >= value:
            self._lowest.pop()
        while self._highest and self._highest[-1][1] <= value:
            self._highest.pop()
        self.at = at
        for each in (self._lowest, self._highest):
            each.append((at, value))
        self._times.append(at)
        while self._highest[0][1] - self._lowest[0][1] > test.resolution:
            self._drop()
        while len(self._times) > 1 and self._times[1] <= at - test.duration:
            self._drop()

    def _drop(self) -> None:
        dropped = self._times.popleft()
        for each in (self._lowest, self._highest):
            if each[0][0] == dropped:
                each.popleft()


@dataclass(frozen=True, slots=True)
class Unchanging(Windowed):
    """All values of the last `duration`, the present one included, lie within `resolution`."""

    resolution: int
    duration: int

    @property
    def memory(self) -> int:
        """How long a reading matters."""
        return self.duration

    def outside(self, view: Readings, since: int, until: int, max_gap: int) -> Iterator[Interval]:
        """Yield when the sensor was stuck within `[since, until)`."""
        run = view.remember(self, max_gap, Run)
        if run.at != since:  # what came last is where it was left, else from as far back as matters
            run.forget()
        start = since if run.at == since else since - self.duration - max_gap
        view.need(start)
        times, values = view.times, view.values
        first = bisect_left(times, start)
        for i in range(first, bisect_left(times, until)):
            at = times[i]
            if at != run.at:
                if view.is_fault(values[i]) or at - run.at > max_gap:
                    run.forget()
                if view.is_fault(values[i]):
                    continue
                run.add(at, values[i], self)
            start = max(at, run.since + self.duration, since)
            end = min(at + max_gap, times[i + 1] if i + 1 < len(times) else NEVER, until)
            if start < end:
                yield start, end

    def scan_at(self, view: Readings, max_gap: int) -> int:
        """Return when the run that the last reading is in will have lasted long enough."""
        times, values = view.times, view.values
        if not times or view.is_fault(values[-1]):
            return NEVER
        run = view.remember(self, max_gap, Run)
        if run.at == times[-1]:
            return run.since + self.duration
        i = len(times) - 1
        low = high = values[i]
        while True:
            if not i:  # there may be more that are not here
                at = times[0]
                view.need(at)
                times, values = view.times, view.values
                i = bisect_left(times, at)
            if not i or view.is_fault(values[i - 1]) or times[i] - times[i - 1] > max_gap:
                break
            low, high = min(low, values[i - 1]), max(high, values[i - 1])
            if high - low > self.resolution or times[-1] - times[i] > self.duration:
                break
            i -= 1
        return times[i] + self.duration


@KINDS.register("stuck")
@dataclass(frozen=True, slots=True)
class Stuck(Consecutive):
    """`resolution: 0.1, for: 6h`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    test: Unchanging
    form: ClassVar[Form] = Form(
        mark("Unchanging value"),
        mark("A sensor sends the same value all the time: frozen, or repeating its last one."),
        (
            QUANTITY,
            Input("resolution", mark("Within"), "value", mark("Values this close count as the same."), "quantity", "0"),
            Input("for", mark("For"), "duration", is_required=True),
        ),
    )
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
        """Return `temperature unchanged at 5.0 °C for 6 h 12 min by …, allowed 6 h`."""
        since, until = self.span(at, piece, evidence)
        by = min(until, evidence.until)
        length, limit = by - since + self.test.duration, self.test.duration
        value = evidence.peak(piece, since, by + 1)
        said = {"quantity": quantity_word(self.quantity), "length": duration(length), "by": moment(by)}
        if value is None:
            text = gettext("{quantity} unchanged for {length} by {by}", **said)
        else:
            shown = describe_value(self.quantity, value)
            text = gettext("{quantity} unchanged at {value} for {length} by {by}", value=shown, **said)
        used = (since - self.test.duration, by)
        return Why(allowed(text, limit), self._bound(), show_minutes(length), show_minutes(limit), "min", used=used)

    def _bound(self) -> str:
        quantity = quantity_word(self.quantity)
        if not self.test.resolution:
            return gettext("{quantity} unchanged", quantity=quantity)
        within = describe_value(self.quantity, self.test.resolution)
        return gettext("{quantity} unchanged within {within}", quantity=quantity, within=within)

    def describe(self) -> str:
        """Return e.g. `temperature unchanged within 0.1 °C for 6 h or more`."""
        return or_more(self._bound(), self.test.duration)
