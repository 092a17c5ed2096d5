"""What may well be meant otherwise in a profile: rules without effect or that never fire, limits that nothing can keep,
budgets that count nowhere, versions out of order.

Such a profile is taken as it stands; these are warnings for who wrote it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple, get_args

from domain.model import Action, ProfileVersion, Rule, Severity
from domain.times import format_instant
from rules.kinds.common.fields import nearest
from rules.kinds.limit import Limit
from sites.earlier import comes_first, edge, span_of

_ACTIONS, _SEVERITIES = get_args(Action), get_args(Severity)  # the mildest first


class Advice(NamedTuple):
    """A warning about a profile's version, or about the rule at that place in it."""

    profile: str
    version: int
    rule: int | None
    text: str


def advice(versions: Iterable[ProfileVersion], kinds: Collection[str] | None = None) -> Iterator[Advice]:
    """Yield what is worth a second look. `kinds` are those of the locations that stand beside the profiles."""
    of_profile: dict[str, list[ProfileVersion]] = defaultdict(list)
    for version in versions:
        of_profile[version.profile].append(version)
        if not version.rules:
            yield Advice(version.profile, version.version, None, "has no rules: nothing is ever asked by it")
        yield from _without_effect(version)
        yield from _never_kept(version)
        yield from _never_reached(version)
        yield from _nowhere(version, kinds) if kinds is not None else ()
    for each in of_profile.values():
        yield from _out_of_order(each)


def _without_effect(version: ProfileVersion) -> Iterator[Advice]:
    by_id = {rule.id: rule for rule in version.rules}
    for place, rule in enumerate(version.rules):
        stronger = next((other for other in version.rules if _makes_idle(other, rule, by_id)), None)
        if stronger is not None:
            text = f'never makes a difference: whenever it fires, "{stronger.id}" has fired, and says no less'
            yield Advice(version.profile, version.version, place, text)


def _makes_idle(other: Rule, rule: Rule, rules: Mapping[str, Rule]) -> bool:
    """Tell whether `other` always comes first and is as severe; of two that are alike, the later one is idle."""
    if other is rule or not _says_no_less(other, rule) or not comes_first(other, rule, rules):
        return False
    alike = _says_no_less(rule, other) and comes_first(rule, other, rules)
    return not alike or list(rules).index(other.id) < list(rules).index(rule.id)


def _says_no_less(other: Rule, rule: Rule) -> bool:
    action = _ACTIONS.index(other.action) >= _ACTIONS.index(rule.action)
    return action and _SEVERITIES.index(other.severity) >= _SEVERITIES.index(rule.severity)


def _never_reached(version: ProfileVersion) -> Iterator[Advice]:
    """Yield rules that ask for values which the same version takes for faults."""
    ranges = {rule.condition.quantity: rule for rule in version.rules if rule.kind == "plausible"}
    for place, rule in enumerate(version.rules):
        bounds = getattr(rule.condition, "bounds", None)
        doubting = ranges.get(rule.condition.quantity)
        if doubting is None or bounds is None or rule is doubting:
            continue
        low, high = span_of(bounds)
        plausible = getattr(doubting.condition.plausible, "elsewhere", doubting.condition.plausible)  # the widest
        if plausible.high < low or high < plausible.low:
            text = f'never fires: "{doubting.id}" takes every such value for a fault'
            yield Advice(version.profile, version.version, place, text)


def _nowhere(version: ProfileVersion, kinds: Collection[str]) -> Iterator[Advice]:
    """Yield budgets that count at kinds of locations of which there is none."""
    for place, rule in enumerate(version.rules):
        for kind in getattr(rule.condition, "at_kinds", ()):
            if kind not in kinds:
                text = f'no location here is of kind "{kind}"{nearest(kind, sorted(kinds))}'
                yield Advice(version.profile, version.version, place, text)


def _never_kept(version: ProfileVersion) -> Iterator[Advice]:
    """Yield pairs of limits between which no value lies."""
    limits = [(place, rule) for place, rule in enumerate(version.rules) if _is_one_sided(rule)]
    for (_, one), (place, two) in combinations(limits, 2):
        high, low = sorted((one.condition, two.condition), key=lambda condition: -condition.bounds.sign)
        if one.condition.quantity != two.condition.quantity or high.bounds.sign == low.bounds.sign:
            continue
        if edge(high.bounds.bounds[0]) <= edge(low.bounds.bounds[0]) + 1:
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
