"""Off-delays: what is over is told to be only when it has been for so long. Nothing that is judged depends on it."""

from collections.abc import Callable, Iterable

from ledger.step import Step
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.off_delay import clears_at, off_delay_of
from rules.alarms.problems import PAUSE, Fired, Key, Problem, Subject, back_at
from rules.judgement import Firing


class OffDelays:
    """The off-delays of what has fired, and which keys wait for one to pass."""

    def __init__(self, verdicts: Verdicts) -> None:
        self._verdicts = verdicts
        self._waiting: dict[Key, int] = {}

    @property
    def due_at(self) -> int | None:
        """The next instant at which one has passed."""
        return min(self._waiting.values(), default=None)

    def clears(self, step: Step) -> Callable[[Fired], int]:
        """Return what says when people may be told that something is over."""

        def of(item: Fired) -> int:
            off_delay = off_delay_of(item.firing, step.histories.off_delays)
            if not off_delay:
                return back_at(item)
            exposures = (stored.exposure for stored in self._verdicts.in_force(item.subject).intervals.values())
            return clears_at(item.firing, exposures, off_delay)

        return of

    def pause(self, step: Step) -> int:
        """Return how far apart two firings of one problem can lie."""
        return max(PAUSE, *step.histories.off_delays.values(), 0)

    def concerned(self, step: Step, subject: Subject) -> list[Firing]:
        """Return what has fired for a subject and may be over at another time now, with another exposure."""
        if not step.histories.off_delays:
            return []
        return [firing for firing in self._verdicts.firings(subject) if off_delay_of(firing, step.histories.off_delays)]

    def note(self, key: Key, found: Iterable[Problem]) -> None:
        """Remember when to look at a key again."""
        for problem in found:
            if problem.until is None and problem.clearing is not None:
                self._waiting[key] = problem.clearing.until

    def due(self, step: Step) -> list[Key]:
        """Return the keys of which one has passed, and wait for them no more."""
        keys = sorted(key for key, at in self._waiting.items() if at <= step.judged_at)
        for key in keys:
            del self._waiting[key]
        return keys
