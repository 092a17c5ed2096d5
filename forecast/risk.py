"""Which units are at risk in a place that leaves its range, in the order in which their rules would fire."""

from collections.abc import Iterable
from dataclasses import dataclass

from forecast.thermal import Crossing
from forecast.trend import Trend


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a rule still allows one unit, or the place itself: how long it may be beyond the limit from now on."""

    subject: tuple[str | None, ...]  # product, lot, unit; of the place: no product
    rule: str
    action: str
    limit: float  # °C or %
    left_s: float  # 0: it fires as soon as the limit is passed
    place: str | None = None  # whose own rule it is


@dataclass(frozen=True, slots=True)
class Risk:
    """When a rule would fire if nobody acts, in seconds from the last reading."""

    allowance: Allowance
    reached: Crossing  # the limit
    fires: Crossing  # the rule


def at_risk(trend: Trend, allowances: Iterable[Allowance]) -> list[Risk]:
    """Return what would fire within the model's horizon, earliest first."""
    crossings: dict[float, Crossing] = {}
    risks = []
    for each in allowances:
        if each.limit not in crossings:
            crossings[each.limit] = trend.crossing(each.limit)
        reached = crossings[each.limit]
        if reached.likely != float("inf"):
            risks.append(Risk(each, reached, _later(reached, each.left_s)))
    return sorted(risks, key=_order)


def _order(risk: Risk) -> tuple[float, list[str], str]:
    asked = risk.allowance
    return risk.fires.likely, [name or "" for name in (*asked.subject, asked.place)], asked.rule


def _later(crossing: Crossing, seconds: float) -> Crossing:
    return Crossing(crossing.earliest + seconds, crossing.likely + seconds, crossing.latest + seconds)
