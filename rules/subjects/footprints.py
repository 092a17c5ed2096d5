"""What besides readings a judgement rests on: where a subject was, what was required of it, who spoke there."""

from collections.abc import Iterator
from typing import TypeVar

from domain.model import QUANTITIES, Dated, Site
from domain.times import NEVER
from rules.subjects.places import Places, Span
from rules.subjects.whereabouts import InForce, Stay, Subject, in_force

T = TypeVar("T")
Footprint = tuple[object, ...]


def footprint(site: Site, places: Places, subject: Subject) -> Footprint:
    """Return everything but readings that the judgement rests on: what comes after its end is none of it."""
    end = max((stay.until for stay in subject.stays), default=-NEVER)
    versions = _required_by(subject.versions, end)
    return subject.stays, versions, tuple(around(site, places, stay) for stay in subject.stays)


def first_difference(before: tuple[Site, Places], after: tuple[Site, Places], location: str) -> int:
    """Return an instant, as late as can be told, up to which the surroundings of a place are the same."""
    last = -NEVER
    for at in sorted({at for site, places in (before, after) for at in _turns(site, places, location)}):
        stay = Stay(location, -NEVER, at)
        if around(*before, stay) != around(*after, stay):
            break
        last = at
    return last


def changed_requirements(before: Site, after: Site) -> dict[str, int]:
    """Return the products of which something else is required, each with an instant up to which it is the same."""
    found: dict[str, int] = {}
    for name in before.products.keys() & after.products.keys():
        old, new = (in_force(site, site.products[name].profile) for site in (before, after))
        if old != new:
            found[name] = -NEVER
            for at in sorted({at for version in (*old, *new) for at in version[:2]}):
                if _required_by(old, at) != _required_by(new, at):
                    break
                found[name] = at
    return found


def _required_by(versions: tuple[InForce, ...], end: int) -> tuple[InForce, ...]:
    """Return what was required up to an instant."""
    if end == NEVER:
        return versions
    return tuple(v._replace(until=min(v.until, end)) for v in versions if v.since <= end)


def _turns(site: Site, places: Places, location: str) -> Iterator[int]:
    """Yield the instants at which the surroundings of a place may change."""
    for quantity in QUANTITIES:
        for span in places.speaking(location, quantity):
            yield from span[:2]
            sensor = site.sensors[span.sensor]
            yield from (since for offset in sensor.offsets.values() for since, _ in offset.steps)
            yield from (since for gate in sensor.gates.values() for since, _ in gate.steps)


def around(site: Site, places: Places, stay: Stay) -> Footprint:
    """Return who speaks for a place until a stay ends, whose readings these are, and what kind of place it is.

    Nothing of a place that is not there.
    """
    if stay.location not in site.locations:
        return ()
    spoken = [places.speaking(stay.location, quantity) for quantity in QUANTITIES]
    heard = [[_until(site, places, stay, span) for span in spans if span.since <= stay.until] for spans in spoken]
    return heard, places.kinds(stay.location)


def _until(site: Site, places: Places, stay: Stay, span: Span) -> Footprint:
    sensor, until = site.sensors[span.sensor], min(stay.until, span.until)
    offsets = [(quantity, _before(offset, until)) for quantity, offset in sorted(sensor.offsets.items())]
    gates = [(quantity, _before(gate, until)) for quantity, gate in sorted(sensor.gates.items())]
    kinds = places.kinds(span.place)
    return span.since, until, span.sensor, span.place, kinds, sensor.device, sensor.probe, offsets, gates


def _before(history: Dated[T], until: int) -> tuple[tuple[int, T], ...]:
    """Return the steps of a history that begin by an instant: what comes later changes nothing until then."""
    return tuple(step for step in history.steps if step[0] <= until)
