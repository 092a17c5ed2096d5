"""One quantity of one sensor over time, and which next reading would change nothing.

What a reading means may differ by profile: each asks its own view (`rules.series.view`), in which derived intervals
are kept. They are patched locally when data comes late; a reading in order, in range and in time touches none of them.

What is derived is kept of all time, the readings only as long as the caller likes (`forget`): a question that needs
older ones has them recalled (`need`), so every answer is as if all were here.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from operator import sub
from typing import NamedTuple

import numpy as np

from domain.intervals import Interval
from domain.readings import FAULT
from domain.times import DAY, HOUR, NEVER
from rules.series.arrays.intervals import Numbers, numbers
from rules.series.arrays.thinned import Days, Recall, thinned
from rules.series.bands import EVERYTHING, NOTHING, STEP_WITHIN, Band, Plausible, narrow
from rules.series.intervals import CHANGED
from rules.series.view import View, keep_answer

Owner = tuple[str, object]  # a place, and what of it somebody relies on


class Past(NamedTuple):
    """Where to ask for readings that are not in memory. `days`: of the time before an instant; None: nobody knows."""

    recall: Recall
    days: Callable[[int], Days | None] = lambda _: None


_ALL_HERE = -(1 << 80)  # earlier than any instant


class Added(Enum):
    """What became of a reading."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # another value at the same instant: the first one received counts
    REPLACED_FAULT = "replaced fault"  # a value beats a fault at the same instant
    IGNORED_FAULT = "ignored fault"


class Conflict(NamedTuple):
    """Two different values of one sensor at one instant: the first received is kept."""

    sensor: str
    quantity: str
    measured_at: int
    kept: int
    refused: int


class Settled(NamedTuple):
    """The closed span in which anything can differ since the last time, and until when what was reported is valid."""

    span: Interval
    valid_until: int


