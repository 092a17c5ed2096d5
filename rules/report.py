"""The answer to "what would you say of these readings?" as CONTRACTS describes it: plain data, ready for JSON."""

from collections.abc import Iterable
from typing import Any

from domain.numbers import show_minutes, show_value
from domain.times import format_instant
from rules.judgement import Exposure, Firing, Judgement
from rules.series.series import Conflict
from rules.unit_verdict import BatchVerdict, UnitVerdict


def unit_report(said: UnitVerdict, *, explained: bool) -> dict[str, Any]:
    """Return the judgement of one unit; `explained`: also why each rule fired."""
    return {
        "unit": said.unit,
        "verdict": said.verdict,
        "coverage": said.coverage,
        "unknown_minutes": show_minutes(said.unknown),
        "longest_gap_minutes": show_minutes(said.longest_gap),
        "exposures": [exposure_report(exposure) for exposure in said.exposures],
        "fired": [{"rule": f.rule, "at": format_instant(f.at), "action": f.action} for f in said.firings],
        **({"why": [why_report(firing) for firing in said.firings]} if explained else {}),
    }


def why_report(firing: Firing) -> dict[str, Any]:
    """Return why a rule fired, as a sentence and as structure, in the order of what fired."""
    said = {"rule": firing.rule, "at": format_instant(firing.at), "sentence": firing.sentence, "kind": firing.kind}
    version = {"profile": firing.profile, "version": firing.version}
    until = None if firing.until is None else format_instant(firing.until)
    span = {"from": format_instant(firing.since), "to": until}
    return {**said, **version, **span, "places": list(firing.places), **firing.why}


def batch_report(said: BatchVerdict, *, explained: bool) -> dict[str, Any]:
    """Return the judgement of a batch: the worst of its units."""
    units = [unit_report(unit, explained=explained) for unit in said.units]
    return {"product": said.product, "lot": said.lot, "verdict": said.verdict, "units": units}


def excursion_report(location: str, judged: Judgement) -> list[dict[str, Any]]:
    """Return the excursions of a location."""
    return [{"location": location, **exposure_report(exposure)} for exposure in judged.exposures]


def exposure_report(exposure: Exposure) -> dict[str, Any]:
    """Return an interval outside a rule."""
    return {
        "rule": exposure.rule,
        "from": format_instant(exposure.since),
        "to": None if exposure.until is None else format_instant(exposure.until),
        "minutes": exposure.minutes,
        "degree_minutes": exposure.degree_minutes,
        "peak": None if exposure.peak is None else show_value(exposure.peak),
        "fired_at": None if exposure.fired_at is None else format_instant(exposure.fired_at),
    }


def report(
    until: int, excursions: Iterable[dict[str, Any]], batches: Iterable[dict[str, Any]], conflicts: Iterable[Conflict]
) -> dict[str, Any]:
    """Put the whole answer together."""
    return {
        "until": format_instant(until),
        "excursions": list(excursions),
        "batches": list(batches),
        "conflicts": [
            {
                "sensor": c.sensor,
                "quantity": c.quantity,
                "measured_at": format_instant(c.measured_at),
                "kept": show_value(c.kept),
                "refused": show_value(c.refused),
            }
            for c in sorted(set(conflicts))
        ],
    }
