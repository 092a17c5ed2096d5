"""The rows in force of one subject's intervals, by rule and start; those of a span are found without reading all."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from domain.intervals import Interval
from domain.times import NEVER
from ledger.verdicts.interval_changes import Key, Stored
from rules.judgement import Exposure


class StoredIntervals(dict[Key, Stored]):
    """Those of one rule do not overlap: in order of their starts they are in order of their ends too."""

    def __init__(self) -> None:
        super().__init__()
        self._starts: dict[str, list[int]] = {}

    def __setitem__(self, key: Key, stored: Stored) -> None:
        if key not in self:
            insort(self._starts.setdefault(key[0], []), key[1])
        super().__setitem__(key, stored)

    def __delitem__(self, key: Key) -> None:
        super().__delitem__(key)
        starts = self._starts[key[0]]
        del starts[bisect_left(starts, key[1])]

    def during(self, rule: str, span: Interval) -> Iterator[Exposure]:
        """Yield the intervals of a rule that share an instant with a closed span, in order."""
        starts = self._starts.get(rule, [])
        for start in starts[max(0, bisect_right(starts, span[0]) - 1) : bisect_right(starts, span[1])]:
            exposure = self[rule, start].exposure
            if end_of(exposure) >= span[0]:
                yield exposure


def end_of(exposure: Exposure) -> int:
    """Return when an exposure ends, NEVER while it goes on."""
    return NEVER if exposure.until is None else exposure.until
