"""What a gateway publishes: `{"device": …, "temp": …, "rh": …, "ts": …}`."""

import json
from typing import NamedTuple

from simulators.times import format_time


class Report(NamedTuple):
    """What a device says at one instant.

    A value is the text of a JSON number, passed on digit by digit; None: the sensor says it has none (a fault);
    "": it says nothing of this quantity.
    """

    at: int
    device: str
    temperature: str | None
    humidity: str | None = ""


def encode(report: Report) -> bytes:
    """Return the JSON text of a report."""
    parts = [f'"device":{json.dumps(report.device, ensure_ascii=False)}']
    for key, value in (("temp", report.temperature), ("rh", report.humidity)):
        if value != "":
            parts.append(f'"{key}":{"null" if value is None else value}')
    parts.append(f'"ts":"{format_time(report.at)}"')
    return f"{{{','.join(parts)}}}".encode()
