"""Names of units, spans of time and requirements, as the page of a batch says them. Pure."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from api.web.frame.formats import Clock, limit_length, number, value
from api.web.frame.sentences import listed, say
from api.web.frame.texts import text
from domain.model import Rule, Site
from rules.messages.words import describe_bounds

_NAMED_AT_MOST = 6
_NUMBERED = re.compile(r"(.*\D)(\d+)")


def name_of(unit: str | None) -> str:
    """Return e.g. `PALLET-7`, or the word for a lot that is one unit."""
    return unit if unit is not None else text("words.whole_lot")


def short_names(units: Sequence[str | None], of: int) -> Markup:
    """Return e.g. `PALLET-7, 8 and 9`; many are counted, `of` all units of the lot."""
    if len(units) == of > 1:
        return say("batch.all_units", count=of)
    if len(units) > _NAMED_AT_MOST:
        return say("batch.some_units", count=len(units), all=of)
    if list(units) == [None]:
        return say("batch.the_lot")
    return listed(_without_repetition([name_of(unit) for unit in units]))


def _without_repetition(names: Sequence[str]) -> list[str]:
    parts = [_NUMBERED.fullmatch(name) for name in names]
    first = parts[0]
    if first is None or any(part is None or part[1] != first[1] for part in parts):
        return list(names)
    return [names[0], *(part[2] for part in parts[1:] if part)]


def period(clock: Clock, since: int, until: int | None) -> Markup:
    """Return e.g. `from 09:38 to 10:53 on 19 Nov`, or `since 09:38`."""
    if until is None:
        return say("batch.since", since=clock.at(since))
    start, end = clock.date(since), clock.date(until)
    if start != end:
        return say("batch.from_to", since=clock.at(since), until=clock.at(until, since))
    span = {"since": _time(clock, since), "until": _time(clock, until)}
    if start == clock.date(clock.now):
        return say("batch.from_to", **span)
    return say("batch.from_to_on", **span, day=clock.date(since))


def _time(clock: Clock, instant: int) -> Markup:
    return clock.element(instant, clock.time_of_day(instant))


def rule_at(site: Site, product: str, name: str, at: int) -> Rule | None:
    """Return the rule of that name in the product's profile at an instant, else in any of its versions."""
    found = None
    for since, until, profile in site.products[product].profile.pieces():
        for version in site.profiles.get(profile or "", ()):
            for rule in version.rules:
                if rule.id == name and (found is None or (since <= at < until and version.effective_from <= at)):
                    found = rule
    return found


def requirement(rule: Rule | None, name: str) -> str:
    """Return what a rule requires in words, e.g. `above 8.0 °C for 60min`; its name if it is no more."""
    return name if rule is None else str(rule.condition.describe())


def beyond(rule: Rule | None, name: str) -> str:
    """Return what is outside for a rule, e.g. `above 8.0 °C`."""
    if rule is None or rule.condition.bounds is None:
        return requirement(rule, name)
    return describe_bounds(rule.condition.quantity, rule.condition.bounds)


def quantity_of(rule: Rule | None) -> str:
    """Return what a rule is about."""
    return (rule.condition.quantity if rule is not None else None) or "temperature"


def numbers_of(peak: int | None, degree_minutes: float | None, rule: Rule | None, *, limited: bool = True) -> list[str]:
    """Return e.g. `limit 1 h`, `peak 9.6 °C`, `84 degree-minutes`."""
    said = []
    if limited and rule is not None and rule.kind == "limit" and rule.condition.hold_duration:
        said.append(text("batch.limit", length=limit_length(rule.condition.hold_duration)))
    if peak is not None:
        said.append(text("batch.peak_of", peak=value(peak, quantity_of(rule))))
    if degree_minutes and quantity_of(rule) == "temperature":
        said.append(text("batch.degree_minutes_of", count=number(float(round(degree_minutes)), 0)))
    return said
