"""How many alarms people get, as EEMUA 191 and ISA-18.2 measure it: rates, floods, chattering, what stays, who knows.

Pure functions over what was raised. The definitions are those of the standards; where a place is read every few
minutes, three alarms in a minute cannot happen, so three within half an hour of one source count as chattering too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from domain.model import Severity
from domain.times import DAY, MINUTE
from rules.alarms.problems import SEVERITIES, Key

TEN_MINUTES = 10 * MINUTE
FLOOD_BEGINS = 10  # in ten minutes
FLOOD_ENDS = 5  # fewer than these in ten minutes
CHATTER = ((3, MINUTE), (3, 30 * MINUTE))  # so many within so long: of a fast signal, of one read every few minutes
STALE = DAY
TOP = 10


class Raised(NamedTuple):
    """An alarm: where, how bad, when it was raised, when its problem ended (None: it is ongoing), when somebody knew.

    `suppressed`: nobody is notified of it by now.
    """

    key: Key
    severity: Severity
    at: int
    until: int | None
    acknowledged_at: int | None
    suppressed: bool = False


class Flood(NamedTuple):
    """An interval with more alarms than anybody can follow; `until` None: it is ongoing."""

    since: int
    until: int | None
    alarms: int


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """The load over `(since, until]`. Rates are per time that has passed; `to_acknowledge` is a median (None: nobody
    acknowledged anything), in microseconds. `loaded` is the share of its ten minutes with more than one."""

    alarms: int
    per_day: float
    per_ten_minutes: float
    peak: int  # the most in any ten minutes
    loaded: float
    floods: tuple[Flood, ...]
    chattering: tuple[Key, ...]
    stale: int
    by_severity: dict[Severity, int]
    top: tuple[tuple[Key, int], ...]
    to_acknowledge: int | None


def alarm_rate_of(raised: Iterable[Raised], since: int, until: int) -> AlarmRate:
    """Measure what was raised in `(since, until]`; what is ongoing may have been raised before."""
    known = sorted(raised, key=lambda each: each.at)
    within = [each for each in known if since < each.at <= until]
    times = [each.at for each in within]
    span = until - since
    sources: dict[Key, list[int]] = {}
    for each in within:
        sources.setdefault(each.key, []).append(each.at)
    counts = {key: len(of_it) for key, of_it in sources.items()}
    slots = Counter((at - since - 1) // TEN_MINUTES for at in times)
    known_at = [(each.acknowledged_at, each.at) for each in within]
    waits = [known - told for known, told in known_at if known is not None and known >= told]
    return AlarmRate(
        alarms=len(times),
        per_day=len(times) * DAY / span,
        per_ten_minutes=len(times) * TEN_MINUTES / span,
        peak=peak(times),
        loaded=sum(count > 1 for count in slots.values()) * TEN_MINUTES / span,
        floods=tuple(floods(times, until)),
        chattering=tuple(sorted(key for key, of_it in sources.items() if is_chattering(of_it))),
        stale=sum(is_stale(each, until) for each in known),
        by_severity={severity: sum(each.severity == severity for each in within) for severity in SEVERITIES},
        top=tuple(sorted(counts.items(), key=lambda source: (-source[1], source[0]))[:TOP]),
        to_acknowledge=round(median(waits)) if waits else None,
    )


def peak(times: Sequence[int], length: int = TEN_MINUTES) -> int:
    """Return the most of sorted instants that any half-open interval of that length holds."""
    most, first = 0, 0
    for i, at in enumerate(times):
        while times[first] <= at - length:
            first += 1
        most = max(most, i - first + 1)
    return most


def floods(times: Sequence[int], now: int) -> list[Flood]:
    """Return the floods among sorted instants: from the first of ten in ten minutes until fewer than five are left."""
    found: list[Flood] = []
    begun: int | None = None  # the position of the first alarm of the flood that is ongoing
    free = 0  # the position of the first alarm that belongs to no flood yet
    for i, at in enumerate(times):
        if begun is not None and (end := times[i - FLOOD_ENDS] + TEN_MINUTES) < at:
            found.append(Flood(times[begun], end, i - begun))
            free, begun = i, None
        first = i - FLOOD_BEGINS + 1
        if begun is None and first >= free and times[first] > at - TEN_MINUTES:
            begun = first
    if begun is not None:
        end = times[-FLOOD_ENDS] + TEN_MINUTES  # when the fifth last was ten minutes ago, fewer are left
        found.append(Flood(times[begun], end if end <= now else None, len(times) - begun))
    return found


def is_chattering(times: Sequence[int]) -> bool:
    """Tell whether one source was raised again and again: three times a minute, or three times in half an hour."""
    return any(peak(times, length) >= count for count, length in CHATTER)


def is_stale(alarm: Raised, now: int) -> bool:
    """Tell whether it has been going on for more than a day, and nobody shelved it or took its place out of service."""
    return alarm.until is None and not alarm.suppressed and now - alarm.at > STALE
