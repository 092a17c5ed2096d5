"""`cumulative`: exposure that adds up.

Fires at the first instant at which the exposure inside the last `window` (default: whole life) adds up to `total`;
again only after it was below it again. Stability budgets and "time out of refrigeration" are of this kind.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.intervals import Interval
from domain.times import NEVER, format_duration
from rules.bounds import Bounds
from rules.fields import Fields
from rules.kinds.base import KINDS, Evidence, Piece
from rules.words import describe_bounds, direction_of


@KINDS.register("cumulative")
@dataclass(frozen=True, slots=True)
class Cumulative:
    """`above: 8.0, total: 12h, window: null`: values in 10⁻⁶ of the unit, durations in microseconds."""

    quantity: str
    bounds: Bounds
    budget: int
    window: int | None = None
    linger: ClassVar[int] = 0
    exposes: ClassVar[bool] = True

    @classmethod
    def read(cls, fields: Fields) -> "Cumulative":
        """Read quantity, bounds, deadband, total, window."""
        budget = fields.positive_duration("total")
        window = fields.duration("window", None)
        if window is not None and window < budget:
            fields.wrong("window", "is shorter than the total, which could never be reached")
        return cls(fields.quantity(), fields.bounds(deadband=True), budget, window)

    @property
    def direction(self) -> str:
        """Return high or low."""
        return direction_of(self.bounds)

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each instant at which the sum reaches the total of the version in force."""
        if not pieces:
            return
        sums = Sums(evidence.exposures(pieces[0].rule.id))
        reached = False
        last = min(evidence.until, evidence.watch[1])  # a later version says nothing of what is gone
        for piece in pieces:
            condition: Cumulative = piece.rule.condition
            for at, level in condition._turns(sums, piece.since, min(piece.until, last)):
                if level >= condition.budget and not reached:
                    yield at, piece
                reached = level >= condition.budget

    def _turns(self, sums: "Sums", since: int, until: int) -> Iterator[tuple[int, int]]:
        """Yield `(instant, sum)` wherever the sum turns or first reaches the budget: between them it is a line."""
        if since > until:
            return
        last = max(since, sums.start)
        level = sums.inside(last, self.window)
        yield last, level
        for turn in sums.turns(last, until, self.window):
            next_level = sums.inside(turn, self.window)
            if level < self.budget < next_level:
                yield last + (self.budget - level), self.budget
            yield turn, next_level
            last, level = turn, next_level

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """Return the earliest instant at which what is left of the budget can be used up."""
        exposures = evidence.exposures(piece.rule.id)
        if not exposures or exposures[-1][1] <= evidence.until:
            return NEVER
        left = self.budget - Sums(exposures).inside(evidence.until, self.window)
        return evidence.until + left if left > 0 else NEVER

    def describe(self) -> str:
        """Return e.g. `above 8.0 °C for 12h in all`."""
        within = f"within {format_duration(self.window)}" if self.window else "in all"
        return f"{describe_bounds(self.quantity, self.bounds)} for {format_duration(self.budget)} {within}"


class Sums:
    """Prefix sums over exposures: how much of them lies before an instant."""

    def __init__(self, exposures: Sequence[Interval]) -> None:
        self._starts = [start for start, _ in exposures]
        self._exposures = exposures
        self._before = [0]
        for start, end in exposures:
            self._before.append(self._before[-1] + end - start)
        self.start = self._starts[0] if exposures else NEVER

    def until(self, instant: int) -> int:
        """Return the exposure before the instant."""
        i = bisect_right(self._starts, instant)
        if not i:
            return 0
        start, end = self._exposures[i - 1]
        return self._before[i - 1] + min(end, instant) - start

    def inside(self, instant: int, window: int | None) -> int:
        """Return the exposure in the last `window` before the instant."""
        return self.until(instant) - (self.until(instant - window) if window is not None else 0)

    def turns(self, since: int, until: int, window: int | None) -> list[int]:
        """Return the instants after `since` up to `until` at which the sum may change its slope, and `until`."""
        edges = {edge for interval in self._exposures for edge in interval}
        if window is not None:
            edges |= {edge + window for edge in edges}
        return sorted({edge for edge in edges if since < edge < until} | ({until} if until > since else set()))
