"""The mapping of a source that has none: the common names of fields, whatever their case and separators."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from ingest.codecs.common.paths import STAR, Path

_NAMES = {
    "device": "device deviceid devicename deveui sensorid sensor mac macaddress serial serialnumber id node name",
    "probe": "probe channel",
    "temperature": "temperature temperaturec temperaturecelsius tempc temp airtemperature",
    "humidity": "humidity humiditypct humiditypercent relativehumidity hum rh airhumidity",
    "quantity": "quantity type kind parameter measurand",
    "value": "value",
    "battery_pct": "batterypct batterypercent batterypercentage batterylevel battery batt bat",
    "battery_v": "batteryv batteryvoltage batv vbat",
    "rssi": "rssi",
    "seq": "seq sequence sequencenumber seqno fcnt counter",
    "online": "online",
    "measured_at": "measuredat timestamp time ts datetime date recordedat observedat lastseen",
    "unit": "unit units temperatureunit tempunit",
}
_FAHRENHEIT = "temperaturef tempf temperaturefahrenheit"
_RANKS = {column: {name: i for i, name in enumerate(names.split())} for column, names in _NAMES.items()}
_SEPARATORS = re.compile(r"[\W_]+")
# Under these names a gateway packs its readings: an array of objects, or one object.
_PACKS = ("readings", "measurements", "data", "values", "samples", "records", "sensors", "payload", "reading")


def fields_of(document: Any) -> tuple[tuple[str, ...], Path, tuple[str, ...]]:
    """Return the keys of the outer object, the path to what is packed inside, and the keys there."""
    if isinstance(document, list):
        return (), (STAR,), _keys(document)
    if not isinstance(document, dict):
        return (), (), ()
    for name in _PACKS:
        packed = document.get(name)
        if isinstance(packed, dict) and packed:
            return tuple(document), (name,), tuple(packed)
        if isinstance(packed, list) and (keys := _keys(packed)):
            return tuple(document), (name, STAR), keys
    return tuple(document), (), ()


def _keys(elements: Sequence[Any]) -> tuple[str, ...]:
    """Every key that occurs: what one element lacks, the next may have."""
    return tuple(dict.fromkeys(key for element in elements if isinstance(element, dict) for key in element))


@lru_cache(maxsize=1024)
def guess(outer: tuple[str, ...], inside: Path, inner: tuple[str, ...]) -> dict[str, object] | None:
    """Return a mapping for documents with these keys; None if no field of it is known."""
    mapping = {column: (key,) for column, key in _columns(outer)}
    mapping.update({column: (*inside, key) for column, key in _columns(inner)})
    if "quantity" not in mapping or "value" not in mapping:
        mapping.pop("value", None)
        mapping.pop("quantity", None)
    found: dict[str, object] = dict(mapping)
    if "temperature" not in found and (path := _fahrenheit(outer, inside, inner)):
        found |= {"temperature": path, "unit": "=F"}
    return found if found.keys() & {"temperature", "humidity", "value", "battery_pct", "battery_v", "online"} else None


def _columns(keys: Iterable[str]) -> list[tuple[str, str]]:
    plain = [(_plain(key), key) for key in keys]
    found = []
    for column, ranks in _RANKS.items():
        known = [(ranks[name], key) for name, key in plain if name in ranks]
        if known:
            found.append((column, min(known)[1]))
    return found


def _fahrenheit(outer: Iterable[str], inside: Path, inner: Iterable[str]) -> Path | None:
    for prefix, keys in ((inside, inner), ((), outer)):
        for key in keys:
            if _plain(key) in _FAHRENHEIT.split():
                return (*prefix, key)
    return None


def _plain(key: str) -> str:
    return _SEPARATORS.sub("", key).casefold()
