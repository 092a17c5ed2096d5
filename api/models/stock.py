"""Answers about stock: what is where, what came of it, and what to take."""

from typing import Literal

from pydantic import Field

from api.links import Link
from api.models.base import RequestBody, ResponseBody, Time, When

Reason = Literal["no_quantity", "several_locations", "whereabouts_unknown", "no_movements"]
State = Literal["in_stock", "on_its_way", "delivered", "used", "destroyed"]
_LINKS = {"batch": {"href": "/api/v1/batches/VAX/A1", "title": "The batch"}}


class StockUnit(ResponseBody):
    """A unit of a lot."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"], description="null: the unit without a name")


class NotCoveredUnit(StockUnit):
    """A unit of which storage records tell, but not enough for this answer."""

    location: str | None = Field(examples=["ROOM-1"], description="where it is, if that is known")
    reason: Reason = Field(
        examples=["no_quantity"],
        description="`no_quantity`: how much of it is not recorded; `several_locations`: it is recorded at several at "
        "once; `whereabouts_unknown`: its storage ended, and where it went is not recorded; `no_movements`: storage "
        "records tell of it, and no movements",
    )


class StockAnswer(ResponseBody):
    """What every answer about stock has."""

    not_covered: list[NotCoveredUnit] = Field(description="units of which the answer cannot tell, and why")
    at: Time = Field(description="the instant that was asked about")
    links: dict[str, Link] = Field(examples=[_LINKS], description="where to read on")


class StockRow(StockUnit):
    """A unit in stock."""

    location: str = Field(examples=["ROOM-1"])
    quantity: float = Field(examples=[100], description="in the product's unit of measure")


class InStock(StockAnswer):
    """The units in stock, sorted by product, lot and unit."""

    rows: list[StockRow]


class Balance(StockAnswer):
    """Sums over a lot: received + made + returned + adjusted − used − shipped − destroyed = in_stock."""

    received: float = Field(examples=[100])
    made: float = Field(examples=[0])
    returned: float = Field(examples=[0])
    adjusted: float = Field(examples=[-1], description="with its sign")
    used: float = Field(examples=[20])
    shipped: float = Field(examples=[30])
    destroyed: float = Field(examples=[0], description="from the stock")
    lost: float = Field(examples=[0], description="destroyed on the way; not in the sum")
    in_stock: float = Field(examples=[49])


class TracedUnit(StockUnit):
    """A unit of a genealogy."""

    depth: int = Field(examples=[1], description="the least number of steps from the units asked about")


class Supplied(StockUnit):
    """What a supplier delivered."""

    party: str = Field(examples=["MAKER"])
    quantity: float = Field(examples=[100])
    at: Time


class Shipped(StockUnit):
    """What was shipped to a customer."""

    party: str = Field(examples=["CITY"])
    shipment: str = Field(examples=["SHP-1"])
    quantity: float = Field(examples=[30])
    at: Time


class Trace(StockAnswer):
    """The units that some came from (`suppliers`), or that came from them (`customers`), themselves included."""

    units: list[TracedUnit]
    suppliers: list[Supplied] | None = Field(None, description="of direction `back`: each receipt from a supplier")
    customers: list[Shipped] | None = Field(None, description="of direction `forward`: each unit that was shipped")


class RecalledRow(StockUnit):
    """So much of a unit is in this state."""

    state: State = Field(examples=["in_stock"])
    where: str | None = Field(examples=["ROOM-1"], description="the location; of what was shipped, the customer")
    shipment: str | None = Field(examples=[None])
    quantity: float = Field(examples=[49])


class RecalledTotal(ResponseBody):
    """The quantity of a product in one state."""

    product: str = Field(examples=["VAX"])
    state: State = Field(examples=["in_stock"])
    quantity: float = Field(examples=[49])


class Recall(StockAnswer):
    """Where some units, and everything that came from them, are."""

    rows: list[RecalledRow]
    totals: list[RecalledTotal]


class RecalledUnit(RequestBody):
    """A unit of a lot; without `unit`: all of the lot."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(None, examples=["PALLET-7"], description="null: the unit without a name")


class WantedRecall(RequestBody):
    """What is asked of a recall, where it is too long for an address."""

    units: list[RecalledUnit] = Field(min_length=1, max_length=10_000, examples=[[{"product": "VAX", "lot": "A1"}]])
    at: When | None = Field(None, examples=["2026-01-02T12:00:00Z"])
    known_at: When | None = Field(None, examples=["2026-01-02T12:00:00Z"])


class CountedRow(StockUnit):
    """A unit of a count."""

    expected: float = Field(examples=[50], description="in stock at that location just before")
    counted: float = Field(examples=[49])
    difference: float = Field(examples=[-1], description="counted − expected")


class CountResult(StockAnswer):
    """What a count found."""

    rows: list[CountedRow]


class PickLine(ResponseBody):
    """So much of a unit is to be taken."""

    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    location: str = Field(examples=["ROOM-1"])
    quantity: float = Field(examples=[10])


class PassedOver(ResponseBody):
    """A unit that may not be taken, and the first reason."""

    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-8"])
    reason: str = Field(examples=["held"])


class Pick(StockAnswer):
    """What to take, in this order."""

    lines: list[PickLine]
    short: float = Field(examples=[0], description="what is missing")
    passed_over: list[PassedOver] = Field(description="all units in stock that may not be taken, needed or not")
