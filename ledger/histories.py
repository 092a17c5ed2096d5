"""What verdicts rest on besides readings: the entries of the site, and what is looked up in them all the time."""

import json
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from domain.gate import Gate
from domain.gating import gates_by_probe
from domain.model import Batch, BatchKey, Dated, Site
from ledger.lots import LOT_KINDS, EntryKey, Lots, batch_of
from rules.alarms.off_delay import OffDelays, off_delays
from rules.subjects.places import Places
from rules.subjects.whereabouts import UnitKey
from sites.build import checked, site_of
from sites.given import Given, Name, ReadBefore
from sites.schema import Entry
from store.state import StoredEntry, load_configuration

_NAMED_AT_MOST = 100  # lots or placements, of those that refer to what is removed


@dataclass(frozen=True, slots=True)
class Histories:
    """The entries in force and the site they make.

    Configuration never changes here: a correction makes new histories. Lots are asked for where they are on record, see
    `Lots`; they are the same of all histories that follow each other.
    """

    site: Site  # configuration and batches; without placements, see `whole`
    configuration: Site  # without batches and placements
    sensors: Mapping[tuple[str, str], str]  # device, probe ("" if it has one) → sensor id
    gates: Mapping[tuple[str, str, str], Dated[Gate]]  # device, probe, quantity → what it can say, where it is said
    off_delays: OffDelays
    places: Places  # who speaks for which
    lots: Lots
    _configured: Mapping[EntryKey, StoredEntry]
    _names: Container[Name]  # by which entries may refer to those
    _location_names: Mapping[str, str]  # what people call those that have a name
    _docs: Mapping[str, Sequence[Any]]  # by kind, sorted by key: asked for at every step
    _read: ReadBefore  # what the documents mean: most are the same after a correction

    @classmethod
    def _of(cls, configured: Mapping[EntryKey, StoredEntry], given: Given, lots: Lots) -> "Histories":
        configuration = replace(site_of(given), batches={}, placements=())
        site = replace(configuration, batches=lots.batches)
        sensors = {(sensor.device, sensor.probe or ""): sensor.id for sensor in site.sensors.values()}
        docs: dict[str, list[Any]] = {}
        for kind, key in sorted(configured):
            docs.setdefault(kind, []).append(configured[kind, key].doc)
        names = frozenset(name for name in given.names if name[0] not in LOT_KINDS)
        read = {id(entry.doc): given.read[id(entry.doc)] for entry in configured.values()}
        gates = gates_by_probe(site)
        derived = sensors, gates, off_delays(site), Places(configuration)
        called = _location_names(docs.get("location", ()))
        return cls(site, configuration, *derived, lots, configured, names, called, docs, read)

    @classmethod
    def load(cls, connection: Connection) -> "Histories":
        """Build from what is stored."""
        configured = {(entry.kind, entry.key): entry for entry in load_configuration(connection)}
        given = checked(map(_entry, configured.values()), {})
        return cls._of(configured, given, Lots(connection))

    @property
    def whole(self) -> Site:
        """The site with all batches and placements, read now."""
        return self.lots.site(self.configuration)

    def part(self, product: str | None, lot: str | None) -> Site:
        """Return the site with a lot and all it was made from, read now; with all lots, where none is named."""
        if product is None or lot is None:
            return self.whole
        return self.lots.site_of(self.configuration, [(product, lot)])

    @property
    def configured(self) -> Mapping[EntryKey, StoredEntry]:
        """All entries of configuration."""
        return self._configured

    def entries(self, keys: Iterable[EntryKey]) -> dict[EntryKey, StoredEntry]:
        """Return the entries that have these keys, lots and placements too, as far as they are there."""
        wanted = list(keys)
        found = {key: self._configured[key] for key in wanted if key in self._configured}
        return found | {(entry.kind, entry.key): entry for entry in self.lots.find(wanted)}

    def corrected(self, put: Iterable[StoredEntry], remove: Collection[EntryKey] = ()) -> "Histories":
        """Return the histories after a correction; lots are as before until they are written.

        Raises Refused with every problem it would make. Only what it can concern is looked at: configuration if that
        is corrected, lots that are, what they were made from, and what refers to something that is removed.
        """
        put = list(put)
        concerned = {(entry.kind, entry.key): entry for entry in self._concerned(put, remove)}
        after = {key: entry for key, entry in concerned.items() if key not in remove}
        after |= {(entry.kind, entry.key): entry for entry in put}
        is_configured = any(kind not in LOT_KINDS for kind, _ in (*remove, *((each.kind, each.key) for each in put)))
        self.lots.batches.load(name for entry in put if entry.kind in LOT_KINDS for name in _lots_named(entry.doc))
        elsewhere = _Names(() if is_configured else self._names, self.lots.batches, remove)
        given = checked(map(_entry, after.values()), self._read, elsewhere)
        return Histories._of(_configured(after.values()), given, self.lots) if is_configured else replace(self)

    def _concerned(self, put: Sequence[StoredEntry], remove: Collection[EntryKey]) -> Iterator[StoredEntry]:
        """Yield the entries in force that are checked with what is put and removed."""
        kinds = {kind for kind, _ in remove} | {entry.kind for entry in put}
        if kinds - {*LOT_KINDS}:
            yield from self._configured.values()
        for kind, key in remove:
            if kind not in LOT_KINDS:
                yield from self.lots.naming(kind, json.loads(key)[0], _NAMED_AT_MOST + len(remove))
        yield from self.lots.referring([_lot(key) for kind, key in remove if kind == "batch"])
        docs = [entry.doc for entry in put if entry.kind == "batch"]
        parents = [batch_of(parent) for doc in docs for parent in doc["parents"]]
        yield from self.lots.ancestors([*map(batch_of, docs), *parents])

    def docs(self, kind: str) -> Sequence[Any]:
        """Return the documents of all entries of a kind, sorted by key."""
        return self._docs.get(kind, ())

    def name_of(self, location: str) -> str:
        """Return what people call a location: its name, with the id where another has the same."""
        return self._location_names.get(location, location)

    def client_of(self, unit: UnitKey) -> str | None:
        """Return who owns a unit."""
        batch = self.site.batches.get((unit.product, unit.lot))
        return batch.client if batch else None


