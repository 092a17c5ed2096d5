"""What is due when: a queue in which whatever is planned can be planned anew."""

from collections.abc import Hashable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from domain.times import NEVER

K = TypeVar("K", bound=Hashable)


class Agenda(Generic[K]):
    """At most one instant for each key."""

    def __init__(self) -> None:
        self._due: dict[K, int] = {}
        self._queue: list[tuple[int, int, K]] = []  # the middle number keeps keys from being compared
        self._planned = count()

    @property
    def next_at(self) -> int:
        """The next instant at which anything may be due; NEVER if none."""
        return self._queue[0][0] if self._queue else NEVER

    def plan(self, key: K, at: int) -> None:
        """Plan it for this instant and no other; NEVER: for none."""
        self._due.pop(key, None)
        self.plan_by(key, at)

    def plan_by(self, key: K, at: int) -> None:
        """Plan it for this instant unless it is planned earlier."""
        if at < self._due.get(key, NEVER):
            self._due[key] = at
            heappush(self._queue, (at, next(self._planned), key))

    def take(self, now: int) -> Iterator[tuple[K, int]]:
        """Yield what is due by now, each with its instant; what is planned meanwhile for later stays."""
        while self._queue and self._queue[0][0] <= now:
            at, _, key = heappop(self._queue)
            if self._due.get(key) == at:
                del self._due[key]
                yield key, at
