"""Devices that a file of readings names and the site does not: what they said is kept, and judged once they hang."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

from domain.model import Sensor, Site


def name_of(sensor: Sensor) -> str:
    """Return `device/probe`, by which a sensor goes before anybody has named it."""
    return f"{sensor.device}/{sensor.probe or ''}"


def names_of(site: Site) -> dict[str, str]:
    """Return the sensors' ids by what they may be called: id, `device/probe`, or the device if it has one probe."""
    devices = Counter(sensor.device for sensor in site.sensors.values())
    found = {sensor.device: sensor.id for sensor in site.sensors.values() if devices[sensor.device] == 1}
    found |= {name_of(sensor): sensor.id for sensor in site.sensors.values()}
    return found | {sensor: sensor for sensor in site.sensors}


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
            if "sensor" not in header:
                return set()
            at = header.index("sensor")
            return {cells[at] for cells in lines if at < len(cells)}
        except csv.Error:
            return set()
