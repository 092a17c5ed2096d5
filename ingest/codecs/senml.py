"""SenML in JSON (RFC 8428): packs of records whose names, times, units and values build on base fields."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from domain.errors import DecodeError
from domain.readings import Flag, Reading, reading_of
from domain.times import SECOND
from domain.units import CELSIUS, KELVIN
from ingest import codecs
from ingest.codecs.common import values
from ingest.codecs.common.documents import parse
from ingest.codecs.common.names import is_bare
from ingest.codecs.common.states import status_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NEWEST_VERSION = 10
# Smaller times are relative to now.
_RELATIVE_BELOW = 1 << 28
_LATEST = 253_402_300_799
_QUANTITIES = {"Cel": ("temperature", CELSIUS), "K": ("temperature", KELVIN), "%RH": ("humidity", "%")}


class _Record(NamedTuple):
    """A record with the base fields resolved."""

    base: str
    name: str
    unit: str
    time: float
    value: Any  # a number, or None for a null


@codecs.register("senml")
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return the temperatures, humidities and battery levels of a pack; other units are left alone."""
    readings: list[Reading] = []
    status: list[Status] = []
    for record in _resolved(_pack(message.payload)):
        device, probe = _split(record.base, record.name)
        at, flag = _when(record.time, message)
        if record.unit in _QUANTITIES:
            quantity, unit = _QUANTITIES[record.unit]
            read = values.humidity if quantity == "humidity" else values.temperature
            value = read(record.value, unit)
            readings.append(reading_of(device, probe, quantity, value, at, flag))
        elif record.unit == "%EL":
            status.append(status_of(device, probe, at, [("battery_pct", record.value)]))
        elif record.unit == "V" and "bat" in record.name.casefold():
            status.append(status_of(device, probe, at, [("battery_v", record.value)]))
    return Decoded(readings, status), UNCHANGED


def _pack(payload: bytes) -> list[dict[str, Any]]:
    pack = parse(payload)
    if not isinstance(pack, list) or not pack or not all(isinstance(record, dict) for record in pack):
        raise DecodeError("a SenML pack is an array of records")
    for record in pack:
        for label in record:
            if label.endswith("_"):
                raise DecodeError(f"the label {values.shown(label)} must be understood and is not known")
        version = record.get("bver", 1)
        if type(version) is not int or not 1 <= version <= _NEWEST_VERSION:
            raise DecodeError(f"SenML version {values.shown(version)} is not known")
    return pack


def _resolved(pack: list[dict[str, Any]]) -> Iterator[_Record]:
    base_name, base_unit = "", ""
    base_time: float = 0
    base_value: float = 0
    for record in pack:
        base_name = _text(record, "bn", base_name)
        base_unit = _text(record, "bu", base_unit)
        base_time = _number(record, "bt", base_time)
        base_value = _number(record, "bv", base_value)
        if "v" not in record and "s" not in record and not record.keys() & {"vs", "vb", "vd"}:
            continue  # only base fields
        if "v" in record:
            value = record["v"]
            if value is not None:
                value = _number(record, "v", 0) + base_value
            unit, time = _text(record, "u", base_unit), base_time + _number(record, "t", 0)
            yield _Record(base_name, _text(record, "n", ""), unit, time, value)


def _text(record: dict[str, Any], label: str, default: str) -> str:
    value = record.get(label, default)
    if not isinstance(value, str):
        raise DecodeError(f"{label} is no text: {values.shown(value)}")
    return value


def _number(record: dict[str, Any], label: str, default: float) -> float:
    value = record.get(label, default)
    if type(value) not in (int, float) or abs(value) > 1e15:
        raise DecodeError(f"{label} is no number: {values.shown(value)}")
    return float(value) if type(value) is float else int(value)


def _split(base: str, name: str) -> tuple[str, str]:
    """Return device and probe. With a base name that is the device and `n` the probe, unless `n` only says what is
    measured; a name alone is the device, but for a last part that only says that.
    """
    values.name_of(base + name, "the name of a record")
    if not base or not name:
        whole = base + name
        cut = max(whole.rfind("/"), whole.rfind(":"))
        base, name = (whole[:cut], whole[cut + 1 :]) if cut > 0 and is_bare(whole[cut + 1 :]) else (whole, "")
    device = values.name_of(base.rstrip(":/"), "the name of a record")
    return device, "" if is_bare(name) else name


def _when(time: float, message: Message) -> tuple[int | None, Flag]:
    """Return the instant; None for now. A time relative to now is only as good as the arrival: flagged so."""
    if time == 0 or (abs(time) < _RELATIVE_BELOW and message.retained):
        return None, Flag.NONE
    if not -_RELATIVE_BELOW < time <= _LATEST:
        raise DecodeError(f"t is no time: {values.shown(time)}")
    at = round(time * SECOND)
    return (message.received_at + at, Flag.ARRIVAL_TIME) if time < _RELATIVE_BELOW else (at, Flag.NONE)
