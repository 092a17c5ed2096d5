"""What releases make of a judgement: which units are held again, and which firings an allowance covers.

A pure function of what is known now and of the releases as they were signed, so it is the same in whatever order data
came. The verdict is no part of it: whether a unit was outside does not depend on what people decided.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.numbers import show_minutes
from domain.times import NEVER
from rules.decisions.consecutive import consecutive
from rules.decisions.cumulative import measured, summed_up
from rules.decisions.firing import again
from rules.decisions.outside import known, sign_of, version_at
from rules.decisions.release import Accepted, Again, Covered, Release, ReleaseState, Used
from rules.decisions.warming import mean_at, share_at, spending, warming
from rules.judgement import Due, Firing, Judgement
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece

KINDS = ("limit", "cumulative", "gap", "mkt", "life")


class Threshold(NamedTuple):
    """A value (10⁻⁶) of a quantity beyond which a unit is held again, in the direction of `sign`."""

    quantity: str
    sign: int
    up_to: int


class Outlook(NamedTuple):
    """What releases make of a judgement, when that can change, and values that change it at once."""

    again: Again
    due: Due
    thresholds: tuple[Threshold, ...]


def held_again(evidence: SubjectEvidence, judgement: Judgement, releases: Sequence[Release]) -> Outlook:
    """Work out what the releases of one unit make of its judgement."""
    firings: list[Firing] = []
    covered: dict[tuple[str, int], int] = {}
    used: list[Used] = []
    thresholds: list[Threshold] = []
    due, awaited = NEVER, set()
    for release in sorted(releases, key=lambda each: (each.at, each.hold)):
        pieces = pieces_of(evidence, release.rule, release.kind)
        if not pieces:
            continue
        own = [firing for firing in judgement.firings if firing.rule == release.rule and firing.kind == release.kind]
        state = _state(release, pieces, evidence, [firing.at for firing in own])
        if release.allow is not None:
            used.append(Used(release.hold, show_minutes(state.used), state.worst))
        if state.at is not None:
            firings.append(again(release, state, pieces, evidence))
        elif release.allow is not None and pieces[-1].rule.condition.direction in ("high", "low"):
            condition = pieces[-1].rule.condition
            thresholds.append(Threshold(condition.quantity, sign_of(pieces[-1]), release.allow.up_to))
        later = [each for each in releases if each.rule == release.rule and each.at > release.at]
        until = min((each.at for each in later), default=NEVER)
        for firing in own:
            if release.at < firing.at <= until and _is_covered(firing, release, state):
                covered[firing.rule, firing.at] = release.hold
        due = min(due, state.due)
        if state.awaited:
            awaited.add(pieces[-1].rule.condition.quantity)
    found = Again(tuple(firings), tuple(sorted(covered.items())), tuple(used))
    return Outlook(found, Due(due, frozenset(awaited)), tuple(thresholds))


def pieces_of(evidence: SubjectEvidence, rule: str, kind: str) -> list[Piece]:
    """Return the versions of a rule that are of a kind; none where it is not in the profile any more."""
    return [piece for piece in evidence.pieces().get(rule, ()) if piece.rule.kind == kind]


def _state(release: Release, pieces: Sequence[Piece], evidence: SubjectEvidence, fired: Sequence[int]) -> ReleaseState:
    if release.kind == "limit":
        return consecutive(release, pieces, evidence)
    if release.kind in ("cumulative", "gap"):
        return summed_up(release, pieces, evidence, fired)
    if release.kind == "mkt":
        return warming(release, pieces, evidence)
    if release.kind == "life":
        return spending(release, pieces, evidence)
    return ReleaseState(None, NEVER)  # it is held again when it fires again


def _is_covered(firing: Firing, release: Release, state: ReleaseState) -> bool:
    """Tell whether a firing after the signature is within what was allowed, or is what the unit is held again for."""
    if release.kind not in KINDS:
        return False
    if release.allow is not None and (state.at is None or firing.at < state.at):
        return True
    if state.at is None or firing.at < state.at:
        return False
    return release.kind != "limit" or firing.since <= state.at


def covered_by(firing: Firing, at: int, evidence: SubjectEvidence, rule: str, kind: str) -> Covered:
    """Return the time that a release of what fired is about, signed at an instant."""
    if firing.after is not None:
        return Covered(firing.after.covers, at)
    pieces = pieces_of(evidence, rule, kind)
    if kind == "limit" or not pieces:
        return Covered(firing.since, at if firing.until is None else min(firing.until, at))
    window = getattr(version_at(pieces, at).rule.condition, "window", None)
    return Covered(evidence.watch[0] if window is None else at - window, at)


def accepted_at(evidence: SubjectEvidence, firing: Firing, covered: Covered, at: int) -> Accepted:
    """Return what is known at an instant of what fired: what a release accepts that is signed then."""
    pieces = pieces_of(evidence, firing.rule, firing.kind)
    if not pieces:
        return Accepted()
    seen = known(evidence, pieces[0], covered, at).accepted if pieces[0].rule.condition.exposes else Accepted()
    return Accepted(seen.minutes, seen.degree_minutes, seen.peak, _measured(pieces, evidence, firing, at))


def _measured(pieces: Sequence[Piece], evidence: SubjectEvidence, firing: Firing, at: int) -> float | None:
    if firing.kind in ("cumulative", "gap"):
        return show_minutes(measured(pieces, evidence, at))
    if firing.kind == "life":
        return share_at(pieces, evidence, at)
    if firing.kind == "mkt":
        means: Iterable[float | None] = (mean_at(pieces, evidence, at), firing.why.get("measured"))
        return max((mean for mean in means if mean is not None), default=None)
    return None
