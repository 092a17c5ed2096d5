"""Batch numbers before they are drawn."""

from datetime import date
from typing import Any

from pydantic import Field, field_validator

from api.models.base import RequestBody, ResponseBody, Words


class NumberingPreview(RequestBody):
    """Which product's numbers are asked for, of which day and line."""

    product: Words = Field(examples=["VAX"])
    numbering: dict[str, Any] | None = Field(
        None,
        examples=[{"format": "{YYMMDD}-{sequence:3}", "reset": "day"}],
        description="as in the site file, to try one; default: the product's, else the site's",
    )
    day: Words | None = Field(None, examples=["2026-12-01"], description="date of production; default: today")
    line: Words | None = Field(None, examples=[None], description="where the numbers tell of one of several lines")
    count: int = Field(5, ge=1, le=100, examples=[5], description="how many of the next numbers")

    @field_validator("day")
    @classmethod
    def _is_date(cls, text: str | None) -> str | None:
        if text is not None and (len(text) != 10 or not _is_iso(text)):
            raise ValueError("is no date such as 2026-12-01")
        return text


def _is_iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class NextNumbers(ResponseBody):
    """The next numbers, as they would be drawn now; none is drawn by this."""

    product: str = Field(examples=["VAX"])
    day: str = Field(examples=["2026-12-01"], description="date of production in the site's zone")
    format: str = Field(examples=["{YYMMDD}-{sequence:3}"])
    numbers: list[str] = Field(examples=[["261201-001", "261201-002"]], description="empty: the sequence is used up")
    left: int = Field(
        examples=[999],
        description="how many numbers the sequence still has; those that people typed are not counted off",
    )
    last: int = Field(examples=[999], description="the greatest number of the sequence")
    reset: str = Field(examples=["day"], description="when the sequence begins again: day, week, month, year or never")
    resets_on: str | None = Field(examples=["2026-12-02"], description="null: it does not begin again")
