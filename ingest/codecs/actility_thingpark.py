"""Actility ThingPark: the reports to an application server (`DevEUI_uplink`) as JSON, and those of its IoT Flow."""

from collections.abc import Mapping
from typing import Any

from domain.errors import DecodeError
from domain.readings import Flag
from ingest import codecs
from ingest.codecs.common import lorawan
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import instant
from ingest.codecs.common.uplinks import Uplinks
from ingest.codecs.common.values import shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_UPLINK = "DevEUI_uplink"
# Units of points as SenML calls them.
_UNITS = {"Cel": "°C", "%RH": "%", "K": "K", "Far": "°F", "V": "V", "%": "%"}


@codecs.register("actility_thingpark", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an uplink says, nothing of other reports. Remembered are each device's last uplinks."""
    if not message.payload:
        return lorawan.NOTHING, UNCHANGED  # a retained message was cleared
    document = parse(message.payload)
    if not isinstance(document, dict):
        raise DecodeError(f"not a report of ThingPark: {shown(document)}")
    report = document.get(_UPLINK)
    if not isinstance(report, dict):
        if any(name.startswith("DevEUI_") for name in document):
            return lorawan.NOTHING, UNCHANGED  # of downlinks, places, notifications
        raise DecodeError(f"not a report of ThingPark: no {_UPLINK}")
    if "DevEUI" not in report:
        raise DecodeError(f"not a report of ThingPark: {_UPLINK} without DevEUI")
    if str(report.get("payload_encryption", "0")) == "1":
        told = "its payload is encrypted: ThingPark has no application key of it"
        return Decoded(status=[Status(lorawan.device(report["DevEUI"]), fault=told)]), UNCHANGED
    root = {**document, **report} if lorawan.needs_document(source) else document
    return lorawan.read(_uplink(report), root, message, source, memory)


def _uplink(report: dict[str, Any]) -> lorawan.Uplink:
    at, _ = instant(report.get("Time"), None, None)
    heard = report.get("Lrrs")
    gateways = heard.get("Lrr") if isinstance(heard, dict) else None
    rssi = lorawan.strongest(gateways, "LrrRSSI")
    return lorawan.Uplink(
        lorawan.device(report["DevEUI"]),
        at,
        lorawan.whole(report.get("FPort"), "FPort"),
        lorawan.from_hex(report.get("payload_hex")),
        _fields(report),
        counter=lorawan.whole(report.get("FCntUp"), "FCntUp"),
        rssi=lorawan.strongest([report], "LrrRSSI") if rssi is None else rssi,
        battery_pct=lorawan.battery_level(report.get("BatteryLevel")),
        model=_model(report.get("DriverCfg")),
        # Kept by a gateway without a connection.
        flags=Flag.HISTORICAL if str(report.get("Late", 0)) == "1" else Flag.NONE,
    )


def _fields(report: dict[str, Any]) -> Any:
    """Return what the driver made: points, whose units are said, else its object."""
    points = report.get("points")
    if isinstance(points, dict) and points:
        return {name: _point(each) for name, each in points.items() if isinstance(each, dict)}
    for name in ("payload", "payloadDecoded", "payload_decoded"):
        if isinstance(report.get(name), dict):
            return report[name]
    return None


def _point(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return value and unit of a point; of several records the last, which is that of the uplink."""
    record, records = point.get("record", point.get("value")), point.get("records")
    if record is None and isinstance(records, list) and records:
        record = records[-1]
    unit = point.get("unitId", point.get("unit"))
    return {"value": record, "unit": _UNITS.get(unit, unit) if isinstance(unit, str) else None}


def _model(driver: Any) -> str:
    """Return the names of maker and model that the report's driver is chosen by."""
    parts = [driver.get(part) for part in ("mod", "app")] if isinstance(driver, dict) else []
    named = [str(part.get(name, "")) for part in parts if isinstance(part, dict) for name in ("pId", "mId")]
    return " ".join(named)
