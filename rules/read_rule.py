"""A rule from the text of its fields."""

from collections.abc import Iterator, Mapping
from typing import get_args

import rules.kinds
from domain.model import Action, Rule, Severity
from domain.registry import load_folder
from rules.kinds.base import KINDS
from rules.kinds.common.fields import Fields, Given, Problem, nearest

load_folder(rules.kinds)


def read_rule(fields: Given) -> tuple[Rule | None, list[Problem]]:
    """Return the rule, or None, and every problem as `(field, what is wrong)`.

    `fields` holds the texts of the site file in its order: the first bound is the one distances are measured from.
    """
    given = Fields(fields)
    rule_id = given.required("id")
    if rule_id != rule_id.strip():
        given.wrong("id", f"begins or ends with a space: {rule_id!r}")
    kind = given.required("kind")
    action = given.choice("action", get_args(Action), "notify")
    severity = given.choice("severity", get_args(Severity), "warning")
    off_delay = given.duration("off_delay", 0) or 0
    if kind not in KINDS.names():
        known = ", ".join(KINDS.names())
        if kind:
            given.wrong("kind", f"unknown rule kind {kind!r}; known: {known}{nearest(kind, KINDS.names())}")
        return None, given.problems
    condition = KINDS.get(kind).read(given)
    given.finish()
    if given.problems:
        return None, given.problems
    return Rule(rule_id, kind, condition, action, severity, off_delay), []  # type: ignore[arg-type]  # by choice()


def clashes(rules: Mapping[int, Rule]) -> Iterator[tuple[int, str, str]]:
    """Yield what is wrong among the rules of one version as `(place, field, what is wrong)`.

    `rules` are those that could be read, by their places in the file.
    """
    yield from _unknown_budgets(rules)
    doubted: dict[str, int] = {}
    for place, rule in rules.items():
        if rule.kind == "plausible" and doubted.setdefault(rule.condition.quantity, place) != place:
            what = f"{rule.condition.quantity} is doubted by rules[{doubted[rule.condition.quantity]}] already"
            yield place, "quantity", f"{what}; a version has one such rule for a quantity"


def _unknown_budgets(rules: Mapping[int, Rule]) -> Iterator[tuple[int, str, str]]:
    budgets = {rule.id: rule.condition.within for rule in rules.values() if rule.kind == "cumulative"}
    for place, rule in rules.items():
        around = getattr(rule.condition, "within", None)
        if around is None:
            continue
        if around not in budgets:
            is_other = any(around == other.id for other in rules.values())
            what = "is no cumulative rule" if is_other else "is no rule of this version"
            yield place, "within", f'"{around}" {what}{nearest(around, sorted(budgets))}'
        elif rule.id in _around(rule.id, budgets):
            yield place, "within", f'"{rule.id}" would be within itself'


def _around(rule_id: str, budgets: Mapping[str, str | None]) -> list[str]:
    """Return the budgets around one, from the inside out, up to where they repeat."""
    found: list[str] = []
    outer = budgets.get(rule_id)
    while outer is not None and outer not in found:
        found.append(outer)
        outer = budgets.get(outer)
    return found
