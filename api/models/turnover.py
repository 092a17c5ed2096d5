"""Turnover as the API shows it."""

from pydantic import Field

from api.models.base import ResponseBody, Time, Value
from api.models.orders import QUANTITY


class WasteShown(ResponseBody):
    """How much was destroyed for a reason."""

    reason: str | None = Field(examples=["broken"], description="as the movement says; null: none was given")
    quantity: Value = Field(examples=[2], description=QUANTITY)


class AgeShown(ResponseBody):
    """How much of the stock is that old, since its lot first came into stock."""

    from_days: int = Field(examples=[0])
    to_days: int | None = Field(examples=[30], description="below so many; null: and older")
    quantity: Value = Field(examples=[60], description=QUANTITY)


class SliceShown(ResponseBody):
    """A part of the period."""

    since: Time = Field(alias="from")
    until: Time = Field(alias="to")
    came: Value = Field(description="received and made")
    used: Value = Field(description="used and shipped, less returned")
    wasted: Value = Field(description="destroyed, in stock or on its way")
    level: Value = Field(description="in stock at its end")


class TurnoverShown(ResponseBody):
    """What a period says of a product: quantities in its unit of measure, ratios to 6 decimals."""

    product: str = Field(examples=["VAX"])
    uom: str | None = Field(examples=["vial"])
    since: Time = Field(alias="from")
    until: Time = Field(alias="to")
    opening: Value = Field(examples=[100], description="in stock when the period begins")
    closing: Value = Field(examples=[60], description="in stock when it ends")
    received: Value
    made: Value
    returned: Value
    adjusted: Value
    used: Value
    shipped: Value
    destroyed: Value
    lost: Value = Field(description="destroyed on its way")
    use: Value = Field(examples=[40], description="used + shipped - returned")
    average: float = Field(examples=[80.0], description="mean of the stock over the period, weighted by time")
    turnover: float | None = Field(examples=[0.5], description="use / average; null: there was no stock")
    use_per_day: float = Field(examples=[0.444444])
    days_of_stock: float | None = Field(examples=[135.0], description="closing / use a day; null: nothing was used")
    lead_time_days: float | None = Field(examples=[14.0])
    reorder_point: Value | None = Field(
        examples=[20], description="the most that was used in any lead time; null: no lead time, or a shorter period"
    )
    should_reorder: bool = Field(description="the closing stock is at the reorder point or below")
    waste: list[WasteShown]
    ages: list[AgeShown]
    slices: list[SliceShown] = Field(description="the period in equal parts, for a chart")
