"""What a rule kind is given and what it answers: all that a kind imports of the rest."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Protocol, Self

from domain.intervals import Interval
from domain.registry import Registry
from rules.kinds.common.evidence import Evidence
from rules.kinds.common.fields import Fields
from rules.kinds.common.form import Form
from rules.messages.reasons import Why
from rules.series.bounds import Bounds
from rules.subjects.outside_test import Test
from rules.subjects.pieces import Piece

Means = Literal["consecutive", "cumulative"]


class Condition(Protocol):
    """A rule's numbers, and how its kind uses them."""

    form: ClassVar[Form]
    means: ClassVar[Means]
    exposes: ClassVar[bool]
    is_over_in_range: ClassVar[bool]
    goes_on: ClassVar[bool]
    counts_in_coverage: ClassVar[bool]

    @property
    def quantity(self) -> str | None:
        """What it looks at; None: any quantity."""

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
        """Yield each instant at which the rule fired, with the version that asked.

        What `goes_on` may leave out those up to `evidence.judged_until`.
        """

    def due(self, piece: Piece, evidence: Evidence) -> int:
        """The next instant after `until` at which it could fire with nothing but quiescent readings; NEVER if none.

        `until` itself: it can with the next reading of its quantity.
        """

    def span(self, at: int, piece: Piece, evidence: Evidence) -> Interval:
        """The interval that a firing belongs to; an end after `until` means that it is ongoing."""

    def why(self, at: int, piece: Piece, evidence: Evidence) -> Why:
        """Say what was measured against what when it fired, or up to now if it is ongoing."""

    def describe(self) -> str:
        """The requirement in words."""


KINDS: Registry[type[Condition]] = Registry("rule kind")

__all__ = ["KINDS", "Condition", "Evidence", "Means", "Piece", "Why"]
