"""The limits that stand beside a value: what the profile in force allows. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.web.frame.formats import number
from domain.model import ProfileVersion, Site
from domain.numbers import SCALE
from domain.times import MINUTE
from rules.series.bounds import Bound

# How long a value holds where no profile says it.
MAX_GAP = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Limits:
    """The lowest and the highest bound of a quantity; None: there is none on that side."""

    low: Bound | None = None
    high: Bound | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None

    def broken_by(self, value: int) -> bool:
        """Tell whether a value lies outside."""
        return any(bound.broken_by(value) for bound in (self.low, self.high) if bound is not None)

    def beyond(self, value: int) -> int:
        """Return how far a value lies beyond the nearer limit, less than 0 inside; what is greater is worse."""
        return max((value - bound.value) * bound.sign for bound in (self.low, self.high) if bound is not None)

    def __str__(self) -> str:
        """Return e.g. `2.0 – 8.0`, `≤ 8.0`, `> 2.0`; empty without limits."""
        inclusive = not any(bound.operator.startswith("at_or") for bound in (self.low, self.high) if bound)
        if self.low and self.high and inclusive:
            return f"{_shown(self.low)} – {_shown(self.high)}"
        return " ".join(f"{_SIGNS[bound.operator]} {_shown(bound)}" for bound in (self.low, self.high) if bound)


_SIGNS = {"above": "≤", "at_or_above": "<", "below": "≥", "at_or_below": ">"}  # what is allowed


def _shown(bound: Bound) -> str:
    return number(bound.value / SCALE)


def version_in_force(site: Site, profile: str | None, now: int) -> ProfileVersion | None:
    """Return the version of a profile in force."""
    begun = [version for version in site.profiles.get(profile or "", ()) if version.effective_from <= now]
    return begun[-1] if begun else None


def limits_of(versions: Iterable[ProfileVersion], quantity: str) -> Limits:
    """Return the tightest limits that the versions set; of a band its first bound, from where on it counts."""
    bounds = list(_bounds(versions, quantity))
    low = [bound for bound in bounds if bound.sign < 0]
    high = [bound for bound in bounds if bound.sign > 0]
    return Limits(
        max(low, key=lambda bound: (bound.value, bound.operator == "at_or_below"), default=None),
        min(high, key=lambda bound: (bound.value, bound.operator == "above"), default=None),
    )


def _bounds(versions: Iterable[ProfileVersion], quantity: str) -> Iterator[Bound]:
    for version in versions:
        for rule in version.rules:
            if rule.kind == "limit" and rule.condition.quantity == quantity:
                yield rule.condition.bounds.bounds[0]
