"""Whether something else was reported before: what marks a statement as revised.

Growth is no revision: an interval that was ongoing and has ended, or has triggered meanwhile, was right when it was
reported as ongoing, unless it ended or triggered more than SLACK before that (a reading takes a while to arrive).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.times import MINUTE

SLACK = 5 * MINUTE
_ACTIONS = ("notify", "review", "hold")


class Statement(NamedTuple):
    """What one revision states of an interval or a hold; `minutes` None: not known."""

    since: int
    until: int | None
    minutes: float | None
    degree_minutes: float | None
    peak: int | None
    fired_at: int | None
    founded: bool = True


class ReportedFiring(NamedTuple):
    """That a rule fired, as it was reported from `known_at` to `superseded_at` (None: it still is)."""

    at: int
    action: str
    known_at: int
    superseded_at: int | None


def was_revised(before: Iterable[Statement], now: Statement) -> bool:
    """Tell whether an earlier revision states something else than what has become of it since."""
    return any(_contradicts(each, now) for each in before)


def _contradicts(before: Statement, now: Statement) -> bool:
    if (before.since, before.founded) != (now.since, now.founded):
        return True
    if before.until is not None:
        return before != now
    if before.fired_at is not None and before.fired_at != now.fired_at:
        return True
    reached = before.since + round((before.minutes or 0) * MINUTE) - SLACK  # it was reported as ongoing up to there
    fresh = [now.until] if before.fired_at is not None else [now.until, now.fired_at]
    return any(instant is not None and instant < reached for instant in fresh)


def verdict_was_revised(fired: Sequence[ReportedFiring], known_from: int, until: int) -> bool:
    """Tell whether at some instant from `known_from` to `until` another verdict was given for it than is given now.

    A verdict is the worst action that had fired. A rule found to have fired at most SLACK before is no other.
    """
    edges = {edge for each in fired for edge in (each.known_at, each.superseded_at) if edge is not None}
    instants = sorted({known_from, until} | {moment for edge in edges for moment in (edge - 1, edge)})
    return any(_differs(fired, instant) for instant in instants if known_from <= instant <= until)


def _differs(fired: Sequence[ReportedFiring], instant: int) -> bool:
    then = _worst(f for f in fired if f.known_at <= instant and (f.superseded_at is None or instant < f.superseded_at))
    believed = [each for each in fired if each.superseded_at is None]
    least, most = (_worst(f for f in believed if f.at <= instant - slack) for slack in (SLACK, 0))
    return not least <= then <= most


def _worst(fired: Iterable[ReportedFiring]) -> int:
    return max((_ACTIONS.index(each.action) for each in fired), default=0)
