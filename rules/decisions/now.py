"""Whether a unit is outside at this moment by a rule that holds it: since when, and how far."""

from typing import NamedTuple

from rules.decisions.again import pieces_of
from rules.decisions.cumulative import summed
from rules.decisions.outside import sign_of
from rules.judgement import Firing
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece


class Now(NamedTuple):
    """That it is outside, since an instant; `value` (10⁻⁶) None: nothing is measured, or that is what is wrong."""

    since: int
    value: int | None


def outside_now(evidence: SubjectEvidence, firing: Firing) -> Now | None:
    """Return since when a unit is outside by the rule of what fired, and how far; None: it is not, or not any more."""
    pieces = pieces_of(evidence, firing.rule, firing.kind)
    piece = next((each for each in pieces if each.since <= evidence.until < each.until), None)
    if piece is None or evidence.until >= evidence.watch[1]:
        return None
    if firing.kind == "mkt":
        intervals = evidence.ever_outside(piece)
    elif firing.kind == "gap":
        intervals = summed(pieces, evidence)
    elif piece.rule.condition.test is not None:
        intervals = evidence.outside(piece)
    else:
        return Now(firing.since, None) if firing.until is None else None
    for since, until in intervals:
        if since <= evidence.until < until:
            return Now(since, _value(evidence, piece))
    return None


def _value(evidence: SubjectEvidence, piece: Piece) -> int | None:
    """Return the farthest value outside at this moment."""
    now, sign = evidence.until, sign_of(piece)
    if piece.rule.kind == "mkt":
        return max((value for _, _, value in evidence.warmth().steps(now, now + 1)), default=None)
    if piece.rule.condition.bounds is None:
        return None
    steps = (
        step
        for part in evidence.parts(piece)
        if part.since <= now < part.until
        for step in part.timeline.cut(now, now + 1)
    )
    values = [step.value for step in steps if step.value is not None]
    return max(values, key=lambda value: sign * value) if values else None
