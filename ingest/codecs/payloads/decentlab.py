"""Decentlab DL-SHT35: version 2, the device's number, flags of what follows, and that in words of two bytes."""

import struct
from typing import Any

from domain.errors import DecodeError
from ingest.codecs import payloads

_HEAD = struct.Struct(">BHH")
_VERSION = 2
_AIR, _BATTERY = 1, 2  # flags


@payloads.register("decentlab_sht35", "dl-sht35")
def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Return temperature, humidity and the battery's volts."""
    if len(payload) >= _HEAD.size:
        version, _, flags = _HEAD.unpack_from(payload)
        words = [int.from_bytes(payload[at : at + 2], "big") for at in range(_HEAD.size, len(payload), 2)]
        expected = _HEAD.size + 2 * (2 * bool(flags & _AIR) + bool(flags & _BATTERY))
        if version == _VERSION and not flags & ~(_AIR | _BATTERY) and len(payload) == expected:
            return _fields(flags, words)
    raise DecodeError(f"not the bytes of a Decentlab DL-SHT35: {payload[:24].hex()}")


def _fields(flags: int, words: list[int]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if flags & _AIR:
        fields["air_temperature"] = 175 * words[0] / 65535 - 45
        fields["air_humidity"] = 100 * words[1] / 65535
    if flags & _BATTERY:
        fields["battery_voltage"] = words[-1] / 1000
    return fields
