"""Which part of the time data cover for a subject, and which not."""

from collections.abc import Iterator, Sequence

from domain.intervals import Interval, clip, intersect, subtract, total, union
from domain.model import ProfileVersion
from domain.numbers import show_ratio
from rules.subjects.evidence.question import Question
from rules.subjects.outside_test import taken_by
from rules.subjects.pieces import Piece
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Subject


class CoverageEvidence(Question):
    """Unknown time and coverage, by the quantities that the profile's rules name."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        super().__init__(subject, timelines, until)
        self._unknown: list[Interval] | None = None

    def unknown_in_coverage(self) -> list[Interval]:
        """Return unknown time under watch, up to now."""
        if self._unknown is None:
            in_force = union(version[:2] for version in self.subject.versions)
            gaps = subtract(self.watched(), in_force)  # with no version in force nothing determines what must be known
            for since, until, version in self.subject.versions:
                gaps += self._unknown_in(clip(self.watched(), since, until), version, covered_quantities(version))
            self._unknown = union(gaps)
        return self._unknown

    def unknown(self, asked: Sequence[tuple[Piece, str | None]]) -> list[Interval]:
        """Return when a quantity (None: any that counts) was unknown; what is ongoing ends after `until`."""
        gaps: list[Interval] = []
        for piece, quantity in asked:
            quantities = covered_quantities(piece.version) if quantity is None else [quantity]
            gaps += self._unknown_in(clip(self.watched(1), piece.since, piece.until), piece.version, quantities)
        return union(gaps)

    def coverage(self, since: int, until: int) -> float:
        """Return the share of the span that was known, 4 decimals."""
        return show_ratio(until - since - total(clip(self.unknown_in_coverage(), since, until)), until - since)

    def _unknown_in(
        self, window: list[Interval], version: ProfileVersion, quantities: Sequence[str]
    ) -> Iterator[Interval]:
        yield from subtract(window, self.placed())
        if version.gap_counts_as == "safe":
            return
        for quantity in quantities:
            taken = taken_by(version, quantity)
            for stay in self.subject.stays:
                known = self.timelines.known(stay.location, taken)
                yield from subtract(intersect(window, [(stay.since, stay.until)]), known)


def covered_quantities(version: ProfileVersion) -> list[str]:
    """Return the quantities that must be known for a unit to be known."""
    return sorted({rule.condition.quantity for rule in version.rules if rule.condition.counts_in_coverage})


def in_storage_and_unknown(evidence: CoverageEvidence) -> tuple[int, int, int]:
    """Return watched time, unknown time and the longest unknown interval, in microseconds."""
    since, until = evidence.watch[0], min(evidence.watch[1], evidence.until)
    gaps = evidence.unknown_in_coverage()
    return max(0, until - since), total(gaps), max((b - a for a, b in gaps), default=0)
