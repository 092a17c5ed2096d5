"""Subjects whose judging is deferred until there is time: in order, each for a job of the caller's."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from rules.subjects.subjects import Key, in_order


class DeferredSubjects:
    """The subjects still to be judged, and for which job; job 0 is no job in particular."""

    def __init__(self) -> None:
        self._deferred: dict[Key, int] = {}
        self._left: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._deferred)

    def __contains__(self, subject: Key) -> bool:
        return subject in self._deferred

    def keys(self) -> Iterable[Key]:
        """Return the deferred subjects."""
        return self._deferred.keys()

    def left(self, job: int) -> int:
        """Return how many subjects a job has left."""
        return self._left[job]

    def first(self, at_most: int) -> list[tuple[Key, int]]:
        """Return the first subjects with their jobs, in order."""
        return list(islice(self._deferred.items(), at_most))

    def defer(self, subjects: Iterable[Key], job: int) -> None:
        """Defer subjects; one that a job has deferred already stays with it unless another job defers it."""
        for subject in sorted(subjects, key=in_order):
            if not job and subject in self._deferred:
                continue
            self.drop(subject)
            self._deferred[subject] = job
            self._left[job] += 1

    def drop(self, subject: Key) -> None:
        """Take a subject off the list: it is judged now."""
        job = self._deferred.pop(subject, None)
        if job is not None:
            self._left[job] -= 1
