"""What calls for a hold again, as a firing that says since which release, with its numbers and in words."""

from collections.abc import Sequence
from typing import Any

from domain.language import gettext
from domain.numbers import show_minutes, show_value
from domain.times import MINUTE, format_instant
from rules.decisions.outside import known, version_at
from rules.decisions.release import Release, ReleaseState
from rules.judgement import After, Firing
from rules.kinds.common.consecutive import interval_around
from rules.messages.reasons import moment, with_peak
from rules.messages.words import describe_bounds, describe_value, duration, percent
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.pieces import Piece


def again(release: Release, state: ReleaseState, pieces: Sequence[Piece], evidence: SubjectEvidence) -> Firing:
    """Return what holds a unit again since a release."""
    at = release.at if state.at is None else state.at
    piece = version_at(pieces, at)
    rule, condition = piece.rule, piece.rule.condition
    until = _end(at, pieces, evidence)
    last = evidence.until if until is None else until
    text, numbers = _words(release, state, pieces, evidence)
    places = tuple(sorted(evidence.sources(piece, at)))
    ends_by_value = until is not None and condition.exposes
    return Firing(
        rule.id,
        at,
        "hold",
        rule.severity,
        piece.version.profile,
        piece.version.version,
        rule.kind,
        condition.quantity or "",
        condition.direction,
        places,
        _start(release, at, pieces, evidence),
        until,
        f"{rule.id}: {text}",
        {
            **numbers,
            "released_at": format_instant(release.at),
            "readings": evidence.count(piece, condition.quantity, release.at, max(at, last) + 1),
            "readings_from": format_instant(release.at),
            "readings_to": format_instant(max(at, last)),
            "coverage": evidence.coverage(release.at, max(at, last)),
        },
        After(release.hold, release.at, release.covered.since),
        evidence.lost(piece, places, release.at, last) if ends_by_value else None,
    )


def _start(release: Release, at: int, pieces: Sequence[Piece], evidence: SubjectEvidence) -> int:
    """Return since when it was outside after the release: from the release on, if it was outside at that moment."""
    if not pieces[0].rule.condition.exposes:
        return release.at
    first = next((since for since, until in evidence.outside(pieces[0]) if until > release.at), release.at)
    return min(at, max(release.at, first))


def _end(at: int, pieces: Sequence[Piece], evidence: SubjectEvidence) -> int | None:
    """Return when what holds it again was over; None: it goes on."""
    if not pieces[0].rule.condition.exposes:
        return at
    end = interval_around(at, evidence.outside(pieces[0]))[1]
    return None if end > evidence.until else max(at, end)


def _words(
    release: Release, state: ReleaseState, pieces: Sequence[Piece], evidence: SubjectEvidence
) -> tuple[str, dict[str, Any]]:
    """Return the words that follow the rule's id, and what was measured against what."""
    piece = version_at(pieces, evidence.until)
    if release.kind in ("mkt", "life"):
        return _of_warmth(release, state, piece)
    quantity = piece.rule.condition.quantity
    bound = _bound(piece)
    if state.at == release.at and piece.rule.condition.exposes:
        before = known(evidence, pieces[0], release.covered, release.at)
        if before.length > release.accepted.length or not state.used:
            said = {"bound": bound, "length": duration(before.length), "at": moment(release.at)}
            said["accepted"] = duration(release.accepted.length)
            text = gettext("{bound} for {length} before the release of {at}, accepted {accepted}", **said)
            text = with_peak(text, quantity, before.peak)
            numbers = {"measured": show_minutes(before.length), "limit": release.accepted.minutes}
            return text, {"bound": bound, **numbers, "unit": "min", **_peak(before.peak)}
    text = gettext(
        "{bound} for {length} since the release of {at}",
        bound=bound,
        length=duration(state.used),
        at=moment(release.at),
    )
    text = gettext("{text}, {allowed}", text=text, allowed=_allowed(release, piece, quantity))
    text = with_peak(text, quantity, state.worst)
    numbers = {"measured": show_minutes(state.used), "limit": show_minutes(_limit(release, piece))}
    return text, {"bound": bound, **numbers, "unit": "min", **_peak(state.worst)}


def _allowed(release: Release, piece: Piece, quantity: str | None) -> str:
    if release.allow is None:
        limit = _limit(release, piece)
        return gettext("allowed {length}", length=duration(limit, exact=True)) if limit else gettext("none allowed")
    said = {"length": duration(release.allow.length, exact=True)}
    if quantity is None or release.kind == "gap":
        return gettext("allowed {length}", **said)
    return gettext("allowed {length} up to {value}", value=describe_value(quantity, release.allow.up_to), **said)


def _limit(release: Release, piece: Piece) -> int:
    if release.allow is None and release.kind == "limit":
        length: int = piece.rule.condition.hold_duration
        return length
    return release.allowed


def _bound(piece: Piece) -> str:
    condition = piece.rule.condition
    if condition.bounds is None:
        return gettext("without data")
    return describe_bounds(condition.quantity, condition.bounds)


def _of_warmth(release: Release, state: ReleaseState, piece: Piece) -> tuple[str, dict[str, Any]]:
    """Say it of a mean kinetic temperature, or of shelf life."""
    bound, accepted = piece.rule.condition.describe(), release.accepted.measured or 0.0
    if release.kind == "mkt":
        level, unit = describe_value("temperature", round(accepted * 1000) * 1000), "°C"
    else:
        level, unit = gettext("{share} % of the shelf life", share=percent(accepted)), "of a life"
    said = {"bound": bound, "at": moment(release.at), "accepted": level}
    text = gettext("{bound}: more since the release of {at} than the {accepted} that was accepted", **said)
    if release.allow is not None:
        text = gettext("{text}, {allowed}", text=text, allowed=_allowed(release, piece, "temperature"))
    minutes = round(state.used / MINUTE, 3)
    return text, {"bound": bound, "measured": None, "limit": accepted, "unit": unit, "minutes_since": minutes}


def _peak(peak: int | None) -> dict[str, float]:
    return {} if peak is None else {"peak": show_value(peak)}
