"""How much of its stability a unit has used: what the `life` rules of its profile have counted by now."""

from domain.numbers import SCALE
from rules.kinds.common.shelf_life import WHOLE
from rules.kinds.life import Life, used_by
from rules.subjects.evidence.subject import SubjectEvidence


def life_used(evidence: SubjectEvidence) -> int:
    """Return the greatest share of a life that any `life` rule has counted, in 10⁻⁶; 0 if there is no such rule."""
    shares = (
        used_by(pieces, evidence, evidence.until) * SCALE // WHOLE
        for pieces in evidence.pieces().values()
        if pieces and isinstance(pieces[0].rule.condition, Life)
    )
    return max(shares, default=0)
