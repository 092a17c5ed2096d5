"""What the rules say of one unit or one location: exposures (a location's are excursions) and what fired."""

from dataclasses import dataclass
from typing import NamedTuple

from domain.model import Action, Severity


class UnitKey(NamedTuple):
    """A unit of a batch; `unit` None: the batch is one unit."""

    product: str
    lot: str
    unit: str | None


class LocationKey(NamedTuple):
    """A location judged by its own profile."""

    location: str


Subject = UnitKey | LocationKey


@dataclass(frozen=True, slots=True)
class Exposure:
    """An interval outside a rule; `until` None: going on."""

    rule: str
    since: int
    until: int | None
    minutes: float
    degree_minutes: float
    peak: int | None
    fired_at: int | None


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule fired at an instant: what it rests on and whose sensors spoke."""

    rule: str
    at: int
    action: Action
    severity: Severity
    profile: str
    version: int
    kind: str
    quantity: str  # "" if any
    direction: str  # high | low | silent
    places: tuple[str, ...]  # locations whose sensors spoke
    since: int
    until: int | None
    sentence: str  # e.g. `above 8.0 °C for 75 min, peak 9.6 °C`


@dataclass(frozen=True, slots=True)
class Judged:
    """All that the rules say of a subject."""

    exposures: tuple[Exposure, ...] = ()
    firings: tuple[Firing, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What the rules said of a subject before, and what they say now."""

    subject: Subject
    before: Judged
    after: Judged
