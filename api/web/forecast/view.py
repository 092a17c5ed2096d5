"""What is foreseen, as the pages tell staff: in how long, with the range of what is likely, and who is at risk.

It is an estimate, so lengths of time are rounded; what is to come is said as an instant too, which stays true.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.deps import View
from api.forecast.forecasts import SensorForecast
from api.reads.names import place_name
from api.web.frame.naming import UnitName, batch_address, in_order
from domain.numbers import SCALE
from domain.times import DAY, HOUR, MINUTE, SECOND
from forecast.risk import Risk
from forecast.thermal import Crossing

# What is farther away is not worth a line.
SHOWN = DAY
RISKS_SHOWN = 20
# Up to the first length of time in steps of the second.
_STEPS = ((10 * MINUTE, MINUTE), (HOUR, 5 * MINUTE), (6 * HOUR, 10 * MINUTE), (1 << 62, HOUR))


class Expected(NamedTuple):
    """When something is to come, as seen from `now`, which is whole minutes; None: nobody can say."""

    now: int
    earliest: int | None
    likely: int
    latest: int | None

    @property
    def is_near(self) -> bool:
        """Tell whether it is a matter of a minute."""
        return self.likely - self.now < MINUTE

    @property
    def left(self) -> int:
        """Return in how long it is likely, rounded."""
        return rounded(self.likely - self.now)

    @property
    def soonest(self) -> int:
        """Return in how long it may be at the earliest, rounded."""
        return rounded((self.earliest or self.now) - self.now)

    @property
    def longest(self) -> int | None:
        """Return in how long it is almost certain, rounded."""
        return None if self.latest is None else rounded(self.latest - self.now)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A rule that would fire for a unit, or for a place by itself (`unit` None), if nobody acts."""

    unit: UnitName | None
    place: str | None
    rule: str
    action: str
    limit: int  # 10⁻⁶ °C
    reached: Expected | None  # None: the limit has been passed
    fires: Expected

    @property
    def address(self) -> str | None:
        """Return the address of the batch."""
        return batch_address(*self.unit[:2]) if self.unit else None


@dataclass(frozen=True, slots=True)
class PlaceForecast:
    """What is to come at a place within a day, what fires first being first."""

    place: str
    name: str
    sign: int  # +1 warming, −1 cooling
    sensor: str
    value: int
    since: int
    read_at: int
    risks: tuple[AtRisk, ...]
    units: tuple[UnitName, ...]  # at risk, the first one first

    @property
    def first(self) -> AtRisk:
        """Return what fires first."""
        return self.risks[0]

    @property
    def first_unit(self) -> AtRisk | None:
        """Return what fires first for a unit."""
        return next((risk for risk in self.risks if risk.unit), None)

    @property
    def shown(self) -> Sequence[AtRisk]:
        """Return what a table shows of it."""
        return self.risks[:RISKS_SHOWN]

    @property
    def more(self) -> int:
        """Return how many it does not show."""
        return len(self.risks) - len(self.shown)


def place_forecasts(view: View, found: Iterable[SensorForecast]) -> list[PlaceForecast]:
    """Return what is to come, a place that has sensors each, in the order in which something fires first."""
    first: dict[str, PlaceForecast] = {}
    for each in found:
        forecast = place_forecast(view, each.place, each.at(each.place))
        if forecast is not None and each.place not in first:
            first[each.place] = forecast
    return list(first.values())


def place_forecast(view: View, place: str, foreseen: SensorForecast | None) -> PlaceForecast | None:
    """Return what is to come at a place; None if nothing is within a day."""
    now = view.now // MINUTE * MINUTE
    near = [risk for risk in foreseen.risks if risk.reached.likely * SECOND <= SHOWN] if foreseen else []
    if foreseen is None or not near:
        return None
    risks = tuple(_at_risk(risk, foreseen.read_at, now) for risk in near)
    return PlaceForecast(
        place=place,
        name=place_name(view, place) or place,
        sign=foreseen.sign,
        sensor=foreseen.sensor,
        value=foreseen.value,
        since=foreseen.since,
        read_at=foreseen.read_at,
        risks=tuple(sorted(risks, key=_order)),
        units=tuple(dict.fromkeys(risk.unit for risk in risks if risk.unit)),
    )


def rounded(length: int) -> int:
    """Return a length of time as roughly as an estimate may be said, in whole minutes."""
    left = max(0, length)
    step = next(step for until, step in _STEPS if left < until)
    return (left + step // 2) // step * step


def _order(risk: AtRisk) -> tuple[object, ...]:
    return risk.fires.likely, risk.unit is not None, in_order(risk.unit) if risk.unit else (), risk.rule


def _at_risk(risk: Risk, read_at: int, now: int) -> AtRisk:
    asked = risk.allowance
    product, lot, unit = asked.subject
    named = None if product is None or lot is None else (product, lot, unit)
    reached = None if risk.reached.likely <= 0 else _expected(risk.reached, read_at, now)
    fires = _expected(risk.fires, read_at, now)
    return AtRisk(named, asked.place, asked.rule, asked.action, round(asked.limit * SCALE), reached, fires)


def _expected(crossing: Crossing, read_at: int, now: int) -> Expected:
    def at(seconds: float) -> int | None:
        return None if seconds == float("inf") else read_at + round(seconds * SECOND)

    return Expected(now, at(crossing.earliest), read_at + round(crossing.likely * SECOND), at(crossing.latest))
