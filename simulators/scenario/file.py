"""The scenario file: YAML, read whole or refused with every problem."""

import dataclasses
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.faults import FAULTS
from simulators.faults.base import Fault
from simulators.faults.chambers import ChamberFault
from simulators.faults.probes import ProbeFault
from simulators.formats import FORMATS
from simulators.physics.ambient import Ambient
from simulators.physics.builds import BUILDS, Build
from simulators.physics.probe import Make
from simulators.times import parse_time


def _duration(given: object) -> object:
    return parse_duration(given) if isinstance(given, str) else given


Seconds = Annotated[int, BeforeValidator(_duration)]
Text = Annotated[str, BeforeValidator(lambda given: str(given) if isinstance(given, int | float) else given)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class AmbientGiven(_Given):
    """Air outside everything."""

    id: str
    mean: float
    swing: float = 0.0
    dew_point: float = 8.0

    @property
    def ambient(self) -> Ambient:
        """Return it as physics has it."""
        return Ambient(self.mean, self.swing, self.dew_point)


class ChamberGiven(_Given):
    """A chamber of a kind, in a chamber or an ambient; `but` changes properties of its kind."""

    id: str
    kind: Literal["hall", "room", "fridge", "freezer", "ultra", "truck"]
    inside: str = Field(alias="in")
    but: Mapping[str, Any] = {}

    @property
    def build(self) -> Build:
        """Return what it is made of. Raises TypeError for a property that there is none."""
        preset = BUILDS[self.kind]
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in self.but.items()}
        return Build(**{name: getattr(preset, name) for name in Build.__slots__} | given)


class Hurried(_Given):
    """From when on a probe reports oftener."""

    since: Seconds = Field(alias="from")
    every: Seconds = Field(gt=0)


class ProbeGiven(_Given):
    """A probe, and how often it is read."""

    device: Text
    probe: Text = ""
    inside: str = Field(alias="in")
    every: Seconds = Field(gt=0)
    hurried: Hurried | None = None
    offset: float = 0.0
    lag: Seconds = Field(default=120, ge=0)
    noise: float = Field(default=0.04, ge=0)
    resolution: Decimal = Field(default=Decimal("0.1"), gt=0)
    humid: bool = False

    @property
    def name(self) -> str:
        """Return how a fault names it."""
        return f"{self.device}/{self.probe}" if self.probe else self.device

    @property
    def make(self) -> Make:
        """Return it as physics has it."""
        return Make(offset=self.offset, lag_s=self.lag, noise=self.noise, resolution=self.resolution, humid=self.humid)


class GatewayGiven(_Given):
    """What publishes for devices, and how."""

    id: str
    says: str
    topic: str
    hears: tuple[Text, ...]
    every: Seconds = Field(default=0, ge=0)  # 0: what is heard is sent at once
    buffers: bool = True
    fault: Text = "null"
    timezone: str = "UTC"


class MoveGiven(_Given):
    """A unit comes (`quantity`), goes elsewhere, or leaves (`to: null`); told through the API at once or later."""

    at: Seconds
    product: Text
    lot: Text
    unit: Text | None = None
    to: Text | None
    quantity: int | None = None
    told: Seconds | None = None

    @property
    def told_at(self) -> int:
        """Return when it is told."""
        return self.at if self.told is None else self.told


class Scenario(_Given):
    """All of it; times are seconds after the start."""

    seed: int
    site: str
    lasts: Seconds = Field(gt=0)
    starts: Annotated[int, BeforeValidator(lambda given: parse_time(str(given)))] | None = None
    ambients: tuple[AmbientGiven, ...]
    chambers: tuple[ChamberGiven, ...]
    probes: tuple[ProbeGiven, ...]
    gateways: tuple[GatewayGiven, ...]
    faults: tuple[Mapping[str, Any], ...] = ()
    moves: tuple[MoveGiven, ...] = ()
    folder: Path = Path()

    @property
    def site_template(self) -> str:
        """Return the text of the site file, its times not yet filled in. Raises InputError."""
        try:
            return (self.folder / self.site).read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"site: {self.folder / self.site} cannot be read: {error.strerror}") from None

    @property
    def troubles(self) -> tuple[Fault, ...]:
        """Return the faults."""
        return tuple(read_fault(given) for given in self.faults)


def read_scenario(path: Path) -> Scenario:
    """Read a file. Raises InputError with every problem, e.g. `depot.yaml probes.0.every: …`."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        scenario = Scenario(**given, folder=path.parent)
    except yaml.YAMLError as error:
        raise InputError(f"{path.name}: {error}") from None
    except ValidationError as error:
        raise InputError("\n".join(f"{path.name} {_said(problem)}" for problem in error.errors())) from None
    problems = list(_problems(scenario))
    if problems:
        raise InputError("\n".join(f"{path.name} {problem}" for problem in problems))
    return scenario


def read_fault(given: Mapping[str, Any]) -> Fault:
    """Return a fault such as `{fault: door-ajar, at: COLD-1, from: 3h, to: 5h}`. Raises ValueError."""
    fields = dict(given)
    name = fields.pop("fault", None)
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
    fields["since"], fields["until"] = fields.pop("from", None), fields.pop("to", None)
    lengths = ("since", "until", "by", "after", "over")
    try:
        fault: Fault = FAULTS[name](
            **{key: parse_duration(str(value)) if key in lengths else value for key, value in fields.items()}
        )
    except TypeError:
        known = ", ".join(
            field.name for field in dataclasses.fields(FAULTS[name]) if field.name not in ("since", "until")
        )
        raise ValueError(f"{name} takes from, to, {known}; given: {', '.join(given)}") from None
    return fault


class _Loader(yaml.SafeLoader):
    """Leaves times as text: they are read with their zone."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _said(problem: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}, given: {problem['input']!r}"


def _problems(scenario: Scenario) -> Iterator[str]:
    """Yield what only the whole shows."""
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
