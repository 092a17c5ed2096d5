"""Readings that people enter: of paper rounds, and of instruments that are not connected."""

from typing import Annotated

from pydantic import Field, model_validator

from api.models.base import RequestBody, ResponseBody, When, Words

AT_MOST = 1000
Value = Annotated[float | int | None, Field(ge=-10_000, le=10_000, allow_inf_nan=False, examples=[4.5])]


class EnteredReading(RequestBody):
    """What a sensor of the site showed at an instant; what was not read is left out."""

    sensor: Words = Field(min_length=1, examples=["S1"], description="id of a sensor")
    measured_at: When = Field(examples=["2026-01-01T08:00:00Z"])
    temperature: Value = Field(None, description="°C")
    humidity: Value = Field(None, examples=[61.0], description="% relative humidity")

    @model_validator(mode="after")
    def _has_a_value(self) -> "EnteredReading":
        if self.temperature is None and self.humidity is None:
            raise ValueError("has neither temperature nor humidity")
        return self


class EnterReadings(RequestBody):
    """Readings one by one, or as CSV, with why they are entered."""

    readings: list[EnteredReading] = Field(
        default_factory=list,
        max_length=AT_MOST,
        examples=[[{"sensor": "S1", "measured_at": "2026-01-01T08:00:00Z", "temperature": 4.5}]],
    )
    csv: str | None = Field(
        None,
        max_length=200_000,
        examples=["sensor,measured_at,temperature\nS1,2026-01-01T09:00:00Z,4.6\n"],
        description="also, or instead: what `coldchain import readings` takes",
    )
    reason: Words = Field(min_length=1, max_length=500, examples=["paper round of 1 January"])
    instrument: Words | None = Field(None, min_length=1, max_length=200, examples=["TH-17, calibrated until 2026-09"])

    @model_validator(mode="after")
    def _has_some(self) -> "EnterReadings":
        if not self.readings and self.csv is None:
            raise ValueError("give readings or csv")
        return self


class EnteredReadings(ResponseBody):
    """What became of them: a reading is a quantity at an instant."""

    readings: int = Field(examples=[2])
    faults: int = Field(examples=[0], description="numbers that the sensor cannot have measured")
    not_judged: int = Field(examples=[0], description="kept, and not evaluated: their time is not certain")
    conflicts: int = Field(examples=[0], description="there is another value at the instant: refused")
    known: int = Field(examples=[0], description="were on record already")
