"""A place day by day, as loggers print their own record: extremes, means, accumulated minutes and what fired.

Minutes outside are counted whether or not a rule fired: a logger's day record has them both.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from domain.intervals import clip, total
from domain.model import QUANTITIES
from domain.numbers import SCALE, show_minutes, show_value
from domain.times import format_instant
from rules.judgement import Judgement, judge
from rules.series.arrays.kinetic import exactly
from rules.series.kinetics import USUAL_ENERGY, harm, mean_of
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece

Held = tuple[int, int, int]  # a value, and from when to when it held


def days(evidence: SubjectEvidence, cuts: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the record of a place between any two neighbouring instants of `cuts`, and last of all of the whole.

    The last of `cuts` is the present instant: what is read then counts. Extremes are of values in force, so also of one
    that was read before the day and still held. `mean` weights every sensor by the time its value is known; `mkt` is
    that of the warmest sensor, by the activation energy of the place's own `mkt` rule (preset 83.144 kJ/mol), `null`
    where nothing is known. Values in °C and %.
    """
    judged = judge(evidence)
    spans = [*pairwise(cuts), (cuts[0], cuts[-1])] if len(cuts) > 2 else list(pairwise(cuts))
    for since, until in spans:
        end = until + (until == cuts[-1])
        yield {
            "location": evidence.subject.key[0],
            "from": format_instant(since),
            "to": format_instant(until),
            **{
                quantity: found
                for quantity in QUANTITIES
                if (found := _measured(evidence, quantity, since, until, end))
            },
            "outside_minutes": _outside(evidence, judged, since, until),
            "fired": [{"rule": f.rule, "at": format_instant(f.at)} for f in judged.firings if since <= f.at < end],
        }


def _measured(evidence: SubjectEvidence, quantity: str, since: int, until: int, end: int) -> dict[str, Any] | None:
    held: list[Held] = []
    readings = 0
    for piece in _versions(evidence):
        held += _held(evidence, piece, quantity, since, end)
        readings += evidence.count(piece, quantity, max(piece.since, since), min(piece.until, end))
    if not held:
        return None
    durations = [(value, min(b, until) - a) for value, a, b in held]
    known = sum(duration for _, duration in durations)
    found: dict[str, Any] = {
        "readings": readings,
        "minimum": show_value(min(value for value, *_ in held)),
        "maximum": show_value(max(value for value, *_ in held)),
        "mean": round(sum(value * lasted for value, lasted in durations) / known / SCALE, 6) if known else None,
    }
    return found | ({"mkt": _kinetic(evidence, since, until)} if quantity == "temperature" else {})


def _versions(evidence: SubjectEvidence) -> list[Piece]:
    """Return any rule of every version: values are taken as the version takes them."""
    return [Piece(a, b, version.rules[0], version) for a, b, version in evidence.subject.versions if version.rules]


def _held(evidence: SubjectEvidence, piece: Piece, quantity: str, since: int, until: int) -> Iterator[Held]:
    for view, spans in evidence.readers(piece, quantity):
        for a, b in clip(spans, max(piece.since, since), min(piece.until, until)):
            for start, end, value in view.steps(a, b, piece.version.max_gap):
                yield value, start, end


def _kinetic(evidence: SubjectEvidence, since: int, until: int) -> float | None:
    rules = [rule for *_, version in evidence.subject.versions for rule in version.rules]
    energy = next((r.condition.energy for r in reversed(rules) if r.kind == "mkt"), USUAL_ENERGY)
    exact = exactly(evidence.warmest(since, until), since, until)
    summed = sum(duration * harm(value, energy) for value, duration in exact.durations)
    return mean_of(summed, exact.known, energy) if exact.known else None


def _outside(evidence: SubjectEvidence, judged: Judgement, since: int, until: int) -> dict[str, float]:
    minutes = {}
    for rule in sorted(rule for rule in evidence.pieces() if evidence.exposing_parts(rule)):
        spans = [(e.since, evidence.until if e.until is None else e.until) for e in judged.exposures if e.rule == rule]
        minutes[rule] = show_minutes(total(clip(spans, since, until)))
    return minutes
