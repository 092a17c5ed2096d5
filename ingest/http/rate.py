"""How much one source may post: so many at once, and so many a second. Pure."""

from collections.abc import Hashable

# A gateway that was away for a day sends what it kept; more at once comes from a loop.
AT_ONCE, A_SECOND = 200.0, 50.0
_MOST_REMEMBERED = 10_000


class Rate:
    """A bucket for each source that fills with time."""

    def __init__(self, at_once: float = AT_ONCE, a_second: float = A_SECOND) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left: dict[Hashable, tuple[float, float]] = {}

    def allows(self, source: Hashable, now_s: float) -> bool:
        """Count one, and tell whether the source may."""
        left, since = self._left.get(source, (self._at_once, now_s))
        left = min(self._at_once, left + (now_s - since) * self._a_second)
        if len(self._left) >= _MOST_REMEMBERED:
            self._left.clear()
        self._left[source] = (left - 1 if left >= 1 else left, now_s)
        return left >= 1
