"""The only place where what a person may see is decided.

Staff sees everything. A client sees its own batches, what happened to them, and of a room only the hours in which they
stood in it; of ancestors that belong to others intervals and numbers, never names. What a client may read is listed
field by field, so that a field added later stays hidden until somebody puts it here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import JSON, ColumnElement, Connection, bindparam, cast, func, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from api.people.roles import ROLES, Permission, Person
from api.snapshot import Snapshot
from domain.errors import NotFoundError
from domain.intervals import Interval, overlaps
from domain.model import BatchKey, Placement
from domain.times import NEVER
from ledger.models.alert import Alert, AlertLot, UnknownLot
from ledger.models.exposure import Exposure, exposure_for_client
from ledger.models.hold import Hold, hold_for_client
from ledger.models.recipients import alert_for_client
from ledger.models.stock.whereabouts import Moved, stays_of_lot
from rules.subjects.whereabouts import UnitKey
from store.stock.stood import stays_of_lots

Shown = Any
Fields = Mapping[str, Any]

_EVER = [(-NEVER, NEVER)]

# kind of entry → the fields that a client may read
_ENTRY_FIELDS = {
    "batch": ("product", "lot", "name", "client", "made_at", "expires_on"),
    "placement": ("id", "product", "lot", "unit", "location", "quantity", "from", "to"),
    "product": ("id", "name", "gtin", "profile"),
    "profile": ("id", "version", "effective_from", "max_gap", "gap_counts_as", "min_coverage", "longest_gap", "rules"),
    "client": ("id", "name"),
    "location": ("id", "name", "kind"),
}


class AccessPolicy(Protocol):
    """What one person may see. A method that shows returns None for what is not there for this person."""

    @property
    def knows_authors(self) -> bool:
        """Tell whether it may be seen who wrote an entry."""

    def learn(self, lot: BatchKey, moved: Moved) -> None:
        """Take note of where a lot's units were by movements, which was read already."""

    def own(self, connection: Connection, product: ColumnElement[Any], lot: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a row is of a batch that may be seen."""

    def may_see(self, batch: BatchKey) -> bool:
        """Tell whether the batch may be seen."""

    def hours(self, location: str) -> Sequence[Interval]:
        """Return when the location's readings may be seen."""

    def place(self, stay: Placement) -> str | None:
        """Return the name of the location of a stay."""

    def sensor(self, sensor: str) -> str | None:
        """Return the name of a sensor."""

    def entry(self, kind: str, doc: Fields) -> Shown | None:
        """Show an entry of the site."""

    def exposure(self, found: Exposure) -> Exposure | None:
        """Show an exposure."""

    def hold(self, found: Hold) -> Hold | None:
        """Show a hold."""

    def where(self, unit: UnitKey, span: tuple[int, int | None], places: Sequence[str]) -> Sequence[str]:
        """Return those of the places that may be named to have exposed a unit in a time (None: still in progress)."""

    def alert(self, alert: Alert) -> Alert | None:
        """Return what may be read of an alert."""


def policy_of(person: Person, snapshot: Snapshot, connection: Connection | None = None) -> AccessPolicy:
    """Return what the person may see; without a connection nobody asks where stock stood."""
    if Permission.SEE_SITE in ROLES.get(person.role, ()):
        return StaffPolicy()
    return ClientPolicy(person.client or "", snapshot, connection)


def require_batch(policy: AccessPolicy, snapshot: Snapshot, batch: BatchKey) -> None:
    """Raise NotFoundError for a batch that is not there, in the same words for one that is another's."""
    if batch not in snapshot.site.batches or not policy.may_see(batch):
        raise NotFoundError(f"no batch {batch[0]} {batch[1]}")


class StaffPolicy:
    """What staff may see: all of it."""

    knows_authors = True

    def learn(self, lot: BatchKey, moved: Moved) -> None:
        """It does not matter."""

    def own(self, connection: Connection, product: ColumnElement[Any], lot: ColumnElement[Any]) -> ColumnElement[bool]:
        """Every row."""
        return true()

    def may_see(self, batch: BatchKey) -> bool:
        """Every batch."""
        return True

    def hours(self, location: str) -> Sequence[Interval]:
        """At any time."""
        return _EVER

    def place(self, stay: Placement) -> str | None:
        """By name."""
        return stay.location

    def sensor(self, sensor: str) -> str | None:
        """By name."""
        return sensor

    def entry(self, kind: str, doc: Fields) -> Shown | None:
        """As it is."""
        return doc

    def exposure(self, found: Exposure) -> Exposure | None:
        """As it is."""
        return found

    def hold(self, found: Hold) -> Hold | None:
        """As it is."""
        return found

    def where(self, unit: UnitKey, span: tuple[int, int | None], places: Sequence[str]) -> Sequence[str]:
        """All of them."""
        return places

    def alert(self, alert: Alert) -> Alert | None:
        """All of it."""
        return alert


class ClientPolicy:
    """What a client may see."""

    knows_authors = False

    def __init__(self, client: str, snapshot: Snapshot, connection: Connection | None) -> None:
        self._client = client
        self._snapshot = snapshot
        self._connection = connection
        self._hours: Mapping[str, list[Interval]] | None = None
        self._moved: dict[BatchKey, Moved] = {}
        self._batches = frozenset(snapshot.batches_of.get(client, ()))

    def learn(self, lot: BatchKey, moved: Moved) -> None:
        """Do not read it again."""
        self._moved[lot] = moved

    def own(self, connection: Connection, product: ColumnElement[Any], lot: ColumnElement[Any]) -> ColumnElement[bool]:
        """Rows of own batches; one parameter, however many they are."""
        given = bindparam(None, [list(batch) for batch in sorted(self._batches)], JSON, unique=True)
        return tuple_(product, lot).in_(_pairs(connection, given))

    def may_see(self, batch: BatchKey) -> bool:
        """Own batches."""
        return batch in self._batches

    def hours(self, location: str) -> Sequence[Interval]:
        """While own batches were in it."""
        return self._own_hours().get(location, [])

    def _own_hours(self) -> Mapping[str, list[Interval]]:
        """Return when own batches were where, by storage records and by movements."""
        if self._hours is None:
            moved = [] if self._connection is None else stays_of_lots(self._connection, self._batches)
            self._hours = self._snapshot.hours(self._client, moved)
        return self._hours

    def place(self, stay: Placement) -> str | None:
        """By name where the stay was of an own batch; another's batch stood at a place without a name."""
        return stay.location if self.may_see((stay.product, stay.lot)) else None

    def sensor(self, sensor: str) -> str | None:
        """Never: what hangs where is the site's business."""
        return None

    def entry(self, kind: str, doc: Fields) -> Shown | None:
        """What concerns own batches."""
        if kind not in _ENTRY_FIELDS or not self._concerns(kind, doc):
            return None
        shown = {name: doc[name] for name in _ENTRY_FIELDS[kind] if name in doc}
        if kind == "batch":
            shown["parents"] = [p for p in doc.get("parents") or () if self.may_see((p["product"], p["lot"]))]
        return shown

    def _concerns(self, kind: str, doc: Fields) -> bool:
        if kind in ("batch", "placement"):
            return self.may_see((doc["product"], doc["lot"]))
        if kind == "client":
            return bool(doc["id"] == self._client)
        if kind == "location":
            return doc["id"] in self._own_hours()
        products = {product for product, _ in self._batches}
        if kind == "product":
            return doc["id"] in products
        return any(
            doc["id"] == name for product in products for _, name in self._snapshot.site.products[product].profile.steps
        )

    def exposure(self, found: Exposure) -> Exposure | None:
        """Those of own units."""
        return exposure_for_client(found) if self.may_see(found.key[:2]) else None

    def hold(self, found: Hold) -> Hold | None:
        """Those of own units, without what was written of them, and places where the unit itself stood only."""
        if not self.may_see(found.key[:2]):
            return None
        why = found.why
        return hold_for_client(found, self.where(found.key, (why.since, why.until), why.places or ()))

    def where(self, unit: UnitKey, span: tuple[int, int | None], places: Sequence[str]) -> Sequence[str]:
        """Where the unit itself stood meanwhile."""
        since, until = span[0], NEVER if span[1] is None else span[1]
        moved = self._moved_of(unit[:2])
        placed = (stay for stay in self._snapshot.placements.get(unit[:2], ()) if stay.unit == unit.unit)
        stays = (stay for stay in (*placed, *moved.get(unit.unit, ())) if self.may_see((stay.product, stay.lot)))
        mine = [stay for stay in stays if stay.since <= until and stay.until >= since]
        around = {name for stay in mine for name, _ in self._snapshot.around(stay.location, stay.since, stay.until)}
        return [place for place in places if place in around]

    def _moved_of(self, lot: BatchKey) -> Moved:
        """Return where a lot's units were by movements; read once."""
        if lot not in self._moved:
            self._moved[lot] = {} if self._connection is None else stays_of_lot(self._connection, lot)
        return self._moved[lot]

    def alert(self, alert: Alert) -> Alert | None:
        """Those that own lots went through: these lots only, for the time that they were in it."""
        return alert_for_client(alert, self._client, self._is_own, self._places(alert.since, alert.until))

    def _is_own(self, lot: AlertLot | UnknownLot) -> bool:
        """What counts is whose the lot is now, not whose it was believed to be then."""
        return self.may_see((lot.product, lot.lot))

    def _places(self, since: int, until: int | None) -> set[str]:
        """Return the locations where own batches stood at that time."""
        hours = self._own_hours()
        return {name for name, stays in hours.items() if overlaps(stays, since, NEVER if until is None else until)}


def _only(names: Sequence[str], row: Fields) -> Shown:
    return {name: row[name] for name in names if name in row}


def _pairs(connection: Connection, given: Any) -> Any:
    """Return the select of product and lot from a JSON list of pairs."""
    if connection.dialect.name == "sqlite":
        rows = func.json_each(given).table_valued("value")
        return select(func.json_extract(rows.c.value, "$[0]"), func.json_extract(rows.c.value, "$[1]"))
    rows = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value")
    return select(rows.c.value.op("->>")(0), rows.c.value.op("->>")(1))
