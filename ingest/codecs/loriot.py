"""LORIOT: an application's output as JSON, `cmd` rx or gw; the second repeats the first with all gateways."""

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

_UPLINKS = {"rx", "gw"}
_MS = 1000.0  # microseconds of the unit of `ts`


@codecs.register("loriot", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an uplink says, nothing of other commands. Remembered are each device's last uplinks."""
    if not message.payload:
        return lorawan.NOTHING, UNCHANGED  # a retained message was cleared
    document = parse(message.payload)
    if not isinstance(document, dict) or not isinstance(document.get("cmd"), str):
        raise DecodeError(f"not a message of LORIOT: no cmd in {shown(document)}")
    if document["cmd"] not in _UPLINKS:
        return lorawan.NOTHING, UNCHANGED  # of downlinks, or an answer
    if "EUI" not in document:
        raise DecodeError("not an uplink of LORIOT: no EUI")
    if "encdata" in document and not document.get("data"):
        told = "its payload is encrypted: LORIOT has no application key of it"
        return Decoded(status=[Status(lorawan.device(document["EUI"]), fault=told)]), UNCHANGED
    return lorawan.read(_uplink(document), document, message, source, memory)


def _uplink(document: dict[str, Any]) -> lorawan.Uplink:
    at, _ = instant(document.get("ts"), _MS, None)
    rssi = lorawan.strongest([document], "rssi")
    return lorawan.Uplink(
        lorawan.device(document["EUI"]),
        at,
        lorawan.whole(document.get("port"), "port"),
        lorawan.from_hex(document.get("data")),
        _fields(document.get("decoded")),
        counter=None if document.get("fcnt") is None else lorawan.whole(document["fcnt"], "fcnt"),
        rssi=lorawan.strongest(document.get("gws"), "rssi") if rssi is None else rssi,
        battery_pct=lorawan.battery_level(document.get("bat")),
        flags=Flag.HISTORICAL if document.get("offline") is True else Flag.NONE,
    )


def _fields(decoded: Any) -> Any:
    """Return what LORIOT's decoder made: the object, or the one that it wraps."""
    if not isinstance(decoded, dict):
        return None
    inner = decoded.get("data")
    return inner if isinstance(inner, dict) else decoded
