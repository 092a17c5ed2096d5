"""What the clock of a device shows while its messages are live: how far ahead of the arrival its stamps are. Pure.

A *run* is a time in which a device's stamps went forward as fast as its messages arrived. A buffer that is emptied
makes none: its stamps go forward faster. A run changes only where the clock does, so remembering it costs little.
"""

from collections.abc import Iterable
from datetime import tzinfo
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from domain.readings import UNPLACED, Flag
from domain.times import HOUR, MINUTE, SECOND, datetime_of

# A stamp this far from its arrival says that the clock is off, or that the message waited.
OFF = 5 * MINUTE
# What stamps may differ by within a run: some are cut to the minute, and messages take a moment.
STEADY_WITHIN = 90 * SECOND
# A run of this length is evidence: its messages were live.
STEADY_AFTER = 2 * MINUTE
# Local times differ from UTC by whole hours, and some by these.
_ODD = frozenset(
    hours * HOUR + sign * minutes * MINUTE
    for hours, minutes, sign in (
        *((hours, 30, 1) for hours in (3, 4, 5, 6, 9, 10)),
        *((hours, 45, 1) for hours in (5, 8, 12, 13)),
        *((hours, 30, -1) for hours in (-2, -3, -9)),
    )
)
ZONES = tuple(sorted({hours * HOUR for hours in range(-12, 15)} | _ODD))


class Run(NamedTuple):
    """Stamps of a device: `first` is how far ahead of its arrival the first was, `since` when it arrived.

    `low` and `high` are the least and the most of all.
    """

    first: int
    since: int
    low: int
    high: int
    is_local: bool = False  # stamps are local times of a zone that nobody says
    live: int | None = None  # how far ahead the last stamp was that belonged to a live message, of those looked at
    wrong_until: int | None = None  # the clock was off and has been set: stamps before this may be of the time before

    def goes_on(self, ahead: int) -> bool:
        """Tell whether a stamp so far ahead of its arrival belongs to it."""
        return abs(ahead - self.first) <= STEADY_WITHIN

    @property
    def fitting(self) -> int:
        """How far ahead the stamps are whose zone is to be proposed: those of live messages, if there were any."""
        return self.first if self.live is None else self.live

    def was_live(self) -> "Run":
        """Return it after a live message: written anew only where that says something else than before."""
        return self if self.live is not None and self.goes_on(self.live) else self._replace(live=self.first)

    def is_steady(self, now: int) -> bool:
        """Tell whether it lasts long enough to be believed."""
        return now - self.since >= STEADY_AFTER

    @property
    def is_kept(self) -> bool:
        """Tell whether it is remembered beyond a restart: not of a clock that was never wrong."""
        return self.is_local or self.live is not None or self.wrong_until is not None or abs(self.first) > OFF

    @property
    def off(self) -> int | None:
        """How far ahead the clock is known to be that is off; None: nothing is known of it, or it is right."""
        return None if self.is_local or self.live is None or abs(self.live) <= OFF else self.live

    def was_set(self, now: int, off: int) -> "Run":
        """Return it where the clock that was off is right: what it stamped before is no later than `now + off`."""
        return self._replace(live=self.first, wrong_until=now + off + STEADY_WITHIN)


def followed(run: Run | None, ahead: int, now: int, *, is_local: bool = False) -> Run:
    """Return the run after a stamp that was so far ahead of its arrival."""
    if run is None or not run.goes_on(ahead) or run.is_local != is_local:
        before = (None, None) if run is None else (run.live, run.wrong_until)
        return Run(ahead, now, ahead, ahead, is_local, *before)
    if run.low <= ahead <= run.high:
        return run
    return run._replace(low=min(run.low, ahead), high=max(run.high, ahead))


