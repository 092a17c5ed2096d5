"""Milesight gateways (UG56, UG65 …) with their own network server: JSON of an uplink on a topic that is set there."""

from typing import Any

from domain.errors import DecodeError
from ingest import codecs
from ingest.codecs.common import free_fields, lorawan
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import instant
from ingest.codecs.common.uplinks import Uplinks
from ingest.codecs.common.values import shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

# What is said of the uplink itself; other fields may be what the gateway's decoder made, without an object around.
_ENVELOPE = {"applicationID", "applicationName", "deviceName", "devEUI", "devAddr", "time", "gatewayTime", "rxInfo"}
_ENVELOPE |= {"txInfo", "fCnt", "fPort", "data", "adr", "dr", "confirmed", "type", "deveui", "gatewayID", "cellularIP"}
_DECODED = ("object", "decoded", "decodedData", "payload")


@codecs.register("milesight_gateway", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an uplink, a join or an error says. Remembered are each device's last uplinks."""
    if not message.payload:
        return lorawan.NOTHING, UNCHANGED  # a retained message was cleared
    document = parse(message.payload)
    if not isinstance(document, dict) or "devEUI" not in document:
        raise DecodeError(f"not a message of a Milesight gateway: no devEUI in {shown(document)}")
    if "data" in document or "fPort" in document or "fCnt" in document:
        return lorawan.read(_uplink(document), document, message, source, memory)
    device = lorawan.device(document["devEUI"])
    if "error" in document:
        return Decoded(status=[Status(device, fault=lorawan.error_in(document))]), UNCHANGED
    if "devAddr" in document:  # it has joined, and its counters begin anew
        return Decoded(status=[Status(device, online=True)]), {device: None} if device in memory else UNCHANGED
    return lorawan.NOTHING, UNCHANGED


def _uplink(document: dict[str, Any]) -> lorawan.Uplink:
    gateways = document.get("rxInfo")
    at, _ = instant(document.get("time") or document.get("gatewayTime") or _received_at(gateways), None, None)
    return lorawan.Uplink(
        lorawan.device(document["devEUI"]),
        at,
        lorawan.whole(document.get("fPort"), "fPort"),
        lorawan.from_base64(document.get("data")),
        _fields(document),
        counter=lorawan.whole(document.get("fCnt"), "fCnt"),
        rssi=lorawan.strongest(gateways, "rssi"),
    )


def _received_at(gateways: Any) -> Any:
    rows = gateways if isinstance(gateways, list) else ()
    return next((each["time"] for each in rows if isinstance(each, dict) and each.get("time")), None)


def _fields(document: dict[str, Any]) -> Any:
    """Return what the gateway's decoder made."""
    for name in _DECODED:
        if isinstance(document.get(name), dict) and document[name]:
            return document[name]
    others = {name: value for name, value in document.items() if name not in _ENVELOPE}
    return others if free_fields.measures(others) else None
