"""Teltonika trackers by flespi: a message or an array of them, with flat names such as `ble.sensor.temperature.1`."""

import re
from functools import lru_cache
from typing import Any

from domain.errors import DecodeError
from domain.readings import Flag, Reading
from domain.times import MINUTE, SECOND
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.addresses import mac_of
from ingest.codecs.common.documents import parse
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import Stamp, instant
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

# ble.sensor.temperature.1, sensor.humidity.2, dallas.temperature.3 …; not device.temperature or can.…
_MEASURED = re.compile(
    r"((?:ble\.|external\.|dallas\.|onewire\.)(?:sensor\.)?|sensor\.)(temperature|humidity)\.(\d{1,2})", re.ASCII
)
_BEACONS = ("ble.sensors", "ble.beacons")
_BUFFERED = 10 * MINUTE  # later than that at the server, a record was kept while there was no connection


@codecs.register("teltonika", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what the sensors of a tracker measured; records that were kept on the way are marked as backfill.

    The tracker's own temperature is no reading.
    """
    document = parse(message.payload)
    readings: list[Reading] = []
    status: list[Status] = []
    for record in document if isinstance(document, list) else [document]:
        if not isinstance(record, dict):
            raise DecodeError(f"a record is not an object: {shown(record)}")
        _record(record, readings, status)
    return Decoded(readings, status), UNCHANGED


def _record(record: dict[str, Any], readings: list[Reading], status: list[Status]) -> None:
    if "ident" not in record:
        raise DecodeError(f"a record without ident; its fields: {', '.join(list(record)[:8]) or 'none'}"[:300])
    device, stamp = name_of(record["ident"], "ident"), _stamp(record)
    for name, raw in record.items():
        found = _meaning(name)
        if found is not None:
            quantity, probe = found
            readings.append(_read(device, probe, quantity, raw, stamp))
    for name in _BEACONS:
        beacons = record.get(name)
        for beacon in beacons if isinstance(beacons, list) else ():
            _beacon(beacon, stamp, readings, status)
    beside = [("battery_pct", record.get("battery.level")), ("battery_v", record.get("battery.voltage"))]
    status += status_if_any(device, "", stamp[0], beside)


def _stamp(record: dict[str, Any]) -> Stamp:
    at, doubt = instant(record.get("timestamp"), SECOND, None)
    server = record.get("server.timestamp")
    if at is not None and type(server) in (int, float):
        arrived, _ = instant(server, SECOND, None)
        if arrived is not None and arrived - at > _BUFFERED:
            doubt |= Flag.HISTORICAL
    return at, doubt


@lru_cache(maxsize=4096)
def _meaning(name: str) -> tuple[str, str] | None:
    """Return quantity and probe: the number of a Bluetooth sensor, others with what they hang on."""
    match = _MEASURED.fullmatch(name)
    if match is None:
        return None
    kind, quantity, number = match.groups()
    return quantity, number if kind.startswith("ble") else f"{kind.partition('.')[0]}-{number}"


def _read(device: str, probe: str, quantity: str, raw: Any, stamp: Stamp) -> Reading:
    read = reading.humidity if quantity == "humidity" else reading.temperature
    return read(device, probe, raw, stamp)


def _beacon(beacon: Any, stamp: Stamp, readings: list[Reading], status: list[Status]) -> None:
    """Add what an EYE sensor says that is received by its address."""
    said = beacon.get("mac.address", beacon.get("id")) if isinstance(beacon, dict) else None
    mac = mac_of(said) if isinstance(said, str) else None
    if mac is None:
        return
    for quantity in ("temperature", "humidity"):
        if quantity in beacon:
            readings.append(_read(mac, "", quantity, beacon[quantity], stamp))
    beside = [("battery_v", beacon.get("battery.voltage")), ("rssi", beacon.get("rssi"))]
    status += status_if_any(mac, "", stamp[0], beside)
