"""Devices: what they said last, what could not be read, what belongs to no sensor."""

from typing import Literal

from pydantic import Field

from api.models.base import Number, RequestBody, ResponseBody, Time, Value


class Reading(ResponseBody):
    """One quantity at one instant."""

    quantity: str = Field(examples=["temperature"])
    value: Value | None = Field(examples=[5.1], description="°C or %; null: the sensor said that it has none")
    measured_at: Time
    fault: str | None = Field(None, examples=[None], description="where it has none: why, in words")


class Latest(ResponseBody):
    """What a sensor said last, with its offset; readings whose time cannot be believed do not count."""

    sensor: str = Field(examples=["S1"])
    device: str = Field(examples=["A4:C1:38:8D:18:B2"])
    probe: str | None = Field(examples=[None])
    readings: list[Reading]


class Unassigned(ResponseBody):
    """A device's probe that is no sensor of the site, or a sensor that never hung anywhere."""

    device: str = Field(examples=["A4:C1:38:8D:18:B2"])
    probe: str | None = Field(examples=[None], description="one of several channels of the device")
    sensor: str | None = Field(examples=[None], description="the sensor that it is, if it only is not mounted")
    readings: list[Reading] = Field(description="what it said last, as it came")


class DeadLetter(ResponseBody):
    """A message that could not be decoded, kept as it came."""

    id: int = Field(examples=[12])
    topic: str = Field(examples=["site/7/readings"])
    reason: str = Field(examples=["not JSON: unexpected end at byte 17"])
    retained: bool
    received_at: Time
    state: Literal["waiting", "redriven"]
    size: int = Field(examples=[17], description="bytes")


class Redrive(RequestBody):
    """Dead letters to decode again."""

    ids: list[Number] = Field(min_length=1, max_length=1000, examples=[[1]])
