"""Lots and placements that site files and people entered, and where their units are by them.

They are asked for where they are on record (`store/lots.py`), in the transaction of the step: a correction of one lot
costs what it changes, however many there are. In memory are the lots of which the engine has units. The step that
changes lots tells the engine which units are elsewhere (`take_moved`); a step that fails throws away all that is in
memory.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from domain.model import Batch, BatchKey, Placement, Site
from rules.subjects.places import Places
from rules.subjects.whereabouts import Placed, UnitKey, Whereabouts
from sites import convert
from store import lots_asked as stored
from store.state import StoredEntry, load_entries

EntryKey = tuple[str, str]  # kind, key
LOT_KINDS = ("batch", "placement")
_KEPT_BESIDE = 20_000  # lots that were looked up: of units that movements made, or that are not in memory


class LotsByName(Mapping[BatchKey, Batch]):
    """All lots; those that are asked for are read, and remembered."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._read: dict[BatchKey, Batch | None] = {}

    def load(self, keys: Iterable[BatchKey]) -> None:
        """Read these lots at once."""
        missing = {key for key in keys if key not in self._read}
        self._read |= dict.fromkeys(missing)
        for entry in stored.of_lots(self.connection, "batch", missing):
            self._read[batch_of(entry.doc)] = convert.batch(entry.doc)

    def put(self, lots: Mapping[BatchKey, Batch | None]) -> None:
        """Take lots that were changed; None: it is there no more."""
        self._read |= lots

    def keep_only(self, known: Collection[BatchKey]) -> None:
        """Forget the lots that were looked up beside these, if they are many."""
        if len(self._read) > len(known) + _KEPT_BESIDE:
            self._read = {key: lot for key, lot in self._read.items() if key in known}

    def __getitem__(self, key: BatchKey) -> Batch:
        if key not in self._read:
            self.load([key])
        lot = self._read[key]
        if lot is None:
            raise KeyError(key)
        return lot

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None  # type: ignore[call-overload]

    def __iter__(self) -> Iterator[BatchKey]:
        return stored.all_lots(self.connection)

    def __len__(self) -> int:
        return stored.count_lots(self.connection)


def look_up(batches: Mapping[BatchKey, Batch], keys: Iterable[BatchKey]) -> None:
    """Read lots at once that will be asked for, where they are not in memory."""
    if isinstance(batches, LotsByName):
        batches.load(keys)


