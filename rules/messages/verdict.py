"""The one sentence that says why a unit has its verdict. It names rules and numbers, never places or other lots."""

from collections.abc import Sequence

from domain.model import Site
from domain.numbers import show_minutes
from domain.times import format_instant
from rules.judgement import Firing
from rules.unit_verdict import UnitVerdict


def reason_of(site: Site, product: str, unit: UnitVerdict) -> str:
    """Return why the unit has its verdict."""
    first = first_of_the_worst(unit)
    if first is not None:
        others = sum(firing.action == unit.verdict for firing in unit.firings) - 1
        return _of_firing(first) + (f" (and {others} more)" if others else "")
    known = f"known for {unit.coverage * 100:.2f} % of the time under watch"
    if unit.verdict == "ok":
        return f"nothing that holds or asks for review fired; {known}"
    if not any(site.profiles.get(name or "") for _, name in site.products[product].profile.steps):
        return f"product {product} has no profile"
    return f"too little is known: {known}, longest gap {show_minutes(unit.longest_gap):g} min"


def reason_of_batch(units: Sequence[UnitVerdict], reasons: Sequence[str], verdict: str) -> str:
    """Return why the batch has its verdict: the reason of its first worst unit."""
    worst = [i for i, unit in enumerate(units) if unit.verdict == verdict]
    if len(units) == 1:
        return reasons[0]
    name = units[worst[0]].unit or "the lot itself"
    return f"{len(worst)} of {len(units)} units, first {name}: {reasons[worst[0]]}"


def first_of_the_worst(unit: UnitVerdict) -> Firing | None:
    """Return the first that triggered with the action that the verdict is."""
    worst = [firing for firing in unit.firings if firing.action == unit.verdict]
    return min(worst, key=lambda firing: firing.at, default=None)


def _of_firing(firing: Firing) -> str:
    said = firing.sentence.removeprefix(f"{firing.rule}: ")
    return f"{firing.rule} fired at {format_instant(firing.at)}: {said}"
