"""A release as it was signed: what was known of the rule that it lifts, and how much more is allowed.

It is kept as it was for ever. Judging knows nothing of it; what comes of it is worked out beside the judgement.
"""

from dataclasses import dataclass
from typing import NamedTuple

from domain.times import MICROSECOND, MINUTE
from rules.judgement import Firing

# Less than this is no reading: numbers are kept to a thousandth of a minute, and cut when they are shown.
TOLERANCE = 60_000 * MICROSECOND


class Allow(NamedTuple):
    """How much more is allowed: time outside after the signature (µs), and the worst value in it (10⁻⁶)."""

    length: int
    up_to: int


class Covered(NamedTuple):
    """The time that a decision is about: for a `limit` the exposures that touch it, else all that adds up in it."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was known of a rule when a person signed: minutes, degree-minutes and peak of what it is about.

    `measured`: what the rule compares, if it adds up: minutes in its window, a mean kinetic temperature in °C, a share
    of the shelf life.
    """

    minutes: float = 0.0
    degree_minutes: float = 0.0
    peak: int | None = None
    measured: float | None = None

    @property
    def length(self) -> int:
        """Return the minutes as microseconds."""
        return round(self.minutes * MINUTE)


@dataclass(frozen=True, slots=True)
class Release:
    """A signed release of one unit from one hold, at an instant."""

    hold: int
    rule: str
    kind: str
    at: int
    covered: Covered
    accepted: Accepted
    allow: Allow | None = None

    @property
    def allowed(self) -> int:
        """Return for how long it may be outside after the signature (µs)."""
        return 0 if self.allow is None else self.allow.length


class ReleaseState(NamedTuple):
    """How a release stands: since when more is known than it covers (None: it is not), and how much is used.

    `due`: when that can be at the earliest while nothing is heard but what goes on; `awaited`: or with any reading.
    """

    at: int | None
    due: int
    used: int = 0
    worst: int | None = None
    awaited: bool = False


class Used(NamedTuple):
    """How long a unit was outside after the signature, in minutes, and the worst value in it (10⁻⁶)."""

    hold: int
    minutes: float
    worst: int | None


@dataclass(frozen=True, slots=True)
class Again:
    """What releases make of a judgement: what calls for a hold again, and what is within what they allow.

    `covered`: rule and instant of firings that an allowance covers, each with the hold that was released.
    """

    firings: tuple[Firing, ...] = ()
    covered: tuple[tuple[tuple[str, int], int], ...] = ()
    used: tuple[Used, ...] = ()


NOTHING_AGAIN = Again()
