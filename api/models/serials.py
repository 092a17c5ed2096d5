"""Serials, AI (21), as they are recorded and read."""

from typing import Literal

from pydantic import Field

from api.models.base import RequestBody, ResponseBody, Words

_SERIAL = Field(min_length=1, max_length=20, examples=["SN0001"])


class SerialSpan(RequestBody):
    """Serials that count up by the digits at their end, both ends included."""

    first: str = Field(alias="from", min_length=1, max_length=20, examples=["SN0001"])
    last: str = Field(alias="to", min_length=1, max_length=20, examples=["SN0100"])


class WantedSerials(RequestBody):
    """Serials of a batch and the unit that they are in."""

    unit: Words | None = Field(None, examples=["PALLET-7"], description="null: in no unit, or the one without a name")
    serials: list[str | SerialSpan] = Field(
        min_length=1,
        max_length=10_000,
        examples=[["SN9999", {"from": "SN0001", "to": "SN0100"}]],
        description="one by one or in ranges: at most 20 characters of the GS1 character set 82 each",
    )
    reason: Words | None = Field(None, max_length=2000, examples=["repacked"])

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Return each as its first and its last serial."""
        return [(each, each) if isinstance(each, str) else (each.first, each.last) for each in self.serials]


class SerialRangeShown(ResponseBody):
    """Serials that are in one unit."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    first: str = Field(serialization_alias="from", examples=["SN0001"])
    last: str = Field(serialization_alias="to", examples=["SN0100"])
    count: int = Field(examples=[100])


class Serial(ResponseBody):
    """One serial: the unit that it is in, where that is, and whether it may be used."""

    product: str = Field(examples=["VAX"])
    serial: str = _SERIAL
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    state: Literal["in_stock", "on_its_way", "delivered", "ended"] | None = Field(
        examples=["in_stock"], description="of the unit; null: nothing was recorded of it yet"
    )
    location: str | None = Field(examples=["ROOM-2"], description="where it stands; null: not in stock")
    may_be_used: bool = Field(examples=[False])
    reason: str | None = Field(examples=["held"], description="why not, as in `pick`; null: it may be used")
