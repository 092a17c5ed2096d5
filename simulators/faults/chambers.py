"""Faults of chambers: the air really changes, so what is measured is true."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from simulators.faults.base import Fault
from simulators.physics.chamber import Trouble


@dataclass(frozen=True, kw_only=True)
class ChamberFault(Fault, ABC):
    """Something that a chamber suffers from."""

    @abstractmethod
    def afflict(self, trouble: Trouble) -> None:
        """Say what is wrong during a step."""


@dataclass(frozen=True, kw_only=True)
class DoorAjar(ChamberFault):
    """The door stands open, `opened` of 1."""

    opened: float = 1.0

    def afflict(self, trouble: Trouble) -> None:
        """Open the door."""
        trouble.door = max(trouble.door, self.opened)


@dataclass(frozen=True, kw_only=True)
class CompressorFailure(ChamberFault):
    """Nothing cools it."""

    def afflict(self, trouble: Trouble) -> None:
        """Stop the compressor."""
        trouble.compressor = True


@dataclass(frozen=True, kw_only=True)
class PowerCut(ChamberFault):
    """Neither compressor nor fan runs; the gateway on the same mains, if named, hears nothing meanwhile, for good."""

    gateway: str | None = None

    def afflict(self, trouble: Trouble) -> None:
        """Cut the power."""
        trouble.power = True
