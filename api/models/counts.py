"""Counts, what they found, and what puts it right, as the API takes and shows them."""

from typing import Any, Literal

from pydantic import Field

from api.models.base import RequestBody, ResponseBody, Time, Value, Words
from api.models.orders import QUANTITY

Kind = Literal["cycle", "full"]
Cause = Literal["more_or_less", "elsewhere", "ended", "shipped", "unknown"]


class UnitName(RequestBody):
    """A unit of a lot."""

    product: Words = Field(examples=["VAX"])
    lot: Words = Field(examples=["P1"])
    unit: Words | None = Field(None, examples=["PAL-1"], description="null: the unit without a name")


class SheetGiven(RequestBody):
    """A count to begin."""

    location: Words = Field(examples=["ROOM-2"])
    kind: Kind = Field("cycle", examples=["full"], description="full: what is not counted is not there")
    units: list[UnitName] = Field(
        [], max_length=1000, examples=[[]], description="of a cycle count: each must be counted"
    )


class CountedGiven(RequestBody):
    """So much was counted of a unit; told again it replaces what you said of it before."""

    product: Words = Field(examples=["VAX"])
    lot: Words = Field(examples=["P1"])
    unit: Words | None = Field(None, examples=["PAL-2"], description="null: the unit without a name")
    quantity: float = Field(ge=0, lt=1e9, examples=[38], description=f"{QUANTITY}, or in `uom`")
    uom: Words | None = Field(None, examples=[None])


class CloseGiven(RequestBody):
    """How a count ends."""

    give_up: bool = Field(False, examples=[False], description="nothing is recorded")


class AdjustmentsGiven(RequestBody):
    """Differences to be put right."""

    reason: Words = Field(min_length=1, max_length=2000, pattern=r"\S", examples=["two vials broken in the rack"])
    units: list[UnitName] = Field(
        [], max_length=1000, examples=[[]], description="none: all that a movement would put right"
    )


class DecisionGiven(RequestBody):
    """What a second person says of an adjustment."""

    approve: bool = Field(examples=[True])
    reason: Words | None = Field(None, max_length=2000, examples=["seen on site"], description="needed to refuse it")


class UnitCounted(ResponseBody):
    """A unit of a sheet."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["P1"])
    unit: str | None = Field(examples=["PAL-2"])
    expected: Value | None = Field(
        examples=[40], description=f"{QUANTITY}; null: not shown on a blind count before it is closed"
    )
    counted: Value | None = Field(examples=[38], description="null: not counted yet, or by others on a blind count")
    differs: bool = Field(description="two people counted differently, or only one of two did")


class SheetShown(ResponseBody):
    """A count that is going on, or that was closed."""

    id: int = Field(examples=[1])
    href: str = Field(examples=["/api/v1/count-sheets/1"])
    location: str = Field(examples=["ROOM-1"])
    kind: Kind
    blind: bool = Field(description="who counts does not see what is expected")
    two_persons: bool = Field(description="two people must count the same")
    approved: bool = Field(description="what puts it right is approved by a second person")
    persons: list[str] = Field(examples=[["quinn"]], description="who has counted")
    opened_by: str
    opened_at: Time
    closed_at: Time | None
    count: str | None = Field(examples=["count 1"], description="the movement that it was recorded as")
    units: list[UnitCounted]


class EarlierMovement(ResponseBody):
    """A movement of a unit since it was last counted as expected."""

    id: str = Field(examples=["m2"])
    at: Time
    do: str = Field(examples=["move"])
    who: str = Field(examples=["quinn"])


class DiscrepancyShown(ResponseBody):
    """A unit of which another quantity was counted than expected."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["P1"])
    unit: str | None = Field(examples=["PAL-2"])
    expected: Value = Field(examples=[40], description=QUANTITY)
    counted: Value = Field(examples=[38])
    difference: Value = Field(examples=[-2], description="counted - expected")
    cause: Cause = Field(
        description="elsewhere: it stands at another location; ended, shipped: not in stock; unknown: no such unit"
    )
    proposal: dict[str, Any] | None = Field(description="the movement that would put it right; null: a person must see")
    last_good: str | None = Field(description="the last count that found what was expected")
    since: list[EarlierMovement] = Field(description="movements since then, or all before the count")


class CountShown(ResponseBody):
    """What a recorded count found."""

    count: str = Field(examples=["count 1"])
    at: Time
    location: str = Field(examples=["ROOM-1"])
    counted: int = Field(examples=[2], description="units")
    discrepancies: list[DiscrepancyShown]


class AdjustmentShown(ResponseBody):
    """What somebody proposed to put right."""

    id: int = Field(examples=[1])
    count: str = Field(examples=["count 1"])
    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["P1"])
    unit: str | None = Field(examples=["PAL-2"])
    proposal: dict[str, Any]
    reason: str
    needs_second: bool
    proposed_by: str
    proposed_at: Time
    state: Literal["proposed", "recorded", "refused"]
    decided_by: str | None
    decided_at: Time | None
    decided_because: str | None
    movement: str | None = Field(description="the movement that it was recorded as")
