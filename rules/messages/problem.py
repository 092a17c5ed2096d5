"""The sentences that tell of a problem: where and how bad, which stock, by how much against which limit, what to do."""

from collections.abc import Callable, Mapping, Sequence

from domain.language import gettext, mark, ngettext
from domain.times import DAY, format_instant
from rules.alarms.problems import SEVERITIES, Fired, Problem
from rules.judgement import Exposure, Firing
from rules.kinds.base import Condition
from rules.kinds.limit import Limit
from rules.messages.reasons import allowed
from rules.messages.words import describe_value, minutes_long
from rules.subjects.whereabouts import UnitKey

_ACTIONS = ("notify", "review", "hold")
_OF_BOUNDS = ("limit", "cumulative")  # kinds of which a place is on one side of a limit
_NAMED_AT_MOST = 3  # lots by name; more are counted
_NEXT = {
    ("hold", True): mark("Move the stock, then review it."),
    ("hold", False): mark("Review the stock."),
    ("review", True): mark("Review the stock."),
    ("review", False): mark("Review the stock."),
}


def sentence_of(
    problem: Problem,
    now: int,
    place: str,
    phrase: Callable[[Fired], str],
    lifted: Mapping[UnitKey, str] | None = None,
) -> str:
    """Return what people are told first.

    E.g. `Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC). 3 units of VAX A1 are on hold: above 8.0 °C for
    1 h 15 min, allowed 1 h. Move the stock, then review it.`

    `place` is its name for people. `phrase` says by how much a rule was broken. Times of another day than `now` carry
    their date. `lifted`: what was decided of units that are on hold no more, e.g. `released by quinn`.
    """
    _, worst = fired = worst_of(problem.fired)
    concerned = {each for each, firing in problem.fired if firing.action == worst.action}
    units = [unit for unit in problem.units if unit in concerned]
    head = _where(problem, worst, place, now)
    if not units:
        return _sentences(gettext("{head}: {phrase}", head=head, phrase=phrase(fired)))
    action = "notify" if problem.key.lot else worst.action  # what is out of reach cannot be put on hold
    states = _states(units, action, lifted or {})
    stock = gettext("{states}: {phrase}", states=states, phrase=phrase(fired))
    waiting = any(unit not in (lifted or {}) for unit in units)
    step = _NEXT.get((action, problem.until is None)) if waiting else None
    return _sentences(head, stock, *([gettext(step)] if step else []))


def no_longer(gone: Mapping[UnitKey, bool]) -> str:
    """Return e.g. ` No longer affected: VAX A2 (hold no longer supported).`: what was told of and is not part of it.

    The values tell whether a hold lost its reason.
    """
    groups = [[unit for unit, unfounded in gone.items() if unfounded is which] for which in (False, True)]
    said = [_name(units) for units in groups[:1] if units]
    said += [gettext("{units} (hold no longer supported)", units=_name(units)) for units in groups[1:] if units]
    return " " + gettext("No longer affected: {units}.", units=", ".join(said)) if said else ""


def phrase_of(firing: Firing, condition: Condition | None, exposure: Exposure | None) -> str:
    """Return e.g. `above 8.0 °C for 1 h 15 min, allowed 1 h`: by how much a rule was broken."""
    if condition is None:
        return firing.sentence
    if exposure is None or not isinstance(condition, Limit):
        return firing.sentence.removeprefix(f"{firing.rule}: ")
    text = gettext("{bound} for {length}", bound=firing.why["bound"], length=minutes_long(exposure.minutes))
    return allowed(text, condition.hold_duration)


def worst_of(all_fired: Sequence[Fired]) -> Fired:
    """Return the firing that says most: of a unit rather than of a place, by action, by severity, the earliest."""

    def weight(i: int) -> tuple[bool, int, int, int]:
        subject, firing = all_fired[i]
        action, severity = _ACTIONS.index(firing.action), SEVERITIES.index(firing.severity)
        return isinstance(subject, UnitKey), action, severity, -firing.at

    return all_fired[max(range(len(all_fired)), key=weight)]


