"""What a rule kind is given and what it answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, Self

from domain.intervals import Interval
from domain.model import ProfileVersion, Rule
from domain.registry import Registry
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import Form
from rules.messages.reasons import Why
from rules.series.arrays.intervals import Numbers
from rules.series.arrays.warmest import Steps
from rules.series.bounds import Bounds
from rules.series.view import View
from rules.subjects.outside_test import Test
from rules.subjects.warmth import Warmth

Means = Literal["consecutive", "cumulative"]


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

    def outside(self, piece: Piece) -> Sequence[Interval]:
        """When the subject was outside by this rule, whichever version was in force; the last may end after `until`."""

    def ever_outside(self, piece: Piece, slack: int = 0) -> Sequence[Interval]:
        """When the subject was outside by this version's numbers, whether or not it was in force.

        `slack`: what the place was as long before a stay counts as well.
        """

    def alike(self, piece: Piece) -> Sequence[Piece]:
        """The versions of this rule that are of the same kind."""

    def unknown(self, asked: Sequence[tuple[Piece, str | None]]) -> list[Interval]:
        """When a quantity (None: any that counts in the coverage) was unknown while its piece was in force.

        What goes on ends after `until`.
        """

    def readers(self, piece: Piece, quantity: str | None) -> list[tuple[View, list[Interval]]]:
        """Every sensor's view that spoke for where the subject stood, and when."""

    def quiet(self, piece: Piece, quantity: str | None, after: int) -> Sequence[Interval]:
        """Stretches with no value heard for at least `after`: last value (or start), next value (or NEVER)."""

    def last_heard(self, piece: Piece, quantity: str | None) -> int:
        """The last value heard, or the start of the watch."""

    def heard_live(self, piece: Piece, quantity: str | None) -> bool:
        """Whether a sensor that speaks for it now was heard last: its silence is noticed without asking."""

    def warmth(self) -> Warmth:
        """The warmest known value over time, up to the end of the watch."""

    def ceiling(self, piece: Piece) -> int | None:
        """A value that will not be exceeded without the rule being asked again; None: nothing is known now."""

    def warmest(self, since: int, until: int) -> Steps:
        """The same as columns, only within `[since, until)`."""

    def readings(self, piece: Piece, quantity: str, since: int, until: int) -> Numbers:
        """Instants in the closed span at which a value was read for where the subject stood."""

    def heard_within(self, piece: Piece, quantity: str, since: int, until: int) -> bool:
        """Whether there is any such instant in `[since, until)`."""

    def count(self, piece: Piece, quantity: str | None, since: int, until: int) -> int:
        """How many readings, faults included, lie in `[since, until)` for where the subject stood."""

    def coverage(self, since: int, until: int) -> float:
        """The share of the span that was known, 4 decimals."""

    def peak(self, piece: Piece, since: int, until: int) -> int | None:
        """The farthest value in the span while it was outside."""


class Condition(Protocol):
    """A rule's numbers, and how its kind uses them."""

    form: ClassVar[Form]
    means: ClassVar[Means]
    exposes: ClassVar[bool]
    counts_in_coverage: ClassVar[bool]

    @property
    def quantity(self) -> str | None:
        """What it looks at; None: whatever is heard."""

    @property
    def bounds(self) -> Bounds | None:
        """The bounds that a value is outside of, for people; None for what is no matter of bounds."""

    @property
    def test(self) -> Test | None:
        """What is outside for it; None for what is no matter of single instants."""

    @property
    def linger(self) -> int:
        """For how long after it was outside each reading inside still matters."""

    @property
    def direction(self) -> str:
        """high, low, silent or faulty."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Build from the site file's fields; problems are noted in `fields`."""

    @classmethod
    def firings(cls, pieces: Sequence[Piece], evidence: Evidence) -> Iterator[tuple[int, Piece]]:
        """Yield each instant at which the rule fired, with the version that asked."""

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """The next instant after `until` at which it could fire with nothing but quiescent readings; NEVER if none.

        `until` itself: it can with the next reading of its quantity.
        """

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """The interval that a firing belongs to; an end after `until` means that it goes on."""

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Say what was measured against what when it fired, or up to now if it goes on."""

    def describe(self) -> str:
        """The requirement in words."""


KINDS: Registry[type[Condition]] = Registry("rule kind")

__all__ = ["KINDS", "Condition", "Evidence", "Means", "Piece", "Why"]
