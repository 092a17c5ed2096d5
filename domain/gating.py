"""The gates of a sensor over time: which of the numbers that it sends are values."""

from collections.abc import Mapping

from domain.faults import Fault
from domain.gate import PRESETS, Gate
from domain.model import Dated, Sensor, Site, always

PRESETS_ALWAYS: Mapping[str, Dated[Gate]] = {quantity: always(gate) for quantity, gate in PRESETS.items()}


def gates_of(sensor: Sensor | None, quantity: str) -> Dated[Gate]:
    """Return the gates of one quantity of a sensor; the preset for one that says nothing, or is unknown."""
    own = None if sensor is None else sensor.gates.get(quantity)
    return PRESETS_ALWAYS[quantity] if own is None else own


def gates_by_probe(site: Site) -> dict[tuple[str, str, str], Dated[Gate]]:
    """Return the gates of those sensors that have their own, by device, probe and quantity."""
    return {
        (sensor.device, sensor.probe or "", quantity): gates
        for sensor in site.sensors.values()
        for quantity, gates in sensor.gates.items()
    }


def fault_at(gates: Dated[Gate], value: int, instant: int) -> Fault | None:
    """Return why a number of an instant is no value; None if it is one."""
    gate = gates.at(instant)
    return None if gate is None else gate.fault(value)


def tightest(gates: Dated[Gate]) -> Gate:
    """Return a gate that lets through only what each of them does, whenever."""
    if len(gates.steps) == 1:
        return gates.steps[0][1]
    every = [gate for _, gate in gates.steps]
    faults = {number: fault for gate in every for number, fault in gate.faults.items()}
    return Gate(max(gate.low for gate in every), min(gate.high for gate in every), faults)
