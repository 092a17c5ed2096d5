"""What a scenario file gives: its entries as they are read."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.faults import FAULTS
from simulators.faults.base import Fault
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
    def reported_at(self) -> int:
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
