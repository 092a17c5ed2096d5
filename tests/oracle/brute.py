"""What CONTRACTS 4 says, as slow and as close to its words as can be."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tests.oracle.described import Description, instant_text
from tests.oracle.firing import Judged
from tests.oracle.kinds import judge_subject
from tests.oracle.subject import Exposure, place_of, unit_of
from tests.oracle.world import Conflict, Row, World

_MINUTE = 60_000_000
_UNIT = 1_000_000
_WORST_FIRST = ("hold", "review", "unknown", "ok")


def _number(scaled: int) -> float:
    return scaled / _UNIT


def _rounded(ratio: Fraction, decimals: int) -> float:
    return float(round(ratio, decimals))


def _print_exposure(rule_id: str, exposure: Exposure, until: int) -> dict[str, Any]:
    end = until if exposure.to is None else exposure.to
    return {
        "rule": rule_id,
        "from": instant_text(exposure.start),
        "to": None if exposure.to is None else instant_text(exposure.to),
        "minutes": _rounded(Fraction(end - exposure.start, _MINUTE), 3),
        "degree_minutes": _rounded(Fraction(exposure.degrees, _UNIT * _MINUTE), 3),
        "peak": None if exposure.peak is None else _number(exposure.peak),
        "fired_at": None if exposure.fired_at is None else instant_text(exposure.fired_at),
    }


def _print_exposures(judged: Judged, until: int) -> list[dict[str, Any]]:
    return [_print_exposure(rule, each, until) for rule, found in judged.exposures.items() for each in found]


def _verdict(judged: Judged) -> str:
    worst = min((_WORST_FIRST.index(f.action) for f in judged.fired if f.action != "notify"), default=None)
    if worst is not None:
        return _WORST_FIRST[worst]
    coverage = Fraction(judged.known, judged.watched) if judged.watched else Fraction(0)
    too_long = judged.tolerated is not None and judged.longest_gap > judged.tolerated
    return "unknown" if not judged.known or coverage < judged.min_coverage or too_long else "ok"


def _print_unit(world: World, product: str, lot: str, unit: str | None) -> dict[str, Any]:
    judged = judge_subject(unit_of(world, product, lot, unit))
    return {
        "unit": unit,
        "verdict": _verdict(judged),
        "coverage": _rounded(Fraction(judged.known, judged.watched), 4) if judged.watched else 0.0,
        "unknown_minutes": _rounded(Fraction(judged.watched - judged.known, _MINUTE), 3),
        "longest_gap_minutes": _rounded(Fraction(judged.longest_gap, _MINUTE), 3),
        "exposures": _print_exposures(judged, world.until),
        "fired": [{"rule": f.rule, "at": instant_text(f.at), "action": f.action} for f in sorted(judged.fired)],
    }


def _print_batch(world: World, product: str, lot: str) -> dict[str, Any]:
    units = [_print_unit(world, product, lot, unit) for unit in world.units(product, lot)]
    verdict = min((unit["verdict"] for unit in units), key=_WORST_FIRST.index)
    return {"product": product, "lot": lot, "verdict": verdict, "units": units}


def _print_conflict(conflict: Conflict) -> dict[str, Any]:
    numbers = {"kept": _number(conflict.kept), "refused": _number(conflict.refused)}
    return {**conflict._asdict(), "measured_at": instant_text(conflict.measured_at), **numbers}


def judge(site: Description, rows: Iterable[Row], until: int | None = None) -> dict[str, Any]:
    """Return the object that `coldchain judge` prints."""
    world = World(site, rows, until)
    return {
        "until": instant_text(world.until),
        "excursions": [
            {"location": location, **each}
            for location in sorted(world.locations)
            for each in _print_exposures(judge_subject(place_of(world, location)), world.until)
        ],
        "batches": [_print_batch(world, product, lot) for product, lot in sorted(world.batches)],
        "conflicts": [_print_conflict(each) for each in sorted(world.conflicts)],
    }
