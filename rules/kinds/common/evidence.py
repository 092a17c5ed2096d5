"""What happened to one subject, as far as the kinds of rules need to know."""

from collections.abc import Sequence
from typing import Protocol

from domain.intervals import Interval
from rules.series.arrays.intervals import Numbers
from rules.series.arrays.warmest import Steps
from rules.series.view import View
from rules.subjects.kept import Lengths
from rules.subjects.pieces import Piece
from rules.subjects.warmth import Warmth


class Evidence(Protocol):
    """What happened to one subject (a unit, or a location), as far as the kinds need to know."""

    @property
    def until(self) -> int:
        """The present instant of the question."""

    @property
    def watch(self) -> Interval:
        """When the subject is under watch; the end may lie beyond `until`."""

    def outside(self, piece: Piece) -> Lengths:
        """When the subject was outside by this rule, whichever version was in force; the last may end after `until`."""

    def judged_until(self, piece: Piece) -> int:
        """Up to when it is known what fired, and not asked: only what `goes_on` from there needs to know."""

    def ever_outside(self, piece: Piece, slack: int = 0) -> Sequence[Interval]:
        """When the subject was outside by this version's numbers, whether or not it was in force.

        `slack`: what the place was as long before a stay counts as well.
        """

    def alike(self, piece: Piece) -> Sequence[Piece]:
        """The versions of this rule that are of the same kind."""

    def unknown(self, asked: Sequence[tuple[Piece, str | None]]) -> list[Interval]:
        """When a quantity (None: any that counts in the coverage) was unknown while its piece was in force.

        What is ongoing ends after `until`.
        """

    def readers(self, piece: Piece, quantity: str | None) -> list[tuple[View, list[Interval]]]:
        """Every sensor's view that spoke for where the subject was, and when."""

    def silences(self, piece: Piece, quantity: str | None, after: int) -> Sequence[Interval]:
        """Intervals with no value for at least `after`: last value (or start), next value (or NEVER)."""

    def silence_around(self, piece: Piece, quantity: str | None, after: int, at: int) -> Interval | None:
        """That of them in which an instant lies, without its ends."""

    def last_value_at(self, piece: Piece, quantity: str | None) -> int:
        """The last value, or the start of the watch."""

    def is_live(self, piece: Piece, quantity: str | None) -> bool:
        """Whether a sensor that speaks for it now has the last value: its silence is noticed without asking."""

    def warmth(self) -> Warmth:
        """The warmest known value over time, up to the end of the watch."""

    def ceiling(self, piece: Piece) -> int | None:
        """A value that will not be exceeded without the rule being asked again; None: nothing is known now."""

    def warmest(self, since: int, until: int) -> Steps:
        """The same as columns, only within `[since, until)`."""

    def readings(self, piece: Piece, quantity: str, since: int, until: int) -> Numbers:
        """Instants in the closed span at which a value was read for where the subject was."""

    def has_value(self, piece: Piece, quantity: str, since: int, until: int) -> bool:
        """Whether there is any such instant in `[since, until)`."""

    def count(self, piece: Piece, quantity: str | None, since: int, until: int) -> int:
        """How many readings, faults included, lie in `[since, until)` for where the subject was."""

    def coverage(self, since: int, until: int) -> float:
        """The share of the span that was known, 4 decimals."""

    def peak(self, piece: Piece, since: int, until: int) -> int | None:
        """The farthest value in the span while it was outside."""
