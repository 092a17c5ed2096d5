"""Faults of probes: what is measured is not what is. Nobody can tell from the readings, so the truth is of what was
measured."""

from dataclasses import dataclass

from simulators.faults.base import Fault

HOUR_S = 3600


@dataclass(frozen=True, kw_only=True)
class ProbeFault(Fault):
    """Something that a probe suffers from; `at` is its device, or `device/probe`."""

    def measured(self, value: float, second: int) -> float:
        """Return what its element measures instead."""
        return value

    def shown(self, text: str, before: str | None) -> str | None:
        """Return what it shows instead, given what it showed last; None: it has no value."""
        return text


@dataclass(frozen=True, kw_only=True)
class ProbeUnplugged(ProbeFault):
    """The transmitter finds no probe: a fault of all its quantities."""

    def shown(self, text: str, before: str | None) -> str | None:
        """Return no value."""
        return None


@dataclass(frozen=True, kw_only=True)
class StuckProbe(ProbeFault):
    """It repeats what it showed last, always as new."""

    def shown(self, text: str, before: str | None) -> str | None:
        """Return what it showed before."""
        return text if before is None else before


@dataclass(frozen=True, kw_only=True)
class DriftingProbe(ProbeFault):
    """Its element ages by so many K an hour; a new one is right again."""

    kelvin_per_hour: float

    def measured(self, value: float, second: int) -> float:
        """Return what it has drifted to."""
        return value + self.kelvin_per_hour * (second - self.since) / HOUR_S
