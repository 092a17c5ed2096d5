"""The one sentence that says why a unit has its verdict. It names rules and numbers, never places or other lots."""

from collections.abc import Sequence

from domain.intervals import Interval
from domain.language import gettext
from domain.model import Site
from domain.numbers import SCALE
from domain.times import format_instant
from rules.judgement import Firing
from rules.messages.reasons import moment
from rules.messages.words import duration, percent
from rules.unit_verdict import UnitVerdict

NAMED_GAPS = 3


def reason_of(site: Site, product: str, unit: UnitVerdict) -> str:
    """Return why the unit has its verdict."""
    first = first_of_the_worst(unit)
    if first is not None:
        others = sum(firing.action == unit.verdict for firing in unit.firings) - 1
        said = _of_firing(first)
        return gettext("{reason} (and {count} more)", reason=said, count=others) if others else said
    share = percent(unit.coverage)
    if unit.verdict == "ok":
        return gettext("no rule triggered a hold or a review; data coverage {share} %", share=share)
    if not any(site.profiles.get(name or "") for _, name in site.products[product].profile.steps):
        return gettext("product {product} has no profile", product=product)
    return gettext("insufficient data: {asked}; {missing}", asked=_asked(unit), missing=missing(unit))


def _asked(unit: UnitVerdict) -> str:
    """Return e.g. `data coverage 40 %, required 95 %`, and whether a gap is longer than what is tolerated."""
    share, least = percent(unit.coverage), percent(unit.lacking.min_coverage / SCALE)
    known = gettext("data coverage {share} %, required {least} %", share=share, least=least)
    tolerated = unit.lacking.longest_gap
    if tolerated is None or unit.longest_gap <= tolerated:
        return known
    gap = {"gap": duration(unit.longest_gap), "allowed": duration(tolerated, exact=True)}
    return gettext("{known}; longest gap {gap}, tolerated {allowed}", known=known, **gap)


def missing(unit: UnitVerdict) -> str:
    """Return which hours have no data: how much in all, and the longest gaps in order of time."""
    if not unit.watched:
        return gettext("it was nowhere in this time")
    return missing_hours(unit.unknown, unit.watched, unit.lacking.gaps, unit.lacking.count)


def missing_hours(unknown: int, watched: int, gaps: Sequence[Interval], count: int) -> str:
    """Return e.g. `no data for 5 h of 46 h: 2026-01-03 09:38 UTC to 2026-01-03 14:38 UTC`.

    Of so many gaps the longest are given, and the longest of these are named. Lengths are microseconds.
    """
    longest = sorted(gaps, key=lambda gap: gap[0] - gap[1])[:NAMED_GAPS]
    spans = "; ".join(
        gettext("{since} to {until}", since=moment(since), until=moment(until)) for since, until in sorted(longest)
    )
    whole = {"missing": duration(unknown), "whole": duration(watched), "gaps": spans}
    if more := count - len(longest):
        return gettext("no data for {missing} of {whole}: {gaps} (and {count} more)", count=more, **whole)
    return gettext("no data for {missing} of {whole}: {gaps}", **whole)


def reason_of_batch(units: Sequence[UnitVerdict], reasons: Sequence[str], verdict: str) -> str:
    """Return why the batch has its verdict: the reason of its first worst unit."""
    worst = [i for i, unit in enumerate(units) if unit.verdict == verdict]
    if len(units) == 1:
        return reasons[0]
    name = units[worst[0]].unit or gettext("the lot itself")
    said = {"count": len(worst), "all": len(units), "name": name, "reason": reasons[worst[0]]}
    return gettext("{count} of {all} units, first {name}: {reason}", **said)


def first_of_the_worst(unit: UnitVerdict) -> Firing | None:
    """Return the first that triggered with the action that the verdict is."""
    worst = [firing for firing in unit.firings if firing.action == unit.verdict]
    return min(worst, key=lambda firing: firing.at, default=None)


def _of_firing(firing: Firing) -> str:
    said = firing.sentence.removeprefix(f"{firing.rule}: ")
    return gettext("{rule} triggered at {at}: {said}", rule=firing.rule, at=format_instant(firing.at), said=said)
