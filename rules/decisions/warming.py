"""`mkt` and `life` after a release: when the mean, or the share of the shelf life used, exceeds what was accepted.

For a mean, an allowance is time above its limit and the worst value in it; once that is used up, the mean must not be
above what was accepted. For shelf life it is what that time at the worst value uses.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.intervals import clip, total
from domain.times import NEVER
from rules.decisions.outside import reached, version_at
from rules.decisions.release import Release, ReleaseState
from rules.kinds.common.shelf_life import WHOLE
from rules.kinds.life import Life, used_by
from rules.kinds.mkt import MeanKineticTemperature
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece

_SHARE = 1_000_000  # a share of a life is kept to so fine a part


def warming(release: Release, pieces: Sequence[Piece], evidence: SubjectEvidence) -> ReleaseState:
    """Tell since when a mean was above what a release covers."""
    now, signed = evidence.until, release.at
    piece = version_at(pieces, now)
    patience = max(each.version.max_gap for each in pieces)
    hot = clip(evidence.ever_outside(piece, patience), signed, NEVER)
    used = total(clip(hot, signed, now))
    steps = evidence.warmth().steps(signed, now + 1)
    worst = max((value for _, _, value in steps), default=None) if hot else None
    begin = signed
    if release.allow is not None:
        beyond = (at for at, _, value in steps if value > release.allow.up_to)
        begin = min(reached(hot, release.allowed), min(beyond, default=NEVER))
        if begin > now:
            return ReleaseState(None, begin, used, worst)
    stricter = [_with_limit(each, round((release.accepted.measured or 0.0) * 1_000_000), begin) for each in pieces]
    stricter = [each for each in stricter if each.since <= each.until]
    at = next((at for at, _ in MeanKineticTemperature.firings(stricter, evidence)), NEVER)
    if at <= now:
        return ReleaseState(max(at, signed), NEVER, used, worst)
    due = stricter[-1].rule.condition.due(stricter[-1], evidence) if stricter else NEVER
    return ReleaseState(None, due if due > now else NEVER, used, worst, awaited=due <= now)


def mean_at(pieces: Sequence[Piece], evidence: SubjectEvidence, at: int) -> float | None:
    """Return the mean at the last reading up to an instant, in °C; None: there was none."""
    piece = version_at(pieces, at)
    condition: MeanKineticTemperature = piece.rule.condition
    return condition.last_mean(piece, at, evidence)


def _with_limit(piece: Piece, limit: int, since: int) -> Piece:
    condition = replace(piece.rule.condition, threshold=limit)
    return Piece(max(piece.since, since), piece.until, replace(piece.rule, condition=condition), piece.version)


def spending(release: Release, pieces: Sequence[Piece], evidence: SubjectEvidence) -> ReleaseState:
    """Tell since when more of the shelf life was used than a release covers."""
    now, signed = evidence.until, release.at
    piece = version_at(pieces, now)
    condition: Life = piece.rule.condition
    steps = evidence.warmth().steps(signed, now + 1)
    worst = max((value for _, _, value in steps), default=None)
    used = evidence.warmth().known(signed, now)
    accepted = round((release.accepted.measured or 0.0) * _SHARE) * WHOLE // _SHARE + WHOLE // _SHARE
    left = accepted - used_by(pieces, evidence, signed)
    if release.allow is not None:
        left += release.allowed * condition.using(_within(condition, release.allow.up_to))
    at = signed if left <= 0 else evidence.warmth().reaches(condition.using, signed, now, left)
    if release.allow is not None:
        at = min([at, *(since for since, _, value in steps if value > release.allow.up_to)])
    if at <= now:
        return ReleaseState(at, NEVER, used, worst)
    left -= evidence.warmth().weighed(condition.using, signed, now)
    ceiling = evidence.ceiling(piece)
    rate = 0 if ceiling is None else condition.using(_within(condition, ceiling))
    return ReleaseState(None, min(now + max(left // rate, 1), NEVER) if rate else NEVER, used, worst)


def share_at(pieces: Sequence[Piece], evidence: SubjectEvidence, at: int) -> float:
    """Return which share of the shelf life was used by an instant, 6 decimals."""
    return round(used_by(pieces, evidence, at) / WHOLE, 6)


def _within(condition: Life, value: int) -> int:
    return min(max(value, condition.test.low), condition.test.high)
