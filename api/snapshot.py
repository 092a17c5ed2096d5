"""The site as the entries say it, shared by all requests of this process: its configuration is built anew when that
changes, and it is brought up to date lot by lot when lots do."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import Connection, func, select

from api.offsets import Offsets, offsets_of
from domain.errors import Refused
from domain.genealogy import genealogy
from domain.intervals import Interval, union
from domain.model import BatchKey, Placement, Site
from domain.naming import called
from domain.times import NEVER, datetime_of
from domain.zones import zone_named as zone_named
from ledger.models.stock.whereabouts import Moved
from rules.subjects.places import Places
from sites import convert
from sites.build import build
from sites.schema import KINDS, Doc, Entry
from store import state
from store.lots import TABLES
from store.tables import audit

EntryKey = tuple[str, str]  # kind, key
_OF_LOTS = ("batches_of", "children", "placements")  # what is worked out whatever is configured
_OF_CONFIGURATION = ("places", "offsets", "batches_of", "children")  # what is worked out whatever stands where


@dataclass(frozen=True)
class Snapshot:
    """All histories but the readings, with the look-ups that answering needs."""

    site: Site
    zone: str = "UTC"  # the site's
    called: Mapping[str, str] = field(default_factory=dict)  # what people call locations, by id
    _placed: Mapping[str, Placement] = field(default_factory=dict)  # placements by the key of their entry
    _hours: dict[str, dict[str, list[Interval]]] = field(default_factory=dict)
    moved_lot: BatchKey | None = None  # the lot that was asked for by `with_movements_of`
    _moved: Moved = field(default_factory=dict)  # where its units were by movements

    def date(self, at: int) -> str:
        """Return the date at the site, e.g. `2026-11-19`."""
        return datetime_of(at).astimezone(zone_named(self.zone)).date().isoformat()

    def with_lots(self, changed: Mapping[EntryKey, Doc | None]) -> "Snapshot":
        """Return the snapshot with these lots and placements as their documents say; None: there is none any more."""
        batches, placed = dict(self.site.batches), dict(self._placed)
        for (kind, key), doc in changed.items():
            if kind == "batch":
                product, lot = json.loads(key)
                batches.pop((product, lot), None)
                batches |= {} if doc is None else {(product, lot): convert.batch(doc)}
            else:
                placed.pop(key, None)
                placed |= {} if doc is None else {key: convert.placement(doc)}
        site = replace(self.site, batches=batches, placements=tuple(placed.values()))
        return Snapshot(site, self.zone, self.called, placed)

    def with_lots_of(self, other: "Snapshot") -> "Snapshot":
        """Return the snapshot with the lots and placements of another."""
        site = replace(self.site, batches=other.site.batches, placements=other.site.placements)
        found = replace(self, site=site, _placed=other._placed)
        vars(found).update({name: vars(other)[name] for name in _OF_LOTS if name in vars(other)})
        return found

    @property
    def is_moved(self) -> bool:
        """Tell whether movements tell of the lot that was asked for."""
        return bool(self._moved)

    def with_movements_of(self, batch: BatchKey, moved: Moved) -> "Snapshot":
        """Return the snapshot for questions about one lot, with where movements put its units, if they tell of it."""
        product, lot = batch
        stays = [replace(stay, product=product, lot=lot, unit=unit) for unit, found in moved.items() for stay in found]
        site = replace(self.site, placements=tuple(stays)) if moved else self.site
        found = replace(self, site=site, moved_lot=batch, _moved=moved, _hours={} if moved else self._hours)
        kept = _OF_CONFIGURATION if moved else (*_OF_CONFIGURATION, "placements")
        vars(found).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return found

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
        if self._moved and batch == self.moved_lot:
            for name, found in self._moved.items():
                yield from found if unit in (None, name) else ()
            return
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

    def hours(self, client: str, moved: Iterable[Placement] = ()) -> dict[str, list[Interval]]:
        """Return when a client's batches were in which locations, while they were its own; `moved`: by movements."""
        if client not in self._hours:
            own = self.batches_of.get(client, ())
            self._hours[client] = self._where(stay for batch in own for stay in self.placements.get(batch, ()))
        placed, by_movements = self._hours[client], self._where(moved)
        both = {name: union([*placed.get(name, ()), *intervals]) for name, intervals in by_movements.items()}
        return placed | both

    def _where(self, stays: Iterable[Placement]) -> dict[str, list[Interval]]:
        found: dict[str, list[Interval]] = defaultdict(list)
        for stay in stays:
            for location, interval in self.around(stay.location, stay.since, stay.until):
                found[location].append(interval)
        return {location: union(intervals) for location, intervals in found.items()}


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
            newest = self._newest
            self._newest = _read(connection) if newest is None else self._brought_up_to_date(connection, newest)
            self._checked = max(self._checked, last)
            return self._newest

    def place_called(self, place: str) -> str:
        """Return what people call a location, by what was read last; its id where there is no name."""
        return place if self._newest is None else self._newest.called.get(place, place)

    def _brought_up_to_date(self, connection: Connection, newest: Snapshot) -> Snapshot:
        """Return the newest snapshot with what was changed since."""
        corrected = audit.c.id > self._checked, audit.c.kind.in_(list(KINDS))
        lines = connection.execute(select(audit.c.kind, audit.c.key).where(*corrected))
        changed = {(kind, key) for kind, key in lines}
        if not changed:
            return newest
        found = {key: state.find_entry(connection, *key) for key in changed if key[0] in TABLES}
        if found:
            newest = newest.with_lots({key: None if entry is None else entry.doc for key, entry in found.items()})
        return newest if len(found) == len(changed) else _configured(connection).with_lots_of(newest)


def _read(connection: Connection) -> Snapshot:
    """Read all of it. Lots were checked when they were entered, and are not again: there are many."""
    batches = {
        (entry.doc["product"], entry.doc["lot"]): convert.batch(entry.doc)
        for entry in state.load_entries(connection, "batch")
    }
    placed = {entry.key: convert.placement(entry.doc) for entry in state.load_entries(connection, "placement")}
    configured = _configured(connection)
    site = replace(configured.site, batches=batches, placements=tuple(placed.values()))
    return replace(configured, site=site, _placed=placed)


def _configured(connection: Connection) -> Snapshot:
    """Return the site without lots."""
    return snapshot_of([Entry(entry.kind, entry.key, entry.doc) for entry in state.load_configuration(connection)])


def snapshot_of(stored: Sequence[Entry]) -> Snapshot:
    """Return the site as these entries say it. Raises RuntimeError if they contradict each other."""
    try:
        site = build(stored)
    except Refused as error:  # not the asker's fault
        raise RuntimeError(f"the stored site is inconsistent: {error}") from error
    zone = next((entry.doc.get("timezone") for entry in stored if entry.kind == "site"), None)
    docs = [entry.doc for entry in stored if entry.kind == "location"]
    keys = (entry.key for entry in stored if entry.kind == "placement")
    names = called({doc["id"]: doc.get("name") or doc["id"] for doc in docs})
    return Snapshot(site, zone or "UTC", names, dict(zip(keys, site.placements, strict=True)))
