"""The one sentence that says why a unit has its verdict. It names rules and numbers, never places or other lots."""

from collections.abc import Sequence

from domain.language import gettext
from domain.model import Site
from domain.times import format_instant
from rules.judgement import Firing
from rules.messages.words import duration, percent
from rules.unit_verdict import UnitVerdict


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
    gap = duration(unit.longest_gap)
    return gettext("insufficient data: data coverage {share} %, longest gap {gap}", share=share, gap=gap)


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
