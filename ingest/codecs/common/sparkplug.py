"""Payloads of Sparkplug B: what a metric is by its name, and its value by its data type."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from domain.errors import DecodeError, InvalidError
from domain.notices import Notice, Remark
from domain.units import CELSIUS, PERCENT, unit_of
from ingest.codecs.common import protobufs
from ingest.codecs.common.names import is_bare, meaning_of

REBIRTH = "Node Control/Rebirth"
BDSEQ = "bdSeq"
_BOOLEAN = 11
# Bits of signed data types: Int8, Int16, Int32, Int64.
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
_VALUES = ("int", "long", "float", "double", "boolean", "string")
_COMPRESSED = "SPBV1.0_COMPRESSED"
# What the property Quality says of a value.
BAD, STALE = 0, 500
_LONGEST = 150
_OF_NODES = ("Node Control/", "Node Info/", "Device Control/", "Device Info/")
_DESCRIBED = {
    "Payload": ("uint64 timestamp = 1", "repeated Metric metrics = 2", "uint64 seq = 3", "string uuid = 4"),
    "Metric": (
        "string name = 1",
        "uint64 alias = 2",
        "uint64 timestamp = 3",
        "uint32 datatype = 4",
        "bool is_historical = 5",
        "bool is_null = 7",
        "PropertySet properties = 9",
        "oneof value uint32 int_value = 10",
        "oneof value uint64 long_value = 11",
        "oneof value float float_value = 12",
        "oneof value double double_value = 13",
        "oneof value bool boolean_value = 14",
        "oneof value string string_value = 15",
    ),
    "PropertySet": ("repeated string keys = 1", "repeated Property values = 2"),
    "Property": (
        "bool is_null = 2",
        "oneof value uint32 int_value = 3",
        "oneof value uint64 long_value = 4",
        "oneof value float float_value = 5",
        "oneof value double double_value = 6",
        "oneof value bool boolean_value = 7",
        "oneof value string string_value = 8",
    ),
}


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A metric of a birth that is of use: `column` is a quantity or a field of Status."""

    column: str
    probe: str
    unit: str
    datatype: int


class Named(NamedTuple):
    """A metric that is of use, by its name."""

    metric: Any
    column: str
    unit: str
    is_bare: bool


@cache
def _classes() -> dict[str, Any]:
    return protobufs.classes("sparkplug", _DESCRIBED, syntax="proto2")


def parse(payload: bytes) -> Any:
    """Return the payload. Raises DecodeError for bytes that are none, and for a compressed one."""
    message = protobufs.parsed(_classes()["Payload"], payload, "a Sparkplug B payload")
    if message.uuid == _COMPRESSED:
        raise DecodeError("a compressed Sparkplug B payload: switch compression off at the node")
    return message


def rebirth(at: int) -> bytes:
    """Return the payload of a command that asks a node for its births; `at` in microseconds."""
    message = _classes()["Payload"](timestamp=at // 1000)
    message.metrics.add(name=REBIRTH, timestamp=at // 1000, datatype=_BOOLEAN, boolean_value=True)
    return bytes(message.SerializeToString(deterministic=True))


def value_of(message: Any, datatype: int = 0) -> Any:
    """Return the value of a metric or property as its data type has it; None for none, and for data sets."""
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(message, kind)
    if kind == "float_value":
        return float(f"{value:.7g}")  # the decimal number that was meant: 4.2, and not 4.19999980926514
    bits = _SIGNED.get(datatype) if kind in ("int_value", "long_value") else None
    if bits is not None:
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value
    return value


def properties_of(metric: Any) -> Mapping[str, Any]:
    """Return the properties of a metric by name."""
    if not metric.HasField("properties"):
        return {}
    return {key: value_of(value) for key, value in zip(metric.properties.keys, metric.properties.values, strict=False)}


def known_of(metrics: Iterable[Any]) -> Iterator[tuple[Any, Known | None]]:
    """Yield each metric of a birth with what it is; None: nothing of use.

    The probe is the name before what is measured; it is "" where the device has one of the quantity, and its name says
    no more.
    """
    found = [(metric, named(metric)) for metric in metrics]
    bare: dict[str, int] = {}
    for _, of_use in found:
        if of_use is not None and of_use.is_bare:
            bare[of_use.column] = bare.get(of_use.column, 0) + 1
    for metric, of_use in found:
        if of_use is None:
            yield metric, None
        else:
            probe = probe_of(metric.name) if bare.get(of_use.column) == 1 or not of_use.is_bare else metric.name.strip()
            yield metric, Known(of_use.column, probe, of_use.unit, metric.datatype)


def unused(metrics: Iterable[tuple[Any, Known | None]]) -> Iterator[Remark]:
    """Yield a remark for metrics of a birth that are of no use, but for those of the node itself."""
    of_no_use = (metric.name for metric, known in metrics if known is None and isinstance(metric.name, str))
    for name in islice((each for each in of_no_use if each and each != BDSEQ and not each.startswith(_OF_NODES)), 50):
        meaning = meaning_of(name.rpartition("/")[2])
        is_one = meaning is not None and meaning.column in ("temperature", "humidity")
        yield Remark(Notice.UNUSED_MEASUREMENT if is_one else Notice.UNUSED_FIELD, name[:_LONGEST])


def named(metric: Any) -> Named | None:
    """Return what a metric is by its name and its unit; None: nothing of use."""
    name = metric.name
    if isinstance(name, bytes):  # the library gives what is not UTF-8 as bytes
        raise DecodeError(f"the name of a metric is not UTF-8: {name[:40]!r}")
    name = name.strip()
    last = name.rpartition("/")[2]
    meaning = meaning_of(last)
    if meaning is None or len(name) > _LONGEST or not name.isprintable():
        return None
    if meaning_of(name.replace("/", " ")) is None:
        return None  # CPU/Temperature, Setpoint/Temperature
    unit = meaning.unit
    if meaning.column in ("temperature", "humidity"):
        said = properties_of(metric).get("engUnit")
        if isinstance(said, str) and said.strip():
            try:
                unit = unit_of(said.strip())
            except InvalidError:
                return None
            if (unit == PERCENT) != (meaning.column == "humidity"):
                return None
    return Named(metric, meaning.column, unit or CELSIUS, is_bare(last) and "/" not in name)


def probe_of(name: str) -> str:
    """Return the probe: the name without a last part that only says what is measured."""
    before, _, last = name.strip().rpartition("/")
    return before if is_bare(last) else name.strip()
