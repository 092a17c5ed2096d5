"""Events of ChirpStack 4 as protobuf, with the fields that are used: as the document that its JSON would be."""

from functools import cache
from typing import Any

from domain.errors import DecodeError
from ingest.codecs.common import protobufs

_DESCRIBED = {
    "Time": ("int64 seconds = 1", "int32 nanos = 2"),
    "Info": ("string device_profile_name = 6", "string device_name = 7", "string dev_eui = 8"),
    "Heard": ("string gateway_id = 1", "int32 rssi = 6", "float snr = 7"),
    "up": (
        "string deduplication_id = 1",
        "Time time = 2",
        "Info device_info = 3",
        "uint32 f_cnt = 7",
        "uint32 f_port = 8",
        "bytes data = 10",
        f"{protobufs.STRUCT} object = 11",
        "repeated Heard rx_info = 12",
    ),
    "join": ("Time time = 2", "Info device_info = 3"),
    "status": (
        "Time time = 2",
        "Info device_info = 3",
        "bool external_power_source = 6",
        "bool battery_level_unavailable = 7",
        "float battery_level = 8",
    ),
    "log": ("Time time = 1", "Info device_info = 2", "int32 level = 3", "int32 code = 4", "string description = 5"),
}
EVENTS = ("up", "join", "status", "log")
_LEVELS = ("INFO", "WARNING", "ERROR")
_CODES = (
    "UNKNOWN", "DOWNLINK_PAYLOAD_SIZE", "UPLINK_CODEC", "DOWNLINK_CODEC", "OTAA", "UPLINK_F_CNT_RESET", "UPLINK_MIC",
    "UPLINK_F_CNT_RETRANSMISSION", "DOWNLINK_GATEWAY", "RELAY_NEW_END_DEVICE", "F_CNT_DOWN",
)  # fmt: skip
# Under this, which no JSON can have, is the instant in microseconds.
AT = ("at",)
_LAST_SECOND = 253_402_300_799


@cache
def _classes() -> dict[str, Any]:
    return protobufs.classes("chirpstack", _DESCRIBED)


def parse(payload: bytes, event: str) -> dict[str, Any]:
    """Return the document of one of EVENTS. Raises DecodeError for what is no such event."""
    message = protobufs.parsed(_classes()[event], payload, f"a ChirpStack event {event}")
    info = message.device_info
    profile, name = info.device_profile_name, info.device_name
    document: dict[Any, Any] = {
        "deviceInfo": {"devEui": info.dev_eui, "deviceName": name, "deviceProfileName": profile}
    }
    if message.HasField("time"):
        document[AT] = document["time"] = _instant(message.time)
    if event == "up":
        _add_uplink(message, document)
    elif event == "status":
        document["externalPowerSource"] = message.external_power_source
        document["batteryLevelUnavailable"] = message.battery_level_unavailable
        document["batteryLevel"] = round(message.battery_level, 2)
    elif event == "log":
        document["level"], document["code"] = _named(_LEVELS, message.level), _named(_CODES, message.code)
        document["description"] = message.description
    return document


def _add_uplink(message: Any, document: dict[Any, Any]) -> None:
    document["deduplicationId"] = message.deduplication_id
    document["fCnt"], document["fPort"], document["data"] = message.f_cnt, message.f_port, message.data
    if message.HasField("object"):
        document["object"] = protobufs.fields_of(message.object)
    document["rxInfo"] = [{"rssi": each.rssi, "gatewayId": each.gateway_id} for each in message.rx_info]


def _instant(time: Any) -> int:
    """Return the instant in microseconds."""
    if not 0 <= time.seconds <= _LAST_SECOND or not 0 <= time.nanos < 1_000_000_000:
        raise DecodeError(f"not a time: {time.seconds} s and {time.nanos} ns")
    return int(time.seconds * 1_000_000 + time.nanos // 1000)


def _named(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else str(number)
