"""What verdicts rest on besides readings: the entries of the site, and what is looked up in them all the time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from domain.model import Site
from rules.alarms.off_delay import OffDelays, off_delays
from rules.subjects.whereabouts import UnitKey
from sites.build import build_again
from sites.given import ReadBefore
from sites.schema import Entry
from store.state import StoredEntry, load_entries

EntryKey = tuple[str, str]  # kind, key


@dataclass(frozen=True, slots=True)
class Histories:
    """The entries in force and the site they make. Never changed: a correction makes new ones."""

    entries: Mapping[EntryKey, StoredEntry]
    site: Site
    sensors: Mapping[tuple[str, str], str]  # device, probe ("" if it has one) → sensor id
    _docs: Mapping[str, Sequence[Any]]  # by kind, sorted by key: asked for at every step
    off_delays: OffDelays
    _read: ReadBefore  # what the documents mean: most are the same after a correction

    @classmethod
    def of(cls, entries: Mapping[EntryKey, StoredEntry], known: ReadBefore = MappingProxyType({})) -> "Histories":
        """Build from entries, given what was read of them before. Raises Refused with every problem among them."""
        given = (Entry(entry.kind, entry.key, entry.doc) for entry in entries.values())
        site, read = build_again(given, known)
        sensors = {(sensor.device, sensor.probe or ""): sensor.id for sensor in site.sensors.values()}
        docs: dict[str, list[Any]] = {}
        for kind, key in sorted(entries):
            docs.setdefault(kind, []).append(entries[kind, key].doc)
        return cls(entries, site, sensors, docs, off_delays(site), read)

    @classmethod
    def load(cls, connection: Connection) -> "Histories":
        """Build from what is stored."""
        return cls.of({(entry.kind, entry.key): entry for entry in load_entries(connection)})

    def corrected(self, put: Iterable[StoredEntry], remove: Collection[EntryKey] = ()) -> "Histories":
        """Return the histories after a correction. Raises Refused with every problem it would make."""
        kept = {key: entry for key, entry in self.entries.items() if key not in remove}
        return Histories.of({**kept, **{(entry.kind, entry.key): entry for entry in put}}, self._read)

    def docs(self, kind: str) -> Sequence[Any]:
        """Return the documents of all entries of a kind, sorted by key."""
        return self._docs.get(kind, ())

    def name_of(self, location: str) -> str:
        """Return what people call a location: its name, with the id where another has the same."""
        names = {doc["id"]: doc.get("name") for doc in self.docs("location")}
        name = names.get(location)
        if not name:
            return location
        return name if list(names.values()).count(name) == 1 else f"{name} ({location})"

    def client_of(self, unit: UnitKey) -> str | None:
        """Return who owns a unit."""
        batch = self.site.batches.get((unit.product, unit.lot))
        return batch.client if batch else None
