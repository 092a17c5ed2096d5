"""Which holds a judgement of one unit calls for: new ones, changed ones, ones that lost their reason.

Only a person lifts a hold. A correction can only take away its reason (unfounded) or give it back. A firing that comes
after a release (`rules.decisions`) has a hold of its own: one for each release.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.times import NEVER
from rules.judgement import Firing

# What a hold stands for: the rule and the instant at which it fired for this unit.
Reason = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold of the unit as it is on record.

    `disposed`: a person has released or rejected it. `after`: the hold whose release it comes after.
    """

    id: int
    rule: str
    fired_at: int
    since: int
    until: int | None
    founded: bool
    disposed: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A new hold is due."""

    firing: Firing


@dataclass(frozen=True, slots=True)
class Revised:
    """A hold rests on this firing now: of another instant or interval than before, or founded again."""

    hold: Hold
    firing: Firing


@dataclass(frozen=True, slots=True)
class Unfounded:
    """A hold lost its reason."""

    hold: Hold


Effect = Placed | Revised | Unfounded


def decide(holds: Sequence[Hold], firings: Iterable[Firing]) -> list[Effect]:
    """Return what must change so that the founded holds are exactly the firings whose action is hold.

    A hold that a person disposed of is matched like any other, so that a correction does not place it again for the
    same thing. Not one that has also lost its reason: whoever lifted it may have done so for that, so what fires there
    again is for a person to decide on anew.
    """
    holds = [hold for hold in holds if hold.founded or not hold.disposed]
    held = [firing for firing in firings if firing.action == "hold"]
    pairs = _match_again(holds, held) + _match([hold for hold in holds if hold.after is None], held)
    effects: list[Effect] = []
    for firing, hold in pairs:
        if hold is None:
            effects.append(Placed(firing))
        elif _differs(hold, firing):
            effects.append(Revised(hold, firing))
    kept = {hold.id for _, hold in pairs if hold is not None}
    return effects + [Unfounded(hold) for hold in holds if hold.founded and hold.id not in kept]


Pair = tuple[Firing, Hold | None]


def _match_again(holds: Sequence[Hold], firings: Sequence[Firing]) -> list[Pair]:
    """Pair what comes after a release with the hold that does."""
    by_release = {hold.after: hold for hold in sorted(holds, key=_preference, reverse=True) if hold.after is not None}
    return [(firing, by_release.get(firing.after.hold)) for firing in firings if firing.after is not None]


def _match(holds: Sequence[Hold], firings: Sequence[Firing]) -> list[Pair]:
    """Pair each reason with the hold of the same instant, else with one of the same rule whose interval overlaps."""
    wanted: dict[Reason, Firing] = {(firing.rule, firing.at): firing for firing in firings if firing.after is None}
    matched: dict[Reason, Hold] = {}
    free: list[Hold] = []
    for hold in sorted(holds, key=_preference):
        reason = (hold.rule, hold.fired_at)
        if reason in wanted and reason not in matched:
            matched[reason] = hold
        else:
            free.append(hold)
    for reason in sorted(wanted.keys() - matched.keys()):
        same = next((hold for hold in free if _same_problem(hold, wanted[reason])), None)
        if same is not None:
            matched[reason] = same
            free.remove(same)
    return [(firing, matched.get(reason)) for reason, firing in wanted.items()]


def _preference(hold: Hold) -> tuple[bool, bool, int]:
    return not hold.founded, not hold.disposed, hold.id


def _same_problem(hold: Hold, firing: Firing) -> bool:
    return (
        hold.rule == firing.rule
        and hold.since <= max(_end(firing.until), firing.at)
        and min(firing.since, firing.at) <= max(_end(hold.until), hold.fired_at)
    )


def _end(until: int | None) -> int:
    return NEVER if until is None else until


def _differs(hold: Hold, firing: Firing) -> bool:
    on_record = (hold.fired_at, hold.since, hold.until, hold.founded)
    return on_record != (firing.at, firing.since, firing.until, True)
