"""The one sentence that says why a unit has its verdict. It names rules and numbers, never places or other lots."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.model import ProfileVersion, Rule, Site
from domain.numbers import value_of
from domain.times import parse_instant
from rules.words import describe_value

Unit = Mapping[str, Any]  # as rules.report makes it


def reason_of(site: Site, product: str, unit: Unit) -> str:
    """Return why the unit has its verdict."""
    worst = [fired for fired in unit["fired"] if fired["action"] == unit["verdict"]]
    if worst:
        first = min(worst, key=lambda fired: str(fired["at"]))
        more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
        return _of_firing(site, product, unit, first) + more
    known = f"known for {unit['coverage'] * 100:.2f} % of the time under watch"
    if unit["verdict"] == "ok":
        return f"nothing that holds or asks for review fired; {known}"
    if not any(site.profiles.get(name or "") for _, name in site.products[product].profile.steps):
        return f"product {product} has no profile"
    return f"too little is known: {known}, longest gap {unit['longest_gap_minutes']:g} min"


def reason_of_batch(units: Sequence[Unit], reasons: Sequence[str], verdict: str) -> str:
    """Return why the batch has its verdict: the reason of its first worst unit."""
    worst = [i for i, unit in enumerate(units) if unit["verdict"] == verdict]
    if len(units) == 1:
        return reasons[0]
    name = units[worst[0]]["unit"] or "the lot itself"
    return f"{len(worst)} of {len(units)} units, first {name}: {reasons[worst[0]]}"


def _of_firing(site: Site, product: str, unit: Unit, fired: Mapping[str, Any]) -> str:
    rule = _rule(site, product, str(fired["rule"]), parse_instant(fired["at"]))
    text = f"{fired['rule']} fired at {fired['at']}"
    if rule is None:
        return text
    text += f": {rule.condition.describe()}"
    exposure = next((e for e in unit["exposures"] if e["rule"] == fired["rule"] and e["fired_at"] == fired["at"]), None)
    if exposure is None:
        return text
    text += f"; outside for {exposure['minutes']:g} min since {exposure['from']}"
    if exposure["peak"] is None:
        return text
    return f"{text}, peak {describe_value(rule.condition.quantity, value_of(exposure['peak']))}"


def _rule(site: Site, product: str, name: str, at: int) -> Rule | None:
    # At a boundary the version that ends may have asked: then the rule is looked for in it too.
    for instant in (at, at - 1):
        version = version_at(site, product, instant)
        found = next((rule for rule in version.rules if rule.id == name), None) if version else None
        if found is not None:
            return found
    return None


def version_at(site: Site, product: str, at: int) -> ProfileVersion | None:
    """Return the version of the product's profile in force at an instant."""
    name = site.products[product].profile.at(at)
    versions = [version for version in site.profiles.get(name or "", ()) if version.effective_from <= at]
    return versions[-1] if versions else None
