"""Cayenne LPP: channel, type, value, highest byte first, one record after the other. It has no device and no time."""

from typing import NamedTuple

from domain.errors import DecodeError

_TEMPERATURE, _HUMIDITY = 0x67, 0x68
_SIZES = {
    0x00: 1, 0x01: 1, 0x02: 2, 0x03: 2, 0x64: 4, 0x65: 2, 0x66: 1, 0x67: 2, 0x68: 1, 0x71: 6, 0x73: 2, 0x74: 2, 0x75: 2,
    0x76: 4, 0x78: 1, 0x79: 2, 0x7D: 2, 0x80: 2, 0x82: 4, 0x83: 4, 0x84: 2, 0x85: 4, 0x86: 6, 0x87: 3, 0x88: 9, 0x8E: 1,
}  # fmt: skip


class Record(NamedTuple):
    """A value of a channel: tenths of °C, or halves of a percent as tenths."""

    channel: int
    quantity: str
    tenths: int


def records(payload: bytes) -> tuple[list[Record], str]:
    """Return the temperatures and humidities, and why what follows cannot be read, "" if all can.

    Raises DecodeError for what ends in the middle of a record, or is not known from the beginning on.
    """
    found: list[Record] = []
    at = 0
    while at < len(payload):
        if at + 2 > len(payload):
            raise DecodeError(f"ends in the middle of a record: {payload[at:].hex()}")
        channel, kind = payload[at], payload[at + 1]
        size = _SIZES.get(kind)
        if size is None:
            unknown = f"type 0x{kind:02x} of channel {channel} is not known: nothing behind it can be read"
            if not at:
                raise DecodeError(unknown)
            return found, unknown
        value = payload[at + 2 : at + 2 + size]
        if len(value) < size:
            raise DecodeError(f"ends in the middle of a record: {payload[at:].hex()}")
        if kind == _TEMPERATURE:
            found.append(Record(channel, "temperature", int.from_bytes(value, "big", signed=True)))
        elif kind == _HUMIDITY:
            found.append(Record(channel, "humidity", value[0] * 5))
        at += 2 + size
    return found, ""
