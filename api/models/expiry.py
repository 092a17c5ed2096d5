"""What expires when, and when units were opened and thawed."""

from typing import Literal

from pydantic import Field

from api.models.base import RequestBody, ResponseBody, Time, Value, When, Words


class Expiring(ResponseBody):
    """Units of a lot in stock that expire together."""

    href: str = Field(examples=["/api/v1/batches/VAX/A1"], description="the batch")
    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(
        examples=["PALLET-7"], description="of what expires alone, because it was opened or thawed; else null"
    )
    client: str | None = Field(examples=["acme"])
    expires_on: str | None = Field(examples=["2027-06-30"], description="the lot's last day")
    expires_at: Time = Field(description="from when on they have expired")
    because: Literal["date", "opened", "thawed"]
    days_left: int = Field(examples=[30], description="whole days; negative: expired")
    is_expired: bool
    step: str | None = Field(
        examples=["30d"],
        description="the step of the product's `expiry_warnings` that is reached, `expired` or `in_use`; null: none is",
    )
    next_step: str | None = Field(examples=["expired"])
    next_step_at: Time | None
    units: int = Field(examples=[3])
    quantity: Value | None = Field(examples=[300], description="in the product's unit of measure; null: not recorded")
    locations: list[str] = Field(examples=[["Cold room 1"]])


class UnitDates(RequestBody):
    """When a unit was opened and thawed; what is left out or null was not."""

    unit: Words | None = Field(None, examples=["PALLET-7"], description="null: the lot's unit without a name")
    opened_at: When | None = Field(None, examples=["2026-01-02T08:00:00Z"])
    thawed_at: When | None = Field(None, examples=[None])
    reason: Words | None = Field(None, examples=["opened for sampling"])


class DatedUnit(ResponseBody):
    """A unit, when it was opened and thawed, and when it expires by all that is known."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    opened_at: Time | None
    thawed_at: Time | None
    expires_at: Time | None = Field(description="null: it does not expire")
    because: Literal["date", "opened", "thawed"] | None
