"""Which limits a value would be outside of, where its sensor spoke: asked of values that do not count."""

from collections.abc import Collection, Iterator

from domain.intervals import Interval, intersect, union
from rules.series.bounds import Bounds
from rules.subjects.subjects import Key, Subjects
from rules.subjects.whereabouts import Subject

LIMITS = ("limit", "cumulative", "mkt")  # kinds whose values are outside by themselves


def breached(subjects: Subjects, sensor: str, quantity: str, at: int, value: int) -> set[tuple[Key, str]]:
    """Return the rules of places, and of units that stood there, by which a value of that instant is outside."""
    places = [place for place, since, until in subjects.places.spoken_for(sensor, quantity) if since <= at < until]
    found: set[tuple[Key, str]] = set()
    for place in places:
        for key, stays in subjects.stays_at.get(place, {}).items():
            if any(since <= at < until for since, until in stays):
                found.update((key, rule) for rule in _rules(subjects.by_key[key], quantity, at, value))
    return found


def hours_of(subjects: Subjects, sensor: str, quantity: str, keys: Collection[Key]) -> list[Interval]:
    """Return when the sensor spoke for a place among these subjects, or for one that a unit among them stood in."""
    found: list[Interval] = []
    for place, since, until in subjects.places.spoken_for(sensor, quantity):
        stays_at = subjects.stays_at.get(place, {})
        for key in keys:
            if key in stays_at:
                found += intersect([(since, until)], stays_at[key])
    return union(found)


def _rules(subject: Subject, quantity: str, at: int, value: int) -> Iterator[str]:
    for since, until, version in subject.versions:
        if not since <= at < until:
            continue
        for rule in version.rules:
            if rule.kind in LIMITS and rule.condition.quantity == quantity:
                test: Bounds = rule.condition.test
                if test.broken_by(value, was_outside=False):
                    yield rule.id
