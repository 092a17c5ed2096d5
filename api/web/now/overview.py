"""What the page Now is made of, read in one look at the database: who speaks for which place and what it said last."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from api.deps import View
from api.reads.alerts import read_alerts
from api.reads.last_readings import last_readings
from api.reads.stored_at import stored_at
from api.web.components.limits import version_in_force
from domain.model import QUANTITIES, Placement, ProfileVersion
from domain.times import NEVER
from ledger.models.alert import Alert
from ledger.models.last_reading import LastReading
from ledger.models.usability import on_hold
from rules.subjects.whereabouts import UnitKey
from store import state
from store.open_alerts import OPEN
from store.tables import excursions


class LastOfSensor(NamedTuple):
    """What a sensor measured last of a quantity; `last` None: nothing ever. It is installed at `place`."""

    sensor: str
    place: str
    last: LastReading | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A location and everything that says how it is now."""

    id: str
    name: str
    kind: str
    parent: str | None
    profile: ProfileVersion | None
    last: Mapping[str, tuple[LastOfSensor, ...]]  # by quantity: the sensors that speak for it
    stock: tuple[Placement, ...]
    outside_since: int | None  # of an excursion that goes on

    @property
    def has_sensors(self) -> bool:
        """Tell whether sensors hang right here."""
        return any(said.place == self.id for spoken in self.last.values() for said in spoken)


@dataclass(frozen=True, slots=True)
class Overview:
    """All places, the problems that go on and the units on hold, at one instant."""

    now: int
    spots: Mapping[str, Spot]
    problems: Sequence[Alert]  # the open ones, newest first
    held: frozenset[UnitKey]  # units that wait for a decision
    unfounded: frozenset[UnitKey]  # those of them that no rule holds any more
    required: Mapping[str, ProfileVersion]  # of products, by id


def read_overview(view: View) -> Overview:
    """Read all of it."""
    site, now = view.snapshot.site, view.now
    connection = view.connection
    stock = _stock(view)
    outside = _outside(connection)
    speakers = _speakers(view)
    said = last_readings(
        view, {(sensor, quantity) for (_, quantity), spoken in speakers.items() for sensor, _ in spoken}
    )
    docs = {entry.doc["id"]: entry.doc for entry in state.load_entries(connection, "location")}
    spots = {}
    for name, location in site.locations.items():
        doc = docs.get(name, {})
        spots[name] = Spot(
            name,
            doc.get("name") or name,
            doc.get("kind") or "",
            location.parent.at(now),
            version_in_force(site, location.profile.at(now), now),
            {
                quantity: tuple(
                    LastOfSensor(sensor, place, said.get((sensor, quantity)))
                    for sensor, place in speakers[name, quantity]
                )
                for quantity in QUANTITIES
                if speakers[name, quantity]
            },
            tuple(stock.get(name, ())),
            outside.get(name),
        )
    required = {product.id: version_in_force(site, product.profile.at(now), now) for product in site.products.values()}
    waiting = on_hold(connection)
    return Overview(
        now,
        spots,
        read_alerts(view, OPEN, newest=True),
        waiting.units,
        waiting.unfounded,
        {product: version for product, version in required.items() if version is not None},
    )


def _stock(view: View) -> dict[str, list[Placement]]:
    stock = defaultdict(list)
    for stay in stored_at(view, view.now, view.now):
        stock[stay.location].append(stay)
    return stock


def _outside(connection: Connection) -> dict[str, int]:
    """Return since when places are outside a rule of their own."""
    going = excursions.c.superseded_at.is_(None) & excursions.c.until.is_(None)
    since: dict[str, int] = {}
    for row in connection.execute(select(excursions.c.location, excursions.c.since).where(going)):
        since[row.location] = min(row.since, since.get(row.location, NEVER))
    return since


def _speakers(view: View) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return who speaks now, as sensor and where it hangs, by location and quantity."""
    places = view.snapshot.places
    return {
        (location, quantity): sorted(
            (span.sensor, span.place)
            for span in places.speaking(location, quantity)
            if span.since <= view.now < span.until
        )
        for location in view.snapshot.site.locations
        for quantity in QUANTITIES
    }
