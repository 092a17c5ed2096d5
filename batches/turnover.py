"""Turnover: how much of a product came and went, how long stock stands, what was wasted why, when to order again. Pure.

    level(t)        = received + made + returned + adjusted - used - shipped - destroyed, by what happened up to t
    average         = the time-weighted mean of the level over the period
    use             = used + shipped - returned
    turnover        = use / average: how often the average stock was used in the period
    days of stock   = level at the end / use a day
    reorder point   = the most that was used in any span of the lead time within the period

All exact: instants are microseconds, quantities 10⁻⁶ of the unit of measure; ratios are fractions.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from batches.stock import FLOW_KINDS, FlowKind
from domain.times import DAY

_SIGNS: dict[FlowKind, int] = {
    **{"received": 1, "made": 1, "returned": 1, "adjusted": 1},
    **{"used": -1, "shipped": -1, "destroyed": -1, "lost": 0},  # what is lost had left the stock before
}  # fmt: skip
_USE: dict[FlowKind, int] = {"used": 1, "shipped": 1, "returned": -1}
_WASTE: tuple[FlowKind, ...] = ("destroyed", "lost")
AGES: tuple[int, ...] = (30, 60, 90, 180, 365)  # days: the bounds of the ages of stock


class Went(NamedTuple):
    """So much of a product came into the stock or left it, at an instant; in order of time."""

    at: int
    kind: FlowKind
    quantity: int
    reason: str | None = None


class InStock(NamedTuple):
    """So much of a lot is in stock, and when the lot first came into it."""

    quantity: int
    first_in: int


class Age(NamedTuple):
    """How much stock is that old: from so many days to below so many; None: and older."""

    from_days: int
    to_days: int | None
    quantity: int


class Slice(NamedTuple):
    """A part of the period: what came in it and what was used of it, what was wasted, and the level at its end."""

    since: int
    until: int
    came: int
    used: int
    wasted: int
    level: int


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a period says of a product."""

    since: int
    until: int
    opening: int
    closing: int
    sums: dict[FlowKind, int]
    use: int
    average: Fraction
    waste: dict[str | None, int]  # by reason, most first
    reorder_point: int | None  # None: no lead time is known, or the period is shorter than it

    @property
    def rate(self) -> Fraction | None:
        """Return how often the average stock was used; None: there was none."""
        return Fraction(self.use) / self.average if self.average > 0 else None

    @property
    def use_per_day(self) -> Fraction:
        """Return the mean use a day."""
        return Fraction(self.use * DAY, self.until - self.since)

    @property
    def days_of_stock(self) -> Fraction | None:
        """Return for how many days the closing stock lasts at that use; None: nothing was used."""
        return self.closing / self.use_per_day if self.use > 0 else None

    @property
    def should_reorder(self) -> bool:
        """Tell whether the stock is down at the point where more must be ordered."""
        return self.reorder_point is not None and self.closing <= self.reorder_point


def turnover(flows: Sequence[Went], since: int, until: int, lead_time: int | None = None) -> Turnover:
    """Return what `[since, until)` says. `flows`: all of the product up to `until`, in order of time."""
    opening = sum(_signed(flow) for flow in flows if flow.at < since)
    within = [flow for flow in flows if since <= flow.at < until]
    sums = {kind: sum(flow.quantity for flow in within if flow.kind == kind) for kind in FLOW_KINDS}
    return Turnover(
        since,
        until,
        opening,
        opening + sum(map(_signed, within)),
        sums,
        sum(map(_use, within)),
        _average(opening, within, since, until),
        waste_by_reason(within),
        _most_used(within, since, until, lead_time),
    )


def _signed(flow: Went) -> int:
    return _SIGNS[flow.kind] * flow.quantity


def _use(flow: Went) -> int:
    return _USE.get(flow.kind, 0) * flow.quantity


def _average(opening: int, within: Sequence[Went], since: int, until: int) -> Fraction:
    """Each change counts for the rest of the period."""
    changed = sum(_signed(flow) * (until - flow.at) for flow in within)
    return opening + Fraction(changed, until - since)


def waste_by_reason(flows: Iterable[Went]) -> dict[str | None, int]:
    """Return how much was destroyed, in stock or on its way, by the reason that was given; the most first."""
    found: dict[str | None, int] = defaultdict(int)
    for flow in flows:
        if flow.kind in _WASTE:
            found[flow.reason] += flow.quantity
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0] or "")))


def _most_used(within: Sequence[Went], since: int, until: int, lead_time: int | None) -> int | None:
    """Return the most that was used in any span of the lead time: such a span may begin at each use.

    What was returned meanwhile is not taken off: it was gone when it was needed.
    """
    if lead_time is None or until - since < lead_time:
        return None
    used = [(flow.at, flow.quantity) for flow in within if _USE.get(flow.kind, 0) > 0]
    instants = [at for at, _ in used]
    by_then = [0, *accumulate(quantity for _, quantity in used)]
    spans = (by_then[bisect_left(instants, at + lead_time)] - by_then[i] for i, at in enumerate(instants))
    return max(spans, default=0)


def slices(flows: Sequence[Went], since: int, until: int, number: int) -> list[Slice]:
    """Return the period in equal parts, for a chart."""
    level = sum(_signed(flow) for flow in flows if flow.at < since)
    bounds = [since + (until - since) * i // number for i in range(number + 1)]
    parts: list[list[Went]] = [[] for _ in range(number)]
    for flow in flows:
        if since <= flow.at < until:
            parts[bisect_right(bounds, flow.at) - 1].append(flow)
    found = []
    for i, part in enumerate(parts):
        level += sum(map(_signed, part))
        came = sum(flow.quantity for flow in part if flow.kind in ("received", "made"))
        wasted = sum(flow.quantity for flow in part if flow.kind in _WASTE)
        found.append(Slice(bounds[i], bounds[i + 1], came, sum(map(_use, part)), wasted, level))
    return found


def ages(stock: Iterable[InStock], now: int) -> list[Age]:
    """Return how much of the stock is how old, since its lot first came into stock."""
    lows = (0, *AGES)
    found = dict.fromkeys(lows, 0)
    for each in stock:
        days = (now - each.first_in) // DAY
        found[max(low for low in lows if low <= max(days, 0))] += each.quantity
    highs: tuple[int | None, ...] = (*AGES, None)
    return [Age(low, high, found[low]) for low, high in zip(lows, highs, strict=True)]
