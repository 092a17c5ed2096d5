"""The supporting records of a firing: its condition, exposures and the excursions behind them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from domain.intervals import Interval
from domain.model import Site
from domain.numbers import value_of
from ledger.verdicts.interval_changes import Stored
from ledger.verdicts.rows import because, name_of
from ledger.verdicts.stored_intervals import end_of
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.problems import Fired, Subject
from rules.judgement import Exposure, Firing
from rules.kinds.base import Condition
from rules.messages.problem import phrase_of
from rules.subjects.whereabouts import LocationKey


def condition_of(site: Site, firing: Firing) -> Condition | None:
    """Return the numbers of the rule that fired; None if the profile is no more."""
    for version in site.profiles.get(firing.profile, ()):
        if version.version == firing.version:
            return next((rule.condition for rule in version.rules if rule.id == firing.rule), None)
    return None


def phrase(site: Site, verdicts: Verdicts, fired: Fired, within: Interval) -> str:
    """Say in words by how much a rule was broken; `within`: as in `numbers`."""
    firing = fired.firing
    return phrase_of(firing, condition_of(site, firing), _exposures(verdicts, fired, within))


def numbers(site: Site, verdicts: Verdicts, fired: Fired, within: Interval) -> dict[str, Any]:
    """Return for whom a rule fired, what it requires, by how much it was broken, and why; the peak in 10⁻⁶.

    `within`: the span of the problem: all that was outside in it by a limit counts, not only what fired.
    """
    firing, said = fired.firing, because(fired.firing)
    condition = condition_of(site, firing)
    return {
        "limit": condition.describe() if condition else firing.sentence,
        **_by_how_much(firing, _exposures(verdicts, fired, within)),
        **name_of(fired.subject),
        "at": firing.at,
        **{name: said[name] for name in ("kind", "profile", "version", "places", "sentence", "why")},
    }


def _exposures(verdicts: Verdicts, fired: Fired, within: Interval) -> list[Exposure]:
    """Return the exposure that fired, of a limit all in a problem's span; none of what does not expose."""
    subject, firing = fired
    intervals = verdicts.in_force(subject).intervals
    if firing.kind == "limit" and firing.after is None:
        return list(intervals.during(firing.rule, within))
    stored = intervals.get((firing.rule, firing.since))
    return [] if stored is None else [stored.exposure]


def _by_how_much(firing: Firing, exposures: Sequence[Exposure]) -> dict[str, Any]:
    """Return how long it was outside, and the peak in 10⁻⁶: of what comes after a release, since it was signed."""
    if firing.after is not None:
        peak = firing.why.get("peak")
        minutes = firing.why["measured"] if firing.why["unit"] == "min" else None
        return {"minutes": minutes, "peak": None if peak is None else value_of(peak)}
    if not exposures:
        return {"minutes": None, "peak": None}
    peaks = [each.peak for each in exposures if each.peak is not None]
    return {"minutes": _total(exposures), "peak": _farthest(firing, peaks)}


def _total(exposures: Iterable[Exposure]) -> float:
    return round(sum(each.minutes for each in exposures), 3)


def _farthest(firing: Firing, peaks: Iterable[int]) -> int | None:
    return (min if firing.direction == "low" else max)(peaks, default=None)


def reasons(site: Site, verdicts: Verdicts, subject: Subject, firing: Firing) -> dict[str, Any]:
    """Return why a unit is on hold: the firing, the exposures it adds up and the excursions behind them, by id."""
    exposures = sorted(_rests_on(site, verdicts, subject, firing), key=lambda stored: stored.exposure.since)
    peaks = [stored.exposure.peak for stored in exposures if stored.exposure.peak is not None]
    return {
        **because(firing),
        "severity": firing.severity,
        "minutes": _total(stored.exposure for stored in exposures),
        "degree_minutes": round(sum(stored.exposure.degree_minutes for stored in exposures), 3),
        "peak": _farthest(firing, peaks),
        "exposures": [stored.id for stored in exposures],
        "excursions": sorted({stored.id for stored in _excursions(site, verdicts, firing, exposures)}),
    }


def _rests_on(site: Site, verdicts: Verdicts, subject: Subject, firing: Firing) -> Iterator[Stored]:
    condition = condition_of(site, firing)
    window = getattr(condition, "window", None)
    adds_up = firing.kind != "limit"
    for stored in verdicts.in_force(subject).intervals.values():
        exposure = stored.exposure
        if exposure.rule != firing.rule:
            continue
        if firing.after is not None:  # all that was accepted, and what came after
            if end_of(exposure) >= firing.after.covers:
                yield stored
            continue
        if exposure.since > firing.at and not (adds_up and window is None):
            continue
        if not adds_up and exposure.since != firing.since:
            continue
        if window is None or end_of(exposure) > firing.at - window:
            yield stored


def _excursions(site: Site, verdicts: Verdicts, firing: Firing, exposures: list[Stored]) -> Iterator[Stored]:
    """Yield excursions of the places that spoke, outside in the same direction while the unit was exposed."""
    for place in firing.places:
        alike = _alike(site, place, firing)
        for stored in verdicts.in_force(LocationKey(place)).intervals.values():
            if stored.exposure.rule in alike and any(
                stored.exposure.since <= end_of(e.exposure) and e.exposure.since <= end_of(stored.exposure)
                for e in exposures
            ):
                yield stored


def _alike(site: Site, place: str, firing: Firing) -> set[str]:
    """Return the rules that a place has ever had in the direction of a firing."""
    location = site.locations.get(place)
    if location is None:
        return set()
    return {
        rule.id
        for _, _, profile in location.profile.pieces()
        for version in site.profiles.get(profile or "", ())
        for rule in version.rules
        if (rule.condition.quantity, rule.condition.direction) == (firing.quantity, firing.direction)
    }
