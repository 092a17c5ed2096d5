"""What lies inside a span is found without a look at the rest, and is what an intersection gives."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.intervals import Interval, clip, intersect

# Sorted, disjoint, at times touching.
INTERVALS = st.lists(st.integers(0, 40), unique=True).map(sorted).map(lambda ends: list(pairwise(ends)))
SOME = st.tuples(INTERVALS, st.sets(st.integers(0, 40))).map(
    lambda given: [interval for place, interval in enumerate(given[0]) if place not in given[1]]
)


class Counted(Sequence[Interval]):
    """Counts the intervals that are looked at."""

    def __init__(self, intervals: list[Interval]) -> None:
        self._intervals = intervals
        self.looks = 0

    def __len__(self) -> int:
        return len(self._intervals)

    def __getitem__(self, at: Any) -> Any:
        found = self._intervals[at]
        self.looks += len(found) if isinstance(at, slice) else 1
        return found


@given(SOME, st.integers(-2, 42), st.integers(-2, 42))
def test_what_is_clipped_is_the_intersection_with_the_span(intervals: list[Interval], start: int, end: int) -> None:
    assert clip(intervals, start, end) == intersect(intervals, [(start, end)] if start < end else [])


def test_of_many_intervals_those_inside_are_looked_at_and_few_others() -> None:
    intervals = Counted([(10 * n, 10 * n + 5) for n in range(10_000)])
    assert clip(intervals, 50_002, 50_013) == [(50_002, 50_005), (50_010, 50_013)]
    assert intervals.looks < 40
