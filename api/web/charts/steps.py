"""From what the store answers to steps: a value holds until the next one, except in gaps. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from api.web.charts.model import Step
from domain.intervals import Interval
from store.history import Window

Reading = tuple[int, int | None]


def steps_of(window: Window, until: int, before: Reading | None = None) -> Iterator[Step]:
    """Yield what a series said up to `until`, gaps not yet left out; `before`: its last reading before the window."""
    readings = window.readings if before is None else (before, *window.readings)
    if window.buckets:
        yield from _of_readings(readings, window.buckets[0].since)
        yield from _of_buckets(window, until)
    else:
        yield from _of_readings(readings, until)


def _of_readings(readings: Sequence[Reading], until: int) -> Iterator[Step]:
    for (at, value), (following, _) in pairwise((*readings, (until, None))):
        if value is not None and at < following:
            yield Step(at, following, value, value)


def _of_buckets(window: Window, until: int) -> Iterator[Step]:
    ends = [bucket.since for bucket in window.buckets[1:]] + [until]
    for bucket, following in zip(window.buckets, ends, strict=True):
        if bucket.minimum is None or bucket.maximum is None:
            continue
        yield Step(bucket.since, bucket.until, bucket.minimum, bucket.maximum)
        if bucket.last is not None and bucket.until < following:
            yield Step(bucket.until, following, bucket.last, bucket.last)


def within(steps: Iterable[Step], known: Sequence[Interval]) -> Iterator[Step]:
    """Cut steps in order of time to sorted intervals."""
    i = 0
    for step in steps:
        while i < len(known) and known[i][1] <= step.since:
            i += 1
        j = i
        while j < len(known) and known[j][0] < step.until:
            yield step._replace(since=max(step.since, known[j][0]), until=min(step.until, known[j][1]))
            j += 1
