"""One unit of a batch: where it was, what it went through, what became of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.reads.finality import Settled
from api.reads.history import Stay
from api.web.charts.model import Budget
from domain.intervals import total, union
from domain.times import MINUTE

Fields = Mapping[str, Any]

# Worst first.
STATES = ("held", "unfounded", "rejected", "hold", "review", "outside", "unknown", "released", "ok")
TONES = {
    **dict.fromkeys(("held", "rejected", "hold"), "hold"),
    **dict.fromkeys(("unfounded", "review", "outside", "unknown"), "warn"),
}


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired for the unit."""

    rule: str
    at: int
    action: str


@dataclass(frozen=True, slots=True)
class Unit:
    """`name` None: the lot is one unit. Stays, exposures and holds are in order of time."""

    name: str | None
    verdict: str
    coverage: float
    longest_gap: int
    fired: Sequence[Fired]
    stays: Sequence[Stay]
    exposures: Sequence[Fields]
    holds: Sequence[Fields]
    budgets: Sequence[Budget]
    now: int
    settled: Settled

    @property
    def state(self) -> str:
        """What is to be said of it first: what a person decided or must decide, else the verdict."""
        held = [hold for hold in self.holds if hold["state"] == "held"]
        if held:
            return "held" if any(hold["founded"] for hold in held) else "unfounded"
        if any(hold["state"] == "rejected" for hold in self.holds):
            return "rejected"
        released = {hold["rule"] for hold in self.holds}
        if self.verdict == "hold":
            return "released" if {f.rule for f in self.fired if f.action == "hold"} <= released else "hold"
        if self.verdict == "review":
            return "review"
        if any(exposure["until"] is None for exposure in self.exposures):
            return "outside"
        return "unknown" if self.verdict == "unknown" else ("released" if released else "ok")

    @property
    def tone(self) -> str:
        """Return hold, warn or plain."""
        return TONES.get(self.state, "plain")

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
        spans = ((e["since"], self.now if e["until"] is None else e["until"]) for e in self.exposures)
        return total(union(spans))

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


def known_of(units: Sequence[Unit]) -> tuple[float, int]:
    """Return which part of the units' time is known, and the longest time."""
    whole = sum(unit.watched for unit in units)
    known = sum(unit.coverage * unit.watched for unit in units)
    return (known / whole if whole else 0.0), max((unit.watched for unit in units), default=0)


def worst_first(units: Sequence[Unit]) -> list[Unit]:
    """Sort units by state; alike ones stay as they are."""
    return sorted(units, key=lambda unit: STATES.index(unit.state))


def lasted(exposure: Fields) -> int:
    """Return how long an exposure lasted, in microseconds."""
    minutes: float = exposure["minutes"]
    return round(minutes * MINUTE)
