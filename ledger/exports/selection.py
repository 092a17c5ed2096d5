"""Which readings belong to a place or to a lot, and when."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.intervals import Interval, clip, intersect, union
from domain.model import Site
from domain.times import NEVER
from rules.subjects.places import Places
from rules.subjects.whereabouts import UnitKey, Whereabouts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: everything, where nothing is said. Times are half-open."""

    since: int = -NEVER
    until: int = NEVER
    sensor: str | None = None
    location: str | None = None
    product: str | None = None
    lot: str | None = None
    known_at: int | None = None  # what was known at this instant; None: what is known
    # of the audit trail
    who: str | None = None
    action: str | None = None
    kind: str | None = None
    key: str | None = None

    @property
    def by_place(self) -> bool:
        """Tell whether readings are wanted for a place or a lot only."""
        return (self.location, self.product, self.lot) != (None, None, None)


def spoken(site: Site, wanted: Wanted, quantity: str) -> dict[str, list[Interval]]:
    """Return when each sensor spoke for the place, or for where the lots were."""
    places = Places(site)
    found: dict[str, list[Interval]] = {}
    for location, since, until in _stays(site, places, wanted):
        for span in places.speaking(location, quantity):
            found.setdefault(span.sensor, []).extend(clip([(span.since, span.until)], since, until))
    window = [(wanted.since, wanted.until)]
    return {sensor: intersect(union(spans), window) for sensor, spans in found.items()}


def _stays(site: Site, places: Places, wanted: Wanted) -> Iterator[tuple[str, int, int]]:
    if wanted.product is None and wanted.lot is None:
        if wanted.location in site.locations:
            yield wanted.location, -NEVER, NEVER
        return
    whereabouts = Whereabouts(site, places)
    for product, lot in site.batches:
        if wanted.product not in (None, product) or wanted.lot not in (None, lot):
            continue
        for unit in whereabouts.units((product, lot), wanted.until):
            for stay in whereabouts.unit(UnitKey(product, lot, unit), wanted.until).stays:
                if wanted.location in (None, stay.location):
                    yield stay.location, stay.since, stay.until
