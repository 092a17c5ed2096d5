"""A value as it is now: the newest reading of a quantity beside its limits, and whether it is young enough. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.web.components.limits import Limits
from ledger.models.last_reading import LastReading


@dataclass(frozen=True, slots=True)
class Value:
    """A value beside its limits; not live: what was measured last, and nobody knows what it is now.

    `value` None: a fault, `at` None: there was never a reading.
    """

    quantity: str
    value: int | None
    at: int | None
    limits: Limits
    live: bool
    fault: str | None = None  # what kind, in words

    @property
    def outside(self) -> bool:
        """Tell whether it is outside its limits, now."""
        return self.live and self.value is not None and self.limits.broken_by(self.value)

    @property
    def badness(self) -> int:
        """How far it lies beyond its limits, else how high it is; what is greater is worse."""
        value = self.value or 0
        return self.limits.beyond(value) if self.limits else value


NO_LIMITS = Limits()


def value_of(last: LastReading, now: int, max_gap: int, limits: Limits = NO_LIMITS) -> Value:
    """Return what a reading says now, which it does for `max_gap`."""
    live = last.value is not None and now - last.at < max_gap
    return Value(last.quantity, last.value, last.at, limits, live, last.fault)


def worst_live(found: Iterable[Value]) -> Value | None:
    """Return the worst of the values that are live."""
    return max((each for each in found if each.live), key=lambda each: each.badness, default=None)
