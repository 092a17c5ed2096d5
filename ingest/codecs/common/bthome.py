"""BTHome version 2: objects of measurements, one after the other, in the service data of an advertisement (0xFCD2)."""

from typing import NamedTuple

from domain.errors import DecodeError

# Lengths of the objects that are skipped; what is not known ends what can be read.
_LENGTHS = {
    1: "00 01 09 0F 10 11 15 16 17 18 19 1A 1B 1C 1D 1E 1F 20 21 22 23 24 25 26 27 28 29 2A 2B 2C 2D 2E 2F 3A 46 57 58"
    " 59 60 64",
    2: "02 03 06 07 08 0C 0D 0E 12 13 14 3C 3D 3F 40 41 43 44 45 47 48 49 4A 51 52 56 5A 5D 5E 5F 61 F0",
    3: "04 05 0A 0B 42 4B F2",
    4: "3E 4C 4D 4E 4F 50 55 5B 5C 62 63 F1",
}
_LENGTH_OF = {int(word, 16): length for length, words in _LENGTHS.items() for word in words.split()}
_TEXT, _RAW = 0x53, 0x54  # their first byte is their length
# By id: which quantity, the 10⁻⁶ of its unit that one step is, whether it has a sign.
_QUANTITIES = {
    0x02: ("temperature", 10_000, True),
    0x45: ("temperature", 100_000, True),
    0x57: ("temperature", 1_000_000, True),
    0x58: ("temperature", 350_000, True),
    0x03: ("humidity", 10_000, False),
    0x2E: ("humidity", 1_000_000, False),
}


class Objects(NamedTuple):
    """What a device says: quantities with their values in 10⁻⁶, in the order in which they are written."""

    values: list[tuple[str, int]]
    battery_pct: int | None
    battery_v: float | None
    packet: int | None
    unknown: int | None  # the object id that could not be read; what follows it is lost


def objects(data: bytes) -> Objects:
    """Return what the objects say. Raises DecodeError for one that is cut short."""
    found: list[tuple[str, int]] = []
    battery_pct, battery_v, packet, unknown = None, None, None, None
    at = 0
    while at < len(data):
        number = data[at]
        at += 1
        if number in (_TEXT, _RAW):
            length = 1 + (data[at] if at < len(data) else 0)
        elif number in _LENGTH_OF:
            length = _LENGTH_OF[number]
        else:
            unknown = number
            break
        raw = data[at : at + length]
        if len(raw) < length:
            raise DecodeError(f"the BTHome object {number:02X} is cut short")
        at += length
        if number in _QUANTITIES:
            quantity, step, signed = _QUANTITIES[number]
            found.append((quantity, int.from_bytes(raw, "little", signed=signed) * step))
        elif number == 0x01:
            battery_pct = raw[0]
        elif number == 0x0C and battery_v is None:
            battery_v = int.from_bytes(raw, "little") / 1000
        elif number == 0x00:
            packet = raw[0]
    return Objects(found, battery_pct, battery_v, packet, unknown)
