"""The last day of every place, read for the page Now; made anew at most once a minute and shared by all who look."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from api.deps import View
from api.snapshot import Snapshot
from api.web.formats import value
from api.web.now_state import Value
from api.web.now_view import Place
from api.web.saying import say
from api.web.spark import Step, draw, held, merged
from api.web.texts import text
from domain.times import MINUTE
from rules.places import Places
from store.history import History, Window
from store.series import SeriesKey

WIDTH = 15 * MINUTE
BUCKETS = 96
MADE_EVERY = MINUTE

Sparks = Mapping[tuple[str, str], Markup]  # by location and quantity


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
    """The lines drawn last. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: dict[tuple[str, str], list[Step]] = {}
        self._made: tuple[int, Snapshot] | None = None

    def get(self, view: View, history: History, places: Iterable[Place]) -> Sparks:
        """Return the lines of the places that have limits or a first quantity to show."""
        day = day_until(view.now)
        with self._lock:
            minute = view.now // MADE_EVERY
            if self._made is None or self._made[0] != minute or self._made[1] is not view.snapshot:
                self._steps = read_steps(view, history, day)
                self._made = (minute, view.snapshot)
            steps = self._steps
        return {
            (place.id, shown.quantity): _drawn(steps.get((place.id, shown.quantity), []), shown, day, place.max_gap)
            for place in places
            for shown in place.lines
        }


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


def read_steps(view: View, history: History, day: Day) -> dict[tuple[str, str], list[Step]]:
    """Return the extremes of every place and quantity, of all sensors while they spoke for it."""
    site, until = view.snapshot.site, day.since + BUCKETS * WIDTH
    places = Places(site)
    spans = {
        (location, quantity): [
            (SeriesKey(sensor.device, sensor.probe or "", quantity), max(span.since, day.since), span.until)
            for span in places.speaking(location, quantity)
            if span.since < until and day.since < span.until
            for sensor in [site.sensors[span.sensor]]
        ]
        for location in site.locations
        for quantity in ("temperature", "humidity")
    }
    keys = sorted({key for spoken in spans.values() for key, _, _ in spoken})
    found = history.window(keys, day.since, until, BUCKETS) if keys else {}
    steps = {key: list(steps_of(window, day)) for key, window in found.items()}
    return {
        which: merged(_while(steps[key], day, since, end) for key, since, end in spoken)
        for which, spoken in spans.items()
        if spoken
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
