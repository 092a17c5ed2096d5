"""Problems: what people deal with. One place whose sensors spoke, one quantity, one direction.

All that fired there within a pause of each other is one problem, whatever the rules and lots; an alert reports it.
A rule's off-delay keeps a problem open for people until it has been over for so long; nothing is judged by it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.model import Severity
from domain.times import HOUR, NEVER
from rules.judgement import Firing
from rules.subjects.whereabouts import LocationKey, UnitKey

PAUSE = HOUR  # what lies no further apart is one problem
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

Event = Literal["raised", "updated", "ended"]
Subject = UnitKey | LocationKey


# Directions of what is told of a batch and was not measured: because of its date, or because units of it were opened;
# because of what was done with its stock.
EXPIRY, STOCK = "expiry", "stock"


class Key(NamedTuple):
    """Where problems are told apart; `quantity` "": any, `direction` high, low or silent.

    `product` and `lot`: what is reported of this batch alone, because it was out of reach when it became known, or
    because it expires (EXPIRY), or because of what was done with it (STOCK).
    """

    place: str
    quantity: str
    direction: str
    product: str = ""
    lot: str = ""


class Fired(NamedTuple):
    """A rule that fired, and for whom."""

    subject: Subject
    firing: Firing


class NoData(NamedTuple):
    """That data ended before a value in range was heard.

    `since`: the last that was heard, from `sensor`, which read `value` (None: of no one sensor); `unknown_since`: from
    when the record knows nothing; `until`: the first value since; None: there is none yet.
    """

    since: int
    unknown_since: int
    until: int | None
    sensor: str | None
    value: int | None


class Clearing(NamedTuple):
    """That a problem is over `since` an instant, and is reported over at `until` unless it comes back before."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that fired at one key in one interval; `until` None: going on, or not over for long enough yet.

    `clearing`: what is over has an off-delay that passes, or has passed. `no_data`: what is on record of it ends where
    data end; the problem goes on until a value in range is heard.
    """

    key: Key
    since: int
    until: int | None
    fired: tuple[Fired, ...]
    clearing: Clearing | None = None
    no_data: NoData | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it goes on only because nothing has been heard since."""
        return self.until is None and self.no_data is not None and self.no_data.until is None

    @property
    def silent_since(self) -> int | None:
        """When the data ended if it goes on only because of that: late data may have more to say."""
        return self.no_data.since if self.is_silent and self.no_data is not None else None

    @property
    def over_since(self) -> int | None:
        """Since when nothing of it is ongoing, whatever people are notified of."""
        return self.until if self.clearing is None else self.clearing.since

    @property
    def outside_until(self) -> int | None:
        """Up to when anything of it is known to have been outside; None: it goes on by data."""
        return self.no_data.unknown_since if self.is_silent and self.no_data else self.over_since

    @property
    def reported_over_at(self) -> int | None:
        """When people are notified that it is over; None: not yet."""
        return self.until if self.until is None or self.clearing is None else self.clearing.until

    @property
    def newest(self) -> int:
        """The last that happened of what people are notified of."""
        silent = self.no_data.unknown_since if self.is_silent and self.no_data else 0
        return max(self.reported_over_at or 0, silent, *(firing.at for _, firing in self.fired))

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that fired, sorted."""
        return tuple(sorted({firing.rule for _, firing in self.fired}))

    @property
    def units(self) -> tuple[UnitKey, ...]:
        """All units that went through it, sorted; a lot without units first."""
        units = {subject for subject, _ in self.fired if isinstance(subject, UnitKey)}
        return tuple(sorted(units, key=lambda unit: (unit.product, unit.lot, unit.unit or "")))

    @property
    def severity(self) -> Severity:
        """The worst of its rules; nothing is worse than what is out of reach."""
        if self.key.lot:
            return "critical"
        return max((firing.severity for _, firing in self.fired), key=SEVERITIES.index)


@dataclass(frozen=True, slots=True)
class Alert:
    """What has been reported of a problem, as it is on record."""

    id: int
    since: int
    until: int | None
    founded: bool
    rules: tuple[str, ...] = ()
    units: tuple[UnitKey, ...] = ()
    severity: Severity = "info"
    silent_since: int | None = None  # when data ended by what was reported, nothing being heard since

    @property
    def is_silent(self) -> bool:
        """Whether it was reported to go on only because nothing has been heard since."""
        return self.silent_since is not None


class Matched(NamedTuple):
    """A problem and the alert that reports it (None: a new one is due)."""

    alert: Alert | None
    problem: Problem


def keys_of(firing: Firing) -> list[Key]:
    """Return where a firing belongs: to a problem of each place whose sensors spoke."""
    return [Key(place, firing.quantity, firing.direction) for place in firing.places]


def span_of(firing: Firing) -> tuple[int, int]:
    """Return the closed interval of a firing; NEVER ends one that is ongoing."""
    end = NEVER if firing.until is None else firing.until
    return min(firing.since, firing.at), max(end, firing.at)


def hull(spans: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Return the span from the first begin to the last end of some."""
    spans = list(spans)
    return min(since for since, _ in spans), max(until for _, until in spans)


