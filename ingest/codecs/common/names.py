"""What a name in a topic or a record means: temperature, humidity, battery …"""

import re
from functools import lru_cache
from typing import NamedTuple

from domain.units import CELSIUS, FAHRENHEIT, KELVIN, PERCENT


class Meaning(NamedTuple):
    """What values under a name are: `column` is a quantity or a field of Status."""

    column: str
    unit: str = CELSIUS


_TEMPERATURE = {"temperature", "temp", "tmp", "tempc", "tempf", "tempk"}
_HUMIDITY = {"humidity", "hum", "rh"}
_EXACT = {
    "t": Meaning("temperature"),
    "h": Meaning("humidity", PERCENT),
    "battery": Meaning("battery_pct"),
    "batt": Meaning("battery_pct"),
    "rssi": Meaning("rssi"),
    "status": Meaning("online"),
    "availability": Meaning("online"),
    "lwt": Meaning("online"),
    "online": Meaning("online"),
    "connected": Meaning("online"),
}
# Temperatures and humidities of something else than the air or the load.
_ELSEWHERE = {"dew", "dewpoint", "chip", "cpu", "core", "mcu", "esp", "board", "soc", "internal", "weather"}
_ELSEWHERE |= {"forecast", "target", "setpoint", "set", "color", "colour"}
# Words that add nothing to where it is measured.
_FILLERS = {"c", "f", "k", "celsius", "fahrenheit", "kelvin", "pct", "percent", "relative", "air", "level", "voltage"}
_FILLERS |= {"v", "wifi", "signal"}
_WORDS = re.compile(r"[^\W\d_]+")
# coldroomTemperature
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Meaning | None:
    """Return what values under this name are, None if nothing that is known."""
    words = [word.casefold() for word in _WORDS.findall(_CAMEL.sub(" ", name))]
    if len(words) == 1 and words[0] in _EXACT:
        return _EXACT[words[0]]
    if _ELSEWHERE.intersection(words):
        return None
    if _TEMPERATURE.intersection(words):
        return Meaning("temperature", _unit(words))
    if _HUMIDITY.intersection(words):
        return Meaning("humidity", PERCENT)
    if {"battery", "batt"}.intersection(words):
        volts = {"voltage", "volt", "volts", "v"}.intersection(words)
        return Meaning("battery_v") if volts else Meaning("battery_pct") if "mv" not in words else None
    return Meaning("rssi") if {"rssi"}.intersection(words) or words == ["wifi", "signal"] else None


def _unit(words: list[str]) -> str:
    if {"tempf", "f", "fahrenheit"}.intersection(words):
        return FAHRENHEIT
    return KELVIN if {"tempk", "k", "kelvin"}.intersection(words) else CELSIUS


@lru_cache(maxsize=4096)
def is_bare(name: str) -> bool:
    """Tell whether a name says only what is measured (`temperature`, `temp_c`), and not where."""
    words = {word.casefold() for word in _WORDS.findall(_CAMEL.sub(" ", name))}
    return not re.search(r"\d", name) and words <= _TEMPERATURE | _HUMIDITY | _EXACT.keys() | _FILLERS
