"""How final a statement is: whether data that its sensors have not delivered yet could change it.

A statement (an interval outside a rule, a rule that triggered, a verdict) rests on a *ground*: the sensors that spoke
for where the subject was, from `since` to its end. Outstanding from a sensor is
- what comes after its last reading, if that lies before the end of what it must have covered. Where the sensor was
  taken away then, or where the statement is about the present (an ongoing interval, a verdict of now), nothing is
  outstanding as long as its last value holds (`max_gap`);
- a hole: two readings that follow each other by more than `max_gap`, and a minute (or no reading for as long after it
  was installed). A gateway that comes back may still fill it; it is outstanding until the sensor has delivered readings
  for as long again as the hole lasts, at most a day (PATIENCE), without any for the hole.

A reading of any quantity counts, and so does a fault. While data are outstanding, or while it is ongoing, a statement
is `provisional`. After that it is settled: readings in order of time, and whatever is outstanding elsewhere, leave it
as it is. A settled statement is `revised` if something else was reported before (`alarms.was_revised`), else
`confirmed`. All of it is a pure function of the site, the readings and the instant of the question, so it is the same
in whatever order they came, and can be asked for as known at an instant.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from domain.intervals import Interval
from domain.model import QUANTITIES, ProfileVersion
from domain.times import DAY, MINUTE, NEVER
from rules.subjects.places import Places
from rules.subjects.whereabouts import InForce, Subject

FinalityStatus = Literal["provisional", "confirmed", "revised"]

# For how long at most a sensor that delivers readings again may still fill a hole.
PATIENCE = DAY
# What is shorter is not waited for.
SHORTEST = MINUTE


class Outstanding(NamedTuple):
    """Data that a sensor may still deliver: from its last reading on (`until` None), or for a hole."""

    sensor: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class ReadingTimes:
    """When a sensor was read: its last reading, what matters of the day before that, and its first reading.

    `first` is its first reading of all, None where that lies before `instants`.
    """

    instants: Sequence[int]  # of the PATIENCE up to the last reading, and the one before; sorted
    first: int | None
    _holes: dict[int, list[Interval]] = field(default_factory=dict, compare=False, repr=False)  # worked out once

    @property
    def last(self) -> int | None:
        """Return its last reading."""
        return self.instants[-1] if len(self.instants) else None

    def holes(self, max_gap: int) -> list[Interval]:
        """Return the holes between readings that may still be filled."""
        if max_gap not in self._holes:
            breaks = _breaks(self.instants, max(max_gap, SHORTEST))
            self._holes[max_gap] = [hole for hole in breaks if self._can_still_come(*hole)]
        return self._holes[max_gap]

    def beginning(self, since: int, max_gap: int) -> list[Interval]:
        """Return the time before its first reading, if it may still be filled: it could have spoken since then."""
        if self.first is None or self.first - since <= max(max_gap, SHORTEST):
            return []
        return [(since, self.first)] if self._can_still_come(since, self.first) else []

    def _can_still_come(self, since: int, until: int) -> bool:
        return self.last is not None and self.last < until + min(until - since, PATIENCE)


NO_READINGS = ReadingTimes((), None)
ReadingTimesOf = Callable[[str], ReadingTimes]


def _breaks(instants: Sequence[int], max_gap: int) -> Iterator[Interval]:
    for i in range(1, len(instants)):
        if instants[i] - instants[i - 1] > max_gap:
            yield instants[i - 1], instants[i]


def reading_times(instants: Sequence[int]) -> ReadingTimes:
    """Return the reading times of a sensor that was read at these instants, sorted, and never before."""
    if not len(instants):
        return NO_READINGS
    begin = max(0, bisect_left(instants, instants[-1] - PATIENCE) - 1)
    return ReadingTimes(instants[begin:], instants[0] if begin == 0 else None)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a statement rests on.

    `is_carried`: holes before `since` matter too, for a sensor's own state is kept. `is_open`: it is about the
    present, for which a sensor need not have spoken yet.
    """

    since: int
    until: int
    quantities: frozenset[str]
    max_gap: int
    is_carried: bool
    is_open: bool = False


def ground_of(subject: Subject, rule: str, since: int, until: int, *, is_ongoing: bool = False) -> Ground | None:
    """Return what an interval outside a rule, or a firing at its end, rests on; None: no such rule was in force.

    What adds up needs its whole window before, or everything since the watch began. `is_ongoing`: it has not ended.
    """
    versions = _in_force(subject.versions, since, until)
    conditions = [condition for version in versions for condition in _conditions(version, rule)]
    if not conditions:
        return None
    max_gap = min(version.max_gap for version in versions)
    begin = min(_begin(condition, subject.watch[0], since, max_gap) for condition in conditions)
    versions = _in_force(subject.versions, begin, until)
    conditions = [condition for version in versions for condition in _conditions(version, rule)]
    quantities = frozenset(quantity for condition in conditions for quantity in _quantities(condition))
    max_gap = min(version.max_gap for version in versions)
    return Ground(begin, until, quantities, max_gap, any(map(_keeps_state, conditions)), is_open=is_ongoing)


