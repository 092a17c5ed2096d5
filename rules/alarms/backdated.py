"""A silence that nobody could have noticed is told from when somebody could: not of the time before that. Pure.

A location, a mount or a limit that is entered now and dated back makes a silence that the record has from its true
start. People are told of it when it has lasted for as long as the rule allows since it was entered.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.numbers import show_minutes
from domain.times import MINUTE
from rules.judgement import Firing
from rules.messages.reasons import allowed, during
from rules.subjects.whereabouts import LocationKey, UnitKey


def is_dated_back(subject: UnitKey | LocationKey, firing: Firing, cause: Mapping[str, Any], now: int) -> bool:
    """Tell whether a silence is of a time before anybody could know; what calls for a decision is told at once."""
    of_place = isinstance(subject, LocationKey) or firing.action == "notify"
    entered = cause["kind"] == "correction" or (cause["kind"] == "version" and "who" in cause)
    return entered and firing.direction == "silent" and of_place and firing.at < now


def reported_at(firing: Firing, counts_from: int) -> int:
    """Return when a silence that counts from an instant has lasted for as long as its rule allows."""
    return counts_from + round((firing.why.get("limit") or 0) * MINUTE)


def as_reported(firing: Firing, counts_from: int, now: int) -> Firing | None:
    """Return a silence as people are told of it; None: not yet, or it was over before that."""
    at = reported_at(firing, counts_from)
    if now < at or (firing.until is not None and firing.until <= at):
        return None
    since = max(firing.since, counts_from)
    length, limit = (now if firing.until is None else firing.until) - since, at - counts_from
    text = allowed(f"{firing.why.get('bound')} {during(length, since)}", limit)
    why = {**firing.why, "measured": show_minutes(length)}
    return replace(firing, at=at, since=since, sentence=f"{firing.rule}: {text}", why=why)