class _Names(Container[Name]):
    """The names by which entries may refer to configuration, and to lots that are not removed."""

    def __init__(
        self, configured: Container[Name], batches: Mapping[BatchKey, Batch], removed: Iterable[EntryKey]
    ) -> None:
        self._configured = configured
        self._batches = batches
        self._removed = {_lot(key) for kind, key in removed if kind == "batch"}

    def __contains__(self, name: object) -> bool:
        if isinstance(name, tuple) and name[0] == "batch":
            return name[1] in self._batches and name[1] not in self._removed
        return name in self._configured


def _location_names(docs: Iterable[Any]) -> dict[str, str]:
    """Return what people call locations that have a name: with the id where another has the same."""
    names = {doc["id"]: doc["name"] for doc in docs if doc.get("name")}
    count = Counter(names.values())
    return {location: name if count[name] == 1 else f"{name} ({location})" for location, name in names.items()}


def _configured(entries: Iterable[StoredEntry]) -> dict[EntryKey, StoredEntry]:
    return {(entry.kind, entry.key): entry for entry in entries if entry.kind not in LOT_KINDS}


def _entry(stored: StoredEntry) -> Entry:
    return Entry(stored.kind, stored.key, stored.doc)


def _lot(key: str) -> BatchKey:
    """Return the lot that has this key as an entry."""
    product, lot = json.loads(key)
    return product, lot


def _lots_named(doc: Mapping[str, Any]) -> Iterator[BatchKey]:
    """Yield the lots that the document of a lot or placement names."""
    yield batch_of(doc)
    yield from map(batch_of, doc.get("parents") or ())