def ground_of_verdict(subject: Subject, now: int) -> Ground | None:
    """Return what the verdict of a subject rests on: all of its watch; None if nothing was ever required of it."""
    since, end = subject.watch
    until = min(end, now)
    versions = _in_force(subject.versions, since, until) if since <= until else []
    conditions = [rule.condition for version in versions for rule in version.rules]
    if not conditions:
        return None
    quantities = frozenset(quantity for condition in conditions for quantity in _quantities(condition))
    return Ground(since, until, quantities, min(version.max_gap for version in versions), True, is_open=end >= now)


def outstanding(
    ground: Ground,
    subject: Subject,
    places: Places,
    reading_times_of: ReadingTimesOf,
    now: int,
    kept_from: int,
) -> list[Outstanding]:
    """Return the data outstanding for a ground at an instant; readings before `kept_from` are not kept any more."""
    found: set[Outstanding] = set()
    for sensor, since, until, taken_away in _speaking(ground, subject, places):
        since = max(since, kept_from)
        if since <= until:
            found.update(_outstanding_of(sensor, ground, since, until, reading_times_of(sensor), now, taken_away))
    return merged(found)


def merged(found: Iterable[Outstanding]) -> list[Outstanding]:
    """Return what is outstanding, each once, by sensor and in order of time."""
    return sorted(set(found), key=lambda each: (each.sensor, each.since, NEVER if each.until is None else each.until))


def finality_of(*, is_settled: bool, was_revised: bool) -> FinalityStatus:
    """Return the word: what is not settled is provisional, whatever was reported before."""
    if not is_settled:
        return "provisional"
    return "revised" if was_revised else "confirmed"


def _outstanding_of(
    sensor: str, ground: Ground, since: int, until: int, times: ReadingTimes, now: int, taken_away: bool
) -> Iterator[Outstanding]:
    end = min(until, ground.until)
    last = times.last
    if last is None:
        yield Outstanding(sensor, since, None)
        return
    is_lenient = taken_away or (ground.is_open and end == now)
    holds = is_lenient and last + ground.max_gap >= end
    if last < end and not holds:
        yield Outstanding(sensor, last, None)
    for hole in (*times.beginning(since, ground.max_gap), *times.holes(ground.max_gap)):
        if hole[0] < end and (ground.is_carried or hole[1] >= max(since, ground.since)):
            yield Outstanding(sensor, *hole)


def _speaking(ground: Ground, subject: Subject, places: Places) -> Iterator[tuple[str, int, int, bool]]:
    """Yield `(sensor, since, until, taken away then)` of all that spoke for where the subject was, ends included."""
    for stay in subject.stays:
        if stay.since > ground.until or stay.until < ground.since:
            continue
        for quantity in ground.quantities:
            for span in places.speaking(stay.location, quantity):
                since, until = max(span.since, stay.since), min(span.until, stay.until)
                if since <= until and since <= ground.until and ground.since <= until:
                    yield span.sensor, since, until, span.until <= min(stay.until, ground.until)


def _in_force(versions: Iterable[InForce], since: int, until: int) -> list[ProfileVersion]:
    return [version for begin, end, version in versions if begin <= until and since <= end]


def _conditions(version: ProfileVersion, rule: str) -> Iterator[Any]:
    """Yield the condition of a rule, and those of the budgets within it."""
    for each in version.rules:
        if each.id == rule:
            yield each.condition
        elif getattr(each.condition, "within", None) == rule:
            yield from _conditions(version, each.id)


def _begin(condition: Any, watched_from: int, since: int, max_gap: int) -> int:
    if condition.means == "consecutive":
        return since
    window: int | None = getattr(condition, "window", None)
    # The reading before the first instant at which it fired lies at most one gap before.
    return watched_from if window is None else max(watched_from, since - window - max_gap)


def _quantities(condition: Any) -> Sequence[str]:
    if condition.quantity is None:
        return QUANTITIES
    named: Sequence[str] = getattr(condition.test, "quantities", (condition.quantity,))
    return named


def _keeps_state(condition: Any) -> bool:
    """Tell whether earlier readings of a sensor decide whether it is outside: not so for mere bounds."""
    return condition.bounds is None or condition.bounds.deadband > 0
