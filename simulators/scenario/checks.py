"""What is wrong with a scenario as a whole."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from simulators.faults.chambers import ChamberFault
from simulators.faults.probes import ProbeFault
from simulators.formats import FORMATS
from simulators.physics.builds import Build
from simulators.scenario.given import Scenario, read_fault


def problems(scenario: Scenario) -> Iterator[str]:
    """Yield what only the whole shows, a sentence each."""
    chambers = [chamber.id for chamber in scenario.chambers]
    known = {ambient.id for ambient in scenario.ambients}
    for chamber in scenario.chambers:  # in order, so that none is inside itself
        if chamber.inside not in known:
            yield f"chambers {chamber.id}: no ambient, and no chamber above it, is {chamber.inside!r}"
        if unknown := chamber.but.keys() - set(Build.__slots__):
            yield f"chambers {chamber.id}: {chamber.kind} has no {', '.join(sorted(unknown))}"
        known.add(chamber.id)
    heard = [device for gateway in scenario.gateways for device in gateway.hears]
    for probe in scenario.probes:
        if probe.inside not in chambers:
            yield f"probes {probe.name}: no chamber {probe.inside!r}"
        if heard.count(probe.device) != 1:
            yield f"probes {probe.name}: {heard.count(probe.device)} gateways hear {probe.device}, expected one"
    for gateway in scenario.gateways:
        if gateway.says not in FORMATS:
            yield f"gateways {gateway.id}: unknown format {gateway.says!r}; known: {', '.join(FORMATS)}"
        try:
            ZoneInfo(gateway.timezone)
        except (KeyError, ValueError):
            yield f"gateways {gateway.id}: no time zone {gateway.timezone!r}"
    yield from _fault_problems(scenario)


def _fault_problems(scenario: Scenario) -> Iterator[str]:
    for number, given in enumerate(scenario.faults):
        try:
            fault = read_fault(given)
        except ValueError as error:
            yield f"faults.{number}: {error}"
            continue
        if isinstance(fault, ChamberFault):
            known = [chamber.id for chamber in scenario.chambers]
        elif isinstance(fault, ProbeFault):
            known = [probe.name for probe in scenario.probes]
        else:
            known = [gateway.id for gateway in scenario.gateways]
        if fault.at not in known:
            yield f"faults.{number}: {given['fault']} at {fault.at!r}; known there: {', '.join(known)}"
        if fault.since >= fault.until:
            yield f"faults.{number}: it ends before it begins"
