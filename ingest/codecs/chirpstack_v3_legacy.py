"""ChirpStack Application Server 3, as JSON by either of its marshalers: `devEUI` in hexadecimal, or in base64.

An uplink has no time at its top: it is when it was published, else when a gateway heard it.
"""

from typing import Any

from domain.errors import DecodeError
from ingest import codecs
from ingest.codecs.common import lorawan
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import instant
from ingest.codecs.common.uplinks import Uplinks
from ingest.codecs.common.values import plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status


@codecs.register("chirpstack_v3_legacy", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an event says; nothing of those of downlinks. Remembered are each device's last uplinks."""
    if not message.payload:
        return lorawan.NOTHING, UNCHANGED  # a retained message was cleared
    document = parse(message.payload)
    if not isinstance(document, dict) or "devEUI" not in document:
        raise DecodeError(f"not an event of ChirpStack 3: no devEUI in {shown(document)}")
    device = _device(document["devEUI"])
    kind = message.topic.rpartition("/")[2]
    if kind in ("up", "rx") or "data" in document or "fPort" in document:
        return lorawan.read(_uplink(document, device), document, message, source, memory)
    if kind == "join":  # frame counters begin anew
        return Decoded(status=[Status(device, online=True)]), {device: None} if device in memory else UNCHANGED
    if kind == "status" or "margin" in document:
        return Decoded(status=[Status(device, battery_pct=_battery(document))]), UNCHANGED
    if "error" in document:
        return Decoded(status=[Status(device, fault=lorawan.error_in(document))]), UNCHANGED
    return lorawan.NOTHING, UNCHANGED


def _device(raw: Any) -> str:
    """Return the EUI: 16 hexadecimal digits, or its 8 bytes in base64, which are 12 characters."""
    if isinstance(raw, str) and len(raw) == 12:
        return lorawan.device(lorawan.from_base64(raw).hex())
    return lorawan.device(raw)


def _uplink(document: dict[str, Any], device: str) -> lorawan.Uplink:
    gateways = document.get("rxInfo")
    heard = gateways if isinstance(gateways, list) else []
    stamps = [each.get("time") for each in heard if isinstance(each, dict)]
    at, _ = instant(next((each for each in (document.get("publishedAt"), *stamps) if each), None), None, None)
    profile = document.get("deviceProfileName")
    return lorawan.Uplink(
        device,
        at,
        lorawan.whole(document.get("fPort"), "fPort"),
        lorawan.from_base64(document.get("data")),
        _fields(document),
        counter=lorawan.whole(document.get("fCnt"), "fCnt"),
        rssi=lorawan.strongest(gateways, "rssi"),
        model=profile if isinstance(profile, str) else "",
    )


def _fields(document: dict[str, Any]) -> Any:
    """Return what the server's decoder made: an object, or an object as text."""
    text = document.get("objectJSON")
    return parse(text.encode(errors="replace")) if isinstance(text, str) and text.strip() else document.get("object")


def _battery(document: dict[str, Any]) -> float | None:
    """Return the percentage; older versions say the level of LoRaWAN."""
    if document.get("batteryLevelUnavailable") or document.get("externalPowerSource"):
        return None
    level = plain_number(document.get("batteryLevel"))
    return lorawan.battery_level(document.get("battery")) if level is None else level
