"""Whether something else was said before: what marks a statement as revised.

That something grows is not that: an interval that went on and has ended, or has fired meanwhile, was right when it was
said to go on, unless it ended or fired before that by more than SLACK (a reading takes a while to arrive).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.times import MINUTE

SLACK = 5 * MINUTE
_ACTIONS = ("notify", "review", "hold")


class Said(NamedTuple):
    """What one revision said of an interval or a hold; `minutes` None: not known."""

    since: int
    until: int | None
    minutes: float | None
    degree_minutes: float | None
    peak: int | None
    fired_at: int | None
    founded: bool = True


class Fired(NamedTuple):
    """That a rule fired, as it was said from `known_at` to `superseded_at` (None: it still is)."""

    at: int
    action: str
    known_at: int
    superseded_at: int | None


def was_otherwise(before: Iterable[Said], now: Said) -> bool:
    """Tell whether an earlier revision said something else than what has become of it since."""
    return any(_contradicts(each, now) for each in before)


def _contradicts(before: Said, now: Said) -> bool:
    if (before.since, before.founded) != (now.since, now.founded):
        return True
    if before.until is not None:
        return before != now
    if before.fired_at is not None and before.fired_at != now.fired_at:
        return True
    reached = before.since + round((before.minutes or 0) * MINUTE) - SLACK  # it was said to go on up to there
    fresh = [now.until] if before.fired_at is not None else [now.until, now.fired_at]
    return any(instant is not None and instant < reached for instant in fresh)


def verdict_was_otherwise(fired: Sequence[Fired], known_from: int, until: int) -> bool:
    """Tell whether at some instant from `known_from` to `until` another verdict was given for it than is given now.

    A verdict is the worst action that had fired. A rule found to have fired at most SLACK before is no other.
    """
    edges = {edge for each in fired for edge in (each.known_at, each.superseded_at) if edge is not None}
    instants = sorted({known_from, until} | {moment for edge in edges for moment in (edge - 1, edge)})
    return any(_differs(fired, instant) for instant in instants if known_from <= instant <= until)


def _differs(fired: Sequence[Fired], instant: int) -> bool:
    then = _worst(f for f in fired if f.known_at <= instant and (f.superseded_at is None or instant < f.superseded_at))
    believed = [each for each in fired if each.superseded_at is None]
    least, most = (_worst(f for f in believed if f.at <= instant - slack) for slack in (SLACK, 0))
    return not least <= then <= most


def _worst(fired: Iterable[Fired]) -> int:
    return max((_ACTIONS.index(each.action) for each in fired), default=0)
