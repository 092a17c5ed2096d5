"""Stock that nothing holds any more: it has left the site, or a person has released it. Pure.

What became known of it only afterwards needs an alert of its own, because a hold comes too late for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.language import gettext, mark
from domain.model import Site
from domain.times import NEVER
from rules.alarms.problems import span_of
from rules.judgement import Firing
from rules.messages.reasons import moment
from rules.subjects.whereabouts import Subject

_RANK = ("notify", "review", "hold")
_AS = {"notify": mark("with no alarm"), "review": mark("while under review"), "hold": mark("while on hold")}


@dataclass(frozen=True, slots=True)
class Out:
    """Since when a unit is out of reach, and how; `place`: where it was last, `to`: a place that is not watched.

    `then`: the worst action that had fired by what was known at that instant; notify if none.
    """

    how: Literal["left", "released"]
    at: int
    place: str | None = None
    to: str | None = None
    by: str | None = None
    then: str = "notify"


class Decided(NamedTuple):
    """A hold of a unit: since when it was in force, until when, and what a person decided then."""

    placed_at: int
    state: str  # held | released | rejected
    disposed_at: int | None
    disposed_by: str | None


class Grounds:
    """Which places are of the site: those of a tree in which any sensor was ever installed. A customer's is none."""

    def __init__(self, site: Site) -> None:
        self._above: dict[str, str] = {}
        for location in site.locations.values():
            for _, parent in location.parent.steps:
                if parent is not None:
                    self._above[self._root(location.id)] = self._root(parent)
        self._roots = {self._root(mount.location) for mount in site.mounts}

    def have(self, location: str) -> bool:
        """Tell whether a place is of the site."""
        return self._root(location) in self._roots

    def _root(self, location: str) -> str:
        while (above := self._above.get(location, location)) != location:
            location = above
        return location


def left_at(subject: Subject, grounds: Grounds, now: int) -> Out | None:
    """Return when and from where a unit left the site for good; None if it is there, or was never."""
    here = [stay for stay in subject.stays if grounds.have(stay.location)]
    last = max(here, key=lambda stay: (stay.until, stay.location), default=None)
    if last is None or last.until > now:
        return None
    beyond = [stay for stay in subject.stays if stay.since >= last.until and not grounds.have(stay.location)]
    to = min(beyond, key=lambda stay: (stay.since, stay.location), default=None)
    return Out("left", last.until, last.location, to.location if to is not None else None)


def released_at(holds: Sequence[Decided]) -> list[Out]:
    """Return when people released a unit from the last hold in force, in order of time; not what was rejected."""
    found = []
    for hold in holds:
        at = hold.disposed_at
        if hold.state == "released" and at is not None and not is_rejected(holds, at):
            stands = any(other.placed_at < at and (other.disposed_at or NEVER) > at for other in holds)
            if not stands:
                found.append(Out("released", at, by=hold.disposed_by))
    return sorted(set(found), key=lambda out: (out.at, out.by or ""))


def is_rejected(holds: Iterable[Decided], at: int) -> bool:
    """Tell whether a person had rejected any of a unit's holds by then: it is not to be used whatever comes."""
    return any(hold.state == "rejected" and (hold.disposed_at or 0) <= at for hold in holds)


def worst_action(firings: Iterable[Firing]) -> str:
    """Return the worst action of what fired, notify if nothing did."""
    return max((firing.action for firing in firings), key=_RANK.index, default="notify")


def newly_known(known: Sequence[Firing], now: Iterable[Firing], at: int) -> list[Firing]:
    """Return what has fired by `at` and makes it worse than what was known at that instant.

    That is what calls for a review or a hold, and for no less than what had fired already: what nothing known tells
    of, began earlier or lasted longer than it, or went farther.
    """
    least = max(_RANK.index("review"), _RANK.index(worst_action(known)))
    worse = [firing for firing in now if firing.at <= at and _RANK.index(firing.action) >= least]
    return [firing for firing in worse if not any(_covers(each, firing, at) for each in known)]


def _covers(known: Firing, firing: Firing, at: int) -> bool:
    """Tell whether what was known at an instant was as bad as what is known now."""
    if known.rule != firing.rule or _RANK.index(known.action) < _RANK.index(firing.action):
        return False
    then, now = span_of(known), span_of(firing)
    overlap = then[0] <= now[1] and now[0] <= then[1]
    return overlap and _length(now, at) <= _length(then, at) and not _farther(known, firing, at)


def _length(span: tuple[int, int], at: int) -> int:
    return min(span[1], at) - span[0]


def _farther(known: Firing, firing: Firing, at: int) -> bool:
    """Compare peaks of what was over by then: what is ongoing goes farther by itself."""
    if max(span_of(known)[1], span_of(firing)[1]) > at:
        return False
    was, peak = known.why.get("peak"), firing.why.get("peak")
    if was is None or peak is None:
        return False
    return bool(peak < was if firing.direction == "low" else peak > was)


def describe(outs: Iterable[tuple[str, Out]], cause: str) -> str:
    """Return e.g. `Out of reach: P1 left ROOM-1 on 2026-01-03 08:00 UTC, with no alarm. Cause: …`.

    `outs`: how each unit is named, and since when it is out of reach.
    """
    return gettext("Out of reach: {where}. Cause: {cause}.", where=say_where(outs), cause=cause)


def say_where(outs: Iterable[tuple[str, Out]]) -> str:
    """Return e.g. `P1 left ROOM-1 on 2026-01-03 08:00 UTC, with no alarm`."""
    groups: dict[Out, list[str]] = {}
    for name, out in outs:
        groups.setdefault(out, []).append(name)
    return ", ".join(f"{_names(names)} {how_it_went(out)}" for out, names in groups.items())


def how_it_went(out: Out) -> str:
    """Return e.g. `left ROOM-1 for CUSTOMER-9 on 2026-01-03 08:00 UTC, with no alarm`, or who released it."""
    if out.how == "released":
        if out.by:
            return gettext("released by {who} on {at}", who=out.by, at=moment(out.at))
        return gettext("released on {at}", at=moment(out.at))
    said = {"place": out.place or gettext("the site"), "at": moment(out.at), "then": gettext(_AS[out.then])}
    if out.to:
        return gettext("left {place} for {to} on {at}, {then}", to=out.to, **said)
    return gettext("left {place} on {at}, {then}", **said)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else gettext("{count} units", count=len(names))
