"""What devices sent and no verdict rests on."""

from typing import Literal

from pydantic import Field

from api.models.base import ResponseBody, Time, Value


class NoticeSample(ResponseBody):
    """One of the newest of its kind, with its message."""

    received_at: Time
    journal: int = Field(examples=[17], description="the row of the journal that has the message")
    text: str = Field(examples=["temperature 12.0 °C at 2026-01-01T00:00:00Z"], description="what it says")
    topic: str | None = Field(examples=["site/f1/readings"], description="null: it came in a file")
    payload: str | None = Field(examples=['{"temp":12.0}'], description="the first 300 bytes")
    retained: bool | None


class Notice(ResponseBody):
    """How many of a kind came from a device: counted live, exactly once each."""

    id: int = Field(examples=[3])
    device: str | None = Field(examples=["f1"], description="null: not known, see `source`")
    source: str | None = Field(examples=["site/+/readings"], description="the topic filter; null for a known device")
    kind: str = Field(examples=["conflict"], description="one word, the same as the label of the metric")
    group: Literal["refused", "not_judged", "fault", "unreadable", "unused", "no_reading"]
    title: str = Field(examples=["Two values for one instant"])
    explanation: str = Field(examples=["The value received first counts, and the other is kept here."])
    count: int = Field(examples=[6], description="of `unused_field` and `unused_measurement`: fields, each once")
    fresh: int = Field(examples=[6], description="since somebody looked")
    calls: bool = Field(description="somebody should look at it")
    first_at: Time
    last_at: Time
    reviewed_by: str | None
    reviewed_at: Time | None
    samples: list[NoticeSample] = Field(description="the newest five; of fields all, up to fifty")


class Conflict(ResponseBody):
    """Two different values for one instant: the one received first is kept and counts."""

    probe: str | None
    quantity: str = Field(examples=["temperature"])
    measured_at: Time
    kept: Value = Field(examples=[5.0])
    refused: Value = Field(examples=[12.0], validation_alias="value")
    received_at: Time
    journal: int = Field(examples=[17])


class UnusedReading(ResponseBody):
    """A reading that is kept and that no verdict rests on: its time is uncertain, or it says that there is no value."""

    probe: str | None
    quantity: str = Field(examples=["temperature"])
    measured_at: Time = Field(description="as it was sent; of local time without a zone, as it is written")
    value: Value | None = Field(examples=[12.0], description="as it was sent; null: no number was")
    kind: str = Field(examples=["not_judged_twice"], description="why it counts for nothing, as of notices")
    received_at: Time
    journal: int = Field(examples=[17], description="the row of the journal that has the message")


class KindCount(ResponseBody):
    """All of a kind."""

    kind: str = Field(examples=["conflict"])
    title: str = Field(examples=["Two values for one instant"])
    count: int = Field(examples=[6])
    fresh: int = Field(examples=[6])
    devices: int = Field(examples=[1], description="devices, or sources, that have any")
