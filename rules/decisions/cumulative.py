"""`cumulative` and `gap` after a release: when what adds up exceeds what was accepted plus what was allowed.

Inside a window two things count: that more lies in it than was accepted and allowed; and that a total which the rule
does not allow contains more time after the signature than was allowed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from domain.intervals import Interval, clip, total
from domain.times import NEVER
from rules.decisions.outside import first_beyond, is_more, known, worst_after
from rules.decisions.release import TOLERANCE, Release, ReleaseState
from rules.kinds.common.cumulative import cumulative_due, cumulative_firings
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.kept import Lengths
from rules.subjects.pieces import Piece

Budget = tuple[int, int | None]


def summed_up(
    release: Release, pieces: Sequence[Piece], evidence: SubjectEvidence, fired: Sequence[int]
) -> ReleaseState:
    """Tell since when more has added up than a release covers. `fired`: when the rule itself fired."""
    now, signed = evidence.until, release.at
    intervals = summed(pieces, evidence)
    after = clip(intervals, signed, NEVER)
    used = total(clip(after, signed, now))
    later = [replace(piece, since=max(piece.since, signed)) for piece in pieces if piece.until >= signed]
    found = list(_exceeded(release, later, intervals, after, (evidence, fired)))
    worst = None
    if pieces[0].rule.condition.exposes:
        piece = pieces[0]
        worst = worst_after(evidence, piece, signed)
        if is_more(known(evidence, piece, release.covered, signed), release, piece):
            found.append(signed)
        if release.allow is not None:
            found.append(first_beyond(evidence, piece, signed, release.allow))
    at = min(found, default=NEVER)
    if at <= now:
        return ReleaseState(at, NEVER, used, worst)
    return ReleaseState(None, min(_due(release, pieces[-1], intervals, after, now), at), used, worst)


def summed(pieces: Sequence[Piece], evidence: SubjectEvidence) -> Sequence[Interval]:
    """Return what adds up: time outside, or unknown time."""
    if pieces[0].rule.condition.exposes:
        return evidence.outside(pieces[0])
    return evidence.unknown([(piece, piece.rule.condition.quantity) for piece in pieces])


def measured(pieces: Sequence[Piece], evidence: SubjectEvidence, at: int) -> int:
    """Return how much lies in the window before an instant (µs)."""
    return Lengths.of(summed(pieces, evidence)).inside(at, pieces[-1].rule.condition.window)


def _exceeded(
    release: Release,
    later: Sequence[Piece],
    intervals: Sequence[Interval],
    after: Sequence[Interval],
    rule: tuple[SubjectEvidence, Sequence[int]],
) -> Iterator[int]:
    """Yield the first instants at which it was more, one for each way of being so."""
    evidence, fired = rule
    last = min(evidence.until, evidence.watch[1])
    for at, _ in cumulative_firings(later, intervals, last, _virtual(_most(release))):
        yield at
        break
    all_of_it, new = Lengths.of(intervals), Lengths.of(after)
    for at, piece in cumulative_firings(later, after, last, _virtual(_more(release))):
        if all_of_it.inside(at, piece.rule.condition.window) >= min(piece.rule.condition.budget, _most(release)):
            yield at
            break
    window = later[-1].rule.condition.window if later else None
    for at in fired:
        if at > release.at and new.inside(at, window) >= _more(release):
            yield at
            break


def _most(release: Release) -> int:
    """Return what is too much in all."""
    return round((release.accepted.measured or 0.0) * 60_000_000) + release.allowed + TOLERANCE


def _more(release: Release) -> int:
    """Return what is too much after the signature."""
    return release.allowed + TOLERANCE


def _virtual(budget: int) -> Callable[[Piece], Budget]:
    return lambda piece: (budget, piece.rule.condition.window)


def _due(release: Release, piece: Piece, intervals: Sequence[Interval], after: Sequence[Interval], now: int) -> int:
    window = piece.rule.condition.window
    return min(
        cumulative_due(intervals, now, _most(release), window), cumulative_due(after, now, _more(release), window)
    )
