"""The last day of every place, read for the page Now, at most once a minute, and shared by all who look."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from api.deps import View
from api.offsets import WithOffsets
from api.snapshot import Snapshot
from api.web.components.current import Value
from api.web.frame.formats import value
from api.web.frame.sentences import say
from api.web.frame.texts import text
from api.web.now.spark import Step, draw, held, merged
from api.web.now.view import Place
from domain.times import MINUTE
from store.history import History, Window
from store.series import series_of

WIDTH = 15 * MINUTE
BUCKETS = 96
READ_EVERY = 5 * MINUTE
REFRESHED_EVERY = MINUTE
_REFRESHED = 2  # buckets

Which = tuple[str, str]  # location and quantity
Sparks = Mapping[Which, Markup]


class Day(NamedTuple):
    """The buckets of the last day; the last one goes on."""

    since: int
    now: int

    def number(self, instant: int) -> int:
        """Return which bucket an instant is in."""
        return (instant - self.since) // WIDTH


def day_until(now: int) -> Day:
    """Return the day whose last bucket is the one that goes on."""
    return Day((now // WIDTH + 1 - BUCKETS) * WIDTH, now)


class SparkBook:
    """What was read last. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: dict[Which, list[Step]] = {}
        self._of: Snapshot | None = None
        self._read = self._refreshed = 0

    def get(self, view: View, history: History, places: Iterable[Place]) -> Sparks:
        """Return the lines of what has one at these places. Raises UnavailableError if the store does not answer."""
        lines = [(place, shown) for place in places for shown in place.lines]
        day = day_until(view.now)
        with self._lock:
            self._refresh(view, history, day, [(place.id, shown.quantity) for place, shown in lines])
            steps = self._steps
        return {
            (place.id, shown.quantity): _drawn(steps.get((place.id, shown.quantity), []), shown, day, place.max_gap)
            for place, shown in lines
        }

    def _refresh(self, view: View, history: History, day: Day, wanted: Sequence[Which]) -> None:
        """Read the whole day now and then, its end more often, as nothing but the end changes unless data come late."""
        if self._of is not view.snapshot or self._read != view.now // READ_EVERY:
            self._steps = {}
            self._of, self._read = view.snapshot, view.now // READ_EVERY
        elif self._refreshed != view.now // REFRESHED_EVERY:
            first = BUCKETS - _REFRESHED
            for which, end in read_steps(view, history, day, list(self._steps), first).items():
                self._steps[which] = [step for step in self._steps[which] if step.number < first] + end
        self._refreshed = view.now // REFRESHED_EVERY
        self._steps |= read_steps(view, history, day, [which for which in wanted if which not in self._steps])


def _drawn(steps: Sequence[Step], shown: Value, day: Day, max_gap: int) -> Markup:
    found = held(steps, max_gap // WIDTH)
    present = day.number(day.now)
    if found and found[-1].number == present - 1 and shown.live:  # nothing was said yet in the bucket that goes on
        found.append(found[-1]._replace(number=present))
    return draw(found, BUCKETS, shown.limits, _label(steps, shown.quantity))


def _label(steps: Sequence[Step], quantity: str) -> Markup:
    name = text(f"words.{quantity}")
    if not steps:
        return say("now.spark_empty", quantity=name)
    low, high = min(step.low for step in steps), max(step.high for step in steps)
    return say("now.spark", quantity=name, low=value(low, quantity), high=value(high, quantity))


def read_steps(
    view: View, history: History, day: Day, wanted: Sequence[Which], first: int = 0
) -> dict[Which, list[Step]]:
    """Return the extremes, from a bucket on, of all sensors while they spoke for these places and quantities."""
    if not wanted:
        return {}
    site, since, until = view.snapshot.site, day.since + first * WIDTH, day.since + BUCKETS * WIDTH
    spans = {
        (location, quantity): [
            (series_of(sensor, quantity), max(span.since, since), min(span.until, until))
            for span in view.snapshot.places.speaking(location, quantity)
            if span.since < until and since < span.until
            for sensor in [site.sensors[span.sensor]]
        ]
        for location, quantity in wanted
    }
    keys = sorted({key for spoken in spans.values() for key, _, _ in spoken})
    judged = WithOffsets(history, view.snapshot.offsets)
    found = judged.window(keys, since, until, BUCKETS - first) if keys else {}
    steps = {key: list(steps_of(window, day)) for key, window in found.items()}
    return {
        which: merged(_while(steps[key], day, start, end) for key, start, end in spoken)
        for which, spoken in spans.items()
    }


def steps_of(window: Window, day: Day) -> Iterator[Step]:
    """Yield what a series said, by bucket."""
    for instant, number in window.readings:
        if number is not None:
            yield Step(day.number(instant), number, number)
    for bucket in window.buckets:
        if bucket.minimum is not None and bucket.maximum is not None:
            yield Step(day.number(bucket.since), bucket.minimum, bucket.maximum)


def _while(steps: Iterable[Step], day: Day, since: int, until: int) -> Iterator[Step]:
    first, last = day.number(since), day.number(until - 1)
    return (step for step in steps if first <= step.number <= last)
