"""Monnit (iMonnit): a `POST` for each message of a gateway, with the messages of its sensors; all values are text."""

from collections.abc import Iterator
from typing import Any

from domain.errors import DecodeError
from domain.readings import Reading
from ingest import codecs
from ingest.codecs.common import reading, settings
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.states import status_if_any, status_of
from ingest.codecs.common.times import Stamp, instant, zone_of
from ingest.codecs.common.values import name_of, plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_UTC = zone_of("UTC")
_MAINS = 101  # what a gateway says of its battery when it has none
_HUMIDITY_SENSORS = {"43"}  # whose percentage is a relative humidity


@codecs.register("monnit_webhook", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return temperatures and humidities of the sensors' messages, in °C and UTC whatever the account shows.

    What of one sensor cannot be read is a fault of that sensor.
    """
    document = object_of(message.payload)
    messages, gateway = document.get("sensorMessages"), document.get("gatewayMessage")
    if messages is None and isinstance(gateway, dict):
        messages = []
    if not isinstance(messages, list):
        raise DecodeError(f"sensorMessages is not an array: {shown(messages)}")
    readings: list[Reading] = []
    status = list(_gateway(gateway))
    for each in messages:
        if not isinstance(each, dict) or "sensorID" not in each:
            raise DecodeError(f"a message of a sensor without sensorID: {shown(each)}")
        device = name_of(each["sensorID"], "sensorID")
        try:
            stamp = instant(each.get("messageDate"), None, _UTC)
            readings += _values(device, each, stamp)
            beside = [("battery_pct", each.get("batteryLevel")), ("battery_v", each.get("voltage"))]
            status += status_if_any(device, "", stamp[0], beside)
        except DecodeError as error:
            if len(messages) == 1:
                raise
            status.append(Status(device, fault=str(error)))
    return Decoded(readings, status), UNCHANGED


def _gateway(said: Any) -> Iterator[Status]:
    if isinstance(said, dict) and said.get("gatewayID"):
        battery = plain_number(said.get("batteryLevel"))
        beside = [("online", True), ("battery_pct", None if battery is None or battery >= _MAINS else battery)]
        yield status_of(name_of(said["gatewayID"], "gatewayID"), "", None, beside)


def _values(device: str, each: dict[str, Any], stamp: Stamp) -> Iterator[Reading]:
    """Yield a reading of every value that is a temperature or a humidity; several are joined by `|`."""
    kinds = str(each.get("dataType", "")).split("|")
    raw = str(each.get("dataValue", "")).split("|")
    labels = str(each.get("plotLabels", "")).split("|")
    if len(raw) < len(kinds):
        raise DecodeError(f"{len(kinds)} kinds of values in dataType and {len(raw)} in dataValue")
    temperatures = 0
    for i, kind in enumerate(kind.strip().casefold() for kind in kinds):
        if kind in ("temperaturedata", "temperature"):
            temperatures += 1
            yield reading.temperature(device, str(temperatures) if temperatures > 1 else "", raw[i], stamp)
        elif kind in ("humiditydata", "humidity") or (kind == "percentage" and _is_humidity(each, labels, i)):
            yield reading.humidity(device, "", raw[i], stamp)


def _is_humidity(each: dict[str, Any], labels: list[str], i: int) -> bool:
    label = labels[i].casefold() if i < len(labels) else ""
    return "humid" in label or str(each.get("applicationID")) in _HUMIDITY_SENSORS
