"""Local times and the instants they can mean: certain where zone, order and arrival leave one possibility only.

A *wall* time is a local time as a clock on the wall shows it: microseconds since 1970-01-01T00:00 of that clock. In
autumn an hour (30 min on Lord Howe) comes twice, and in spring one never is.

The rule, exactly. Readings of one probe in the order in which they were taken have instants that only rise, or, sent
newest first, only fall. A wall time that came twice is placed if all assignments that keep that order, in whichever of
the two directions is possible, agree on its instant. None is later than the arrival allows. In a live message the
newest reading is the one near the arrival. Whatever is left undecided is marked TWICE, and nobody judges it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from domain.errors import InvalidError
from domain.readings import Flag
from domain.times import MINUTE, NEVER, datetime_of, instant_of

# So near to its arrival the newest reading of a live message was taken.
LIVE_WITHIN = 10 * MINUTE
# Sent again within one array: only where readings are closer than half of what clocks go back by.
_REPEATED_BELOW = 15 * MINUTE
_QUARTER = 15 * MINUTE  # clocks are changed at the end of one
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  of a clock on the wall


class Placed(NamedTuple):
    """The instant that a local time means; with a doubt (TWICE, SKIPPED) the earliest that it can."""

    at: int
    doubt: Flag = Flag.NONE


def wall_of(moment: datetime) -> int:
    """Return the wall time of a datetime without a zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instants_of(wall: int, zone: tzinfo) -> tuple[int, ...]:
    """Return the instants at which clocks of a zone show a wall time: one, two in autumn, none in spring.

    Raises InvalidError for one outside the years 1 to 9999.
    """
    try:
        ahead = _ahead(wall // _QUARTER, zone)
        return _instants_of(wall, zone) if ahead is None else tuple(wall - each for each in ahead)
    except (ValueError, OverflowError) as error:
        raise InvalidError(f"outside the years 1 to 9999: {wall} µs of a clock on the wall") from error


@lru_cache(maxsize=4096)
def _ahead(quarter: int, zone: tzinfo) -> tuple[int, ...] | None:
    """Return how far clocks may be ahead of UTC in a quarter of an hour of theirs, farthest first; None: it changes."""
    first, last = quarter * _QUARTER, (quarter + 1) * _QUARTER - 1
    at_first = tuple(first - at for at in _instants_of(first, zone))
    at_last = tuple(last - at for at in _instants_of(last, zone))
    return at_first if at_first == at_last else None


def _instants_of(wall: int, zone: tzinfo) -> tuple[int, ...]:
    moment = _EPOCH + timedelta(microseconds=wall)
    both = {_instant(moment, zone, fold) for fold in (0, 1)}
    return tuple(sorted(at for at in both if _wall_at(at, zone) == wall))


def read_local(wall: int, zone: tzinfo) -> Placed:
    """Return what a wall time alone means. Raises InvalidError for one outside the years 1 to 9999."""
    found = instants_of(wall, zone)
    if not found:
        return Placed(_instant(_EPOCH + timedelta(microseconds=wall), zone, 0), Flag.SKIPPED)
    return Placed(found[0], Flag.TWICE if len(found) > 1 else Flag.NONE)


def later_of(at: int, zone: tzinfo) -> int:
    """Return the later of the two instants that show the same wall time as `at`, the earlier one."""
    return instants_of(_wall_at(at, zone), zone)[-1]


def place(
    walls: Sequence[int],
    zone: tzinfo,
    *,
    values: Sequence[object] | None = None,
    latest: int = NEVER,
    live_at: int | None = None,
) -> list[Placed]:
    """Place wall times of one probe, given in the order in which they were taken or in the reverse one.

    `values` are what was measured: neighbours that are alike in time and value may be one reading sent twice, or two
    an hour apart, and stay in doubt, unless readings are so far apart anyway that the latter is sure.
    `latest`: no reading is later. `live_at`: the arrival of a message that is live; None: it may have waited. Raises
    InvalidError for a wall time outside the years 1 to 9999.
    """
    alone = [read_local(wall, zone) for wall in walls]
    return decide(alone, zone, values=values, latest=latest, live_at=live_at)


def decide(
    alone: Sequence[Placed],
    zone: tzinfo,
    *,
    values: Sequence[object] | None = None,
    latest: int = NEVER,
    live_at: int | None = None,
) -> list[Placed]:
    """Decide what came twice as `place` does; some may have been certain from the beginning."""
    if not any(placed.doubt is Flag.TWICE for placed in alone):
        return list(alone)
    options = [_options(placed, zone, latest) for placed in alone]
    kept = _without_repeats(alone, values)
    orders = [kept, kept[::-1]] if len(kept) > 1 else [kept]
    possible: dict[int, set[int]] = {}
    for order in orders:
        for i, left in _in_order(order, options, live_at).items():
            possible.setdefault(i, set()).update(left)
    alike = [kept[bisect_right(kept, i) - 1] for i in range(len(alone))]
    repeated = {i for i, count in Counter(alike).items() if count > 1}
    return [
        placed if i in repeated else _decided(placed, possible.get(i, set(options[i])))
        for i, placed in zip(alike, alone, strict=True)
    ]


def _instant(moment: datetime, zone: tzinfo, fold: int) -> int:
    return instant_of(moment.replace(tzinfo=zone, fold=fold))


def _wall_at(at: int, zone: tzinfo) -> int:
    return wall_of(datetime_of(at).astimezone(zone).replace(tzinfo=None))


def _options(alone: Placed, zone: tzinfo, latest: int) -> tuple[int, ...]:
    if alone.doubt is not Flag.TWICE:
        return (alone.at,)
    later = later_of(alone.at, zone)
    return (alone.at,) if alone.at <= latest < later else (alone.at, later)


def _without_repeats(alone: Sequence[Placed], values: Sequence[object] | None) -> list[int]:
    """Return the places of readings without those that may be the one before, sent again."""
    steps = [abs(after.at - before.at) for before, after in pairwise(alone) if after != before]
    if values is None or (steps and median(steps) >= _REPEATED_BELOW):
        return list(range(len(alone)))
    return [i for i in range(len(alone)) if not i or (alone[i], values[i]) != (alone[i - 1], values[i - 1])]


def _in_order(order: Sequence[int], options: Sequence[tuple[int, ...]], live_at: int | None) -> dict[int, set[int]]:
    """Return the instants that are possible if readings rise in this order, by place; nothing if they cannot."""
    given = [list(options[i]) for i in order]
    if live_at is not None:
        nearest = min(given[-1], key=lambda at: abs(at - live_at))
        if abs(nearest - live_at) <= LIVE_WITHIN:
            given[-1] = [nearest]
    lowest, last = [], -NEVER
    for some in given:
        last = min((at for at in some if at > last), default=NEVER)
        lowest.append(last)
    highest, following = [], NEVER
    for some in reversed(given):
        following = max((at for at in some if at < following), default=-NEVER)
        highest.append(following)
    highest.reverse()
    found = {}
    for place, i in enumerate(order):
        before = lowest[place - 1] if place else -NEVER
        after = highest[place + 1] if place + 1 < len(order) else NEVER
        left = {at for at in given[place] if before < at < after}
        if not left:
            return {}
        found[i] = left
    return found


def _decided(alone: Placed, possible: set[int]) -> Placed:
    if alone.doubt is Flag.TWICE and len(possible) == 1:
        return Placed(min(possible))
    return alone
