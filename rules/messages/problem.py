"""The sentences that tell of a problem: where and how bad, which stock, by how much against which limit, what to do."""

from collections.abc import Callable, Mapping, Sequence

from domain.language import gettext, mark, ngettext
from domain.times import DAY, format_instant
from rules.alarms.problems import SEVERITIES, Fired, NoData, Problem
from rules.judgement import Exposure, Firing
from rules.kinds.base import Condition
from rules.kinds.limit import Limit
from rules.messages.reasons import allowed
from rules.messages.words import UNITS, describe_value, minutes_long
from rules.subjects.subjects import in_order
from rules.subjects.unknown_stock import UnknownStock
from rules.subjects.whereabouts import UnitKey

_ACTIONS = ("notify", "review", "hold")
_OF_BOUNDS = ("limit", "cumulative")  # kinds of which a place is on one side of a limit
_NAMED_AT_MOST = 3  # lots by name; more are counted
_NEXT = {
    ("hold", True): mark("Move the stock, then review it."),
    ("hold", False): mark("Review the stock."),
    ("review", True): mark("Review the stock."),
    ("review", False): mark("Review the stock."),
    ("hold", "silent"): mark("Check the sensor and the stock, then review it."),
    ("review", "silent"): mark("Check the sensor and the stock, then review it."),
}


def sentence_of(
    problem: Problem,
    now: int,
    place: str,
    phrase: Callable[[Fired], str],
    lifted: Mapping[UnitKey, str] | None = None,
    unknown: Sequence[UnknownStock] = (),
) -> str:
    """Return what people are told first.

    E.g. `Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC). 3 units of VAX A1 are on hold: above 8.0 °C for
    1 h 15 min, allowed 1 h. Move the stock, then review it.`

    `place` is its name for people. `phrase` says by how much a rule was broken. Times carry their date, unless the
    problem began on the day of `now`. `lifted`: what was decided of units that are on hold no more, e.g. `released by
    quinn`. `unknown`: the stock of which nothing is known meanwhile.
    """
    _, worst = fired = worst_of(problem.fired)
    concerned = {each for each, firing in problem.fired if firing.action == worst.action}
    units = [unit for unit in problem.units if unit in concerned]
    day = now if _is_of_day(problem.since, now) else None
    head = _where(problem, worst, place, day)
    doubt = [unknown_since(unknown, now, dated=day is None)] if unknown else []
    if not units or (problem.key.direction == "silent" and worst.action == "notify"):  # nobody knows of an exposure
        first = min(problem.fired, key=lambda each: each.firing.since) if problem.key.direction == "silent" else fired
        return _sentences(gettext("{head}: {phrase}", head=head, phrase=phrase(first)), *doubt)
    action = "notify" if problem.key.lot else worst.action  # what is out of reach cannot be put on hold
    states = _states(units, action, lifted or {})
    stock = gettext("{states}: {phrase}", states=states, phrase=phrase(fired))
    waiting = any(unit not in (lifted or {}) for unit in units)
    step = _NEXT.get((action, "silent" if problem.is_silent else problem.over_since is None)) if waiting else None
    return _sentences(head, stock, *doubt, *([gettext(step)] if step else []))


def unknown_since(unknown: Sequence[tuple[UnitKey, int, int | None]], now: int | None, *, dated: bool = False) -> str:
    """Return e.g. `2 lots, condition unknown since 18:03 UTC: VAX A1 and A2`: of which stock nothing is known.

    Of each the unit, since when and until when (None: it still is so). From when, if that is to come; from when to
    when, if all of it is over. Without `now`, or `dated`, all times have their date.
    """
    lots = list(dict.fromkeys(unit[:2] for unit, *_ in unknown))
    since, ends = min(since for _, since, _ in unknown), [until for *_, until in unknown]
    day = None if dated else now
    said = {"lots": ngettext("{count} lot", "{count} lots", len(lots)), "since": _time(since, day)}
    if None not in ends:
        until = _time(max(end for end in ends if end is not None), day, since)
        text = gettext("{lots}, condition unknown from {since} to {until} UTC", until=until, **said)
    elif now is not None and since > now:
        text = gettext("{lots}, condition unknown from {since} UTC on without data", **said)
    else:
        text = gettext("{lots}, condition unknown since {since} UTC", **said)
    if len(lots) > _NAMED_AT_MOST:
        return text
    return gettext("{text}: {units}", text=text, units=_name([unit for unit, *_ in unknown]))


def no_longer(gone: Mapping[UnitKey, bool]) -> str:
    """Return e.g. ` No longer affected: VAX A2 (hold no longer supported).`: what was told of and is not part of it.

    The values tell whether a hold lost its reason.
    """
    groups = [[unit for unit, unfounded in gone.items() if unfounded is which] for which in (False, True)]
    said = [_name(units) for units in groups[:1] if units]
    said += [gettext("{units} (hold no longer supported)", units=_name(units)) for units in groups[1:] if units]
    return " " + gettext("No longer affected: {units}.", units=", ".join(said)) if said else ""


