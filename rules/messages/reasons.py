"""Why a rule triggered, in numbers and in words, for the kinds whose sentences are alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.intervals import Interval
from domain.language import gettext
from domain.moments import moment as moment
from domain.numbers import show_minutes, show_value
from rules.kinds.common.evidence import Evidence
from rules.messages.words import describe_value, duration, parts_of_length
from rules.subjects.kept import Lengths
from rules.subjects.pieces import Piece


@dataclass(frozen=True, slots=True)
class Why:
    """What was measured against what, in numbers and in words.

    `text` follows the rule's id: `above 8.0 °C for 1 h 15 min, allowed 1 h`. `measured` and `limit` are of `unit`.
    `used`: the closed span of the readings it rests on, where that is another than the time outside.
    """

    text: str
    bound: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    used: Interval | None = None


def during(length: int, since: int) -> str:
    """Return e.g. `for 1 h 15 min from 2026-01-03 09:38 UTC`; without a length what has only begun."""
    if not length:
        return gettext("from {since}", since=moment(since))
    return gettext("for {length} from {since}", length=duration(length), since=moment(since))


def or_more(bound: str, length: int) -> str:
    """Return an alarm condition that has to last: `above 8.0 °C for 1 h or more`; at once it is the bound alone."""
    return (
        gettext("{bound} for {length} or more", bound=bound, length=duration(length, exact=True)) if length else bound
    )


def in_total(bound: str, total: int, window: int | None) -> str:
    """Return an alarm condition that adds up: `above 8.0 °C for a total of 30 min within 24 h`."""
    said = {"bound": bound, "total": duration(total, exact=True)}
    if window is None:
        return gettext("{bound} for a total of {total}", **said)
    return gettext("{bound} for a total of {total} within {window}", **said, window=duration(window, exact=True))


def allowed(text: str, length: int) -> str:
    """Return the text with how long it may last, where that is not at once."""
    return gettext("{text}, allowed {length}", text=text, length=duration(length, exact=True)) if length else text


def consecutive_reason(bound: str, at: int, piece: Piece, evidence: Evidence, span: Interval) -> Why:
    """Give the reason of an interval outside that lasted: how long it has been by now."""
    limit = piece.rule.condition.hold_duration
    length = min(span[1], evidence.until) - span[0]
    peak = evidence.peak(piece, span[0], min(span[1], evidence.until + 1))
    text = _peak(allowed(f"{bound} {during(length, span[0])}", limit), piece, peak)
    return Why(text, bound, show_minutes(length), show_minutes(limit), "min", _more(peak))


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
    """Give the reason of intervals that added up: how much it was at the alarm, or is by now if they are ongoing.

    `is_value`: a value was outside, so that there is a farthest one.
    """
    total, window = budget
    last = next((interval for interval in reversed(intervals) if interval[0] <= at <= interval[1]), (at, at))
    by = max(at, min(last[1], evidence.until))
    used = Lengths.of(intervals).inside(by, window)
    since = evidence.watch[0] if window is None else max(evidence.watch[0], at - window)
    peak = evidence.peak(piece, max(intervals[0][0], since), at + 1) if intervals and is_value else None
    text = _peak(used_by(bound, used, by - last[0], moment(by), budget), piece, peak)
    return Why(text, bound, show_minutes(used), show_minutes(total), "min", _more(peak), (since, at))


def used_by(bound: str, used: int, of_last: int, by: str, budget: tuple[int, int | None]) -> str:
    """Return e.g. `33 of 30 min allowed above 8.0 °C used by … (28 min earlier, 5 min this time)`.

    `of_last`: how much of it belongs to the last excursion; `by`: the instant in words.
    """
    total, window = budget
    said = {"used": used_of(used, total), "bound": bound, "by": by}
    if window is None:
        text = gettext("{used} allowed {bound} used by {by}", **said)
    else:
        text = gettext(
            "{used} allowed {bound} within {window} used by {by}", **said, window=duration(window, exact=True)
        )
    parts = parts_of_length(used, of_last)
    if parts is None:
        return text
    return gettext("{text} ({before} earlier, {last} this time)", text=text, before=parts[0], last=parts[1])


def used_of(used: int, total: int) -> str:
    """Return e.g. `33 of 30 min`, `1 h 5 min of 1 h`: the unit once where both have the same."""
    left, right = duration(used), duration(total, exact=True)
    number, _, unit = left.partition(" ")
    same = unit == right.partition(" ")[2] and " " not in unit
    return gettext("{used} of {total}", used=number if same else left, total=right)


def _peak(text: str, piece: Piece, peak: int | None) -> str:
    return with_peak(text, piece.rule.condition.quantity, peak)


def with_peak(text: str, quantity: str | None, peak: int | None) -> str:
    """Return the text with the most extreme value, where there is one."""
    if peak is None or quantity is None:
        return text
    return gettext("{text}, peak {peak}", text=text, peak=describe_value(quantity, peak))


def _more(peak: int | None) -> dict[str, float]:
    return {} if peak is None else {"peak": show_value(peak)}
