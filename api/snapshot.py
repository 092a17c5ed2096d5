"""The site as the entries say it, built once per change and shared by all requests of this process."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, exists, func, select

from api.offsets import Offsets, offsets_of
from domain.errors import Refused
from domain.genealogy import genealogy
from domain.intervals import Interval, union
from domain.model import BatchKey, Placement, Site
from domain.times import NEVER, datetime_of
from rules.subjects.places import Places
from sites.build import build
from sites.schema import KINDS, Entry
from store import state
from store.tables import audit


def zone_named(name: str | None) -> tzinfo:
    """Return a time zone, UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


@dataclass(frozen=True)
class Snapshot:
    """All histories but the readings, with the look-ups that answering needs."""

    site: Site
    zone: str = "UTC"  # the site's
    _hours: dict[str, dict[str, list[Interval]]] = field(default_factory=dict)

    def date(self, at: int) -> str:
        """Return the date at the site, e.g. `2026-11-19`."""
        return datetime_of(at).astimezone(zone_named(self.zone)).date().isoformat()

    @cached_property
    def placements(self) -> dict[BatchKey, list[Placement]]:
        """Placements by batch."""
        found: dict[BatchKey, list[Placement]] = defaultdict(list)
        for placement in self.site.placements:
            found[placement.product, placement.lot].append(placement)
        return dict(found)

    @cached_property
    def places(self) -> Places:
        """Which sensors speak for which place, worked out once."""
        return Places(self.site)

    @cached_property
    def offsets(self) -> Offsets:
        """Calibration offsets by series."""
        return offsets_of(self.site.sensors.values())

    @cached_property
    def batches_of(self) -> dict[str, list[BatchKey]]:
        """Batches by client."""
        found: dict[str, list[BatchKey]] = defaultdict(list)
        for key, batch in self.site.batches.items():
            if batch.client is not None:
                found[batch.client].append(key)
        return dict(found)

    @cached_property
    def children(self) -> dict[BatchKey, list[BatchKey]]:
        """Batches by what they were made from."""
        found: dict[BatchKey, list[BatchKey]] = defaultdict(list)
        for key, batch in self.site.batches.items():
            for parent in dict.fromkeys((parent.product, parent.lot) for parent in batch.parents):
                found[parent].append(key)
        return dict(found)

    def stays(self, batch: BatchKey, unit: str | None = None) -> Iterator[Placement]:
        """Yield where a batch (or one unit) was, its ancestors' stays before it was made included.

        A stay's product and lot tell whose it was. Each is yielded once, as long as any way through the genealogy has
        it.
        """
        ends: dict[BatchKey, dict[str | None, int]] = defaultdict(dict)  # by unit; None: all units
        ends[batch][unit] = NEVER
        for key in genealogy(self.site.batches, batch):
            for each, end in ends[key].items():
                for placement in self.placements.get(key, ()):
                    if placement.since < end and each in (None, placement.unit):
                        yield replace(placement, until=min(end, placement.until))
            made, last = self.site.batches[key], max(ends[key].values())
            for parent in made.parents:
                end = min(last, parent.until, NEVER if made.made_at is None else made.made_at)
                units = ends[parent.product, parent.lot]
                units[parent.unit] = max(units.get(parent.unit, end), end)

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
    """Keeps the newest snapshot. Every change of an entry has its line in the audit trail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._checked = 0  # the audit line up to which the newest snapshot is known to be right

    def get(self, connection: Connection) -> Snapshot:
        """Return the site as this transaction sees it, or as a later one saw it."""
        last = connection.scalar(select(func.max(audit.c.id))) or 0
        newest = self._newest
        if newest is not None and last <= self._checked:
            return newest
        with self._lock:
            if self._newest is None or self._is_changed(connection):
                self._newest = _read(connection)
            self._checked = max(self._checked, last)
            return self._newest

    def _is_changed(self, connection: Connection) -> bool:
        corrected = exists().where(audit.c.id > self._checked, audit.c.kind.in_(list(KINDS)))
        return bool(connection.scalar(select(corrected)))


def _read(connection: Connection) -> Snapshot:
    stored = state.load_entries(connection)
    try:
        site = build(Entry(entry.kind, entry.key, entry.doc) for entry in stored)
    except Refused as error:  # not the asker's fault
        raise RuntimeError(f"the stored site is inconsistent: {error}") from error
    zone = next((entry.doc.get("timezone") for entry in stored if entry.kind == "site"), None)
    return Snapshot(site, zone or "UTC")
