"""What is said of a batch: its verdict with the reason, and the conditions that it went through."""

from typing import Any, Literal

from pydantic import Field

from api.models.base import ResponseBody, Time, Value
from api.models.records import Hold, MayBeUsed, Statement

Verdict = Literal["hold", "review", "unknown", "ok"]


class Gap(ResponseBody):
    """A time that no value covers: unknown, neither good nor bad."""

    since: Time = Field(alias="from")
    until: Time = Field(alias="to")


class JudgedExposure(ResponseBody):
    """An interval in which the unit was outside a rule, judged now."""

    rule: str = Field(examples=["too-warm"])
    since: Time = Field(alias="from")
    until: Time | None = Field(alias="to", description="null: it goes on")
    minutes: float = Field(examples=[75.0])
    degree_minutes: float = Field(examples=[90.5])
    peak: float | None = Field(examples=[9.6])
    fired_at: Time | None


class Fired(ResponseBody):
    """A rule that fired."""

    rule: str = Field(examples=["too-warm"])
    at: Time
    action: Literal["hold", "review", "notify"]


class UnitVerdict(Statement):
    """What the profile says of one unit."""

    unit: str | None = Field(examples=["PALLET-7"], description="null: the lot is one unit")
    verdict: Verdict
    reason: str = Field(examples=["too-warm fired at 2026-01-03T06:00:00Z: above 8.0 °C for 75 min, limit 60 min"])
    may_be_used: MayBeUsed
    coverage: float = Field(examples=[0.9931], description="known time ÷ time under watch")
    unknown_minutes: float = Field(examples=[70.0])
    longest_gap_minutes: float = Field(examples=[40.0])
    missing: list[Gap] = Field(description="the longest times under watch without data, ten at most, in order of time")
    exposures: list[JudgedExposure]
    fired: list[Fired]
    why: list[dict[str, Any]] = Field(
        description="for each that fired, in the same order: the sentence, and as structure the bound, what was "
        "measured against which limit, the version of the profile, how many readings, how well their time is known"
    )
    holds: list[Hold] = Field(description="every hold of the unit, disposed of or not, oldest first")


class BatchVerdict(Statement):
    """What the profile says of a batch: the worst of its units."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    until: Time = Field(description="the instant that was asked about")
    verdict: Verdict
    reason: str = Field(examples=["PALLET-7: too-warm fired at 2026-01-03T06:00:00Z"])
    judged_from: Time | None = Field(None, description="readings before this are not kept any more; null: all are")
    units: list[UnitVerdict]


class Point(ResponseBody):
    """A reading, or the extremes of several: no peak is lost."""

    at: Time = Field(description="when it was read, or where the bucket begins")
    min: Value | None = Field(examples=[4.9], description="°C or %; null: the sensor said that it has none")
    max: Value | None = Field(examples=[5.3])
    last: Value | None = Field(examples=[5.1], description="what holds from then until the next point or gap")


class Line(ResponseBody):
    """What one sensor measured."""

    sensor: str | None = Field(examples=["S1"], description="null: not for this person to know")
    raw: bool = Field(description="the points are single readings; else each is the extremes of a bucket")
    points: list[Point]
    gaps: list[Gap] = Field(description="when it had no value, while it spoke for the place")


class HistoryOfStay(ResponseBody):
    """A time at one place, with what was measured there by the sensors that spoke for it."""

    location: str | None = Field(examples=["ROOM-1"], description="null: not for this person to know")
    since: Time = Field(alias="from")
    until: Time | None = Field(alias="to", description="null: it goes on")
    inherited: bool = Field(description="what the batch was made from stood there, before it was made")
    gaps: list[Gap] = Field(description="when no sensor that speaks for the place had a value")
    lines: list[Line]


class History(ResponseBody):
    """Conditions over time."""

    quantity: Literal["temperature", "humidity"]
    since: Time = Field(alias="from")
    until: Time = Field(alias="to")
    judged_from: Time | None = Field(None, description="no gaps are told before this: readings are kept from then on")
    stretches: list[HistoryOfStay]
