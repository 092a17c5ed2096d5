"""What a message says, as `coldchain decode` prints it: a row per device, probe and instant."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from domain.faults import Fault
from domain.gating import fault_at, gates_of
from domain.model import Sensor
from domain.numbers import show_value
from domain.readings import AHEAD_AT_MOST, EXPLAINED, NOT_JUDGED, UNSET_BEFORE, YEARS_BEHIND, Flag, Reading
from domain.times import format_instant
from ingest.decoded import Action, Decoded, Status
from rules.messages.words import describe_fault

_KEYS = {"temperature": "temperature_c", "humidity": "humidity_pct"}
# Kept under a time that is not known to be that of the measurement.
_NO_INSTANT = Flag.UNKNOWN_ZONE | Flag.TWICE | Flag.SKIPPED
_DOUBTS = (Flag.NO_ZONE, Flag.UNKNOWN_ZONE, Flag.TWICE, Flag.SKIPPED, Flag.CLOCK_OFF, Flag.CLOCK_REPLACED, Flag.MOVED)
Sensors: TypeAlias = Mapping[tuple[str, str], Sensor]
_NO_SENSORS: Sensors = MappingProxyType({})
_BESIDE = ("battery_v", "battery_pct", "rssi", "seq")


def answer_of(decoded: Decoded, received_at: int, sensors: Sensors = _NO_SENSORS) -> dict[str, list[dict[str, Any]]]:
    """Return `{"readings": […], "status": […], "actions": […]}`, ready for JSON.

    `sensors`, by device and probe, say what they can measure: what is beyond that is a fault, as for one unknown.
    """
    return {
        "readings": _rows(decoded, received_at, sensors),
        "status": [_status(status) for status in decoded.status],
        "actions": [_action(action) for action in decoded.actions],
    }


def _rows(decoded: Decoded, received_at: int, sensors: Sensors) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str, int | None, int], dict[str, Any]] = {}
    for reading in decoded.readings:
        repeat = 0
        while _KEYS[reading.quantity] in rows.get(key := _key(reading, repeat), ()):
            repeat += 1  # said twice: both are shown
        sensor = sensors.get((reading.device, reading.probe))
        _add(rows.setdefault(key, _row(reading, received_at)), reading, sensor, received_at)
    for status in decoded.status:
        for (device, probe, at, _), row in rows.items():
            if device == status.device and status.probe in ("", probe) and status.measured_at in (None, at):
                row |= {name: value for name in _BESIDE if (value := getattr(status, name)) is not None}
    return list(rows.values())


def _key(reading: Reading, repeat: int) -> tuple[str, str, int | None, int]:
    return reading.device, reading.probe, reading.measured_at, repeat


def _row(reading: Reading, received_at: int) -> dict[str, Any]:
    row: dict[str, Any] = {"device": reading.device, "sensor": reading.probe or None}
    at, flags = reading.measured_at, reading.flags
    is_usable = at is not None and at >= UNSET_BEFORE and not flags & _NO_INSTANT
    row["measured_at"] = format_instant(at) if at is not None and is_usable else None
    if quality := _quality(at, flags, received_at):
        row["quality"] = quality
    if flags & Flag.HISTORICAL:
        row["historical"] = True
    return row


def _quality(at: int | None, flags: Flag, received_at: int) -> str | None:
    """Say what is doubtful about when it was measured; None: nothing."""
    if at is not None and at < UNSET_BEFORE:
        return f"clock not set ({format_instant(at)})"
    doubt = next((flag for flag in _DOUBTS if flags & flag), None) or _untimely(at, received_at)
    if doubt is None:
        return None
    return EXPLAINED[doubt] + ("; kept, not judged" if doubt & NOT_JUDGED else "")


def _untimely(at: int | None, received_at: int) -> Flag | None:
    if at is None:
        return None
    is_ahead, is_old = at > received_at + AHEAD_AT_MOST, at < received_at - YEARS_BEHIND
    return Flag.AHEAD if is_ahead else Flag.UNSET_CLOCK if is_old else None


def _add(row: dict[str, Any], reading: Reading, sensor: Sensor | None, received_at: int) -> None:
    said = _fault(reading, sensor, received_at)
    row[_KEYS[reading.quantity]] = None if reading.value is None or said is not None else show_value(reading.value)
    if said is not None:
        row["fault"] = f"{row['fault']}; {said}" if "fault" in row else said


def _fault(reading: Reading, sensor: Sensor | None, received_at: int) -> str | None:
    """Return why there is no value: `temperature: power-on value, 85.0 °C`; None if there is one."""
    value, quantity = reading.value, reading.quantity
    if value is None:
        return f"{quantity}: {describe_fault(quantity, Fault(reading.fault))}"
    at = received_at if reading.measured_at is None else reading.measured_at
    fault = fault_at(gates_of(sensor, quantity), value, at)
    return None if fault is None else f"{quantity}: {describe_fault(quantity, fault, value)}"


def _status(status: Status) -> dict[str, Any]:
    fields = {name: getattr(status, name) for name in status.__struct_fields__}
    shown = {name: value for name, value in fields.items() if value not in (None, "")}
    if status.measured_at is not None:
        shown["measured_at"] = format_instant(status.measured_at)
    return shown


def _action(action: Action) -> dict[str, Any]:
    return {"action": action.action, "topic": action.topic, "payload_hex": action.payload.hex()}
