"""One subject at one present instant: what is asked about."""

from collections.abc import Iterator

from domain.intervals import Interval, union
from domain.model import QUANTITIES
from rules.subjects.pieces import Piece
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import Subject


class Question:
    """A subject, where it was, and the rules that were in force up to now."""

    def __init__(self, subject: Subject, timelines: Timelines, until: int) -> None:
        self.subject = subject
        self.until = until
        self.watch = subject.watch
        self.timelines = timelines
        self._pieces: dict[str, list[Piece]] = {}
        for since, end, version in subject.versions:
            if since <= until:
                for rule in version.rules:
                    self._pieces.setdefault(rule.id, []).append(Piece(since, end, rule, version))

    def pieces(self) -> dict[str, list[Piece]]:
        """Return each rule id's versions in force up to now, in order of time."""
        return self._pieces

    def edges(self) -> Iterator[int]:
        """Yield the instants at which stays, versions, or sensors speaking for a stay begin or end."""
        for stay in self.subject.stays:
            yield from stay[1:]
            if stay.until > self.until:
                for quantity in QUANTITIES:
                    for span in self.timelines.places.speaking(stay.location, quantity):
                        yield from (max(span.since, stay.since), min(span.until, stay.until))
        for version in self.subject.versions:
            yield from version[:2]

    def alike(self, piece: Piece) -> list[Piece]:
        """Return the versions of this rule that are of the same kind."""
        return [each for each in self._pieces[piece.rule.id] if each.rule.kind == piece.rule.kind]

    def watched(self, ahead: int = 0) -> list[Interval]:
        """Return when it was under watch, up to `ahead` after now."""
        since, until = self.watch[0], min(self.watch[1], self.until + ahead)
        return [(since, until)] if since < until else []

    def placed(self) -> list[Interval]:
        """Return when it was anywhere."""
        return union(stay[1:] for stay in self.subject.stays)
