"""What a rule kind is given and what it answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from domain.intervals import Interval
from domain.model import ProfileVersion, Rule
from domain.registry import Registry
from rules.bounds import Bounds
from rules.fast.stretches import Numbers
from rules.fast.warmest import Steps
from rules.fields import Fields


@dataclass(frozen=True, slots=True)
class Piece:
    """A rule of one profile version and the time it is in force; asked at both ends."""

    since: int
    until: int
    rule: Rule
    version: ProfileVersion


class Evidence(Protocol):
    """What happened to one subject (a unit, or a location), as far as the kinds need to know."""

    @property
    def until(self) -> int:
        """The present instant of the question."""

    @property
    def watch(self) -> Interval:
        """When the subject is under watch; the end may lie beyond `until`."""

    def exposures(self, rule: str) -> Sequence[Interval]:
        """When the subject was outside, joined; the last end may lie beyond `until`."""

    def quiet(self, quantity: str | None, after: int) -> Sequence[Interval]:
        """Stretches with no value heard for at least `after`: last value (or start), next value (or NEVER)."""

    def last_heard(self, quantity: str | None) -> int:
        """The last value heard, or the start of the watch."""

    def heard_live(self, quantity: str | None) -> bool:
        """Whether a sensor that speaks for it now was heard last: its silence is noticed without asking."""

    def ever_outside(self, piece: Piece) -> bool:
        """Whether the subject was ever beyond the bounds of this piece's rule, whichever version was in force."""

    def temperatures(self) -> Sequence[tuple[int, int, int]]:
        """The warmest known value over time as `(from, to, value)`, up to `until`."""

    def beyond(self, piece: Piece) -> Sequence[Interval]:
        """When places it ever stood in were beyond the bounds of this piece's rule, whichever version was in force."""

    def warmest(self, since: int, until: int) -> Steps:
        """The warmest known value within `[since, until)`, up to now, as columns."""

    def readings(self, quantity: str, since: int, until: int) -> Numbers:
        """Instants in the closed span at which a value was read for where the subject stood."""

    def heard_within(self, quantity: str, since: int, until: int) -> bool:
        """Whether there is any such instant in `[since, until)`."""


class Condition(Protocol):
    """A rule's numbers, and how its kind uses them."""

    exposes: ClassVar[bool]

    @property
    def quantity(self) -> str | None:
        """What it looks at; None: whatever is heard."""

    @property
    def bounds(self) -> Bounds | None:
        """What is outside for it."""

    @property
    def linger(self) -> int:
        """For how long after it was outside each reading inside still matters."""

    @property
    def direction(self) -> str:
        """high, low or silent."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Build from the site file's fields; problems are noted in `fields`."""

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each instant at which the rule fired, with the version that asked."""

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """The next instant after `until` at which it could fire with nothing more heard; NEVER if none."""

    def describe(self) -> str:
        """The requirement in words."""


KINDS: Registry[type[Condition]] = Registry("rule kind")