def _where(problem: Problem, worst: Firing, place: str, now: int) -> str:
    """Return e.g. `Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC)`."""
    when = _when(problem, now)
    bound = worst.why.get("bound")
    if worst.kind not in _OF_BOUNDS or not bound:
        return gettext("{place} ({when})", place=place, when=when)
    if (peak := _peak(problem, worst)) is not None:
        when = gettext("peak {peak}, {when}", peak=peak, when=when)
    if problem.until is None:
        return gettext("{place} is {bound} ({when})", place=place, bound=bound, when=when)
    return gettext("{place} was {bound} ({when})", place=place, bound=bound, when=when)


def _peak(problem: Problem, worst: Firing) -> str | None:
    """Return the peak of this excursion; that of time that adds up may be an earlier one's and goes with its sum."""
    of_this = [each for _, each in problem.fired if each.kind != "cumulative" and worst.kind != "cumulative"]
    peaks = [each.why["peak"] for each in of_this if each.why.get("peak") is not None]
    if not peaks:
        return None
    peak = min(peaks) if worst.direction == "low" else max(peaks)
    return describe_value(worst.quantity, round(peak * 1_000_000))


def _states(units: Sequence[UnitKey], action: str, lifted: Mapping[UnitKey, str]) -> str:
    """Say of all units how they stand, those that nobody has decided on first."""
    waiting = [unit for unit in units if unit not in lifted]
    said = [_are(action, waiting)] if waiting else []
    groups: dict[str, list[UnitKey]] = {}
    for unit in units:
        if unit in lifted:
            groups.setdefault(lifted[unit], []).append(unit)
    said += [gettext("{units} {state}", units=_name(members), state=state) for state, members in groups.items()]
    return ", ".join(said)


def _are(action: str, units: Sequence[UnitKey]) -> str:
    name, count = _name(units), len(units)
    if action == "hold":
        return ngettext("{units} is on hold", "{units} are on hold", count, units=name)
    if action == "review":
        return ngettext("{units} needs review", "{units} need review", count, units=name)
    return ngettext("{units} was exposed", "{units} were exposed", count, units=name)


def _name(units: Sequence[UnitKey]) -> str:
    """Return e.g. `3 units of VAX A1 and A2`, `PALLET-7 of VAX A1`, `VAX A1` for a whole lot."""
    lots: dict[tuple[str, str], list[str | None]] = {}
    for product, lot, unit in units:
        lots.setdefault((product, lot), []).append(unit)
    if len(lots) > _NAMED_AT_MOST:
        return gettext("{count} units of {lots} lots", count=len(units), lots=len(lots))
    if len(units) == 1:
        product, lot, unit = units[0]
        name = f"{product} {lot}"
        return gettext("{unit} of {lot}", unit=unit, lot=name) if unit else name
    if all(members == [None] for members in lots.values()):
        return _lots(list(lots))
    return ngettext("{count} unit of {lots}", "{count} units of {lots}", len(units), lots=_lots(list(lots)))


def _lots(lots: Sequence[tuple[str, str]]) -> str:
    """Return `VAX A1, A2 and FLU B1`: a product is named once for lots of it that follow each other."""
    names = [lot if i and lots[i - 1][0] == product else f"{product} {lot}" for i, (product, lot) in enumerate(lots)]
    return gettext("{first} and {last}", first=", ".join(names[:-1]), last=names[-1]) if names[1:] else names[0]


def _when(problem: Problem, now: int) -> str:
    since = _time(problem.since, now)
    if problem.until is None:
        return gettext("since {since} UTC", since=since)
    return gettext("{since} to {until} UTC", since=since, until=_time(problem.until, now))


def _time(instant: int, now: int) -> str:
    day, clock = format_instant(instant)[:16].split("T")
    return clock if instant // DAY == now // DAY else f"{day} {clock}"


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in (p[:1].upper() + p[1:] for p in parts))
