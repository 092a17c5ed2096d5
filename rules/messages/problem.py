"""The one sentence that tells of a problem."""

from collections.abc import Callable, Mapping, Sequence

from domain.numbers import show_minutes
from domain.times import DAY, format_instant
from rules.alarms.problems import SEVERITIES, Fired, Problem
from rules.judgement import Exposure, Firing
from rules.kinds.base import Condition
from rules.kinds.limit import Limit
from rules.messages.words import describe_bounds, describe_duration, describe_value
from rules.subjects.whereabouts import UnitKey

_ACTIONS = ("notify", "review", "hold")
_STATES = {"hold": " on hold", "review": " to review", "notify": ""}
_NAMED_AT_MOST = 3  # lots by name; more are counted


def sentence_of(
    problem: Problem, now: int, phrase: Callable[[Fired], str], lifted: Mapping[UnitKey, str] | None = None
) -> str:
    """Return e.g. `3 units of VAX A1 on hold: above 8.0 °C for 75 min, peak 9.6 °C, ROOM-1, since 09:38Z`.

    `phrase` says what happened to one of them. Times of another day than `now` carry their date. `lifted`: what was
    decided of units that are on hold no more, e.g. `released by quinn`.
    """
    _, worst = fired = worst_of(problem.fired)
    concerned = {each for each, firing in problem.fired if firing.action == worst.action}
    units = [unit for unit in problem.units if unit in concerned]
    where = f"{phrase(fired)}, {problem.key.place}, {_when(problem, now)}"
    if not units:
        return where[:1].upper() + where[1:]
    return f"{_states(units, _STATES[worst.action], lifted or {})}: {where}"


def no_longer(gone: Mapping[UnitKey, bool]) -> str:
    """Return e.g. `; no longer: VAX A2 (hold unfounded)`: what was told of and is not part of it any more.

    The values tell whether a hold lost its reason.
    """
    groups = [("", [unit for unit, unfounded in gone.items() if not unfounded])]
    groups.append((" (hold unfounded)", [unit for unit, unfounded in gone.items() if unfounded]))
    said = ", ".join(f"{_name(units)}{why}" for why, units in groups if units)
    return f"; no longer: {said}" if said else ""


def phrase_of(firing: Firing, condition: Condition | None, exposure: Exposure | None) -> str:
    """Return e.g. `above 8.0 °C for 75 min, limit 60 min, peak 9.6 °C`: by how much a rule was broken."""
    if condition is None:
        return firing.sentence
    if exposure is None or not isinstance(condition, Limit):
        return firing.sentence.removeprefix(f"{firing.rule}: ")
    broken = f"{describe_bounds(firing.quantity, condition.bounds)} for {describe_duration(exposure.minutes)}"
    limit = condition.hold_duration
    broken += f", limit {describe_duration(show_minutes(limit))}" if limit else ""
    return broken if exposure.peak is None else f"{broken}, peak {describe_value(firing.quantity, exposure.peak)}"


def worst_of(all_fired: Sequence[Fired]) -> Fired:
    """Return the firing that says most: of a unit rather than of a place, by action, by severity, the earliest."""

    def weight(i: int) -> tuple[bool, int, int, int]:
        subject, firing = all_fired[i]
        action, severity = _ACTIONS.index(firing.action), SEVERITIES.index(firing.severity)
        return isinstance(subject, UnitKey), action, severity, -firing.at

    return all_fired[max(range(len(all_fired)), key=weight)]


def _states(units: Sequence[UnitKey], state: str, lifted: Mapping[UnitKey, str]) -> str:
    """Say of all units how they stand, those that nobody has decided on first."""
    groups: dict[str, list[UnitKey]] = {state: [unit for unit in units if unit not in lifted]}
    for unit in units:
        if unit in lifted:
            groups.setdefault(f" {lifted[unit]}", []).append(unit)
    return ", ".join(f"{_name(members)}{said}" for said, members in groups.items() if members)


def _name(units: Sequence[UnitKey]) -> str:
    lots: dict[str, list[str | None]] = {}
    for product, lot, unit in units:
        lots.setdefault(f"{product} {lot}", []).append(unit)
    if len(lots) > _NAMED_AT_MOST:
        return f"{len(units)} units of {len(lots)} lots"
    names = [_of_lot(lot, members) for lot, members in lots.items()]
    return " and ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])


def _of_lot(lot: str, units: Sequence[str | None]) -> str:
    if len(units) > 1:
        return f"{len(units)} units of {lot}"
    return f"{units[0]} of {lot}" if units[0] else lot


def _when(problem: Problem, now: int) -> str:
    since = _time(problem.since, now)
    return f"since {since}" if problem.until is None else f"{since} to {_time(problem.until, now)}"


def _time(instant: int, now: int) -> str:
    day, clock = format_instant(instant)[:16].split("T")
    return f"{clock}Z" if instant // DAY == now // DAY else f"{day} {clock}Z"
