"""What is foreseen for a location."""

from typing import Literal

from pydantic import Field

from api.forecast.forecasts import SensorForecast
from api.models.base import ResponseBody, Time
from domain.times import SECOND
from forecast.risk import Risk
from forecast.thermal import Crossing


class Likely(ResponseBody):
    """An instant with its uncertainty: 5 %, 50 % and 95 % of what is likely. null: beyond what can be foreseen."""

    earliest: Time | None
    likely: Time | None
    latest: Time | None


class AtRisk(ResponseBody):
    """A rule that would fire if nobody acts."""

    product: str | None = Field(examples=["VAX"], description="null: a rule of the location's own profile")
    lot: str | None = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    rule: str = Field(examples=["too-warm"])
    action: Literal["notify", "review", "hold"]
    limit: float = Field(examples=[8.0], description="°C")
    reached: Likely = Field(description="when the place passes the limit")
    fires: Likely = Field(description="when the rule would fire: its duration or what is left of its budget later")


class Forecast(ResponseBody):
    """A trend, or none: then nothing is foreseen, which is no promise."""

    location: str = Field(examples=["ROOM-1"])
    at: Time
    quantity: Literal["temperature"] = "temperature"
    direction: Literal["warming", "cooling"] | None
    sensor: str | None = Field(examples=["S1"])
    since: Time | None = Field(description="when the trend began")
    risks: list[AtRisk]


def forecast_of(location: str, foreseen: SensorForecast | None, now: int) -> Forecast:
    """Show what is foreseen."""
    if foreseen is None:
        return Forecast(location=location, at=now, direction=None, sensor=None, since=None, risks=[])
    return Forecast(
        location=location,
        at=now,
        direction="warming" if foreseen.sign > 0 else "cooling",
        sensor=foreseen.sensor,
        since=foreseen.since,
        risks=[_at_risk(risk, foreseen.read_at) for risk in foreseen.risks],
    )


def _at_risk(risk: Risk, read_at: int) -> AtRisk:
    asked = risk.allowance
    product, lot, unit = asked.subject
    return AtRisk(
        product=product,
        lot=lot,
        unit=unit,
        rule=asked.rule,
        action=asked.action,
        limit=asked.limit,
        reached=_likely(risk.reached, read_at),
        fires=_likely(risk.fires, read_at),
    )


def _likely(crossing: Crossing, read_at: int) -> Likely:
    def when(seconds: float) -> int | None:
        return None if seconds == float("inf") else read_at + round(seconds * SECOND)

    return Likely(earliest=when(crossing.earliest), likely=when(crossing.likely), latest=when(crossing.latest))
