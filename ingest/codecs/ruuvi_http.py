"""Ruuvi Gateway over HTTP: `POST` with the newest broadcast of each sensor, by its address."""

from typing import Any

from domain.errors import DecodeError
from ingest import codecs
from ingest.codecs.common import settings
from ingest.codecs.common.addresses import address_of
from ingest.codecs.common.documents import object_of
from ingest.codecs.common.numbers import Received
from ingest.codecs.common.ruuvi import Reports
from ingest.codecs.common.values import shown
from ingest.codecs.ruuvi_gateway import broadcast_in, received_at
from ingest.decoded import Decoded, Memory, Message, Source, Status


@codecs.register("ruuvi_http", settings.only, Received)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what each sensor said whose measurement was not received before, and that the gateway is there.

    What of one sensor cannot be read is a fault of that sensor.
    """
    data = object_of(message.payload).get("data")
    if not isinstance(data, dict):
        raise DecodeError(f"data is not an object: {shown(data)}")
    tags = data.get("tags", {})
    if not isinstance(tags, dict):
        raise DecodeError(f"tags is not an object: {shown(tags)}")
    reports, faults = Reports(memory), []
    for address, tag in tags.items():
        device = address_of(address)
        try:
            _add(reports, device, tag)
        except DecodeError as error:
            faults.append(Status(device, fault=str(error)))
    if faults and len(faults) == len(tags):
        raise DecodeError(str(faults[0].fault))
    gateway = data.get("gw_mac")
    if isinstance(gateway, str) and gateway:
        faults.append(Status(address_of(gateway), online=True))
    return Decoded(reports.readings, [*reports.status, *faults]), reports.changes


def _add(reports: Reports, device: str, tag: Any) -> None:
    if not isinstance(tag, dict):
        raise DecodeError(f"not an object: {shown(tag)}")
    broadcast = broadcast_in(tag)
    if broadcast is not None:
        reports.add(device, broadcast, tag.get("rssi"), received_at(tag.get("timestamp")))
