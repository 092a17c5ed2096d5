"""Subjects that are judged when there is time, in order, each for an errand of somebody's."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from rules.subjects.subjects import Key, in_order


class Postponed:
    """Who waits to be judged, and for which errand; 0 is nobody's in particular."""

    def __init__(self) -> None:
        self._later: dict[Key, int] = {}
        self._left: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._later)

    def keys(self) -> Iterable[Key]:
        """Return who waits."""
        return self._later.keys()

    def left(self, errand: int) -> int:
        """Return how many wait for an errand."""
        return self._left[errand]

    def first(self, at_most: int) -> list[tuple[Key, int]]:
        """Return some with their errands, in order."""
        return list(islice(self._later.items(), at_most))

    def put_off(self, subjects: Iterable[Key], errand: int) -> None:
        """Let them wait; who waits for an errand already does so for another one only."""
        for subject in sorted(subjects, key=in_order):
            if not errand and subject in self._later:
                continue
            self.no_later(subject)
            self._later[subject] = errand
            self._left[errand] += 1

    def no_later(self, subject: Key) -> None:
        """Let it wait no more."""
        errand = self._later.pop(subject, None)
        if errand is not None:
            self._left[errand] -= 1
