"""Sequences in order of time that change at their end only: what is settled is shared, not copied.

Each object is a constant. What follows from one keeps a first part of it, at no cost, and has another end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple, Self, TypeVar, overload

from domain.intervals import Interval
from domain.times import NEVER

T = TypeVar("T")
Bisect = Callable[..., int]


class Kept(Sequence[T]):
    """The first `count` of a list that only grows, shared with others, and an end of its own."""

    __slots__ = ("_count", "_shared", "_tail")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._shared: list[T] = []
        self._count = 0
        self._tail = tuple(items)

    def followed_by(self, count: int, tail: Iterable[T]) -> Self:
        """Return the first `count` of these with another end."""
        found = type(self)()
        shared, more = self._shared, self._tail[: max(count - self._count, 0)]
        if count < self._count or not count or (more and len(shared) > self._count):
            shared = shared[: min(count, self._count)]  # it is cut, or another went on from here
        shared.extend(more)
        found._shared, found._count, found._tail = shared, count, tuple(tail)
        return found

    def place(self, bisect: Bisect, value: int, key: Callable[[T], int]) -> int:
        """Return where a value belongs in what is sorted by a key: `bisect_left` or `bisect_right` of it."""
        i = bisect(self._shared, value, hi=self._count, key=key)
        return i if i < self._count else i + bisect(self._tail, value, key=key)

    def since(self, count: int) -> Iterator[T]:
        """Yield all but the first `count`."""
        yield from islice(self._shared, count, self._count) if count < self._count else ()
        yield from self._tail[max(count - self._count, 0) :]

    def own(self) -> tuple[T, ...]:
        """Return the end, which it does not share."""
        return self._tail

    def shares(self, other: "Kept[T]") -> int:
        """Return how many the two have in common for sure, from the first on."""
        return min(self._count, other._count) if self._shared is other._shared else 0

    def __len__(self) -> int:
        return self._count + len(self._tail)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        if place < 0:
            raise IndexError(place)
        return self._shared[place] if place < self._count else self._tail[place - self._count]

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kept) or len(self) != len(other):
            return False
        same = self.shares(other)
        return all(a is b or a == b for a, b in zip(self.since(same), other.since(same), strict=True))

    __hash__ = None  # type: ignore[assignment]  # compared, and kept in nothing that asks for one


class Summed(NamedTuple):
    """An interval and the length of all before it."""

    since: int
    until: int
    before: int


_SINCE, _UNTIL = itemgetter(0), itemgetter(1)


class Lengths(Sequence[Interval]):
    """Disjoint intervals in order of time with their summed lengths; asked for, each is a pair."""

    __slots__ = ("_rows",)

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        self._rows = Kept(_summed(intervals, 0))

    @classmethod
    def of(cls, intervals: Sequence[Interval]) -> "Lengths":
        """Return intervals with their sums, made only where they have none."""
        return intervals if isinstance(intervals, Lengths) else cls(intervals)

    def followed_by(self, count: int, intervals: Iterable[Interval]) -> "Lengths":
        """Return the first `count` of these with another end, later than they are."""
        found = Lengths.__new__(Lengths)
        last = self._rows[count - 1] if count else Summed(0, 0, 0)
        found._rows = self._rows.followed_by(count, _summed(intervals, last.before + last.until - last.since))
        return found

    def ended_before(self, instant: int) -> int:
        """Return how many end earlier than an instant."""
        return self._rows.place(bisect_left, instant, _UNTIL)

    def later_than(self, instant: int) -> Iterator[Interval]:
        """Yield those that end later than an instant."""
        return (row[:2] for row in self._rows.since(self._rows.place(bisect_right, instant, _UNTIL)))

    @property
    def start(self) -> int:
        """When the first begins; NEVER: there are none."""
        return self._rows[0].since if self._rows else NEVER

    def since(self, count: int) -> Iterator[Interval]:
        """Yield all but the first `count`."""
        return (row[:2] for row in self._rows.since(count))

    def until(self, instant: int) -> int:
        """Return how much of them lies before the instant."""
        i = self._rows.place(bisect_right, instant, _SINCE)
        if not i:
            return 0
        since, until, before = self._rows[i - 1]
        return before + min(until, instant) - since

    def inside(self, instant: int, window: int | None) -> int:
        """Return how much lies in the last `window` before the instant."""
        return self.until(instant) - (self.until(instant - window) if window is not None else 0)

    def turns(self, since: int, until: int, window: int | None) -> list[int]:
        """Return the instants after `since` up to `until` at which the sum may change its slope, and `until`."""
        edges = set(self._edges(since, until))
        if window is not None:
            edges.update(edge + window for edge in self._edges(since - window, until - window))
        return sorted({edge for edge in edges if since < edge < until} | ({until} if until > since else set()))

    def _edges(self, since: int, until: int) -> Iterator[int]:
        for row in self._rows.since(self._rows.place(bisect_right, since, _UNTIL)):
            if row.since >= until:
                return
            yield from row[:2]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Interval: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Interval]: ...
    def __getitem__(self, place: int | slice) -> Interval | Sequence[Interval]:
        if isinstance(place, slice):
            return [row[:2] for row in self._rows[place]]
        return self._rows[place][:2]

    def __iter__(self) -> Iterator[Interval]:
        return (row[:2] for row in self._rows)


def _summed(intervals: Iterable[Interval], before: int) -> Iterator[Summed]:
    for since, until in intervals:
        yield Summed(since, until, before)
        before += until - since
