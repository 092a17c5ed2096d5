"""What is due: messages whose time has come, and moves of stock."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from simulators.demo.site_file import HISTORY
from simulators.scenario.messages import Sent
from simulators.scenario.performance import Performance
from simulators.scenario.stock import Call
from simulators.times import SECOND

# What says no time counts as measured when it arrives: later than this it would be a lie.
FRESH_S = 30

Publish = Callable[[str, bytes], None]
Post = Callable[[str, Mapping[str, Any]], object]


class Due:
    """Does what is due, in order of time; everything sent is kept in `sent`, everything told in `told`."""

    def __init__(self, performance: Performance) -> None:
        self.sent: list[Sent] = []
        self.told: list[Call] = []
        self._start = performance.start
        self._messages = performance.endless()
        self._next = next(sent for sent in self._messages if has_times(sent))
        self._calls = list(performance.carried.calls)

    def knock(self, publish: Publish) -> None:
        """Publish the next message without going on, to see whether anybody listens."""
        publish(self._next.topic, self._next.payload)

    def publish_history(self, publish: Publish, now: int) -> int:
        """Publish what was sent in the 24 hours, the newest first; return how many messages that were.

        The other way round the last reading known of a warm hour would count as going on until the next one came:
        stock would be on hold for a moment, and such a hold stays until a person lifts it.
        """
        return self._publish(publish, reversed(list(self._due(min(now, self._start + HISTORY), now))))

    def publish_due(self, publish: Publish, now: int) -> int:
        """Publish what is sent until now; return how many messages that were."""
        return self._publish(publish, self._due(now, now))

    def _publish(self, publish: Publish, messages: Iterable[Sent]) -> int:
        before = len(self.sent)
        for each in messages:
            publish(each.topic, each.payload)
            self.sent.append(each)
        return len(self.sent) - before

    def _due(self, until: int, now: int) -> Iterator[Sent]:
        last, second = ((instant - self._start) // SECOND for instant in (until, now))
        while self._next.second <= last:
            due, self._next = self._next, next(self._messages)
            if has_times(due) or second - due.second <= FRESH_S:
                yield due

    def tell_due(self, post: Post, now: int) -> None:
        """Tell what has been done until now; what cannot be told stays due."""
        while self._calls and self._start + self._calls[0].second * SECOND <= now:
            post(self._calls[0].path, self._calls[0].body)
            self.told.append(self._calls.pop(0))


def has_times(sent: Sent) -> bool:
    """Tell whether a message says when all of it was measured."""
    return all(said.at is not None for said in sent.says)
