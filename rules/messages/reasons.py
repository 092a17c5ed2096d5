"""Why a rule fired, in numbers and in words, for the kinds of rules that share their wording."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.intervals import Interval
from domain.numbers import show_minutes, show_value
from domain.times import format_instant
from rules.kinds.common.cumulative import Sums
from rules.kinds.common.evidence import Evidence
from rules.messages.words import describe_duration, describe_value
from rules.subjects.pieces import Piece


@dataclass(frozen=True, slots=True)
class Why:
    """What was measured against what, in numbers and in words.

    `text` goes on after the rule's id: `above 8.0 °C for 75 min, limit 60 min`. `measured` and `limit` are of `unit`.
    `used`: the closed span of the readings it rests on, where that is another than the time outside.
    """

    text: str
    bound: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    used: Interval | None = None


def moment(instant: int) -> str:
    """Return e.g. `2026-01-03 09:38Z`."""
    return f"{format_instant(instant)[:16].replace('T', ' ')}Z"


def during(minutes: float, since: int) -> str:
    """Return e.g. `for 75 min from 2026-01-03 09:38Z`; without a length what has only begun."""
    return f"for {describe_duration(minutes)} from {moment(since)}" if minutes else f"from {moment(since)}"


def consecutive_reason(bound: str, at: int, piece: Piece, evidence: Evidence, span: Interval) -> Why:
    """Give the reason of an interval outside that lasted: how long it has been by now."""
    limit = piece.rule.condition.hold_duration
    minutes = show_minutes(min(span[1], evidence.until) - span[0])
    peak = evidence.peak(piece, span[0], min(span[1], evidence.until + 1))
    text = f"{bound} {during(minutes, span[0])}"
    text += f", limit {describe_duration(show_minutes(limit))}" if limit else ""
    return Why(text + _peak(piece, peak), bound, minutes, show_minutes(limit), "min", _more(peak))


def cumulative_reason(
    bound: str,
    at: int,
    piece: Piece,
    evidence: Evidence,
    intervals: Sequence[Interval],
    budget: tuple[int, int | None],
    *,
    is_value: bool = True,
) -> Why:
    """Give the reason of intervals that added up: how much it was when it fired, or is by now if they are ongoing.

    `is_value`: a value was outside, so that there is a farthest one.
    """
    total, window = budget
    last = next((interval for interval in reversed(intervals) if interval[0] <= at <= interval[1]), (at, at))
    minutes = show_minutes(Sums(intervals).inside(max(at, min(last[1], evidence.until)), window))
    within = f"within {describe_duration(show_minutes(window))}" if window else "in all"
    since = evidence.watch[0] if window is None else max(evidence.watch[0], at - window)
    peak = evidence.peak(piece, max(intervals[0][0], since), at + 1) if intervals and is_value else None
    text = f"{bound} for {describe_duration(minutes)} {within} by {moment(max(at, min(last[1], evidence.until)))}"
    text += f", limit {describe_duration(show_minutes(total))}"
    return Why(text + _peak(piece, peak), bound, minutes, show_minutes(total), "min", _more(peak), (since, at))


def _peak(piece: Piece, peak: int | None) -> str:
    quantity = piece.rule.condition.quantity
    return "" if peak is None or quantity is None else f", peak {describe_value(quantity, peak)}"


def _more(peak: int | None) -> dict[str, float]:
    return {} if peak is None else {"peak": show_value(peak)}
