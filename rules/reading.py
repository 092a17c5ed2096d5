"""A rule from the text of its fields."""

from collections.abc import Mapping
from typing import get_args

import rules.kinds
from domain.model import Action, Rule, Severity
from domain.registry import load_folder
from rules.fields import Fields, Problem, nearest
from rules.kinds.base import KINDS

load_folder(rules.kinds)


def read_rule(fields: Mapping[str, str | None]) -> tuple[Rule | None, list[Problem]]:
    """Return the rule, or None, and every problem as `(field, what is wrong)`.

    `fields` holds the texts of the site file in its order: the first bound is the one distances are measured from.
    """
    given = Fields(fields)
    rule_id = given.required("id")
    kind = given.required("kind")
    action = given.choice("action", get_args(Action), "notify")
    severity = given.choice("severity", get_args(Severity), "warning")
    if kind not in KINDS.names():
        known = ", ".join(KINDS.names())
        if kind:
            given.wrong("kind", f"unknown rule kind {kind!r}; known: {known}{nearest(kind, KINDS.names())}")
        return None, given.problems
    condition = KINDS.get(kind).read(given)
    given.finish()
    if given.problems:
        return None, given.problems
    return Rule(rule_id, kind, condition, action, severity), []  # type: ignore[arg-type]  # checked by choice()
