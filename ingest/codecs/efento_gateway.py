"""Efento gateway, cloud webhook and CoAP loader: `POST` with measurements of loggers, channel by channel."""

from collections import Counter
from typing import Any

from domain.errors import DecodeError
from domain.readings import Flag, Reading, reading_of
from ingest import codecs
from ingest.codecs.common import settings, values
from ingest.codecs.common.documents import parse
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import Stamp, instant, zone_of
from ingest.codecs.common.topics import device_of
from ingest.codecs.common.values import name_of, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_UTC = zone_of("UTC")
_READ = {"temperature": values.temperature, "humidity": values.humidity}


@codecs.register("efento_gateway", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return temperatures and humidities of every measurement; those before a logger's newest are marked as backfill.

    What of one measurement cannot be read is a fault of its logger. A heartbeat says that the gateway is there.
    """
    measurements = _measurements(parse(message.payload))
    newest: dict[str, int] = {}
    found: list[tuple[str, Stamp, dict[str, Any]]] = []
    status: list[Status] = []
    for measurement in measurements:
        try:
            serial, stamp = _head(measurement)
        except DecodeError as error:
            if len(measurements) == 1:
                raise
            status.append(Status(device_of(message.topic, source.topic), fault=str(error)))
            continue
        newest[serial] = max(newest.get(serial, stamp[0] or 0), stamp[0] or 0)
        found.append((serial, stamp, measurement))
    readings: list[Reading] = []
    for serial, (at, doubt), measurement in found:
        flags = doubt | Flag.HISTORICAL if at is not None and at < newest[serial] else doubt
        try:
            readings += _channels(serial, measurement, (at, flags))
        except DecodeError as error:
            if len(measurements) == 1:
                raise
            status.append(Status(serial, measured_at=at, fault=str(error)))
            continue
        status += status_if_any(serial, "", at, [("rssi", measurement.get("signal"))])
    return Decoded(readings, status), UNCHANGED


def _measurements(document: Any) -> list[Any]:
    found = document.get("measurements") if isinstance(document, dict) else document
    if isinstance(document, dict) and found is None:
        return []  # a heartbeat
    if not isinstance(found, list):
        raise DecodeError(f"measurements is not an array: {shown(found)}")
    return found


def _head(measurement: Any) -> tuple[str, Stamp]:
    """Return the logger, and when it measured: in UTC, which is not written."""
    if not isinstance(measurement, dict):
        raise DecodeError(f"a measurement is not an object: {shown(measurement)}")
    if "serial" not in measurement:
        raise DecodeError("a measurement does not say its logger's serial")
    return name_of(measurement["serial"], "serial"), instant(measurement.get("measured_at"), None, _UTC)


def _channels(serial: str, measurement: dict[str, Any], stamp: Stamp) -> list[Reading]:
    """Return the readings of the channels. Where several measure the same, their numbers are the probes."""
    params = measurement.get("params")
    if not isinstance(params, list):
        raise DecodeError(f"params is not an array: {shown(params)}")
    known = [
        param
        for param in params
        if isinstance(param, dict) and isinstance(param.get("type"), str) and param["type"].casefold() in _READ
    ]
    many = Counter(param["type"].casefold() for param in known)
    found = []
    for param in known:
        quantity = param["type"].casefold()
        probe = name_of(param.get("channel"), "channel") if many[quantity] > 1 else ""
        found.append(reading_of(serial, probe, quantity, _READ[quantity](param.get("value")), *stamp))
    return found
