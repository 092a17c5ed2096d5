"""`limit` after a release: outside for as long as was allowed, or beyond the worst value that was.

If nothing was allowed, what was outside at the signature may go on for `for`; a new exposure fires by itself.
"""

from collections.abc import Sequence

from domain.intervals import Interval, clip, total
from domain.times import NEVER
from rules.decisions.outside import first_beyond, is_more, known, reached, worst_after
from rules.decisions.release import TOLERANCE, Release, ReleaseState
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece


def consecutive(release: Release, pieces: Sequence[Piece], evidence: SubjectEvidence) -> ReleaseState:
    """Tell since when a unit was outside a limit for longer, or farther, than a release covers."""
    piece, now, signed = pieces[0], evidence.until, release.at
    intervals = evidence.outside(piece)
    before = known(evidence, piece, release.covered, signed)
    after = clip(intervals, signed, NEVER)
    used = total(clip(after, signed, now))
    found = [signed] if is_more(before, release, piece) else []
    if release.allow is None:
        found.append(_lasts(pieces, intervals, signed))
    else:
        found.append(first_beyond(evidence, piece, signed, release.allow))
        more = before.length - release.accepted.length
        found.append(reached(after, max(0, release.allowed - (more if more > TOLERANCE else 0))))
    at = min(found)
    worst = worst_after(evidence, piece, signed)
    return ReleaseState(at, NEVER, used, worst) if at <= now else ReleaseState(None, at, used, worst)


def _lasts(pieces: Sequence[Piece], intervals: Sequence[Interval], signed: int) -> int:
    """Return when what was outside at the signature has lasted for `for` after it; NEVER if it does not."""
    for since, until in intervals:
        if since < signed < until:
            for piece in pieces:
                at: int = max(signed + piece.rule.condition.hold_duration, piece.since)
                if at <= min(until, piece.until):
                    return at
    return NEVER
