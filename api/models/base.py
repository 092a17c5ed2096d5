"""What all requests and answers share: strict, nothing beside the named fields, times as text."""

import re
import unicodedata
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from domain.errors import InvalidError
from domain.numbers import show_value, value_of
from domain.times import format_instant, parse_instant


class QueryParameters(BaseModel):
    """Parameters in an address: unknown ones are refused, so that a misspelt filter never means "all"."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestBody(BaseModel):
    """The body of a request: unknown fields are refused, a text is never taken for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ResponseBody(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, from_attributes=True)


def _instant(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("is no RFC 3339 time with a zone")
    try:
        # A plus sign that was not escaped in an address arrives as a space.
        return parse_instant(re.sub(r"(T\S+) (\d\d:\d\d)$", r"\1+\2", value))
    except InvalidError as error:
        raise ValueError(str(error)) from None


def _readable(text: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise ValueError("holds a control character")
    return text


# text that a person writes or reads
Words = Annotated[str, AfterValidator(_readable)]
# the number of a record
Number = Annotated[int, Field(ge=0, lt=1 << 63)]

_TIME = {"type": "string", "format": "date-time"}
# a time that was asked for, as microseconds
When = Annotated[int, BeforeValidator(_instant), WithJsonSchema(_TIME)]


def _time(value: Any) -> Any:
    return format_instant(value) if isinstance(value, int) else value


def _decimal(value: Any) -> Any:
    return show_value(value) if isinstance(value, int) else value


# a time that is shown: text, made of microseconds
Time = Annotated[
    str,
    BeforeValidator(_time),
    Field(json_schema_extra={"format": "date-time"}, examples=["2026-01-03T05:00:00Z"]),
]
# a value that is shown: decimal, made of a scaled integer
Value = Annotated[float, BeforeValidator(_decimal)]


def _scaled(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or abs(value) > 1e6:
        raise ValueError(f"is no value: {value!r}")
    return value_of(float(value))


# a value that is given: a number, made a scaled integer
Decimal = Annotated[int, BeforeValidator(_scaled), WithJsonSchema({"type": "number"})]
# what is "" where it is none, or not for this person to know
TextOrNone = Annotated[str | None, BeforeValidator(lambda text: text or None)]
