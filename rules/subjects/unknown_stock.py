"""Of which stock nothing is known while a place says nothing, and since when: by each unit's own profile. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from domain.intervals import Interval, clip, intersect, subtract
from domain.model import ProfileVersion
from domain.times import MINUTE, NEVER
from rules.subjects.evidence.coverage import covered_quantities
from rules.subjects.outside_test import Taken, taken_by
from rules.subjects.subjects import Subjects
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import InForce, UnitKey

_PRESET_GAP = 30 * MINUTE  # of a product without a profile


class UnknownStock(NamedTuple):
    """A unit of which nothing is known from `since` on; `until` None: for as long as nothing is heard."""

    unit: UnitKey
    since: int
    until: int | None


def unknown_stock(
    subjects: Subjects, timelines: Timelines, place: str, quantity: str, span: Interval
) -> list[UnknownStock]:
    """Return the units of which nothing was known in a span because the sensors of a place were silent.

    `quantity` "": any that the unit's limits ask for. What will be unknown if nothing comes is part of it.
    """
    found: dict[UnitKey, list[Interval]] = {}
    for location in spoken_for(subjects, place, span):
        for key, stays in subjects.stays_at.get(location, {}).items():
            if isinstance(key, UnitKey):
                there = clip(sorted(stays), *span)
                unknown = list(_unknown(timelines, location, quantity, subjects.by_key[key].versions, there))
                found.setdefault(key, []).extend(unknown)
    units = sorted((key for key, gaps in found.items() if gaps), key=lambda unit: (*unit[:2], unit.unit or ""))
    ends = {unit: max(until for _, until in found[unit]) for unit in units}
    return [UnknownStock(unit, min(found[unit])[0], None if ends[unit] == NEVER else ends[unit]) for unit in units]


def spoken_for(subjects: Subjects, place: str, span: Interval) -> set[str]:
    """Return the place and those for which its sensors spoke in a span."""
    places = {place}
    for quantity in ("temperature", "humidity"):
        for speaking in subjects.places.speaking(place, quantity):
            if speaking.place == place and speaking.since < span[1] and span[0] < speaking.until:
                spoken = subjects.places.spoken_for(speaking.sensor, quantity)
                places |= {location for location, since, until in spoken if since < span[1] and span[0] < until}
    return places


def _unknown(
    timelines: Timelines, location: str, quantity: str, versions: Iterable[InForce], there: list[Interval]
) -> Iterator[Interval]:
    asked = [(since, until, _taken(version, quantity)) for since, until, version in versions]
    if not asked:
        asked = [(-NEVER, NEVER, [Taken(quantity or "temperature", _PRESET_GAP)])]
    for since, until, all_taken in asked:
        window = intersect(there, [(since, until)])
        for taken in all_taken if window else ():
            known = timelines.known(location, taken)
            yield from subtract(window, known[bisect_right(known, window[0][0], key=itemgetter(1)) :])


def _taken(version: ProfileVersion, quantity: str) -> list[Taken]:
    if version.gap_counts_as == "safe":
        return []
    asked = covered_quantities(version)
    return [taken_by(version, each) for each in asked if quantity in ("", each)]
