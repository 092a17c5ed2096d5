"""Replay: the reports of a record, each at its turn."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from simulators.payload import Report
from simulators.times import SECOND, to_whole_second

T = TypeVar("T")


def shifted(reports: Sequence[Report], speed: float | None, now: int) -> list[Report]:
    """Move all times by whole seconds so that, sent from now on at this speed (None: at once), the record ends in the
    present; a slower one than real time begins in it. So no reading is sent before it was measured."""
    first, last = min(report.at for report in reports), max(report.at for report in reports)
    if speed is None:
        shift = now - last
    elif speed >= 1:
        shift = now - last + round((last - first) / speed)
    else:
        shift = now - first
    shift = to_whole_second(shift)
    return [report._replace(at=report.at + shift) for report in reports]


def shuffled(reports: Sequence[Report], seed: int) -> list[Report]:
    """Return them in another order, the same for the same seed."""
    mixed = list(reports)
    random.Random(seed).shuffle(mixed)
    return mixed


def turns(reports: Sequence[Report], speed: float | None) -> Iterator[tuple[float, Report]]:
    """Yield each report in the order given, with the seconds after the start at which its turn is.

    The turns follow the record's times whatever the order: a shuffled record keeps its pace.
    """
    times = sorted(report.at for report in reports)
    for at, report in zip(times, reports, strict=True):
        yield (0.0 if speed is None else (at - times[0]) / SECOND / speed), report


def play_in_turn(
    plan: Iterable[tuple[float, T]],
    send: Callable[[T], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Send each thing when its turn has come, in seconds after the start."""
    start = clock()
    for turn, thing in plan:
        wait = start + turn - clock()
        if wait > 0:
            sleep(wait)
        send(thing)
