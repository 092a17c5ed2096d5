"""Milesight EM300 and EM320 (TH, MCS, SLD, ZLD, MLD), and others whose channels are the same: TS101, EM500-PT100.

Channel and type, then the value, least byte first. What a device keeps while no gateway hears it follows as history.
"""

import struct
from typing import Any

from domain.errors import DecodeError
from ingest.codecs import payloads

PORT = 85  # preset of all Milesight devices
_BATTERY, _TEMPERATURE, _HUMIDITY, _HISTORY = b"\x01\x75", b"\x03\x67", b"\x04\x68", b"\x20\xce"
# Bytes that follow what is not read here: versions, serial, leak, magnet, and what devices answer to settings.
_OTHERS = {
    b"\xff\x01": 1, b"\xff\x09": 2, b"\xff\x0a": 2, b"\xff\xff": 2, b"\xff\x16": 8, b"\xff\x0f": 1, b"\xff\xfe": 1,
    b"\xff\x0b": 1, b"\xff\x18": 2, b"\x05\x00": 1, b"\x06\x00": 1,
}  # fmt: skip
_ANSWERS = {2: 2, 3: 2, 6: 9, 16: 1, 39: 1, 40: 1, 104: 1, 105: 1, 106: 3, 109: 1, 121: 6, 234: 3}
# A row of the history ends with the humidity, or with the state of a leak or magnet behind it.
_ROWS = {7: struct.Struct("<IhB"), 8: struct.Struct("<IhBx")}


@payloads.register("milesight", "em300", "em320", "em500-pt100", "ts101")
def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Return temperature, humidity and battery, and the history."""
    for row in _ROWS:
        fields = _decoded(payload, row)
        if fields is not None:
            return fields
    raise DecodeError(f"not the bytes of a Milesight EM300 or EM320: {payload[:24].hex()}")


def is_whole(payload: bytes) -> bool:
    """Tell whether all bytes are channels that are known."""
    return any(_decoded(payload, row) is not None for row in _ROWS)


def _decoded(payload: bytes, row: int) -> dict[str, Any] | None:
    fields: dict[str, Any] = {}
    at = 0
    while at < len(payload):
        tag, at = payload[at : at + 2], at + 2
        size = _size(tag, row)
        value = payload[at : at + (size or 0)]
        if size is None or len(value) < size:
            return None
        at += size
        if tag == _BATTERY:
            fields["battery"] = value[0]
        elif tag == _TEMPERATURE:
            fields["temperature"] = int.from_bytes(value, "little", signed=True) / 10
        elif tag == _HUMIDITY:
            fields["humidity"] = value[0] / 2
        elif tag == _HISTORY:
            stamp, temperature, humidity = _ROWS[row].unpack(value)
            earlier = {"timestamp": stamp, "temperature": temperature / 10, "humidity": humidity / 2}
            fields.setdefault("history", []).append(earlier)
    return fields


def _size(tag: bytes, row: int) -> int | None:
    if tag in (_BATTERY, _HUMIDITY):
        return 1
    if tag == _TEMPERATURE:
        return 2
    if tag == _HISTORY:
        return row
    if tag in _OTHERS:
        return _OTHERS[tag]
    return _ANSWERS.get(tag[1]) if len(tag) == 2 and tag[0] in (0xFE, 0xFF) else None
