"""How much of an allowance that adds up is used, in the words and with the numbers of the record. Pure."""

from collections.abc import Mapping
from typing import Any

from api.web.frame.formats import Clock
from domain.model import Rule
from domain.numbers import SCALE
from domain.times import MINUTE
from rules.kinds.cumulative import Cumulative
from rules.messages.reasons import used_by, with_peak


def say_used(
    rule: Rule | None, why: Mapping[str, Any] | None, this_time: tuple[int, float | None, int | None], clock: Clock
) -> str | None:
    """Return e.g. `32 of 30 min allowed above 8.0 °C used by 22:52 (29 min earlier, 3 min this time), peak 13.1 °C`.

    `why`: the reason of the firing as structure; `this_time`: start (µs), minutes and peak (10⁻⁶) of the excursion, as
    of the same judgement. None for a rule that does not add up, and where the record does not say how much it was.
    """
    if rule is None or not isinstance(rule.condition, Cumulative) or not why or why.get("measured") is None:
        return None
    condition, (since, minutes, peak) = rule.condition, this_time
    length = round((minutes or 0) * MINUTE)
    budget = (condition.budget, condition.window)
    used = round(float(why["measured"]) * MINUTE)
    text = used_by(str(why["bound"]), used, length, clock.time(since + length), budget)
    return with_peak(text, condition.quantity, _farthest(why.get("peak"), peak, condition.direction))


def _farthest(of_all: float | None, of_this: int | None, direction: str) -> int | None:
    """Return the most extreme value of all that counts: that of the reason ends at the alarm."""
    found = [] if of_all is None else [round(of_all * SCALE)]
    found += [] if of_this is None else [of_this]
    return (min if direction == "low" else max)(found, default=None)
