"""The load of alarms as it is shown."""

from typing import Literal

from pydantic import Field

from api.models.base import ResponseBody, Time
from domain.times import MINUTE
from rules.alarms import alarm_rate


class Source(ResponseBody):
    """Where alarms come from."""

    place: str = Field(examples=["ROOM-1"])
    quantity: str = Field(examples=["temperature"], description="empty: whatever the place measures")
    direction: Literal["high", "low", "silent", "faulty"]


class Counted(Source):
    """How many alarms a source raised."""

    alarms: int = Field(examples=[12])


class Flood(ResponseBody):
    """Ten alarms in ten minutes or more, until fewer than five are."""

    since: Time
    until: Time | None = Field(description="null: it goes on")
    alarms: int = Field(examples=[14])


class Load(ResponseBody):
    """How many alarms people got, as EEMUA 191 and ISA-18.2 measure it."""

    days: int = Field(examples=[30], description="so many days back from now")
    alarms: int = Field(examples=[41])
    per_day: float = Field(examples=[1.37], description="acceptable: about 150, EEMUA 191; here far fewer should do")
    per_ten_minutes: float = Field(examples=[0.0095], description="manageable: 1")
    peak: int = Field(examples=[3], description="the most in any ten minutes; 10 are a flood")
    loaded: float = Field(examples=[0.002], description="share of all ten minutes with more than one")
    floods: list[Flood]
    chattering: list[Source] = Field(description="three times in a minute, or in half an hour")
    stale: int = Field(examples=[0], description="going on for more than a day")
    by_severity: dict[str, int] = Field(examples=[{"info": 30, "warning": 9, "critical": 2}])
    top: list[Counted] = Field(description="ten sources, the most frequent first")
    minutes_to_acknowledge: float | None = Field(examples=[6.5], description="median; null: nobody acknowledged any")


def shown(load: alarm_rate.AlarmRate, days: int) -> Load:
    """Show the load of so many days."""
    return Load(
        days=days,
        alarms=load.alarms,
        per_day=round(load.per_day, 3),
        per_ten_minutes=round(load.per_ten_minutes, 4),
        peak=load.peak,
        loaded=round(load.loaded, 4),
        floods=[Flood.model_validate(each) for each in load.floods],
        chattering=[Source.model_validate(key) for key in load.chattering],
        stale=load.stale,
        by_severity={severity: count for severity, count in load.by_severity.items()},
        top=[Counted(place=key.place, quantity=key.quantity, direction=key.direction, alarms=n) for key, n in load.top],
        minutes_to_acknowledge=None if load.to_acknowledge is None else round(load.to_acknowledge / MINUTE, 3),
    )