def near(left: tuple[int, int], right: tuple[int, int], pause: int = PAUSE) -> bool:
    """Tell whether two closed intervals overlap or lie within the pause of each other."""
    return left[0] <= right[1] + pause and right[0] <= left[1] + pause


def over_at(item: Fired) -> int:
    """Return when it is over by the record, NEVER while it is ongoing."""
    _, until = span_of(item.firing)
    return until if item.firing.lost is None else max(until, item.firing.lost.until)


def back_at(item: Fired) -> int:
    """Return when it is over for people: with a value in range; NEVER while none has been heard."""
    return item.firing.back_at


def reported_span_of(firing: Firing) -> tuple[int, int]:
    """Return the closed interval of a firing for people: up to a value in range."""
    since, until = span_of(firing)
    return since, max(until, firing.back_at)


def problems(
    key: Key, fired: Iterable[Fired], clears: Callable[[Fired], int] = back_at, now: int = NEVER - 1
) -> list[Problem]:
    """Group what fired at a key into problems in order of time, as of `now` (preset: when all has passed).

    `clears` says when people may be notified that something is over: off-delays are looked up there.
    """
    groups: list[list[Fired]] = []
    reach = -NEVER
    for item in sorted(fired, key=lambda item: (span_of(item.firing), item.firing.rule, item.firing.at)):
        since, until = span_of(item.firing)
        if since <= reach:
            groups[-1].append(item)
        else:
            groups.append([item])
        reach = max(reach, until + PAUSE, clears(item))
    return [_problem(key, members, max(map(clears, members)), now) for members in groups]


def _problem(key: Key, members: Sequence[Fired], clears: int, now: int) -> Problem:
    since = min(span_of(item.firing)[0] for item in members)
    until = max(map(over_at, members))
    clearing = Clearing(until, clears) if until < clears < NEVER else None
    ends = until if clears <= now else None
    no_data = None if key.lot else _no_data(members, goes_on=until == NEVER)
    return Problem(key, since, ends, tuple(members), clearing, no_data)


def _no_data(members: Sequence[Fired], *, goes_on: bool) -> NoData | None:
    """Return since when there are no data, and until when: of several the one that lasts longest.

    Of what `goes_on` by data only what is over: it is outside again, or elsewhere.
    """
    found = [
        NoData(lost.at, lost.unknown_since, lost.value_at, lost.sensor, lost.value)
        for _, firing in members
        if (lost := firing.lost) is not None
        and lost.at is not None
        and lost.unknown_since is not None
        and not (goes_on and lost.value_at is None)
    ]
    return max(
        found,
        key=lambda each: (NEVER if each.until is None else each.until, each.since, each.unknown_since),
        default=None,
    )


def match(alerts: Sequence[Alert], found: Sequence[Problem]) -> tuple[list[Matched], list[Alert]]:
    """Pair each problem of one key with the alert that reports it; the founded alerts left over are unfounded now.

    Where late data joins two problems, the older alert goes on. Where it splits one, the earlier part keeps the alert.
    An alert that had become unfounded is used again when its problem comes back.
    """
    free = sorted(alerts, key=lambda alert: alert.id)
    taken: dict[int, Alert] = {}
    for founded, pause in ((True, 0), (True, PAUSE), (False, 0)):
        for i, problem in enumerate(found):
            if i in taken:
                continue
            same = [a for a in free if a.founded == founded and near(span(a), span(problem), pause)]
            if same:
                taken[i] = same[0]
                free.remove(same[0])
    pairs = [Matched(taken.get(i), problem) for i, problem in enumerate(found)]
    return pairs, [alert for alert in free if alert.founded]


def event_of(alert: Alert | None, problem: Problem) -> Event | None:
    """Return what must be reported of a problem, given what has been reported; None: nothing new."""
    if alert is None or not alert.founded:
        return "raised"
    if alert.until is None and problem.until is not None:
        return "ended"
    told = (alert.since, alert.until, alert.rules, alert.units, alert.severity, alert.silent_since)
    known = (problem.since, problem.until, problem.rules, problem.units, problem.severity, problem.silent_since)
    return None if told == known else "updated"


def span(interval: Alert | Problem) -> tuple[int, int]:
    """Return the closed interval of a problem or an alert; NEVER ends one that is ongoing."""
    return interval.since, NEVER if interval.until is None else interval.until
