"""The answer to "what would you say of these readings?" as CONTRACTS describes it: plain data, ready for JSON."""

from collections.abc import Iterable
from typing import Any

from domain.model import Batch
from domain.numbers import SCALE, show_minutes, show_ratio, show_value
from domain.times import format_instant
from rules.judgement import Exposure, Firing, Judgement, version_at_end
from rules.series.series import Conflict
from rules.subjects.evidence.coverage import watched_and_unknown
from rules.subjects.evidence.subject import SubjectEvidence

VERDICTS = ("hold", "review", "unknown", "ok")  # worst first


def unit_report(evidence: SubjectEvidence, judged: Judgement, *, explained: bool) -> dict[str, Any]:
    """Return what is said of one unit; `explained`: also why each rule fired."""
    watched, unknown, longest = watched_and_unknown(evidence)
    return {
        "unit": evidence.subject.key[2] if len(evidence.subject.key) == 3 else None,
        "verdict": verdict(evidence, judged, watched, unknown),
        "coverage": show_ratio(watched - unknown, watched),
        "unknown_minutes": show_minutes(unknown),
        "longest_gap_minutes": show_minutes(longest),
        "exposures": [_exposure(exposure) for exposure in judged.exposures],
        "fired": [{"rule": f.rule, "at": format_instant(f.at), "action": f.action} for f in judged.firings],
        **({"why": [_why(firing) for firing in judged.firings]} if explained else {}),
    }


def _why(firing: Firing) -> dict[str, Any]:
    """Return why a rule fired, as a sentence and as structure, in the order of what fired."""
    said = {"rule": firing.rule, "at": format_instant(firing.at), "sentence": firing.sentence, "kind": firing.kind}
    version = {"profile": firing.profile, "version": firing.version}
    until = None if firing.until is None else format_instant(firing.until)
    span = {"from": format_instant(firing.since), "to": until}
    return {**said, **version, **span, "places": list(firing.places), **firing.why}


def verdict(evidence: SubjectEvidence, judged: Judgement, watched: int, unknown: int) -> str:
    """Return the worst action that fired, else whether enough is known."""
    actions = {firing.action for firing in judged.firings}
    if "hold" in actions:
        return "hold"
    if "review" in actions:
        return "review"
    version = version_at_end(evidence.subject, evidence.until)
    least = version.min_coverage if version else 0
    known = watched - unknown
    return "unknown" if known == 0 or known * SCALE < least * watched else "ok"


def batch_report(batch: Batch, units: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is said of a batch: the worst of its units."""
    worst = min((unit["verdict"] for unit in units), key=VERDICTS.index)
    return {"product": batch.product, "lot": batch.lot, "verdict": worst, "units": units}


def excursion_report(location: str, judged: Judgement) -> list[dict[str, Any]]:
    """Return the excursions of a location."""
    return [{"location": location, **_exposure(exposure)} for exposure in judged.exposures]


def _exposure(exposure: Exposure) -> dict[str, Any]:
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
