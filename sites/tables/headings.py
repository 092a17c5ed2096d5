"""What the heading of a column says: what is in it, in which unit, in which zone."""

import re
from typing import NamedTuple

from domain.units import CELSIUS, FAHRENHEIT, KELVIN

_TEMPERATURE = {"temp", "temperature", "temperatur", "temperatura", "tmp", "température", "temps"}
_TEMPERATURE |= {"celsius", "fahrenheit"}
_HUMIDITY = {
    "rh",
    "humidity",
    "hum",
    "humi",
    "humid",
    "hygro",
    "feuchte",
    "luftfeuchte",
    "luftfeuchtigkeit",
    "feuchtigkeit",
}
# Of something else, or worked out from many readings.
_OTHER = {"dew", "dewpt", "dewpoint", "taupunkt", "wet", "heat", "index", "max", "min", "maximum", "minimum", "high"}
_OTHER |= {"low", "alarm", "limit", "limits", "setpoint", "avg", "average", "mean", "mkt"}
_TIMES = (
    *("date time", "date/time", "date-time", "datetime", "date & time", "date and time", "timestamp", "time stamp"),
    *("measured_at", "measured at", "recorded at", "datum/zeit", "datum/uhrzeit", "datum uhrzeit", "datum zeit"),
    *("zeitstempel", "zeitpunkt", "messzeit", "time (", "time(", "log time", "local time", "utc time", "sample time"),
    *("recording time", "reading time", "logged time", "zeit (", "zeit("),
)
_DATES, _CLOCKS = {"date", "datum"}, {"time", "zeit", "uhrzeit"}
_CHANNEL = re.compile(r"\b(?:kanal|channel|ch|probe|sensor|fühler|sonde)[ ._#-]*\d*\b")
_WORDS = re.compile(r"[^\W\d_]+")
_MARKED_UNIT = re.compile(r"(?:°|º|\*|\bdeg\.?\s?)\s*([CFK])\b", re.IGNORECASE)
_LAST_UNIT = re.compile(r"(?:[\s,(\[]([CFK])[)\]]?|_([cfk]))$")
_NAMED_UNIT = re.compile(r"celsius|fahrenheit|kelvin", re.IGNORECASE)
_ZONE = re.compile(r"\b(?:GMT|UTC)\s*([+-]\d{1,2}(?::?\d\d)?)?(?!\w)", re.IGNORECASE)
_SERIAL = re.compile(r"(?:S/N|Serial\s*(?:Number|No\.?)?)\s*[:=]\s*([\w-]{2,40})", re.IGNORECASE)
_ORDER = re.compile(r"\b([dmyjt]{1,4})[-/.]([dmyjt]{1,4})[-/.]([dmyjt]{1,4})\b")
_UNITS = {"c": CELSIUS, "f": FAHRENHEIT, "k": KELVIN}


class Heading(NamedTuple):
    """`role` is a column of readings, or "" for anything else; None where it says no unit, zone or order of dates."""

    role: str
    unit: str | None = None
    zone: str | None = None
    order: str | None = None


def read_heading(text: str) -> Heading:
    """Return what a heading says."""
    text = text.replace("℃", "°C").replace("℉", "°F")
    plain = re.sub(r"\s*/\s*", "/", " ".join(text.casefold().split()))
    words = set(_WORDS.findall(plain))
    if plain == "sensor":
        return Heading("sensor")
    if plain.startswith(_TIMES):
        return Heading("time", zone=zone_in(text), order=order_in(plain))
    if plain in _DATES or re.split(r"[\s(]", plain)[0] in _DATES:
        return Heading("date", order=order_in(plain))
    if plain in _CLOCKS or plain.split(",")[0].strip() in _CLOCKS:
        return Heading("time", zone=zone_in(text))
    if words & _OTHER:
        return Heading("")
    is_channel = _CHANNEL.search(plain) and _MARKED_UNIT.search(text)
    if words & _TEMPERATURE or is_channel or ("t" in words and unit_in(text, plain)):
        return Heading("temperature", unit_in(text, plain))
    return Heading("humidity" if words & _HUMIDITY else "")


def unit_in(text: str, plain: str) -> str | None:
    """Return the unit of temperature that a heading names; °C for the plain name of the contract."""
    if plain == "temperature":
        return CELSIUS
    marked = _MARKED_UNIT.search(text) or _LAST_UNIT.search(text.strip()) or _NAMED_UNIT.search(text)
    if marked is None:
        return None
    letter = next((group for group in marked.groups() if group), marked[0])
    return _UNITS[letter[0].casefold()]


def zone_in(text: str) -> str | None:
    """Return the offset that a heading names: `-08:00`, or `UTC`."""
    found = _ZONE.search(text)
    return None if found is None else found[1] or "UTC"


def order_in(plain: str) -> str | None:
    """Return the order of day, month and year that a heading shows: `Time (dd/MM/yyyy HH:mm)`."""
    found = _ORDER.search(plain)
    order = "" if found is None else "".join(group[0].replace("j", "y").replace("t", "d") for group in found.groups())
    return order if order in ("ymd", "dmy", "mdy") else None


def serial_in(text: str) -> str | None:
    """Return the serial number that a heading or a title names."""
    found = _SERIAL.search(text)
    return None if found is None else found[1]
