"""A unit of a batch: where it was, what it went through, its verdict, its holds, and whether it may be used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.intervals import total, union
from ledger.models.exposure import Exposure
from ledger.models.finality import Finality
from ledger.models.hold import Hold
from rules.subjects.whereabouts import UnitKey
from rules.unit_verdict import UnitVerdict
from rules.usability import BlockedBy, Usability, usability


class Stay(NamedTuple):
    """A time at a place; `name` None: where it was may not be known."""

    location: str
    name: str | None
    inherited: bool
    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit at an instant. Stays, exposures and holds are in order of time; exposures are those in force."""

    key: UnitKey
    now: int
    verdict: UnitVerdict
    reason: str  # of the verdict
    finality: Finality
    stays: Sequence[Stay]
    exposures: Sequence[Exposure]
    holds: Sequence[Hold]
    is_expired: bool = False
    blocked: BlockedBy | None = None  # by which status

    @property
    def name(self) -> str | None:
        """The name of the unit; None: the lot is one unit."""
        return self.key.unit

    @property
    def usability(self) -> Usability:
        """Return whether it may be used, and if not, why."""
        is_outside = any(exposure.is_open for exposure in self.exposures)
        told = (self.holds, self.verdict.firings, self.verdict.verdict)
        return usability(*told, blocked=self.blocked, is_outside=is_outside, is_expired=self.is_expired)

    @property
    def here(self) -> list[Stay]:
        """Where it stands now."""
        return [stay for stay in self.stays if not stay.inherited and stay.since <= self.now < stay.until]

    @property
    def left(self) -> Stay | None:
        """Where it stood last, if it stands nowhere now."""
        gone = [stay for stay in self.stays if not stay.inherited and stay.until <= self.now]
        return max(gone, key=lambda stay: stay.until) if gone and not self.here else None

    @property
    def outside(self) -> int:
        """For how long it was outside any rule, in microseconds."""
        return total(union((each.since, self.now if each.until is None else each.until) for each in self.exposures))

    def places(self, since: int, until: int | None) -> tuple[str, ...]:
        """Return where it stood during an interval, as far as it may be known."""
        end = self.now if until is None else until
        stays = (stay for stay in self.stays if stay.since < end and stay.until > since)
        return tuple(dict.fromkeys(stay.name for stay in stays if stay.name is not None))

    @property
    def watched(self) -> int:
        """For how long it was somewhere, in microseconds."""
        since = min((stay.since for stay in self.stays), default=self.now)
        return max(0, min(self.now, max((stay.until for stay in self.stays), default=self.now)) - since)


def coverage_of(units: Sequence[Unit]) -> tuple[float, int]:
    """Return the data coverage of the unit of which the least is known, as its verdict has it, and its time in storage.

    Nothing is averaged: a lot's verdict is its worst unit's, and much known of one says nothing of another.
    """
    watched = [unit for unit in units if unit.watched]
    least = min(watched, key=lambda unit: unit.verdict.coverage, default=None)
    return (0.0, 0) if least is None else (least.verdict.coverage, least.watched)


def worst_first(units: Iterable[Unit]) -> list[Unit]:
    """Sort units by whether they may be used; alike ones stay as they are."""
    return sorted(units, key=lambda unit: unit.usability.rank)
