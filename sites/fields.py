"""The types of fields: each checks text and returns it normalised, so that equal meanings are equal documents."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.numbers import SCALE, parse_value
from domain.sensor_models import model_named
from domain.times import format_duration, format_instant, parse_duration, parse_instant
from rules.kinds.common.fields import LONGEST_DURATION, nearest
from sites.reach import refuse_local, refuse_outside

V = TypeVar("V")
MOST_TOPIC_BYTES = 65_535
LARGEST_FACTOR = 1_000_000_000
MOST_DECIMALS = 30
LARGEST_OFFSET = 20 * SCALE  # °C or % relative humidity


def problem(text: str) -> PydanticCustomError:
    """Return what a validator raises, so that the text becomes a problem of the field, word for word."""
    return PydanticCustomError("said", "{text}", {"text": text})


def checked(check: Callable[[V], V]) -> AfterValidator:
    """Return a validator whose InvalidError becomes a problem of the field, word for word."""

    def run(value: V) -> V:
        try:
            return check(value)
        except InvalidError as error:
            raise problem(str(error)) from error

    return AfterValidator(run)


def _text(text: str) -> str:
    if not text:
        raise InvalidError("must not be empty")
    if text != text.strip():
        raise InvalidError(f"begins or ends with a space: {text!r}")
    if not text.isprintable() and any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise InvalidError(f"holds a control character: {text!r}")
    return text


def _instant(text: str) -> str:
    return format_instant(parse_instant(text))


def _date(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise InvalidError(f"not a date such as 2027-06-30: {text!r}")


def _duration(text: str) -> str:
    duration = parse_duration(text)
    if not 0 < duration <= LONGEST_DURATION:
        raise InvalidError(f"must be longer than 0 and at most {format_duration(LONGEST_DURATION)}: {text!r}")
    return format_duration(duration)


def _decimal(text: str) -> str:
    value = Decimal(parse_value(text)).scaleb(-6)
    return f"{value.normalize():f}" if value else "0"


def _offset(text: str) -> str:
    if abs(parse_value(text)) > LARGEST_OFFSET:
        raise InvalidError(f"a sensor that is off by more than {LARGEST_OFFSET // SCALE} needs another: {text!r}")
    return _decimal(text)


def _positive(text: str) -> str:
    if parse_value(text) <= 0:
        raise InvalidError(f"must be above 0: {text!r}")
    return _decimal(text)


def _share(text: str) -> str:
    if not 0 <= parse_value(text) <= SCALE:
        raise InvalidError(f"must be from 0 to 1: {text!r}")
    return _decimal(text)


def _factor(text: str) -> str:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not number.is_finite() or "_" in text or not 0 < number < LARGEST_FACTOR or int(exponent) < -MOST_DECIMALS:
        raise InvalidError(f"not a number above 0 and below 10⁹, of at most {MOST_DECIMALS} decimals: {text!r}")
    return f"{number:f}"


def _days(text: str) -> str:
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII):
        raise InvalidError(f"not a whole number of days from 0: {text!r}")
    return str(int(text))


def _count(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,8}", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST_FACTOR:
        return value
    raise problem(f"not a whole number from 1: {value!r}")


def _version(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise InvalidError(f"not a whole number from 1: {text!r}")
    return text


def _gtin(text: str) -> str:
    if not re.fullmatch(r"\d{8}|\d{12,14}", text, re.ASCII):
        raise InvalidError(f"not a GTIN of 8, 12, 13 or 14 digits: {text!r}")
    return text


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, KeyError) as error:
        raise InvalidError(f"unknown time zone {text!r}{nearest(text, sorted(available_timezones()))}") from error


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise InvalidError(f"not a time of the day such as 03:00: {text!r}")
    return text


def _topic(text: str) -> str:
    levels = text.split("/")
    wild = [level for level in levels if "+" in level or "#" in level]
    if any(level not in ("+", "#") for level in wild) or "#" in levels[:-1]:
        raise InvalidError(f"not an MQTT topic filter (+ is a whole level, # the whole last one): {text!r}")
    if len(text.encode()) > MOST_TOPIC_BYTES:
        raise InvalidError(f"longer than an MQTT topic may be ({MOST_TOPIC_BYTES} bytes)")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+", text):
        raise InvalidError(f"not an e-mail address: {text!r}")
    return text


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", text):
        raise InvalidError(f"not an http or https address: {text!r}")
    refuse_local(text)
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[\w.:-]+", text):
        raise InvalidError(f"not the name or address of a machine: {text!r}")
    refuse_local(text)
    return text


def _port(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII) or int(text) > 65_535:
        raise InvalidError(f"not a port from 1 to 65535: {text!r}")
    return text


def _service_url(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text):
        raise InvalidError("not an address such as slack://…")  # never shown: it holds credentials
    refuse_local(text)
    return text


def _secret_name(text: str) -> str:
    refuse_outside(text)
    return text


def _quantities(words: list[str]) -> list[str]:
    for word in words:
        if word not in QUANTITIES:
            known = ", ".join(QUANTITIES)
            raise InvalidError(f"unknown quantity {word!r}; known: {known}{nearest(word, list(QUANTITIES))}")
    if not words or len(set(words)) < len(words):
        raise InvalidError("names a quantity twice" if words else "names no quantity")
    return [word for word in QUANTITIES if word in words]


def _range(given: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return `{temperature: ["-30", "50"]}` in the order of the quantities."""
    _quantities(list(given))
    for quantity, pair in given.items():
        if len(pair) != 2 or parse_value(pair[0]) >= parse_value(pair[1]):
            raise InvalidError(f"{quantity} must be [lowest, highest], e.g. [-30, 50], not [{', '.join(pair)}]")
    return {quantity: [_decimal(text) for text in given[quantity]] for quantity in QUANTITIES if quantity in given}