class Lots:
    """All of them, as they are on record; `connection`: the transaction in which they are asked for."""

    def __init__(self, connection: Connection) -> None:
        self.batches = LotsByName(connection)
        self.here: dict[BatchKey, set[UnitKey]] = {}  # the units that the engine was told of
        self._changed: set[BatchKey] = set()
        self._changed_owner = False

    @property
    def connection(self) -> Connection:
        """The transaction in which lots are asked for."""
        return self.batches.connection

    @connection.setter
    def connection(self, connection: Connection) -> None:
        self.batches.connection = connection

    def changed(self, before: Iterable[StoredEntry], put: Iterable[StoredEntry]) -> None:
        """Take entries that were put, and those that were there before them or were removed."""
        gone, there = ([each for each in entries if each.kind in LOT_KINDS] for entries in (before, put))
        self._changed |= {batch_of(entry.doc) for entry in (*gone, *there)}
        lots = [[entry.doc for entry in entries if entry.kind == "batch"] for entries in (gone, there)]
        self._changed_owner |= any(doc["client"] is not None for docs in lots for doc in docs)
        self.batches.put(dict.fromkeys(map(batch_of, lots[0])) | {batch_of(doc): convert.batch(doc) for doc in lots[1]})

    # --- asking ---

    def find(self, keys: Iterable[EntryKey]) -> Iterator[StoredEntry]:
        """Yield the lots and placements that have these keys."""
        wanted = list(keys)
        for kind in LOT_KINDS:
            yield from stored.find(self.connection, kind, [key for of_kind, key in wanted if of_kind == kind])

    def names(self) -> Iterator[EntryKey]:
        """Yield the kind and key of every lot and placement."""
        for kind in LOT_KINDS:
            yield from ((kind, key) for key in stored.keys_of(self.connection, kind))

    def site(self, configuration: Site) -> Site:
        """Return the site with all of them, read now."""
        lots, placements = (load_entries(self.connection, kind) for kind in LOT_KINDS)
        batches = {batch_of(entry.doc): convert.batch(entry.doc) for entry in lots}
        return replace(configuration, batches=batches, placements=tuple(map(_placement, placements)))

    def site_of(self, configuration: Site, batches: Iterable[BatchKey]) -> Site:
        """Return the site with these lots and all they were made from, read now."""
        above = self._all_above(batches)
        placements = stored.of_lots(self.connection, "placement", above)
        return replace(configuration, batches=above, placements=tuple(map(_placement, placements)))

    def naming(self, kind: str, name: str, at_most: int) -> Iterator[StoredEntry]:
        """Yield entries that name one of configuration, at most so many."""
        return stored.naming(self.connection, kind, name, at_most)

    def referring(self, batches: Collection[BatchKey]) -> Iterator[StoredEntry]:
        """Yield the entries that name these lots: their placements, and the lots made from them."""
        yield from stored.of_lots(self.connection, "placement", batches)
        yield from stored.of_lots(self.connection, "batch", set(stored.made_from(self.connection, batches)))

    def ancestors(self, batches: Iterable[BatchKey]) -> Iterator[StoredEntry]:
        """Yield these lots, as far as they are there, and all they were made from."""
        return stored.of_lots(self.connection, "batch", self._all_above(batches))

    def records_of(self, batch: BatchKey) -> Mapping[str, Placement]:
        """Return the storage records of a lot by key."""
        records = stored.of_lots(self.connection, "placement", [batch])
        return {entry.key: _placement(entry) for entry in records}

    def stands(self, unit: UnitKey, at: int) -> str | None:
        """Return the location at which a unit is recorded at an instant; None: at none."""
        here = (each for each in self.records_of(unit[:2]).values() if each.unit == unit.unit)
        return next((each.location for each in here if each.since <= at < each.until), None)

    def take_moved(self) -> dict[UnitKey, Placed | None]:
        """Return, once, the units that changes since the last time may concern, with where they are (None: gone)."""
        changed, self._changed = self._changed, set()
        return self._moved(self._all_below(changed))

    def take_in(self, batches: Collection[BatchKey]) -> dict[UnitKey, Placed]:
        """Return where the units of these lots are, were and will be; the engine has them from now on."""
        return {unit: placed for unit, placed in self._moved(batches).items() if placed is not None}

    def take_in_absent(self, batches: Iterable[BatchKey]) -> dict[UnitKey, Placed]:
        """Return the same of those lots, and of those made from them, of which the engine has nothing."""
        return self.take_in([lot for lot in self._all_below(batches) if lot not in self.here])

    def let_go(self, batches: Collection[BatchKey]) -> None:
        """Forget lots: the engine has nothing of them any more."""
        for lot in batches:
            del self.here[lot]
        self.batches.keep_only(self.here)

    def take_changed_owner(self) -> bool:
        """Tell whether a lot that somebody owns was changed since this was last asked."""
        changed, self._changed_owner = self._changed_owner, False
        return changed

    def _moved(self, batches: Collection[BatchKey]) -> dict[UnitKey, Placed | None]:
        moved: dict[UnitKey, Placed | None] = {}
        for key in batches:
            moved |= dict.fromkeys(self.here.pop(key, ()))
        for unit, placed in self._whereabouts(batches).items():
            moved[unit] = placed
            self.here.setdefault(unit[:2], set()).add(unit)
        return moved

    # --- genealogy ---

    def _whereabouts(self, batches: Collection[BatchKey]) -> dict[UnitKey, Placed]:
        """Return the units of these lots that were anywhere."""
        above = self._all_above(batches)
        placements = tuple(stored.stays(self.connection, above))
        site = Site(batches=above, placements=placements)
        asked = {key for key in batches if key in above}
        found = Whereabouts(site, Places(site)).placed(asked)
        return {unit: placed for unit, placed in found if placed.stays}

    def _all_above(self, batches: Iterable[BatchKey]) -> dict[BatchKey, Batch]:
        """Return these lots and their ancestors, as far as they are there."""
        found: dict[BatchKey, Batch] = {}
        level = set(batches)
        while level:
            self.batches.load(level)
            lots = {key: lot for key in level if (lot := self.batches.get(key)) is not None}
            found |= lots
            level = {(each.product, each.lot) for lot in lots.values() for each in lot.parents} - found.keys()
        return found

    def _all_below(self, batches: Iterable[BatchKey]) -> dict[BatchKey, None]:
        found = dict.fromkeys(batches)
        level = set(found)
        while level:
            level = set(stored.made_from(self.connection, level)) - found.keys()
            found |= dict.fromkeys(level)
        return found


def batch_of(doc: Mapping[str, Any]) -> BatchKey:
    """Return the lot that a document of a lot or placement is about."""
    return doc["product"], doc["lot"]


def _placement(entry: StoredEntry) -> Placement:
    return convert.placement(entry.doc)
