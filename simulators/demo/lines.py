"""The overview where there is no terminal: a plain line for every change."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self, TextIO

from simulators.demo.overview import Overview, clock
from simulators.times import format_time

# A place whose warmest sensor moved less is not worth a line.
WORTH_SAYING = 0.5


class Lines:
    """Prints what differs from the overview before."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._before = Overview()
        self._said: dict[str, float] = {}  # the warmest sensor's value, by place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to do."""

    def say(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    def show(self, overview: Overview, now: int) -> None:
        """Print a line for each change."""
        for line in self._changes(overview):
            self.say(f"{clock(format_time(now))} {line}")
        self._before = overview

    def _changes(self, overview: Overview) -> Iterator[str]:
        yield from self._temperatures(overview)
        yield from _moves(self._before, overview)
        yield from _outside(self._before, overview)
        yield from _problems(self._before, overview)
        yield from _holds(self._before, overview)

    def _temperatures(self, overview: Overview) -> Iterator[str]:
        for place in overview.places:
            if not place.temperatures:
                continue
            warmest = place.temperatures[-1]
            if abs(warmest - self._said.get(place.name, -1000.0)) >= WORTH_SAYING:
                self._said[place.name] = warmest
                yield f"{place.name}: {warmest:.1f} °C at its warmest sensor"


def _moves(before: Overview, after: Overview) -> Iterator[str]:
    was, now = _in_stock(before), _in_stock(after)
    for unit in sorted(now.keys() | was.keys()):
        if now.get(unit) != was.get(unit):
            came = f" from {was[unit]}" if unit in was else ""
            yield f"{unit}: {f'at {now[unit]}' if unit in now else 'gone'}{came}"


def _in_stock(overview: Overview) -> dict[str, str]:
    return {unit: place.name for place in overview.places for unit in place.stock}


def _outside(before: Overview, after: Overview) -> Iterator[str]:
    was = {place.name: place.outside for place in before.places}
    for place in after.places:
        if place.outside != was.get(place.name, ""):
            yield f"{place.name}: {f'outside {place.outside}' if place.outside else 'inside again'}"


def _problems(before: Overview, after: Overview) -> Iterator[str]:
    was = {problem.number: problem for problem in before.problems}
    for problem in reversed(after.problems):
        old = was.get(problem.number)
        # The sentence alone changes with every minute that it goes on.
        if old is None or (old.severity, old.state, old.lots) != (problem.severity, problem.state, problem.lots):
            lots = f" [{', '.join(problem.lots)}]" if problem.lots else ""
            yield f"alert {problem.number}, {problem.severity}, {problem.state}: {problem.sentence}{lots}"


def _holds(before: Overview, after: Overview) -> Iterator[str]:
    was = {hold.number: hold for hold in before.holds}
    for hold in after.holds:
        old = was.get(hold.number)
        if old is None or old.state != hold.state:
            yield f"hold {hold.number}, {hold.state}: {hold.unit}: {hold.sentence}"
