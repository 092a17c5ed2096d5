"""The sensors whose temperature is forecast: those installed now, what they speak for, and the limits there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from api.snapshot import Snapshot
from domain.model import Dated, Mount, Placement, ProfileVersion, Rule, Site
from domain.offsets import offset_of
from store.series import SeriesKey, series_of
from store.stock.stood import stood_at

# Only temperature follows a thermal model.
QUANTITY = "temperature"
# Of other kinds it is not known how long they still allow something.
KINDS = ("limit", "cumulative")


class MountedProbe(NamedTuple):
    """A probe, where it is installed and since when: what is normal for it holds there, with these offsets."""

    series: SeriesKey
    place: str
    since: int
    offset: Dated[int] | None = None


@dataclass(frozen=True, slots=True)
class ForecastSensor:
    """An installed sensor, the places it speaks for, and the limits for them and for the stock there."""

    sensor: str
    probe: MountedProbe
    places: Mapping[str, ProfileVersion | None]  # by id: what the place itself must keep
    stays: tuple[tuple[Placement, ProfileVersion], ...]

    @property
    def versions(self) -> Iterator[ProfileVersion]:
        """Yield the profile versions that count."""
        yield from (version for version in self.places.values() if version is not None)
        yield from (version for _, version in self.stays)

    @property
    def signs(self) -> list[int]:
        """Return on which sides there are limits: −1 for lower ones, +1 for upper ones."""
        return sorted({sign_of(rule) for version in set(self.versions) for rule in forecast_rules(version)})

    @property
    def max_gap(self) -> int:
        """Return for how long a reading may be believed; 0 where nothing is required."""
        return min((version.max_gap for version in self.versions), default=0)


def forecast_rules(version: ProfileVersion) -> list[Rule]:
    """Return the rules whose triggering can be forecast."""
    return [rule for rule in version.rules if rule.kind in KINDS and rule.condition.quantity == QUANTITY]


def sign_of(rule: Rule) -> int:
    """Return the side that a rule limits."""
    sign: int = rule.condition.bounds.bounds[0].sign
    return sign


def forecast_sensors(connection: Connection, snapshot: Snapshot, now: int) -> list[ForecastSensor]:
    """Return every sensor that speaks for some place's temperature now, by id."""
    site = snapshot.site
    mounts = {(each.sensor, each.location): each for each in site.mounts if each.since <= now < each.until}
    stock = _stock(site, [*site.placements, *stood_at(connection, now, now)], now)
    speaking: dict[Mount, list[str]] = defaultdict(list)
    for location in site.locations:
        for span in snapshot.places.speaking(location, QUANTITY):
            if span.since <= now < span.until:
                speaking[mounts[span.sensor, span.place]].append(location)
    return [
        _forecast_sensor(site, mount, speaking[mount], stock, now) for mount in sorted(speaking, key=lambda m: m.sensor)
    ]


def _forecast_sensor(
    site: Site,
    mount: Mount,
    places: list[str],
    stock: Mapping[str, list[tuple[Placement, ProfileVersion]]],
    now: int,
) -> ForecastSensor:
    sensor = site.sensors[mount.sensor]
    series = series_of(sensor, QUANTITY)
    probe = MountedProbe(series, mount.location, mount.since, offset_of(sensor, QUANTITY))
    own = {place: _in_force(site, site.locations[place].profile.at(now), now) for place in places}
    return ForecastSensor(sensor.id, probe, own, tuple(stay for place in places for stay in stock.get(place, ())))


def _stock(site: Site, stays: Iterable[Placement], now: int) -> dict[str, list[tuple[Placement, ProfileVersion]]]:
    """Return what stands where now, of products that require something."""
    required = {name: _in_force(site, product.profile.at(now), now) for name, product in site.products.items()}
    found: dict[str, list[tuple[Placement, ProfileVersion]]] = defaultdict(list)
    for stay in stays:
        version = required[stay.product]
        if version is not None and stay.since <= now < stay.until:
            found[stay.location].append((stay, version))
    return found


def _in_force(site: Site, profile: str | None, now: int) -> ProfileVersion | None:
    begun = [each for each in site.profiles.get(profile or "", ()) if each.effective_from <= now]
    return begun[-1] if begun else None
