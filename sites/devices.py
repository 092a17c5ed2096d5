"""Devices that a file of readings names and the site does not: what they said is kept, and judged once they hang."""

import csv
from dataclasses import replace
from pathlib import Path

from domain.model import Sensor, Site


def name_of(sensor: Sensor) -> str:
    """Return `device/probe`, by which a sensor goes before anybody has named it."""
    return f"{sensor.device}/{sensor.probe or ''}"


def with_unassigned(site: Site, path: Path) -> Site:
    """Return the site with a sensor for every `device/probe` of a file that is none of its own."""
    known = site.sensors.keys() | {name_of(sensor) for sensor in site.sensors.values()}
    unassigned: dict[str, Sensor] = {}
    for name in _sensors_in(path) - known:
        device, slash, probe = name.rpartition("/")
        if slash and device:
            unassigned[name] = Sensor(name, device, probe or None)
    return replace(site, sensors={**site.sensors, **unassigned})


def _sensors_in(path: Path) -> set[str]:
    """Return every name in the column; what is wrong with the file is told by whoever reads it whole."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = csv.reader(file)
        try:
            header = next(lines, [])
            at = header.index("sensor") if "sensor" in header else len(header)
            return {cells[at] for cells in lines if at < len(cells)}
        except csv.Error:
            return set()