def _number_text(value: Any) -> Any:
    """Let JSON's numbers in where a number is meant; in YAML they are text already."""
    return repr(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _flag(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("said", "must be true or false, not {value}", {"value": repr(value)})


def _rule_field(value: Any) -> Any:
    """Rules are read by `rules.read_rule`: here their fields are text, or lists of texts."""
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return value
    if value is None or isinstance(value, str):
        return value
    wanted = "a list of texts" if isinstance(value, list) else "text"
    raise PydanticCustomError("said", "must be {wanted}, not {value}", {"wanted": wanted, "value": repr(value)})


class Numeric:
    """Marks a field that is kept as text and means a number."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a field that names another entry, of a kind; `beside`: with fields beside it, where a name has parts."""

    kind: str
    beside: tuple[str, ...] = ()


Text = Annotated[str, checked(_text)]
RuleField = Annotated[Any, BeforeValidator(_rule_field)]
Instant = Annotated[str, checked(_instant)]
Date = Annotated[str, checked(_date)]
Duration = Annotated[str, checked(_duration)]
Amount = Annotated[str, checked(_positive), BeforeValidator(_number_text), Numeric]
Offset = Annotated[str, checked(_offset), BeforeValidator(_number_text), Numeric]
NumberText = Annotated[str, BeforeValidator(_number_text), Numeric]
Share = Annotated[str, checked(_share), BeforeValidator(_number_text), Numeric]
Factor = Annotated[str, checked(_factor), BeforeValidator(_number_text), Numeric]
Days = Annotated[str, checked(_days), BeforeValidator(_number_text), Numeric]
Count = Annotated[int, BeforeValidator(_count)]
Version = Annotated[str, checked(_version), BeforeValidator(_number_text), Numeric]
Gtin = Annotated[str, checked(_gtin)]
Zone = Annotated[str, checked(_zone)]
TimeOfDay = Annotated[str, checked(_time_of_day)]
Topic = Annotated[str, checked(_topic), checked(_text)]
Address = Annotated[str, checked(_address)]
Url = Annotated[str, checked(_url), checked(_text)]
Host = Annotated[str, checked(_host)]
Port = Annotated[str, checked(_port), BeforeValidator(_number_text)]
SecretFile = Annotated[str, checked(_secret_name), checked(_text)]
ServiceUrl = Annotated[str, checked(_service_url)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Quantities = Annotated[
    list[str], checked(_quantities), BeforeValidator(lambda value: list(QUANTITIES) if value is None else value)
]


class Strict(BaseModel):
    """A model in which what it does not know is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Step(Strict, Generic[V]):
    """A value and from when on; without `from`: since always."""

    value: V
    since: Instant | None = Field(None, alias="from")


def is_steps(value: Any) -> bool:
    """Tell a list of `{value, from}` from one value for always, which may be a list of words."""
    return isinstance(value, list) and (not value or any(isinstance(step, dict) for step in value))


def _as_steps(value: Any) -> Any:
    return value if is_steps(value) else [{"value": value, "from": None}]


def _distinct(steps: list[Step[V]]) -> list[Step[V]]:
    if not steps:
        raise InvalidError("an empty list says nothing; leave it out or write null")
    twice = [since for since, count in Counter(step.since for step in steps).items() if count > 1]
    if twice:
        raise InvalidError(f"two values from {twice[0] or 'always'}")
    return steps


_one_or_steps = BeforeValidator(_as_steps)
DatedName = Annotated[list[Step[Text | None]], checked(_distinct), _one_or_steps]
DatedZone = Annotated[list[Step[Zone | None]], checked(_distinct), _one_or_steps]
DatedClock = Annotated[list[Step[Literal["own", "arrival", "refuse"] | None]], checked(_distinct), _one_or_steps]
DatedMapping = Annotated[list[Step[dict[str, Any] | None]], checked(_distinct), _one_or_steps]
DatedOffset = Annotated[list[Step[Offset]], checked(_distinct), _one_or_steps]
DatedModel = Annotated[list[Step[Annotated[str, checked(model_named)] | None]], checked(_distinct), _one_or_steps]
DatedRange = Annotated[
    list[Step[Annotated[dict[str, list[NumberText]], checked(_range)] | None]], checked(_distinct), _one_or_steps
]
DatedQuantities = Annotated[list[Step[Quantities]], checked(_distinct), _one_or_steps]
