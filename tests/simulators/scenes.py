"""A scenario as small as can be, for tests to change."""

from pathlib import Path
from typing import Any

import yaml

from simulators.scenario.file import read_scenario
from simulators.scenario.given import Scenario

SITE = """
site: {name: Small, timezone: UTC}
sources: [{topic: "g/+", format: json, mapping: {device: device, temperature: temp, humidity: rh, measured_at: ts}}]
sensors: [{id: S1}, {id: S2}]
locations: [{id: ROOM, profile: room}]
mounts: [{sensor: S1, location: ROOM, from: "${0s}"}, {sensor: S2, location: ROOM, from: "${0s}"}]
products: [{id: VAX, profile: vax}]
batches: [{product: VAX, lot: "0123"}]
placements: [{product: VAX, lot: "0123", unit: P1, location: ROOM, quantity: 5, from: "${1h}", to: null}]
profiles:
  - id: room
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: warm, kind: limit, quantity: temperature, above: 8.0, for: 10min, severity: warning}]
  - id: vax
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 30min, severity: critical, action: hold}]
"""
SMALL: dict[str, Any] = {
    "seed": 1,
    "site": "site.yaml",
    "starts": "2026-03-02T00:00:00Z",
    "lasts": "6h",
    "ambients": [{"id": "outdoors", "mean": 25.0}],
    "chambers": [{"id": "ROOM", "kind": "room", "in": "outdoors", "but": {"doors_a_day": 0}}],
    "probes": [
        {"device": "S1", "in": "ROOM", "every": "5min"},
        {"device": "S2", "in": "ROOM", "every": "5min", "humid": True},
    ],
    "gateways": [{"id": "gw", "says": "json-flat", "topic": "g/1", "hears": ["S1", "S2"]}],
}


def written(folder: Path, site: str = SITE, **changes: Any) -> Path:
    """Write the small scenario, changed, and its site file."""
    (folder / "site.yaml").write_text(site)
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(SMALL | changes))
    return path


def scene(folder: Path, site: str = SITE, **changes: Any) -> Scenario:
    """The small scenario, changed."""
    return read_scenario(written(folder, site, **changes))
