"""Movements of stock, as they are recorded and as that is answered."""

from typing import Any

from pydantic import Field

from api.models.base import ResponseBody, Time

_EXAMPLE: dict[str, Any] = {
    **{"id": "M0001", "at": "2026-01-02T08:00:00Z", "do": "receive", "product": "VAX", "lot": "A1-B"},
    **{"unit": "PALLET-9", "quantity": 100, "location": "ROOM-2"},
}


class Movement(ResponseBody):
    """A movement on record."""

    id: str = Field(examples=["M0001"])
    number: int = Field(examples=[1], description="its place in the order of recording")
    at: Time = Field(description="when it happened")
    do: str = Field(examples=["receive"])
    movement: dict[str, Any] = Field(
        examples=[_EXAMPLE],
        description="as recorded: with the quantities that were left out, in the product's unit of measure",
    )
    who: str | None = Field(None, examples=["quinn"], description="who recorded it; null: not for you to know")
    recorded_at: Time = Field(description="when it was recorded")
    voided_by: str | None = Field(None, examples=["M0002"], description="the void by which it never happened")
    voided_at: Time | None = None
    href: str = Field(examples=["/api/v1/movements/M0001"])


class RecordedMovement(ResponseBody):
    """A movement that was recorded, or that was on record with the same content."""

    id: str = Field(examples=["M0001"])
    number: int = Field(examples=[1], description="its place in the order of recording")
    is_new: bool = Field(description="false: it was on record, and nothing has changed")
    movement: dict[str, Any] = Field(examples=[_EXAMPLE], description="as recorded")
    href: str = Field(examples=["/api/v1/movements/M0001"])


class UnitName(ResponseBody):
    """A unit; without `unit` it is the lot's unit without a name."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1-B"])
    unit: str | None = Field(None, examples=["PALLET-9"])


class BlockedUnit(UnitName):
    """A unit that may not be used, and why."""

    reason: str = Field(examples=["held"], description="as in `pick`")


class Recorded(ResponseBody):
    """What was recorded, and what it changed."""

    movements: list[RecordedMovement]
    units: list[UnitName] = Field(description="units of which something else is so since")
    held: list[int] = Field(examples=[[]], description="numbers of the holds that were placed for it")
    blocked: list[BlockedUnit] = Field(description="units that may not be used since, and could be before")
    unfounded: list[int] = Field(examples=[[]], description="numbers of the holds that are no longer supported")


class ShippedUnit(UnitName):
    """A unit that was shipped, and why it would have been passed over."""

    reason: str = Field(examples=["held"])


class ShipmentBreach(ResponseBody):
    """A movement that shipped what `pick` would have passed over at that instant."""

    id: str = Field(examples=["M0004"])
    at: Time
    shipment: str = Field(examples=["DN-1001"])
    to: str = Field(examples=["CITY"])
    units: list[ShippedUnit]
    because: str | None = Field(None, examples=["left before it became known"], description="the reason that was given")
    who: str | None = Field(None, examples=["quinn"], description="who recorded it with that reason")
    href: str = Field(examples=["/api/v1/movements/M0004"])