class Series:
    """Readings of one quantity of one sensor, sorted, one an instant."""

    def __init__(
        self,
        times: Iterable[int] = (),
        values: Iterable[int | None] = (),
        past: Past | None = None,
        *,
        is_all: bool = True,
    ) -> None:
        """Take readings that are sorted by instant, one an instant; None is a fault, FAULT where it is an array.

        `past`: where to ask for those that `forget` drops; without it nothing is dropped. `is_all`: there are none
        before these; else they are two at least.
        """
        self.times = array("q", times)
        given = values if isinstance(values, array) else (FAULT if value is None else value for value in values)
        self.values = array("q", given)
        self._past = past
        # Readings before this instant may not be in memory. Of the first one nobody knows whether it jumped.
        self._here_from = _ALL_HERE if is_all else self.times[1]
        # Before which reading, the days until then, and what was read between these and that reading.
        self._outline: tuple[int, Days | None, tuple[array[int], array[int]] | None] | None = None
        self._dropped = 0  # how many fewer are here than are counted
        self._ranks: dict[int, int] = {}
        self._views: dict[Plausible | None, View] = {}
        self.changed: Interval | None = None
        self._late = False  # something changed before the end
        self.bands: dict[Owner, Band] = {}  # what somebody relies on until a reading leaves it
        self._growing: set[Owner] = set()  # for whom something is ongoing within their band
        # A reading later than `last_at` by at most `patience` and inside `[low, high]` is quiescent: it begins and ends
        # nothing. It may let something ongoing grow; it needs a scan if so, or if each reading must be scanned.
        self.grows = self.needs_scan = False
        self.last_at = self.times[-1] if self.times else -NEVER
        self.low, self.high, self.patience = NEVER, -NEVER, 0
        self.view()
        self.find_quiescent_band()

    def view(self, plausible: Plausible | None = None) -> View:
        """Return the readings as they are where the implausible ones are faults."""
        if plausible not in self._views:
            self._views[plausible] = View(self, plausible)
        return self._views[plausible]

    # --- what is in memory ---

    def need(self, at: int) -> None:
        """Have the readings here from before an instant on, the one just before it included."""
        if at <= self._here_from:
            self._recall_before(at)

    def _recall_before(self, at: int) -> None:
        assert self._past is not None, "nothing was dropped"
        for since in (max(at - DAY, -NEVER), max(at - 32 * DAY, -NEVER), -NEVER):
            times, values = self._past.recall(since, self.times[0])
            if bisect_left(times, at) > 1:
                break
        self.times[0:0], self.values[0:0] = times, values
        self._dropped -= len(times)
        for view in self._views.values():
            view.take_up(len(times))
        self._here_from = _ALL_HERE if since == -NEVER else times[1]

    def forget(self, count: int, now: int) -> None:
        """Drop readings but so many of the last ones, and those that somebody has yet to look at or that are ahead."""
        self._outline = None
        if self._past is None or self.changed is not None:
            return
        seen = min([view.seen_until() for view in self._views.values()])
        first = min(len(self.times) - count, bisect_left(self.times, seen), bisect_left(self.times, now) - 1)
        if first > 0:
            for view in self._views.values():
                view.forget(first)
            self._here_from = self.times[first]
            self._dropped += first
            del self.times[:first], self.values[:first]

    @property
    def here_from(self) -> int:
        """The instant before which readings may not be in memory."""
        return self._here_from

    def thinned(self, band: Band, gap: int) -> tuple[Numbers, Numbers] | None:
        """Return all readings, as `thinned` does where it says that they are in the band; None: nobody knows enough."""
        if self._past is None or not self.times:
            return None
        begin, days, between = self._outline or (NEVER, None, None)
        if begin != self.times[0]:
            begin = self.times[0]
            days = self._past.days(begin)
            between = None if days is None else self._past.recall(days.end, begin)
            self._outline = begin, days, between
        if days is None or between is None:
            return None
        times, values = thinned(days, *band, gap, self._past.recall)
        columns = (times, numbers(between[0]), numbers(self.times)), (values, numbers(between[1]), numbers(self.values))
        return np.concatenate(columns[0]), np.concatenate(columns[1])

    def look_back(self, since: int) -> Iterator[tuple[int, Numbers, Numbers]]:
        """Yield readings before `here_from` from an instant on, a part after the other; none of it stays in memory.

        With each part comes from when on it is asked for: earlier readings in it tell which of the others jump.
        """
        assert self._past is not None, "nothing was dropped"
        length = DAY
        while since < self._here_from:
            until = min(since + length, self._here_from)
            times, values = self._past.recall(since - STEP_WITHIN, until)
            yield since, numbers(times), numbers(values)
            since, length = until, 4 * length

    def piece(self, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        """Return readings of a time before `here_from`, after two earlier ones at least if there are any.

        Nothing of it stays in memory.
        """
        assert self._past is not None, "nothing was dropped"
        for start in (since - HOUR, since - 2 * DAY, -NEVER):
            times, values = self._past.recall(start, until)
            if bisect_right(times, since) > 1:
                break
        return times, values

    def rank(self, at: int) -> int:
        """Return how many readings and faults there are before an instant, counted from anywhere."""
        rank = self._ranks.get(at)
        if rank is None:
            self.need(at)
            rank = self._dropped + bisect_left(self.times, at)
            if at <= self.last_at:
                keep_answer(self._ranks, at, rank)
        return rank

    # --- readings come in ---

    def add(self, at: int, value: int | None) -> Added:
        """Take one reading at whatever instant. `settle` must follow before intervals are asked for."""
        number = FAULT if value is None else value
        self.need(at)
        i = len(self.times) if at > self.last_at else bisect_left(self.times, at)
        if i < len(self.times) and self.times[i] == at:
            return self._meet(i, at, number)
        self._touch(at)
        self.times.insert(i, at)
        self.values.insert(i, number)
        self.last_at = self.times[-1]
        return Added.NEW

    def extend(self, instants: Sequence[int], values: Sequence[int]) -> bool:
        """Take readings later than all that are here if they change no interval; return whether they were taken."""
        if not instants or self.changed is not None or self.needs_scan or instants[0] <= self.last_at:
            return False
        self.find_quiescent_band()  # somebody may wait for the next reading, whatever it says
        if min(values) < self.low or max(values) > self.high or instants[0] - self.last_at > self.patience:
            return False
        if max(map(sub, instants[1:], instants), default=0) > self.patience:
            return False
        self.times.extend(instants)
        self.values.extend(values)
        self.last_at = self.times[-1]
        return True

    def insert(self, instants: Sequence[int], values: Sequence[int]) -> bool:
        """Take readings that follow each other if they fall between two that are here; return whether they do.

        As `add` for each (FAULT: a fault), but what lies behind them moves once.
        """
        self.need(instants[0])
        i = bisect_left(self.times, instants[0])
        if i < len(self.times) and self.times[i] <= instants[-1]:
            return False
        self._touch(instants[0])
        self._touch(instants[-1])
        self.times[i:i] = array("q", instants)
        self.values[i:i] = array("q", values)
        self.last_at = self.times[-1]
        return True

    def _meet(self, i: int, at: int, number: int) -> Added:
        kept = self.values[i]
        if kept == number:
            return Added.DUPLICATE
        if number == FAULT:
            return Added.IGNORED_FAULT
        if kept != FAULT:
            return Added.CONFLICT
        self._touch(at)
        self.values[i] = number
        return Added.REPLACED_FAULT

    def _touch(self, at: int) -> None:
        """Note that the intervals around `at` are to be patched; nothing is quiescent until they are."""
        if self.changed is None:
            for view in self._views.values():
                view.catch_up()
            self.low, self.high = NOTHING
            self.changed = (at, at)
        else:
            self.changed = (min(self.changed[0], at), max(self.changed[1], at))
        if at <= self.last_at:
            self._late = True
            self._outline = None
            self._ranks = {asked: rank for asked, rank in self._ranks.items() if asked <= at}
            for view in self._views.values():
                view.forget_answers(at)

    def settle(self) -> Settled | None:
        """Patch the intervals; return what can differ now."""
        if self.changed is None:
            return None
        low, high = self.changed
        valid = CHANGED if self._late else NEVER
        self.changed, self._late = None, False
        since, reached = self.around(low, high)
        for view in self._views.values():
            for patched in view.patch(low, high):
                reached = max(reached, patched.reach)
                valid = min(valid, patched.valid_until)
        self.find_quiescent_band()
        return Settled((since, reached), valid)

    def scan(self) -> Settled:
        """Scan quiescent readings; return what can differ now."""
        since, valid = self.last_at, NEVER
        scanned = [each for view in self._views.values() for each in view.scan()]
        for seen, patched in scanned:
            since, valid = min(since, seen), min(valid, patched.valid_until)
        if scanned:
            self._find_ongoing()
        return Settled((since, NEVER), valid)

    def _find_ongoing(self) -> None:
        self.grows = bool(self._growing) or any(view.is_ongoing() for view in self._views.values())
        self.needs_scan = self.grows or any(view.needs_scan() for view in self._views.values())

    def find_quiescent_band(self) -> None:
        """Find out which next reading would begin and end nothing."""
        self.patience = min((view.patience() for view in self._views.values()), default=NEVER)
        self.low, self.high = EVERYTHING
        for band in self.bands.values():
            self.low, self.high = narrow((self.low, self.high), band)
        for view in self._views.values():
            self.low, self.high = narrow((self.low, self.high), view.quiescent_band())
        self._find_ongoing()

    def rely(self, owner: Owner, band: Band | None, *, grows: bool = False) -> None:
        """Let no reading outside the band be quiescent, instead of what the owner relied on before; None: nothing.

        `grows`: each reading inside it lets something grow.
        """
        if self.bands.get(owner) == band and grows == (owner in self._growing):
            return
        self.bands.pop(owner, None)
        self._growing.discard(owner)
        if band is not None:
            self.bands[owner] = band
            self._growing.update({owner} if grows else ())
        if self.changed is None:
            self.find_quiescent_band()

    # --- asking ---

    def around(self, first: int, last: int) -> Interval:
        """Return the closed span in which readings of these instants count: from the one before to the one after."""
        self.need(first)
        i, j = bisect_left(self.times, first), bisect_right(self.times, last)
        return self.times[i - 1] if i else first, self.times[j] if j < len(self.times) else NEVER

    def silences(self) -> list[int]:
        """Return the instants at which having no further reading will matter to somebody."""
        return [self.last_at + after for view in self._views.values() for after in view.waits()]

    def scan_times(self) -> list[int]:
        """Return the instants at which quiescent readings may have come to matter."""
        return [at for view in self._views.values() for at in view.scan_times()]

    def scan_all(self) -> None:
        """Scan the quiescent readings that have not been scanned."""
        for view in self._views.values():
            view.scan_all()
        self.find_quiescent_band()

    def next_beginning(self, after: int) -> int:
        """Return the first instant later than `after` from which a windowed test is outside; NEVER if none is known."""
        return min((since for view in self._views.values() for since in view.beginnings(after)), default=NEVER)

    def overdue(self, now: int) -> None:
        """If having no reading matters already, then the next reading does, however quiescent it is."""
        if self.last_at + self.patience <= now:
            self.low, self.high = NOTHING

    def next_turn(self, now: int) -> int:
        """Return the next instant after now of a reading already here, or at which the one before ends."""
        self.need(now)
        i = bisect_right(self.times, now)
        turns = [self.times[i]] if i < len(self.times) else []
        if i:
            turns += [self.times[i - 1] + after for view in self._views.values() for after in view.waits()]
        turns.append(self.next_beginning(now))
        return min((turn for turn in turns if turn > now), default=NEVER)

    def value_at(self, at: int) -> int | None:
        """Return what was read at exactly this instant; None for a fault or nothing."""
        self.need(at)
        i = bisect_left(self.times, at)
        found = i < len(self.times) and self.times[i] == at and self.values[i] != FAULT
        return self.values[i] if found else None

    def leaves(self, since: int, band: Band) -> bool:
        """Tell whether a reading from an instant on lies outside a band."""
        self.need(since)
        low, high = band
        return any(not low <= value <= high for value in self.values[bisect_left(self.times, since) :])
