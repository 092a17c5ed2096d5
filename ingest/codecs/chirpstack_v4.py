"""ChirpStack 4: `application/{id}/device/{EUI}/event/{up|status|join|log|…}` or its POST, as JSON or protobuf."""

from typing import Any

from domain.errors import DecodeError
from domain.notices import Notice, Remark
from ingest import codecs
from ingest.codecs.common import chirpstack_protobuf, lorawan
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import instant
from ingest.codecs.common.uplinks import Uplinks
from ingest.codecs.common.values import plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

_NOTHING = Decoded()
_OF_DOWNLINKS = {"ack", "txack", "location", "integration"}
# Codes of a log that say why a reading is missing.
_LEVELS = {"ERROR", "WARNING"}


@codecs.register("chirpstack_v4", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an event says; nothing of those of downlinks. Remembered are each device's last uplinks."""
    if not message.payload:
        return _NOTHING, UNCHANGED  # a retained message was cleared
    event = _event(message)
    if event in _OF_DOWNLINKS:
        return _NOTHING, UNCHANGED
    document = parse(message.payload) if _is_json(message.payload) else _protobuf(message.payload, event)
    if not isinstance(document, dict):
        raise DecodeError(f"not an event of ChirpStack: {shown(document)}")
    info = document.get("deviceInfo")
    if not isinstance(info, dict) or "devEui" not in info:
        raise DecodeError("not an event of ChirpStack 4: no deviceInfo.devEui")
    kind = event or _kind(document)
    if kind == "up":
        return lorawan.read(_uplink(document, info), document, message, source, memory)
    device, at = lorawan.device(info["devEui"]), _time(document)
    if kind == "join":
        # Frame counters begin anew.
        return Decoded(status=[Status(device, measured_at=at, online=True)]), {
            device: None
        } if device in memory else UNCHANGED
    if kind == "status":
        return Decoded(status=[_status(document, device, at)]), UNCHANGED
    return (_log(document, device, at) if kind == "log" else _NOTHING), UNCHANGED


def _is_json(payload: bytes) -> bool:
    return payload[:1] == b"{" or payload.lstrip()[:1] in (b"{", b"[", b"\xef")


def _protobuf(payload: bytes, event: str) -> dict[str, Any]:
    if event not in chirpstack_protobuf.EVENTS:
        raise DecodeError("not JSON, and no topic that says of which event it is the protobuf: …/event/up")
    return chirpstack_protobuf.parse(payload, event)


def _event(message: Message) -> str:
    """Return which event the topic says it is, "" if none: `…/event/up`, or `…?event=up` of a POST."""
    topic = message.topic
    if topic.endswith("/event/up"):
        return "up"
    for before in ("/event/", "event="):
        if before in topic:
            return topic.rpartition(before)[2].partition("&")[0].strip("/")
    return dict(message.user_properties).get("event", "")


def _kind(document: dict[str, Any]) -> str:
    """Return which event it is by its fields, where nothing else says so."""
    if "rxInfo" in document or "data" in document or "object" in document or "fPort" in document:
        return "up"
    if "level" in document and "code" in document:
        return "log"
    if "margin" in document or "batteryLevel" in document or "batteryLevelUnavailable" in document:
        return "status"
    return "join" if document.keys() <= _OF_JOINS else ""


_OF_JOINS = {"deduplicationId", "time", "deviceInfo", "devAddr", "relayRxInfo", "joinServerContext", "regionConfigId"}


def _uplink(document: dict[str, Any], info: dict[str, Any]) -> lorawan.Uplink:
    data = document.get("data")
    gateways = document.get("rxInfo")
    id_ = document.get("deduplicationId")
    return lorawan.Uplink(
        lorawan.device(info["devEui"]),
        _time(document),
        lorawan.whole(document.get("fPort"), "fPort"),
        data if type(data) is bytes else lorawan.from_base64(data),
        document.get("object"),
        id_ if type(id_) is str else "",
        lorawan.whole(document.get("fCnt"), "fCnt"),
        lorawan.strongest(gateways, "rssi"),
        model=_model(info),
    )


def _model(info: dict[str, Any]) -> str:
    profile = info.get("deviceProfileName")
    return profile if type(profile) is str else ""


def _time(document: dict[Any, Any]) -> int | None:
    """Return when it was received: by the gateway's clock where the server believed it, else by the server's own."""
    if (at := document.get(chirpstack_protobuf.AT)) is not None:
        return int(at)
    at, _ = instant(document.get("time"), None, None)
    return at


def _status(document: dict[str, Any], device: str, at: int | None) -> Status:
    is_known = not document.get("batteryLevelUnavailable") and not document.get("externalPowerSource")
    battery = plain_number(document.get("batteryLevel", 0.0 if is_known else None)) if is_known else None
    return Status(device, measured_at=at, battery_pct=battery)


def _log(document: dict[str, Any], device: str, at: int | None) -> Decoded:
    """Return why a reading may be missing: a codec that failed, a wrong key, a counter that went back."""
    level, code = document.get("level", "INFO"), document.get("code", "UNKNOWN")
    if not isinstance(level, str) or level not in _LEVELS or not isinstance(code, str) or not code.isprintable():
        return _NOTHING
    told = f"{code}: {shown(document.get('description', ''))}"[:300]
    return Decoded(
        status=[Status(device, measured_at=at, fault=code[:60])],
        remarks=(Remark(Notice.UNREADABLE_PART, told, device),) if code == "UPLINK_CODEC" else (),
    )
