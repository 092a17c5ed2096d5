"""What a message says, as `coldchain decode` prints it: a row per device, probe and instant."""

from typing import Any

from domain.numbers import show_value
from domain.readings import EARLIEST, Flag, Reading
from domain.times import format_instant
from ingest.decoded import Action, Decoded, Status

_KEYS = {"temperature": "temperature_c", "humidity": "humidity_pct"}
_BESIDE = ("battery_v", "battery_pct", "rssi", "seq")


def answer_of(decoded: Decoded) -> dict[str, list[dict[str, Any]]]:
    """Return `{"readings": […], "status": […], "actions": […]}`, ready for JSON."""
    return {
        "readings": _rows(decoded),
        "status": [_status(status) for status in decoded.status],
        "actions": [_action(action) for action in decoded.actions],
    }


def _rows(decoded: Decoded) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str, int | None, int], dict[str, Any]] = {}
    for reading in decoded.readings:
        repeat = 0
        while _KEYS[reading.quantity] in rows.get(key := _key(reading, repeat), ()):
            repeat += 1  # said twice: both are shown
        _add(rows.setdefault(key, _row(reading)), reading)
    for status in decoded.status:
        for (device, probe, at, _), row in rows.items():
            if device == status.device and status.probe in ("", probe) and status.measured_at in (None, at):
                row |= {name: value for name in _BESIDE if (value := getattr(status, name)) is not None}
    return list(rows.values())


def _key(reading: Reading, repeat: int) -> tuple[str, str, int | None, int]:
    return reading.device, reading.probe, reading.measured_at, repeat


def _row(reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {"device": reading.device, "sensor": reading.probe or None}
    at = reading.measured_at
    row["measured_at"] = None if at is None or at < EARLIEST else format_instant(at)
    if at is not None and at < EARLIEST:
        row["quality"] = f"clock not set ({format_instant(at)})"
    if reading.flags & Flag.HISTORICAL:
        row["historical"] = True
    return row


def _add(row: dict[str, Any], reading: Reading) -> None:
    row[_KEYS[reading.quantity]] = None if reading.value is None else show_value(reading.value)
    if reading.value is None:
        row["fault"] = f"{row['fault']}, {reading.quantity}" if "fault" in row else f"no value: {reading.quantity}"


def _status(status: Status) -> dict[str, Any]:
    fields = {name: getattr(status, name) for name in status.__struct_fields__}
    shown = {name: value for name, value in fields.items() if value not in (None, "")}
    if status.measured_at is not None:
        shown["measured_at"] = format_instant(status.measured_at)
    return shown


def _action(action: Action) -> dict[str, Any]:
    return {"action": action.action, "topic": action.topic, "payload_hex": action.payload.hex()}
