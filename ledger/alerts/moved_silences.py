"""Silences that go on and only began later than was known: what a backlog says of sensors that are silent still.

Each step of it moves all of them on. Their alerts follow the first time at once, then every few seconds.
"""

from collections.abc import Sequence

from domain.times import SECOND
from rules.alarms.problems import Key
from rules.judgement import Firing

EVERY = 5 * SECOND


class MovedSilences:
    """Which keys have moved since their alerts were written, with what fired there before and now."""

    def __init__(self) -> None:
        self._written: dict[Key, int] = {}  # when the alerts last followed
        self._waiting: dict[Key, list[Firing]] = {}

    @property
    def due_at(self) -> int | None:
        """The next instant at which alerts must follow."""
        return min((self._written[key] + EVERY for key in self._waiting), default=None)

    def waits(self, key: Key, firings: Sequence[Firing], now: int) -> bool:
        """Tell whether the alerts of a key followed a moment ago; then they follow later."""
        last = self._written.get(key)
        if last is None or not last <= now < last + EVERY:
            self._written[key] = now
            return False
        self._waiting.setdefault(key, []).extend(firings)
        return True

    def take(self, key: Key) -> list[Firing]:
        """Return what has fired meanwhile at a key whose alerts follow now."""
        return self._waiting.pop(key, [])

    def due(self, now: int) -> list[Key]:
        """Return the keys whose alerts must follow now."""
        keys = sorted(key for key in self._waiting if not now < self._written[key] + EVERY)
        self._written.update(dict.fromkeys(keys, now))
        return keys


def moved_silences(before: Sequence[Firing], after: Sequence[Firing]) -> list[Firing]:
    """Return, of firings that ended and of new ones, those that say of a silence that goes on when it began."""
    rules = [{each.rule for each in some if _goes_on(each)} for some in (before, after)]
    return [each for each in (*before, *after) if _goes_on(each) and each.rule in rules[0] & rules[1]]


def _goes_on(firing: Firing) -> bool:
    return firing.direction == "silent" and firing.until is None
