"""What is known of a unit's time outside a rule, against what was accepted of it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.intervals import Interval, total
from domain.model import ProfileVersion
from domain.numbers import show_degree_minutes, show_minutes
from domain.times import MINUTE, NEVER
from rules.decisions.release import TOLERANCE, Accepted, Allow, Covered, Release
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece
from rules.subjects.steps import Step


class Known(NamedTuple):
    """Time outside (µs), its integral (10⁻⁶ unit · µs), and the farthest value (10⁻⁶)."""

    length: int
    integral: int
    peak: int | None

    @property
    def accepted(self) -> Accepted:
        """Return it as it is shown and signed."""
        return Accepted(show_minutes(self.length), show_degree_minutes(self.integral), self.peak)


def known(evidence: SubjectEvidence, piece: Piece, covered: Covered, at: int) -> Known:
    """Return what is known up to an instant of the exposures that touch the covered time."""
    since, until = covered
    spans = [(a, min(b, at)) for a, b in evidence.outside(piece) if a <= until and since <= b and a < at]
    parts = evidence.parts(piece)
    peaks = [peak for a, b in spans if (peak := evidence.peak(piece, a, b)) is not None]
    integral = sum(part.integral(a, b) for a, b in spans for part in parts)
    return Known(total(spans), integral, _farthest(peaks, sign_of(piece)))


def is_more(found: Known, release: Release, piece: Piece) -> bool:
    """Tell whether more had happened before the signature than was accepted and allowed, by a reading or more."""
    accepted, allow = release.accepted, release.allow
    if found.length > accepted.length + release.allowed + TOLERANCE:
        return True
    if show_degree_minutes(found.integral) > accepted.degree_minutes + _allowed_integral(allow, piece) + 0.001:
        return True
    peak, sign = found.peak, sign_of(piece)
    if peak is None or (accepted.peak is not None and sign * peak <= sign * accepted.peak):
        return False
    return allow is None or sign * peak > sign * allow.up_to


def first_beyond(evidence: SubjectEvidence, piece: Piece, since: int, allow: Allow) -> int:
    """Return the first instant after the signature at which a value outside is beyond what is allowed, or NEVER."""
    sign = sign_of(piece)
    found = (step.since for step in _steps(evidence, piece, since) if sign * (step.value or 0) > sign * allow.up_to)
    return min(found, default=NEVER)


def _steps(evidence: SubjectEvidence, piece: Piece, since: int) -> Iterator[Step]:
    """Yield what was measured outside, from an instant up to now."""
    for part in evidence.parts(piece):
        for step in part.timeline.cut(max(part.since, since), min(part.until, evidence.until + 1)):
            if step.value is not None:
                yield step


def worst_after(evidence: SubjectEvidence, piece: Piece, since: int) -> int | None:
    """Return the farthest value outside after an instant, up to now."""
    return evidence.peak(piece, since, evidence.until + 1)


def reached(intervals: Sequence[Interval], amount: int) -> int:
    """Return the first instant at which intervals add up to an amount; NEVER if they do not, as far as is known."""
    for since, until in intervals:
        if until - since >= amount:
            return since + amount
        amount -= until - since
    return NEVER


def sign_of(piece: Piece) -> int:
    """Return the direction in which values are far."""
    return -1 if piece.rule.condition.direction == "low" else 1


def version_at(pieces: Sequence[Piece], at: int) -> Piece:
    """Return the version that was in force at an instant, or the next one."""
    return next((piece for piece in pieces if at < piece.until), pieces[-1])


def limit_of(version: ProfileVersion, rule: str) -> int | None:
    """Return the first bound of a rule (10⁻⁶): beyond it a unit is outside; None: it has none."""
    for each in version.rules:
        if each.id == rule and each.condition.bounds is not None:
            value: int = each.condition.bounds.bounds[0].value
            return value
    return None


def _allowed_integral(allow: Allow | None, piece: Piece) -> float:
    limit = limit_of(piece.version, piece.rule.id)
    if allow is None or limit is None:
        return 0.0
    return allow.length / MINUTE * abs(allow.up_to - limit) / 1_000_000


def _farthest(peaks: Sequence[int], sign: int) -> int | None:
    return max(peaks, key=lambda peak: sign * peak) if peaks else None
