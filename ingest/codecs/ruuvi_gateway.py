"""Ruuvi Gateway over MQTT: one message a broadcast, on `<prefix>/<gateway>/<sensor>`, raw, decoded, or both."""

from typing import Any

from domain.errors import DecodeError
from domain.times import SECOND
from ingest import codecs
from ingest.codecs.common import settings, values
from ingest.codecs.common.addresses import address_of, mac_of
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.numbers import Received
from ingest.codecs.common.ruuvi import Broadcast, Reports, broadcast_of
from ingest.codecs.common.states import online_of
from ingest.codecs.common.times import NO_STAMP, Stamp, live
from ingest.codecs.common.values import plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()


@codecs.register("ruuvi_gateway", settings.only, Received)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what a broadcast says, the first time that one of its sequence number is received by any gateway."""
    if not message.payload:
        return _NOTHING, UNCHANGED
    levels = message.topic.split("/")
    document = object_of(message.payload)
    if levels[-1] == "gw_status":
        return _gateway(levels, document), UNCHANGED
    broadcast = broadcast_in(document)
    if broadcast is None:
        return _NOTHING, UNCHANGED
    device = mac_of(levels[-1]) or broadcast.mac
    if device is None:
        raise DecodeError(f"neither the topic nor the broadcast says the sensor's address: {message.topic[:80]}")
    reports = Reports(memory)
    reports.add(device, broadcast, document.get("rssi"), received_at(document.get("ts", document.get("gwts"))))
    return Decoded(reports.readings, reports.status), reports.changes


def _gateway(levels: list[str], document: dict[str, Any]) -> Decoded:
    online = online_of(document.get("state"))
    if online is None:
        raise DecodeError(f"state is neither online nor offline: {shown(document.get('state'))}")
    return Decoded(status=[Status(address_of(levels[-2] if len(levels) > 1 else levels[0]), online=online)])


def received_at(raw: Any) -> Stamp:
    """Return when the gateway received it; nothing before it got the time."""
    return NO_STAMP if raw == "" else live(raw, SECOND, None)


def broadcast_in(document: dict[str, Any]) -> Broadcast | None:
    """Return what was broadcast, raw rather than decoded by the gateway; None for another maker's device."""
    data = document.get("data")
    if isinstance(data, str) and data:
        return broadcast_of(data)
    if "temperature" not in document and "humidity" not in document:
        return None
    temperature, humidity = document.get("temperature"), document.get("humidity")
    seq, name = plain_number(document.get("measurementSequenceNumber")), document.get("id")
    return Broadcast(
        _format(document.get("dataFormat")),
        values.temperature(temperature) if "temperature" in document else None,
        values.humidity(humidity) if "humidity" in document else None,
        plain_number(document.get("voltage")),
        None if seq is None or seq < 0 else int(seq),
        mac_of(name) if isinstance(name, str) else None,
    )


def _format(said: Any) -> int:
    """Return the data format as its number: written 5 or "5", "E1" or 225."""
    try:
        return int(said, 16) if isinstance(said, str) else int(said or 0)
    except (ValueError, TypeError, OverflowError):
        return 0
