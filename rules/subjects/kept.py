"""Sequences in order of time that change at their end only: what is settled is shared, not copied.

Each object is a constant. What follows from one keeps a first part of it, at no cost, and has another end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Generic, NamedTuple, Self, TypeVar, overload

from domain.intervals import Interval
from domain.times import NEVER

T = TypeVar("T")
Bisect = Callable[..., int]


_BLOCK = 128


class _Log(Generic[T]):
    """A list that only grows, in blocks: another that begins alike shares them, all but the last one."""

    __slots__ = ("blocks", "length")

    def __init__(self, blocks: list[list[T]], length: int) -> None:
        self.blocks = blocks  # each full but the last one: a full one never changes
        self.length = length

    def first(self, count: int) -> "_Log[T]":
        """Return another that begins with the first `count`."""
        full, rest = divmod(count, _BLOCK)
        blocks = self.blocks[:full]
        return _Log([*blocks, self.blocks[full][:rest]] if rest else blocks, count)

    def extend(self, items: Sequence[T]) -> None:
        """Put some at the end."""
        start = 0
        while start < len(items):
            if self.length % _BLOCK == 0:
                self.blocks.append([])
            some = items[start : start + _BLOCK - self.length % _BLOCK]
            self.blocks[-1].extend(some)
            self.length += len(some)
            start += len(some)

    def place(self, bisect: Bisect, value: int, count: int, key: Callable[[T], int]) -> int:
        """Return where a value belongs among the first `count`."""
        used = (count + _BLOCK - 1) // _BLOCK
        i = max(bisect(self.blocks, value, hi=used, key=lambda block: key(block[0])) - 1, 0)
        if i >= used:
            return 0
        return i * _BLOCK + int(bisect(self.blocks[i], value, hi=min(_BLOCK, count - i * _BLOCK), key=key))

    def between(self, start: int, end: int) -> Iterator[T]:
        """Yield those from one place to another."""
        while start < end:
            block, i = divmod(start, _BLOCK)
            yield from self.blocks[block][i : i + end - start]
            start += _BLOCK - i

    def alike(self, other: "_Log[T]", count: int) -> int:
        """Return how many of the first `count` the two have in common for sure, from the first on."""
        if self is other:
            return count
        i, end = 0, (count + _BLOCK - 1) // _BLOCK
        while i < end and self.blocks[i] is other.blocks[i]:
            i += 1
        if i == end:
            return count
        one, another = self.blocks[i][: count - i * _BLOCK], other.blocks[i][: count - i * _BLOCK]
        lengths = range(1, len(one) + 1)
        return i * _BLOCK + bisect_left(lengths, True, key=lambda length: one[:length] != another[:length])


class Kept(Sequence[T]):
    """The first `count` of a log, shared with others, and an end of its own."""

    __slots__ = ("_count", "_log", "_tail")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._log: _Log[T] = _Log([], 0)
        self._count = 0
        self._tail = tuple(items)

    def followed_by(self, count: int, tail: Iterable[T]) -> Self:
        """Return the first `count` of these with another end."""
        found = type(self)()
        log, more = self._log, self._tail[: max(count - self._count, 0)]
        if not count:
            log = found._log
        elif more and log.length > self._count:  # another went on from here
            log = log.first(self._count)
        log.extend(more)
        found._log, found._count, found._tail = log, count, tuple(tail)
        return found

    def place(self, bisect: Bisect, value: int, key: Callable[[T], int]) -> int:
        """Return where a value belongs in what is sorted by a key: `bisect_left` or `bisect_right` of it."""
        i = self._log.place(bisect, value, self._count, key)
        return i if i < self._count else i + bisect(self._tail, value, key=key)

    def since(self, count: int) -> Iterator[T]:
        """Yield all but the first `count`."""
        if count < self._count:
            yield from self._log.between(count, self._count)
        yield from self._tail[max(count - self._count, 0) :]

    def own(self) -> tuple[T, ...]:
        """Return the end, which it does not share."""
        return self._tail

    def shares(self, other: "Kept[T]") -> int:
        """Return how many the two have in common for sure, from the first on."""
        return self._log.alike(other._log, min(self._count, other._count))

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
        if place < self._count:
            return self._log.blocks[place // _BLOCK][place % _BLOCK]
        return self._tail[place - self._count]

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
