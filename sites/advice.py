"""What may well be meant otherwise in a profile: rules without effect, limits nothing can keep, versions out of order.

Such a profile is taken as it stands; these are warnings for who wrote it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple, get_args

from domain.model import Action, ProfileVersion, Rule, Severity
from domain.times import NEVER, format_instant
from rules.bounds import Bound, Bounds
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit
from rules.kinds.mkt import MeanKineticTemperature

_ACTIONS, _SEVERITIES = get_args(Action), get_args(Severity)  # the mildest first


class Advice(NamedTuple):
    """A warning about a profile's version, or about the rule at that place in it."""

    profile: str
    version: int
    rule: int | None
    text: str


def advice(versions: Iterable[ProfileVersion]) -> Iterator[Advice]:
    """Yield what is worth a second look."""
    of_profile: dict[str, list[ProfileVersion]] = defaultdict(list)
    for version in versions:
        of_profile[version.profile].append(version)
        yield from _without_effect(version)
        yield from _never_kept(version)
    for each in of_profile.values():
        yield from _out_of_order(each)


def _without_effect(version: ProfileVersion) -> Iterator[Advice]:
    for place, rule in enumerate(version.rules):
        stronger = next((other for other in version.rules if _makes_idle(other, rule, version.rules)), None)
        if stronger is not None:
            text = f'never makes a difference: whenever it fires, "{stronger.id}" has fired, and says no less'
            yield Advice(version.profile, version.version, place, text)


def _makes_idle(other: Rule, rule: Rule, rules: Sequence[Rule]) -> bool:
    """Tell whether `other` always comes first and is as severe; of two that are alike, the later one is idle."""
    if other is rule or not _says_no_less(other, rule) or not _comes_first(other, rule):
        return False
    alike = _says_no_less(rule, other) and _comes_first(rule, other)
    return not alike or rules.index(other) < rules.index(rule)


def _says_no_less(other: Rule, rule: Rule) -> bool:
    action = _ACTIONS.index(other.action) >= _ACTIONS.index(rule.action)
    return action and _SEVERITIES.index(other.severity) >= _SEVERITIES.index(rule.severity)


def _comes_first(other: Rule, rule: Rule) -> bool:
    """Tell whether `other` has surely fired by the time `rule` does."""
    first, second = other.condition, rule.condition
    if not isinstance(first, Limit | Cumulative) or not isinstance(second, Limit | Cumulative | MeanKineticTemperature):
        return False
    if first.quantity != second.quantity or not _holds_all(first.bounds, second.bounds):
        return False
    if isinstance(second, MeanKineticTemperature):  # a mean above it needs one value above it
        return isinstance(first, Limit) and first.hold_duration == 0
    if isinstance(first, Limit):
        lasting = second.hold_duration if isinstance(second, Limit) else 0  # a sum may be of short ones
        return first.hold_duration <= lasting
    if not _counts_where(first, second):
        return False
    window = NEVER if first.window is None else first.window
    if isinstance(second, Limit):
        return first.budget <= second.hold_duration
    return first.budget <= second.budget and window >= (NEVER if second.window is None else second.window)


def _counts_where(first: Cumulative, second: Limit | Cumulative) -> bool:
    """Tell whether the first budget counts wherever the second rule does."""
    kinds = second.at_kinds if isinstance(second, Cumulative) else ()
    return not first.at_kinds or (bool(kinds) and set(kinds) <= set(first.at_kinds))


def _holds_all(wide: Bounds, narrow: Bounds) -> bool:
    """Tell whether whoever is outside `narrow` is outside `wide`, and comes back from it no sooner."""
    return all(_within(_span(narrow, back), _span(wide, back)) for back in (False, True))


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _span(bounds: Bounds, back: bool) -> tuple[int, int]:
    """Return the first and the last value that is outside, or from which nobody has come back yet."""
    low, high = -NEVER, NEVER
    deadband = bounds.deadband if back else 0
    for bound in bounds.bounds:
        if bound.sign > 0:
            low = max(low, _edge(bound) - deadband)
        else:
            high = min(high, _edge(bound) + deadband)
    return low, high


def _edge(bound: Bound) -> int:
    return bound.value if bound.operator.startswith("at_or") else bound.value + bound.sign


def _never_kept(version: ProfileVersion) -> Iterator[Advice]:
    """Yield pairs of limits between which no value lies."""
    limits = [(place, rule) for place, rule in enumerate(version.rules) if _is_one_sided(rule)]
    for (_, one), (place, two) in combinations(limits, 2):
        high, low = sorted((one.condition, two.condition), key=lambda condition: -condition.bounds.sign)
        if one.condition.quantity != two.condition.quantity or high.bounds.sign == low.bounds.sign:
            continue
        if _edge(high.bounds.bounds[0]) <= _edge(low.bounds.bounds[0]) + 1:
            yield Advice(
                version.profile, version.version, place, f'no {high.quantity} is inside both this and "{one.id}"'
            )


def _is_one_sided(rule: Rule) -> bool:
    return isinstance(rule.condition, Limit) and len(rule.condition.bounds.bounds) == 1


def _out_of_order(versions: Sequence[ProfileVersion]) -> Iterator[Advice]:
    for earlier, later in pairwise(sorted(versions, key=lambda version: version.version)):
        if later.effective_from < earlier.effective_from:
            text = f"takes effect before version {earlier.version}, at {format_instant(later.effective_from)}"
            yield Advice(later.profile, later.version, None, text)
