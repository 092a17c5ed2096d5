"""Which bounds are in force when, from the versions of a profile. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from api.web.charts.model import Budget, Limit
from domain.intervals import Interval, union
from rules.kinds.cumulative import Cumulative
from rules.subjects.kept import Lengths
from rules.subjects.whereabouts import InForce


def limits_of(
    versions: Iterable[InForce], quantity: str, since: int, until: int, only: frozenset[str] | None = None
) -> tuple[Limit, ...]:
    """Return the first bound of every rule about the quantity (of those in `only`), each number once."""
    found: dict[tuple[int, int], list[Limit]] = {}
    for start, end, version in versions:
        start, end = max(start, since), min(end, until)
        for rule in version.rules:
            condition = rule.condition
            if start >= end or condition.quantity != quantity or condition.bounds is None or not condition.exposes:
                continue
            if only is None or rule.id in only:
                bound = condition.bounds.bounds[0]
                _join(found.setdefault((bound.value, bound.sign), []), start, end, rule.id)
    return tuple(
        Limit(start, end, value, side, rules)
        for (value, side), parts in found.items()
        for start, end, *_, rules in parts
    )


def _join(parts: list[Limit], since: int, until: int, rule: str) -> None:
    """Add an interval of the same number: what overlaps or touches is one line."""
    if parts and since <= parts[-1].until:
        last = parts[-1]
        rules = last.rules if rule in last.rules else (*last.rules, rule)
        parts[-1] = last._replace(until=max(last.until, until), rules=rules)
    else:
        parts.append(Limit(since, until, 0, 0, (rule,)))


def budgets_of(
    versions: Sequence[InForce], quantity: str, exposures: Mapping[str, Sequence[Interval]], since: int, until: int
) -> tuple[Budget, ...]:
    """Return what is left of each cumulative rule about the quantity in the last version, over `[since, until]`."""
    if not versions or since >= until:
        return ()
    return tuple(
        _budget(rule.id, rule.condition, Lengths(union(exposures.get(rule.id, ()))), since, until)
        for rule in versions[-1].version.rules
        if isinstance(rule.condition, Cumulative) and rule.condition.quantity == quantity
    )


def _budget(name: str, condition: Cumulative, sums: Lengths, since: int, until: int) -> Budget:
    instants = [since, *sums.turns(since, until, condition.window)]
    points = tuple((at, max(0, condition.budget - sums.inside(at, condition.window))) for at in instants)
    return Budget(name, condition.budget, condition.window, points)
