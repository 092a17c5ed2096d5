"""What the page of a batch says first: which units are in which state and why, the worst first. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from api.web.batch.words import beyond, name_of, numbers_of, period, requirement, rule_at, short_names
from api.web.frame.allowance import say_used
from api.web.frame.formats import TONES, Clock, duration, number
from api.web.frame.sentences import listed, say
from domain.model import Rule, Site
from domain.times import DAY
from ledger.models.exposure import Exposure
from ledger.models.unit import Unit, worst_first
from rules.messages.verdict import NAMED_GAPS

NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about some units: who, and what of them. `tone` is hold, warn or plain."""

    who: Markup
    what: Markup
    tone: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What a state rests on: a rule and, where it has one, its interval."""

    name: str
    rule: Rule | None
    exposure: Exposure | None
    places: tuple[str, ...]
    at: int
    called: tuple[str, ...]  # the places, as people call them
    used: str | None = None  # of a rule that adds up: how much of its allowance
    released_at: int | None = None  # it is what goes beyond that release


def answer(
    site: Site, product: str, units: Sequence[Unit], clock: Clock, called: Mapping[str, str] = NO_NAMES
) -> list[Statement]:
    """Return the sentences: units alike in state and numbers share one."""
    groups: dict[object, list[tuple[Unit, Cause | None]]] = {}
    for unit in worst_first(units):
        cause = cause_of(site, product, unit, clock, called)
        groups.setdefault((unit.usability.code, _numbers(unit, cause)), []).append((unit, cause))
    first = next((cause for alike in groups.values() for _, cause in alike if cause and cause.exposure), None)
    return [said for alike in groups.values() for said in _statements(alike, first, len(units), clock)]


def cause_of(site: Site, product: str, unit: Unit, clock: Clock, called: Mapping[str, str]) -> Cause | None:
    """Return what the unit's state rests on."""
    found = _name_and_instant(unit)
    if found is None:
        return None
    name, at = found
    exposure = next((e for e in unit.exposures if e.rule == name and e.fired_at == at), None)
    if exposure is None:
        exposure = next((e for e in unit.exposures if e.rule == name and e.since == at), None)
    places = unit.places(exposure.since, exposure.until) if exposure is not None else ()
    rule = rule_at(site, product, name, at)
    names = tuple(called.get(place, place) for place in places)
    return Cause(
        name,
        rule,
        exposure,
        places,
        at,
        names,
        _used(unit, rule, name, at, exposure, clock),
        _released_at(unit, name, at),
    )


def _released_at(unit: Unit, name: str, at: int) -> int | None:
    """Return when the release was signed beyond which a unit is on hold again."""
    afters = (hold.after for hold in unit.holds if (hold.rule, hold.fired_at) == (name, at))
    return next((after.released_at for after in afters if after is not None and after.own), None)


def _used(unit: Unit, rule: Rule | None, name: str, at: int, exposure: Exposure | None, clock: Clock) -> str | None:
    """Say how much of an allowance is used: as judged now, else as the hold has it."""
    verdict = unit.verdict
    firing = next((each for each in verdict.firings if (each.rule, each.at) == (name, at)), None)
    if firing is not None:
        judged = next((e for e in verdict.exposures if (e.rule, e.since) == (name, firing.since)), None)
        this_time = (judged.since, judged.minutes, judged.peak) if judged else (at, None, None)
        return say_used(rule, firing.why, this_time, clock)
    hold = next((each for each in unit.holds if (each.rule, each.fired_at) == (name, at)), None)
    recorded = (exposure.since, exposure.minutes, exposure.peak) if exposure else (at, None, None)
    return say_used(rule, hold.why.why, recorded, clock) if hold is not None else None


def _name_and_instant(unit: Unit) -> tuple[str, int] | None:
    code = unit.usability.code
    if code in ("held", "unfounded", "rejected", "released") and unit.holds:
        wanted = "held" if code == "unfounded" else code
        hold = next(hold for hold in unit.holds if hold.state == wanted)
        return hold.rule, hold.fired_at
    if code in ("hold", "review"):
        fired = min((f for f in unit.verdict.firings if f.action == code), key=lambda f: f.at)
        return fired.rule, fired.at
    if code == "outside":
        going = next(exposure for exposure in unit.exposures if exposure.is_open)
        return going.rule, going.since
    return None


def _numbers(unit: Unit, cause: Cause | None) -> object:
    """Return what must be equal for one sentence to be true of several units."""
    if cause is None:
        is_unknown = unit.usability.code == "unknown"  # whose missing hours are said
        return (unit.watched, unit.verdict.unknown, unit.verdict.lacking) if is_unknown else None
    numbers = (*cause.exposure.span, *cause.exposure.numbers) if cause.exposure is not None else cause.at
    return cause.name, cause.places, numbers, cause.used