def watched(run: Run | None, ahead: int, now: int) -> Run | None:
    """Return what is known of a clock with a zone after a message that did not wait; None: nothing.

    It is known to be off once its stamps have been equally far off for a while. One that was behind is right with its
    first stamp in time, for a buffer has none of those; one that was ahead must show for a while that it is right.
    """
    is_in_time, off = abs(ahead) <= OFF, None if run is None else run.off
    if is_in_time and off is None:
        return followed(run, ahead, now) if run is not None and not run.is_local and abs(run.first) > OFF else run
    after = followed(run, ahead, now)
    if is_in_time and off is not None:
        return after.was_set(after.since, off) if off < 0 or after.is_steady(now) else after
    return after.was_live() if after.is_steady(now) else after


def is_live_local(run: Run | None, ahead: int, now: int, site: tzinfo) -> bool:
    """Tell whether a message with a local time of unknown zone is live: sent when it was measured.

    It is if its stamp shows the time of the site's zone, and does not come in the middle of a buffer that is emptied;
    or if it belongs to a steady run in any zone that people use.
    """
    if run is not None and run.goes_on(ahead) and run.is_steady(now):
        return zone_near(ahead) is not None
    is_first = run is None or run.goes_on(ahead) or run.is_steady(now)
    return is_first and abs(ahead - ahead_of_utc(site, now)) <= STEADY_WITHIN


def ahead_of_utc(zone: tzinfo, now: int) -> int:
    """Return how far clocks of a zone are ahead of UTC."""
    offset = datetime_of(now).astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds()) * SECOND


def zone_near(ahead: int) -> int | None:
    """Return how far ahead of UTC the zone is that such stamps fit; None if they fit none."""
    nearest = min(ZONES, key=lambda zone: abs(zone - ahead))
    return nearest if abs(nearest - ahead) <= STEADY_WITHIN else None


def proposed(ahead: int, now: int, site: tzinfo) -> tuple[str, ...]:
    """Return the zones that live stamps fit: `Europe/Berlin`, if that is the site's, and `UTC+01:00`; maybe none."""
    zone = zone_near(ahead)
    if zone is None:
        return ()
    minutes = abs(zone) // MINUTE
    offset = f"UTC{'-' if zone < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}" if zone else "UTC"
    fits_site = str(site) != "UTC" and zone == ahead_of_utc(site, now)
    return (str(site), offset) if fits_site else (offset,)


class Estimate(NamedTuple):
    """How far ahead of its arrival a device stamps its live messages: median, least and most, of how many.

    `messages` 0: known by a run, whose messages nobody counts.
    """

    ahead: int
    low: int
    high: int
    messages: int

    @property
    def is_off(self) -> bool:
        """Tell whether the clock cannot be believed."""
        return abs(self.ahead) > OFF


def of_run(run: Run) -> Estimate | None:
    """Return what a run says of a clock that is off; None if no message of it is known to be live, or it is right."""
    if run.is_local or run.live is None or not run.goes_on(run.live):
        return None
    estimate = Estimate(run.first, run.low, run.high, 0)
    return estimate if estimate.is_off else None


# A reading that says something else of its device's clock, or nothing.
SAYS_NOTHING = Flag.ARRIVAL_TIME | Flag.BACKLOG | Flag.HISTORICAL | Flag.RETAINED | UNPLACED
SAYS_NOTHING |= Flag.CLOCK_AHEAD | Flag.ARRIVED_AHEAD  # it is ours that was wrong


def estimated(stamps: Iterable[tuple[int, int]]) -> Estimate | None:
    """Estimate a clock from `(received_at, measured_at)` of a device's readings; None if none is known to be live.

    Of a message its newest reading counts. Live is one whose stamp went forward as fast as messages arrived, since the
    one before or until the one after it: a buffer's go faster.
    """
    newest: dict[int, int] = {}
    for received_at, measured_at in stamps:
        newest[received_at] = max(measured_at, newest.get(received_at, measured_at))
    heard = [(received_at, newest[received_at] - received_at) for received_at in sorted(newest)]
    live: dict[int, int] = {}
    for (before, was), (after, ahead) in pairwise(heard):
        if abs(ahead - was) <= min(STEADY_WITHIN, after - before):
            live |= {before: was, after: ahead}
    if not live:
        return None
    return Estimate(median_low(live.values()), min(live.values()), max(live.values()), len(live))
