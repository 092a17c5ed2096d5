"""Elsys ERS and its kin: a type, then the value, highest byte first. Behind an unknown type nothing can be read."""

from typing import Any

from domain.errors import DecodeError
from ingest.codecs import payloads

_TEMPERATURE, _HUMIDITY, _VDD, _EXTERNAL, _EXTERNAL_2 = 0x01, 0x02, 0x07, 0x0C, 0x19
_SETTINGS = 0x3E  # all that follows
_SIZES = {
    0x01: 2, 0x02: 1, 0x03: 3, 0x04: 2, 0x05: 1, 0x06: 2, 0x07: 2, 0x08: 2, 0x09: 6, 0x0A: 2, 0x0B: 4, 0x0C: 2, 0x0D: 1,
    0x0E: 2, 0x0F: 1, 0x10: 4, 0x11: 1, 0x12: 1, 0x13: 65, 0x14: 4, 0x15: 2, 0x16: 2, 0x17: 4, 0x18: 2, 0x19: 2,
    0x1A: 1, 0x1B: 4, 0x1C: 2, 0x3D: 4,
}  # fmt: skip


@payloads.register("elsys", "elsys")
def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Return temperature, humidity, external temperatures and the battery's millivolts."""
    fields: dict[str, Any] = {}
    at, second = 0, 0
    while at < len(payload):
        kind, at = payload[at], at + 1
        if kind == _SETTINGS:
            break
        size = _SIZES.get(kind)
        if size is None or at + size > len(payload):
            raise DecodeError(f"not the bytes of an Elsys device: {payload[:24].hex()}")
        value, at = payload[at : at + size], at + size
        if kind == _TEMPERATURE:
            fields["temperature"] = _tenths(value)
        elif kind == _HUMIDITY:
            fields["humidity"] = value[0]
        elif kind == _VDD:
            fields["vdd"] = int.from_bytes(value, "big")
        elif kind == _EXTERNAL:
            fields["externalTemperature"] = _tenths(value)
        elif kind == _EXTERNAL_2:  # several probes, one after the other
            second += 1
            fields["externalTemperature2" if second == 1 else f"externalTemperature2_{second}"] = _tenths(value)
    return fields


def _tenths(value: bytes) -> float:
    return int.from_bytes(value, "big", signed=True) / 10
