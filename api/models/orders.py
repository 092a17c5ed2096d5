"""Orders as the API takes and shows them."""

from typing import Literal

from pydantic import Field

from api.models.base import Number, RequestBody, ResponseBody, Time, Value, When, Words
from domain.model import Strategy

State = Literal["open", "reserved", "picked", "shipped", "cancelled"]
Name = Words
QUANTITY = "in the product's unit of measure"


class OrderLineGiven(RequestBody):
    """So much of a product is wanted."""

    product: Name = Field(examples=["VAX"])
    quantity: float = Field(gt=0, lt=1e9, examples=[20], description=f"{QUANTITY}, or in `uom`")
    uom: Name | None = Field(None, examples=[None], description="another unit of measure of the product")
    strategy: Strategy | None = Field(None, examples=["fefo"], description="what is taken first; preset the product's")
    location: Name | None = Field(None, examples=["ROOM-2"], description="taken from there or below; preset anywhere")


class OrderGiven(RequestBody):
    """An order: what a party wants."""

    id: Name | None = Field(None, max_length=100, examples=["SO-18"], description="used once; preset: the next number")
    to: Name = Field(alias="for", examples=["CITY"], description="the party that it is for")
    document: Name | None = Field(None, max_length=200, examples=["PO 4711"], description="a reference of theirs")
    lines: list[OrderLineGiven] = Field(min_length=1, max_length=500, examples=[[{"product": "VAX", "quantity": 20}]])


class ReleaseGiven(RequestBody):
    """Which reservations are given up."""

    reservations: list[Number] = Field(
        [], max_length=1000, examples=[[2]], description="their numbers; none: those that are stopped"
    )
    reason: Words | None = Field(None, max_length=2000, examples=["the customer wants less"])


class ScanGiven(RequestBody):
    """What was scanned or typed of a unit that was fetched."""

    scan: Words = Field(
        min_length=1,
        max_length=500,
        examples=["(01)09506000134352(10)P1(21)PAL-1"],
        description="a GS1 element string or Digital Link, the name of the unit, or product, lot and unit",
    )


class ShipGiven(RequestBody):
    """How an order leaves."""

    shipment: Name | None = Field(None, max_length=200, examples=["TOUR-7"], description="preset: the order's id")
    via: Name | None = Field(None, examples=[None], description="the location that it is on its way in, e.g. a truck")
    at: When | None = Field(None, examples=[None], description="when it left; preset: now")
    partial: bool = Field(False, examples=[True], description="ship what was picked although something is missing")


class CancelGiven(RequestBody):
    """Why an order is not shipped."""

    reason: Words | None = Field(None, max_length=2000, examples=["cancelled by the customer"])


class ReservationShown(ResponseBody):
    """So much of a unit is kept for a line of an order."""

    id: int = Field(examples=[3])
    line: int = Field(examples=[1])
    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["P1"])
    unit: str | None = Field(examples=["PAL-1"], description="null: the unit without a name")
    quantity: Value = Field(examples=[20], description=QUANTITY)
    location: str | None = Field(examples=["ROOM-2"], description="where it stands now; null: not in stock")
    picked_by: str | None
    picked_at: Time | None
    stopped: str | None = Field(
        examples=["held"], description="why it may not be taken at present: a reason of `pick`, or `not_in_stock`"
    )


class OrderLineShown(ResponseBody):
    """So much of a product is wanted."""

    line: int = Field(examples=[1])
    product: str = Field(examples=["VAX"])
    quantity: Value = Field(examples=[20], description=QUANTITY)
    strategy: Strategy
    location: str | None
    missing: Value = Field(examples=[0], description="nothing is reserved for so much of it")


class OrderShown(ResponseBody):
    """An order, and what is kept for it in the order in which it is fetched."""

    id: str = Field(examples=["SO-17"])
    href: str = Field(examples=["/api/v1/orders/SO-17"])
    to: str = Field(alias="for", examples=["CITY"])
    document: str | None
    state: State = Field(description="open: something is missing; reserved: to be picked; picked: to be shipped")
    placed_by: str = Field(examples=["quinn"])
    placed_at: Time
    picker: str | None = Field(description="who picks it")
    picked: int = Field(examples=[1], description="reservations that were confirmed")
    ended_by: str | None
    ended_at: Time | None
    movement: str | None = Field(description="by which it was shipped")
    lines: list[OrderLineShown]
    reservations: list[ReservationShown]


class PassedOverShown(ResponseBody):
    """A unit that was not reserved."""

    product: str
    lot: str
    unit: str | None
    reason: str = Field(examples=["held"])


class ReservedShown(ResponseBody):
    """What came of reserving."""

    order: OrderShown
    passed_over: list[PassedOverShown]


class ConfirmedShown(ResponseBody):
    """A unit was confirmed."""

    reservation: ReservationShown
    left: int = Field(examples=[0], description="what is still to be fetched")