def _statements(
    alike: Sequence[tuple[Unit, Cause | None]], first: Cause | None, of: int, clock: Clock
) -> Iterator[Statement]:
    unit, cause = alike[0]
    units = [unit for unit, _ in alike]
    who = short_names([unit.name for unit in units], of)
    code = unit.usability.code
    if code == "ok" and first is not None:
        yield from (_spared(unit, first, clock) for unit in units[:3])
        if units[3:]:
            yield Statement(
                short_names([unit.name for unit in units[3:]], of), say("batch.is_ok", count=len(units[3:])), "plain"
            )
        return
    what = say(f"batch.is_{code}", count=len(units))
    if cause is not None:
        what = say("batch.with_cause", what=what, cause=_with_others(unit, cause, _cause(cause, clock)))
    elif code in ("unknown", "ok"):
        what = say("batch.with_cause", what=what, cause=_known(units, clock))
    yield Statement(who, what, TONES[code])


def _cause(cause: Cause, clock: Clock) -> Markup:
    """Say e.g. `above 8.0 °C for 1 h 15 min in ROOM-1 from 09:38 to 10:53, limit 1 h, peak 9.6 °C`."""
    if cause.released_at is not None and cause.used is None:
        what = beyond(cause.rule, cause.name)
        return say("batch.beyond_release", what=what, release=clock.at(cause.released_at), at=clock.at(cause.at))
    if cause.exposure is None:
        return say("batch.reached", what=requirement(cause.rule, cause.name), at=clock.at(cause.at))
    exposure = cause.exposure
    when = period(clock, exposure.since, exposure.until)
    where = say("batch.in", places=listed(cause.called)) if cause.places else Markup("")
    if cause.used is not None:
        return say("batch.used", used=cause.used, where=where, when=when)
    adds_up = cause.rule is not None and cause.rule.kind == "cumulative"
    what = say(
        "batch.outside_this_time" if adds_up else "batch.outside_for",
        what=beyond(cause.rule, cause.name),
        length=duration(exposure.duration),
        where=where,
        when=when,
    )
    what = Markup(", ").join([what, *numbers_of(exposure.peak, exposure.degree_minutes, cause.rule)])
    if cause.rule is not None and cause.rule.kind != "limit":
        return say("batch.part_of", what=what, required=requirement(cause.rule, cause.name))
    return what


def _with_others(unit: Unit, cause: Cause, said: Markup) -> Markup:
    """Add how often else a rule fired; rules that one interval fired count once."""
    since = cause.exposure.since if cause.exposure is not None else None
    others = {e.since for e in unit.exposures if e.fired_at is not None} - {since}
    return say("batch.triggered_again", cause=said, count=len(others)) if others and since is not None else said


def _known(units: Sequence[Unit], clock: Clock) -> Markup:
    """Say how much is known, of the unit of which the least is; where that is too little, which hours are missing."""
    unit = min(units, key=lambda unit: unit.verdict.coverage)
    least = unit.verdict
    known = say("batch.known", share=number(round(least.coverage * 100, 2)), length=duration(unit.watched))
    if not least.longest_gap or least.coverage == 1:
        return known
    known = say("batch.known_but", known=known, gap=duration(least.longest_gap))
    return known if least.verdict != "unknown" else say("batch.no_data", known=known, **_missing(unit, clock))


def _missing(unit: Unit, clock: Clock) -> dict[str, object]:
    """Return how long there are no data in all, and the longest gaps in order of time."""
    longest = sorted(unit.verdict.lacking.gaps, key=lambda gap: gap[0] - gap[1])[:NAMED_GAPS]
    named = [period(clock, since, None if until >= unit.now else until) for since, until in sorted(longest)]
    more = unit.verdict.lacking.count - len(longest)
    named += [say("batch.more_gaps", count=more)] if more > 0 else []
    return {"missing": duration(unit.verdict.unknown), "gaps": listed(named)}


def _spared(unit: Unit, first: Cause, clock: Clock) -> Statement:
    """Say why a unit was not exposed where others were: it had left, or had not come yet."""
    assert first.exposure is not None
    since, until = first.exposure.since, first.exposure.until
    there = [stay for stay in unit.stays if stay.name in first.places]
    left = [stay.until for stay in there if since - DAY <= stay.until <= since]
    came = [stay.since for stay in there if until is not None and until <= stay.since <= until + DAY]
    what = say("batch.was_spared")
    if left:
        what = say("batch.had_left", at=clock.at(max(left)))
    elif came and not any(stay.since < (until or since) and stay.until > since for stay in there):
        what = say("batch.came", at=clock.at(min(came)))
    return Statement(Markup("{}").format(name_of(unit.name)), what, "plain")
