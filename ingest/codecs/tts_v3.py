"""The Things Stack 3: `v3/{application}@{tenant}/devices/{device}/{up|join|…}`, or its webhooks, as JSON.

Devices are called by the id that they have there. The time is the network server's: gateways' clocks may be wrong.
Paths of a mapping may begin at the message's root or at its `uplink_message`.
"""

from typing import Any

from domain.errors import DecodeError
from domain.notices import Notice, Remark
from ingest import codecs
from ingest.codecs.common import free_fields, lorawan
from ingest.codecs.common.documents import parse
from ingest.codecs.common.times import instant
from ingest.codecs.common.uplinks import Uplinks
from ingest.codecs.common.values import name_of, plain_number, shown
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source, Status

# Other messages of an application: of downlinks, and of what The Things Stack says of a device itself.
_OTHERS = ("downlink_", "location_solved", "service_data", "join_request")
# Kinds of measurement of a normalized payload, with the probe that each is of. Its units are fixed: °C, %, V.
_NORMALIZED = {"air": "", "soil": "soil", "water": "water"}


@codecs.register("tts_v3", lorawan.check, Uplinks)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what an uplink or a join says, nothing of other messages. Remembered are each device's last uplinks."""
    if not message.payload:
        return lorawan.NOTHING, UNCHANGED  # a retained message was cleared
    document = parse(message.payload)
    ids = document.get("end_device_ids") if isinstance(document, dict) else None
    if not isinstance(ids, dict):
        raise DecodeError(f"not a message of The Things Stack: no end_device_ids in {shown(document)}")
    device = _device(ids)
    uplink = document.get("uplink_message", document.get("uplink_normalized"))
    if isinstance(uplink, dict):
        if document.get("simulated") is True:
            return _simulated(device), UNCHANGED
        is_new = "uplink_message" not in document  # one message for each measurement of an uplink
        root = {**document, **uplink} if lorawan.needs_document(source) else document
        return lorawan.read(_uplink(document, uplink, device, is_new), root, message, source, memory)
    join = document.get("join_accept")
    if isinstance(join, dict):
        at = _first_time(join.get("received_at"), document.get("received_at"))
        changes = {device: None} if device in memory else UNCHANGED  # frame counters begin anew
        return Decoded(status=[Status(device, measured_at=at, online=True)]), changes
    if any(name.startswith(_OTHERS) for name in document):
        return lorawan.NOTHING, UNCHANGED
    raise DecodeError("not a message of The Things Stack that is known: no uplink_message, no join_accept")


def _device(ids: dict[str, Any]) -> str:
    named = ids.get("device_id")
    return name_of(named, "device") if named else lorawan.device(ids.get("dev_eui"))


def _simulated(device: str) -> Decoded:
    told = "a simulated uplink: nothing was measured"
    return Decoded(status=[Status(device, fault=told)], remarks=(Remark(Notice.UNREADABLE_PART, told, device),))


def _uplink(document: dict[str, Any], uplink: dict[str, Any], device: str, is_new: bool) -> lorawan.Uplink:
    settings = uplink.get("settings")
    clock = settings.get("time") if isinstance(settings, dict) else None
    return lorawan.Uplink(
        device,
        _first_time(uplink.get("received_at"), document.get("received_at"), clock),
        lorawan.whole(uplink.get("f_port"), "f_port"),
        lorawan.from_base64(uplink.get("frm_payload")),
        _fields(uplink),
        counter=lorawan.whole(uplink.get("f_cnt"), "f_cnt"),
        rssi=lorawan.strongest(uplink.get("rx_metadata"), "rssi"),
        battery_pct=_battery(uplink.get("last_battery_percentage")),
        model=_model(uplink.get("version_ids")),
        is_new=is_new,
    )


def _first_time(*stamps: Any) -> int | None:
    """Return the first that says one; what is no time counts as none, for the next may be one."""
    for raw in stamps:
        try:
            at, _ = instant(raw, None, None)
        except DecodeError:
            continue
        if at is not None:
            return at
    return None


def _battery(raw: Any) -> float | None:
    return plain_number(raw.get("value")) if isinstance(raw, dict) else plain_number(raw)


def _model(version: Any) -> str:
    """Return the names of maker and model."""
    return f"{version.get('brand_id', '')} {version.get('model_id', '')}" if isinstance(version, dict) else ""


def _fields(uplink: dict[str, Any]) -> Any:
    """Return the normalized payload, whose units are fixed; the decoded one where only that tells more probes apart."""
    decoded, normalized = uplink.get("decoded_payload"), uplink.get("normalized_payload")
    if isinstance(normalized, dict):
        normalized = [normalized]
    if isinstance(normalized, list) and normalized:
        fields = _normalized(normalized)
        if fields and free_fields.temperatures_in(decoded) <= free_fields.temperatures_in(fields):
            return fields
    return decoded


def _normalized(measurements: list[Any]) -> dict[str, Any]:
    """Return the measurements as fields; those with a time of their own as history."""
    fields: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    for each in measurements:
        if isinstance(each, dict):
            found = dict(_measured(each))
            if each.get("time"):
                history.append({"timestamp": each["time"], **found})
            else:
                fields |= {name: value for name, value in found.items() if name not in fields}
    return {**fields, "history": history} if history else fields


def _measured(measurement: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for kind, probe in _NORMALIZED.items():
        of_kind = measurement.get(kind)
        if not isinstance(of_kind, dict):
            continue
        prefix = f"{probe}_" if probe else ""
        temperature = of_kind.get("temperature")
        if isinstance(temperature, dict):  # the water's has a minimum and a maximum, too
            temperature = temperature.get("current", temperature.get("avg"))
        if temperature is not None:
            found.append((f"{prefix}temperature", temperature))
        if of_kind.get("relativeHumidity") is not None:
            found.append((f"{prefix}humidity", of_kind["relativeHumidity"]))
    if measurement.get("battery") is not None:
        found.append(("battery_voltage", measurement["battery"]))
    return found
