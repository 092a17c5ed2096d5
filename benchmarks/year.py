"""A year of four sensors in one room, a reading a minute: doors, warm afternoons, dropouts, faults; always the same."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sin, tau
from pathlib import Path

SENSORS = ("S1", "S2", "S3", "S4")
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
MINUTES = 365 * 24 * 60

SITE = """
site: {name: A year}
sensors: [{id: S1, device: d1}, {id: S2, device: d2}, {id: S3, device: d3}, {id: S4, device: d4}]
locations: [{id: ROOM-1, kind: room, profile: cold}]
mounts:
  - {sensor: S1, location: ROOM-1, from: 2025-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-1, from: 2025-01-01T00:00:00Z}
  - {sensor: S3, location: ROOM-1, from: 2025-01-01T00:00:00Z}
  - {sensor: S4, location: ROOM-1, from: 2025-01-01T00:00:00Z}
products: [{id: VAX, profile: cold}]
batches: [{product: VAX, lot: A1}]
placements: [{product: VAX, lot: A1, location: ROOM-1, from: 2025-01-01T00:00:00Z, to: 2026-01-01T00:00:00Z}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 60min, severity: critical, action: hold}
      - {id: too-cold, kind: limit, below: 2.0, for: 15min, deadband: 0.2, action: hold}
      - {id: warm-total, kind: cumulative, above: 8.0, total: 12h, action: hold}
      - {id: mkt, kind: mkt, above: 8.0, window: 24h, action: review}
      - {id: silent, kind: silence, after: 30min, action: notify}
"""


def write_readings(path: Path, minutes: int = MINUTES) -> int:
    """Write the file that `coldchain import readings` takes; return how many readings it has."""
    count = 0
    with path.open("w") as file:
        file.write("sensor,measured_at,temperature\n")
        for line in _lines(minutes):
            file.write(line)
            count += 1
    return count


def _lines(minutes: int) -> Iterator[str]:
    chance = random.Random(1)
    warm_until = silent_until = -1
    for minute in range(minutes):
        at = BEGIN + timedelta(minutes=minute)
        if chance.random() < 1 / 20_000:
            warm_until = minute + chance.randrange(20, 150)
        if chance.random() < 1 / 100_000:
            silent_until = minute + chance.randrange(40, 200)
        base = 5 + 0.8 * sin(tau * minute / 1440) + (3.6 if minute < warm_until else 0)
        stamp = at.strftime("%Y-%m-%dT%H:%M:")
        for i, sensor in enumerate(SENSORS):
            if minute >= silent_until or i:
                value = "fault" if chance.random() < 1e-5 else f"{base + 0.1 * i + chance.gauss(0, 0.08):.2f}"
                yield f"{sensor},{stamp}{15 * i:02}Z,{value}\n"
