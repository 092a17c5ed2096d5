"""Whether one rule surely fires no later than another: what `sites.advice` says of rules without effect rests on it."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.model import Rule
from domain.times import NEVER
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit
from rules.kinds.mkt import MeanKineticTemperature
from rules.series.bounds import Bound, Bounds

Conditions = Mapping[str, Any]


def comes_first(other: Rule, rule: Rule, rules: Mapping[str, Rule]) -> bool:
    """Tell whether `other` has surely fired by the time `rule` does; `rules` are those of the version, by id."""
    first, second = other.condition, rule.condition
    if other.kind == rule.kind in _ALIKE:
        return _ALIKE[rule.kind](first, second)
    if not isinstance(first, Limit | Cumulative) or not isinstance(second, Limit | Cumulative | MeanKineticTemperature):
        return False
    inside = other.id in _around(rule, rules)  # what uses an inner budget uses the outer one
    if first.quantity != second.quantity or not (inside or holds_all(first.bounds, second.bounds)):
        return False
    if isinstance(second, MeanKineticTemperature):  # a mean above it needs one value above it
        return isinstance(first, Limit) and first.hold_duration == 0
    if isinstance(first, Limit):
        lasting = second.hold_duration if isinstance(second, Limit) else 0  # a sum may be of short ones
        return first.hold_duration <= lasting
    if not inside and not _counts_where(first, second):
        return False
    if isinstance(second, Limit):
        return first.budget <= second.hold_duration
    return first.budget <= second.budget and _length(first.window) >= _length(second.window)


def _around(rule: Rule, rules: Mapping[str, Rule]) -> set[str]:
    """Return the budgets that a rule is a part of."""
    found: set[str] = set()
    outer = getattr(rule.condition, "within", None)
    while outer is not None and outer not in found:
        found.add(outer)
        outer = getattr(rules[outer].condition, "within", None) if outer in rules else None
    return found


def _counts_where(first: Cumulative, second: Limit | Cumulative) -> bool:
    """Tell whether the first budget counts wherever the second rule does."""
    kinds = second.at_kinds if isinstance(second, Cumulative) else ()
    return not first.at_kinds or (bool(kinds) and set(kinds) <= set(first.at_kinds))


def _length(window: int | None) -> int:
    return NEVER if window is None else window


# --- two rules of one kind ---


def _mkt(first: Any, second: Any) -> bool:
    same = (first.window, first.energy, first.floor) == (second.window, second.energy, second.floor)
    return bool(same and first.threshold <= second.threshold)


def _silence(first: Any, second: Any) -> bool:
    """Nothing at all for so long is nothing of each quantity for so long."""
    return bool(second.quantity in (None, first.quantity) and first.after <= second.after)


def _gap(first: Any, second: Any) -> bool:
    same = first.quantity == second.quantity
    return bool(same and first.budget <= second.budget and _length(first.window) >= _length(second.window))


def _stuck(first: Any, second: Any) -> bool:
    one, two = first.test, second.test
    return bool(first.quantity == second.quantity and one.resolution >= two.resolution and one.duration <= two.duration)


def _rate(first: Any, second: Any) -> bool:
    one, two = first.test, second.test
    same = (first.quantity, one.sign, one.window, one.min_readings)
    is_like = same == (second.quantity, two.sign, two.window, two.min_readings)
    return bool(
        is_like and one.change * two.per <= two.change * one.per and first.hold_duration <= second.hold_duration
    )


def _spread(first: Any, second: Any) -> bool:
    sooner = first.test.by <= second.test.by and first.hold_duration <= second.hold_duration
    return bool(first.quantity == second.quantity and sooner)


def _dew(first: Any, second: Any) -> bool:
    sooner = first.test.margin >= second.test.margin and first.hold_duration <= second.hold_duration
    return bool(first.test.surface == second.test.surface and sooner)


def _life(first: Any, second: Any) -> bool:
    return bool((first.model, first.test) == (second.model, second.test) and first.left >= second.left)


_ALIKE: Mapping[str, Callable[[Any, Any], bool]] = {
    "mkt": _mkt,
    "silence": _silence,
    "gap": _gap,
    "stuck": _stuck,
    "rate": _rate,
    "spread": _spread,
    "dew": _dew,
    "life": _life,
}


# --- bounds ---


def holds_all(wide: Bounds, narrow: Bounds) -> bool:
    """Tell whether whoever is outside `narrow` is outside `wide`, and comes back from it no sooner."""
    return all(_within(span_of(narrow, back), span_of(wide, back)) for back in (False, True))


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def span_of(bounds: Bounds, back: bool = False) -> tuple[int, int]:
    """Return the first and the last value that is outside, or from which nobody has come `back` yet."""
    low, high = -NEVER, NEVER
    deadband = bounds.deadband if back else 0
    for bound in bounds.bounds:
        if bound.sign > 0:
            low = max(low, edge(bound) - deadband)
        else:
            high = min(high, edge(bound) + deadband)
    return low, high


def edge(bound: Bound) -> int:
    """Return the first value beyond a bound."""
    return bound.value if bound.operator.startswith("at_or") else bound.value + bound.sign
