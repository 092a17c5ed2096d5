"""The one sentence that says why a unit has its verdict. It names rules and numbers, never places or other lots."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.model import Site

Unit = Mapping[str, Any]  # as rules.report makes it


def reason_of(site: Site, product: str, unit: Unit) -> str:
    """Return why the unit has its verdict."""
    worst = [fired for fired in unit["fired"] if fired["action"] == unit["verdict"]]
    if worst:
        first = min(worst, key=lambda fired: str(fired["at"]))
        more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
        return _of_firing(unit, first) + more
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


def _of_firing(unit: Unit, fired: Mapping[str, Any]) -> str:
    why = next(each for each in unit["why"] if (each["rule"], each["at"]) == (fired["rule"], fired["at"]))
    said = str(why["sentence"]).removeprefix(f"{fired['rule']}: ")
    return f"{fired['rule']} fired at {fired['at']}: {said}"