def phrase_of(firing: Firing, condition: Condition | None, exposures: Sequence[Exposure]) -> str:
    """Return e.g. `above 8.0 °C for 1 h 15 min, allowed 1 h`: by how much a rule was broken, several times in total."""
    if condition is None:
        return firing.sentence
    if not exposures or not isinstance(condition, Limit):
        return firing.sentence.removeprefix(f"{firing.rule}: ")
    said = {"bound": firing.why["bound"], "length": minutes_long(sum(each.minutes for each in exposures))}
    several = len(exposures) > 1
    text = gettext("{bound} for {length} in total", **said) if several else gettext("{bound} for {length}", **said)
    return allowed(text, condition.hold_duration)


def worst_of(all_fired: Sequence[Fired]) -> Fired:
    """Return the firing that says most: of a unit rather than of a place, by action, by severity, the earliest.

    What goes beyond a release says more than what was released. Of those that say as much: the first by name.
    """

    def weight(fired: Fired) -> tuple[bool, int, int, bool, int]:
        subject, firing = fired
        action, severity = _ACTIONS.index(firing.action), SEVERITIES.index(firing.severity)
        return isinstance(subject, UnitKey), action, severity, firing.after is not None, -firing.at

    most = max(weight(fired) for fired in all_fired)
    return min((fired for fired in all_fired if weight(fired) == most), key=lambda fired: in_order(fired.subject))


def _where(problem: Problem, worst: Firing, place: str, now: int | None) -> str:
    """Return e.g. `Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC)`."""
    if problem.no_data is None:
        return _how(problem, worst, place, now)
    silent = silence(problem.no_data, worst.quantity, now)
    if not problem.is_silent:
        return gettext("{head}, {silence}", head=_how(problem, worst, place, now), silence=silent)
    return gettext("{place}: {silence} ({before})", place=place, silence=silent, before=_before(problem, worst, now))


def _before(problem: Problem, worst: Firing, now: int | None) -> str:
    """Return what it was before data ended, e.g. `above 8.0 °C from 09:38 UTC, peak 9.6 °C`."""
    since, bound = _time(problem.since, now), worst.why.get("bound")
    if worst.kind not in _OF_BOUNDS or not bound:
        return gettext("problem since {since} UTC", since=since)
    text = gettext("{bound} from {since} UTC", bound=bound, since=since)
    peak = _peak(problem, worst)
    return text if peak is None else gettext("{text}, peak {peak}", text=text, peak=peak)


def silence(no_data: NoData, quantity: str, now: int | None) -> str:
    """Return e.g. `no data since 18:00 UTC, last 12.0 °C from S1`, or from when to when there were none."""
    since = _time(no_data.since, now)
    if no_data.until is not None:
        return gettext(
            "no data from {since} to {until} UTC", since=since, until=_time(no_data.until, now, no_data.since)
        )
    if no_data.value is None or quantity not in UNITS:
        return gettext("no data since {since} UTC", since=since)
    value = describe_value(quantity, no_data.value)
    if no_data.sensor is None:
        return gettext("no data since {since} UTC, last {value}", since=since, value=value)
    said = {"since": since, "value": value, "sensor": no_data.sensor}
    return gettext("no data since {since} UTC, last {value} from {sensor}", **said)


def _how(problem: Problem, worst: Firing, place: str, now: int | None) -> str:
    """Return e.g. `Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC)`."""
    when = _when(problem, now)
    bound = worst.why.get("bound")
    if worst.kind not in _OF_BOUNDS or not bound:
        return gettext("{place} ({when})", place=place, when=when)
    if (peak := _peak(problem, worst)) is not None:
        when = gettext("peak {peak}, {when}", peak=peak, when=when)
    said = {"place": place, "bound": bound, "when": when}
    if problem.over_since is None:
        return gettext("{place} is {bound} ({when})", **said)
    if problem.until is None:  # an off-delay passes
        return gettext("{place} was {bound} ({when}), back within limits", **said)
    return gettext("{place} was {bound} ({when})", **said)


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


def _when(problem: Problem, now: int | None) -> str:
    since = _time(problem.since, now)
    if problem.over_since is None:
        return gettext("since {since} UTC", since=since)
    return gettext("{since} to {until} UTC", since=since, until=_time(problem.over_since, now, problem.since))


def _time(instant: int, now: int | None, after: int | None = None) -> str:
    """Return the time, with its date where that is another than of `now`, or of `after`, which is told before it."""
    day, clock = format_instant(instant)[:16].split("T")
    of_day = now is not None and all(_is_of_day(each, now) for each in (instant, instant if after is None else after))
    return clock if of_day else f"{day} {clock}"


def _is_of_day(instant: int, now: int) -> bool:
    return instant // DAY == now // DAY


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in (p[:1].upper() + p[1:] for p in parts))
