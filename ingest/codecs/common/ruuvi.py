"""What Ruuvi sensors broadcast: advertisements with the data formats 3, 5, 6, C5 and E1."""

from typing import Any, NamedTuple

from domain.errors import DecodeError
from domain.faults import Fault
from domain.readings import Reading, reading_of
from ingest.codecs.common import numbers
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import Stamp
from ingest.decoded import Memory, Status

_MANUFACTURER, _RUUVI = 0xFF, b"\x99\x04"
_LENGTHS = {0x03: 14, 0x05: 24, 0x06: 20, 0xC5: 18, 0xE1: 40}
_ENCRYPTED = 0x08
_EXTENDED = 1 << 24  # what the numbers of format E1 are remembered with


class Broadcast(NamedTuple):
    """What one broadcast says. None: the format does not say it."""

    format: int
    temperature: int | Fault | None  # 10⁻⁶ °C
    humidity: int | Fault | None  # 10⁻⁶ %
    battery_v: float | None
    seq: int | None
    mac: str | None


def broadcast_of(text: str) -> Broadcast | None:
    """Return what an advertisement in hexadecimal says; None for that of another maker's device.

    Raises DecodeError for what is no advertisement, is cut short, or is of a format that cannot be read.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise DecodeError(f"data is not hexadecimal: {text[:40]!r}") from error
    if data[:2] == _RUUVI:  # the manufacturer's data alone
        return _decode(data[2:])
    at = 0
    while at < len(data):
        length = data[at]
        if length == 0:
            break  # padding
        if at + 1 + length > len(data):
            raise DecodeError(f"the advertisement is cut short: {len(data)} bytes")
        if length > 3 and data[at + 1] == _MANUFACTURER and data[at + 2 : at + 4] == _RUUVI:
            return _decode(data[at + 4 : at + 1 + length])
        at += 1 + length
    return None


def _decode(data: bytes) -> Broadcast:
    kind = data[0] if data else None
    if kind == _ENCRYPTED:
        raise DecodeError("Ruuvi data format 8 is encrypted")
    if kind not in _LENGTHS:
        raise DecodeError(f"unknown Ruuvi data format {kind}; known: 3, 5, 6, C5, E1")
    if len(data) < _LENGTHS[kind]:
        raise DecodeError(f"Ruuvi data format {kind:X} has {_LENGTHS[kind]} bytes, not {len(data)}")
    if kind == 0x03:
        return _format_3(data)
    temperature, humidity = _temperature(data), _humidity(data)
    if kind == 0x05:
        return Broadcast(kind, temperature, humidity, _volts(data, 13), _seq(data, 16), _mac(data[18:24]))
    if kind == 0xC5:
        return Broadcast(kind, temperature, humidity, _volts(data, 7), _seq(data, 10), _mac(data[12:18]))
    if kind == 0x06:
        return Broadcast(kind, temperature, humidity, None, data[15], None)
    number = int.from_bytes(data[25:28])
    return Broadcast(kind, temperature, humidity, None, None if number == 0xFFFFFF else number, _mac(data[34:40]))


def _format_3(data: bytes) -> Broadcast:
    """Return what the first format says: half percents, the sign apart from the degrees, hundredths beside them."""
    size = (data[2] & 0x7F) * 1_000_000 + data[3] * 10_000
    volts = int.from_bytes(data[12:14]) / 1000
    return Broadcast(3, -size if data[2] & 0x80 else size, data[1] * 500_000, volts, None, None)


def _temperature(data: bytes) -> int | Fault:
    raw = int.from_bytes(data[1:3], signed=True)
    return Fault.NO_VALUE if raw == -0x8000 else raw * 5_000


def _humidity(data: bytes) -> int | Fault:
    raw = int.from_bytes(data[3:5])
    return Fault.NO_VALUE if raw == 0xFFFF else raw * 2_500


def _volts(data: bytes, at: int) -> float | None:
    raw = int.from_bytes(data[at : at + 2]) >> 5
    return None if raw == 2047 else (raw + 1600) / 1000


def _seq(data: bytes, at: int) -> int | None:
    raw = int.from_bytes(data[at : at + 2])
    return None if raw == 0xFFFF else raw


def _mac(raw: bytes) -> str | None:
    return None if raw == b"\xff" * 6 else raw.hex(":").upper()


class Reports:
    """What one message says, broadcast by broadcast; nothing of those that were received before."""

    def __init__(self, memory: Memory) -> None:
        self.readings: list[Reading] = []
        self.status: list[Status] = []
        self.changes: dict[str, Any] = {}
        self._memory = memory

    def add(self, device: str, broadcast: Broadcast, rssi: Any, stamp: Stamp) -> None:
        """Add what a sensor broadcast, unless it is a measurement that was received already."""
        if broadcast.seq is not None and self._is_again(device, broadcast.format, broadcast.seq):
            return
        for quantity, said in (("temperature", broadcast.temperature), ("humidity", broadcast.humidity)):
            if said is not None:
                self.readings.append(reading_of(device, "", quantity, said, *stamp))
        beside = [("battery_v", broadcast.battery_v), ("rssi", rssi), ("seq", broadcast.seq)]
        self.status += status_if_any(device, "", stamp[0], beside)

    def _is_again(self, device: str, kind: int, seq: int) -> bool:
        """Tell whether the measurement was received. A sensor that sends E1 says the same in format 6, in short."""
        before = self.changes.get(device) or self._memory.get(device)
        known = before.numbers if before else ()
        number = seq | _EXTENDED if kind == 0xE1 else seq
        if number in known or (kind == 0x06 and any(n & 0xFF == seq for n in known if n & _EXTENDED)):
            return True
        self.changes[device] = numbers.after(before, number)
        return False
