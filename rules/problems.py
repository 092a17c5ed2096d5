"""Problems: what people deal with. One place whose sensors spoke, one quantity, one direction.

All that fired there within a pause of each other is one problem, whatever the rules and lots; an alert tells of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.model import Severity
from domain.times import HOUR, NEVER
from rules.judgement import Firing
from rules.whereabouts import LocationKey, UnitKey

PAUSE = HOUR  # what lies no further apart is one problem
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

Event = Literal["raised", "updated", "ended"]
Subject = UnitKey | LocationKey


class Key(NamedTuple):
    """Where problems are told apart; `quantity` "": any, `direction` high, low or silent."""

    place: str
    quantity: str
    direction: str


class Fired(NamedTuple):
    """A rule that fired, and for whom."""

    subject: Subject
    firing: Firing


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that fired at one key in one stretch; `until` None: going on."""

    key: Key
    since: int
    until: int | None
    fired: tuple[Fired, ...]

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
        """The worst of its rules."""
        return max((firing.severity for _, firing in self.fired), key=SEVERITIES.index)


@dataclass(frozen=True, slots=True)
class Alert:
    """What has been told of a problem, as it is on record."""

    id: int
    since: int
    until: int | None
    founded: bool
    rules: tuple[str, ...] = ()
    units: tuple[UnitKey, ...] = ()
    severity: Severity = "info"


class Matched(NamedTuple):
    """A problem and the alert that tells of it (None: a new one is due)."""

    alert: Alert | None
    problem: Problem


def keys_of(firing: Firing) -> list[Key]:
    """Return where a firing belongs: to a problem of each place whose sensors spoke."""
    return [Key(place, firing.quantity, firing.direction) for place in firing.places]


def span_of(firing: Firing) -> tuple[int, int]:
    """Return the closed interval of a firing; NEVER ends one that goes on."""
    end = NEVER if firing.until is None else firing.until
    return min(firing.since, firing.at), max(end, firing.at)


def near(left: tuple[int, int], right: tuple[int, int], pause: int = PAUSE) -> bool:
    """Tell whether two closed intervals overlap or lie within the pause of each other."""
    return left[0] <= right[1] + pause and right[0] <= left[1] + pause


def problems(key: Key, fired: Iterable[Fired]) -> list[Problem]:
    """Group what fired at a key into problems, in order of time."""
    groups: list[tuple[int, int, list[Fired]]] = []
    for item in sorted(fired, key=lambda item: (span_of(item.firing), item.firing.rule, item.firing.at)):
        since, until = span_of(item.firing)
        if groups and since <= groups[-1][1] + PAUSE:
            first, last, members = groups[-1]
            members.append(item)
            groups[-1] = (first, max(last, until), members)
        else:
            groups.append((since, until, [item]))
    return [Problem(key, since, None if until == NEVER else until, tuple(items)) for since, until, items in groups]


def match(alerts: Sequence[Alert], found: Sequence[Problem]) -> tuple[list[Matched], list[Alert]]:
    """Pair each problem of one key with the alert that tells of it; the founded alerts left over are unfounded now.

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
    """Return what must be told of a problem, given what has been told; None: nothing new."""
    if alert is None or not alert.founded:
        return "raised"
    if alert.until is None and problem.until is not None:
        return "ended"
    told = (alert.since, alert.until, alert.rules, alert.units, alert.severity)
    known = (problem.since, problem.until, problem.rules, problem.units, problem.severity)
    return None if told == known else "updated"


def span(interval: Alert | Problem) -> tuple[int, int]:
    """Return the closed interval of a problem or an alert; NEVER ends one that goes on."""
    return interval.since, NEVER if interval.until is None else interval.until
