"""The site as the entries say it, built once per change and shared by all requests of this process."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import Connection, func, select

from domain.intervals import Interval, union
from domain.model import BatchKey, Placement, Site
from domain.times import NEVER
from sites.build import build
from sites.schema import Entry
from store import state
from store.tables import audit


@dataclass(frozen=True)
class Snapshot:
    """All histories but the readings, with the look-ups that answering needs."""

    version: int
    site: Site
    _hours: dict[str, dict[str, list[Interval]]] = field(default_factory=dict)

    @cached_property
    def placements(self) -> dict[BatchKey, list[Placement]]:
        """Placements by batch."""
        found: dict[BatchKey, list[Placement]] = defaultdict(list)
        for placement in self.site.placements:
            found[placement.product, placement.lot].append(placement)
        return dict(found)

    @cached_property
    def batches_of(self) -> dict[str, list[BatchKey]]:
        """Batches by client."""
        found: dict[str, list[BatchKey]] = defaultdict(list)
        for key, batch in self.site.batches.items():
            if batch.client is not None:
                found[batch.client].append(key)
        return dict(found)

    def stays(self, batch: BatchKey, unit: str | None = None, until: int = NEVER) -> Iterator[Placement]:
        """Yield where a batch (or one unit) was, its ancestors' stays before it was made included.

        A stay's product and lot tell whose it was.
        """
        for placement in self.placements.get(batch, ()):
            if placement.since < until and unit in (None, placement.unit):
                yield replace(placement, until=min(until, placement.until))
        made = self.site.batches[batch]
        for parent in made.parents:
            end = min(until, parent.until, NEVER if made.made_at is None else made.made_at)
            yield from self.stays((parent.product, parent.lot), parent.unit, end)

    def around(self, location: str, since: int, until: int) -> Iterator[tuple[str, Interval]]:
        """Yield a location and its ancestors, each with the part of the time it was one."""
        yield location, (since, until)
        for start, end, parent in self.site.locations[location].parent.pieces():
            first, last = max(start, since), min(end, until)
            if parent is not None and first < last:
                yield from self.around(parent, first, last)

    def hours(self, client: str) -> dict[str, list[Interval]]:
        """Return when a client's batches were in which locations, while they were its own."""
        if client not in self._hours:
            own = set(self.batches_of.get(client, ()))
            found: dict[str, list[Interval]] = defaultdict(list)
            for batch in own:
                for stay in self.placements.get(batch, ()):
                    for location, interval in self.around(stay.location, stay.since, stay.until):
                        found[location].append(interval)
            self._hours[client] = {location: union(intervals) for location, intervals in found.items()}
        return self._hours[client]


class Snapshots:
    """Keeps the newest snapshot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None

    def get(self, connection: Connection) -> Snapshot:
        """Return the site as this transaction sees it."""
        version = connection.scalar(select(func.max(audit.c.id))) or 0
        newest = self._newest
        if newest is None or newest.version != version:
            with self._lock:
                newest = self._newest
                if newest is None or newest.version != version:
                    newest = self._newest = _read(connection, version)
        return newest


def _read(connection: Connection, version: int) -> Snapshot:
    stored = state.load_entries(connection)
    return Snapshot(version, build(Entry(entry.kind, entry.key, entry.doc) for entry in stored))
