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
from api.reads.snapshot import Snapshot
from domain.errors import NotFoundError
from domain.intervals import Interval, overlaps
from domain.model import BatchKey, Placement
from domain.times import NEVER
from ledger.models.alert import Alert, AlertLot
from ledger.models.recipients import alert_for_client

Shown = Any
Fields = Mapping[str, Any]

_EVER = [(-NEVER, NEVER)]

# kind of entry → the fields that a client may read
_ENTRY_FIELDS = {
    "batch": ("product", "lot", "name", "client", "made_at", "expires_on"),
    "placement": ("id", "product", "lot", "unit", "location", "quantity", "from", "to"),
    "product": ("id", "name", "gtin", "profile"),
    "profile": ("id", "version", "effective_from", "max_gap", "gap_counts_as", "min_coverage", "rules"),
    "client": ("id", "name"),
    "location": ("id", "name", "kind"),
}
_EXPOSURE_FIELDS = (
    *("id", "revision", "rule", "since", "until", "minutes", "degree_minutes", "peak", "fired_at", "known_at"),
    *("product", "lot", "unit", "superseded_at"),
)
# Of sensors, people and entries nothing is told, that something came late or was corrected is.
_CAUSE_FIELDS = ("kind", "profile", "version", "at")
# A reason and who gave it may name what else was decided with it.
_HOLD_FIELDS = (
    "id",
    "product",
    "lot",
    "unit",
    "rule",
    "state",
    "founded",
    "fired_at",
    "placed_at",
    "disposed_at",
    "known_at",
    "superseded_at",
)
_WHY_FIELDS = (
    *("kind", "profile", "version", "quantity", "direction", "severity", "since", "until", "sentence"),
    *("minutes", "degree_minutes", "peak", "exposures", "why"),
)


class AccessPolicy(Protocol):
    """What one person may see. A method that shows returns None for what is not there for this person."""

    @property
    def knows_authors(self) -> bool:
        """Tell whether it may be seen who wrote an entry."""

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

    def exposure(self, row: Fields) -> Shown | None:
        """Show an exposure."""

    def hold(self, row: Fields) -> Shown | None:
        """Show a hold."""

    def where(self, unit: Fields, why: Fields) -> Sequence[str]:
        """Return the places whose sensors spoke when a rule fired for a unit, of what it rests on."""

    def alert(self, alert: Alert) -> Alert | None:
        """Return what may be read of an alert."""


def policy_of(person: Person, snapshot: Snapshot) -> AccessPolicy:
    """Return what the person may see."""
    if Permission.SEE_SITE in ROLES.get(person.role, ()):
        return StaffPolicy()
    return ClientPolicy(person.client or "", snapshot)


def require_batch(policy: AccessPolicy, snapshot: Snapshot, batch: BatchKey) -> None:
    """Raise NotFoundError for a batch that is not there, in the same words for one that is another's."""
    if batch not in snapshot.site.batches or not policy.may_see(batch):
        raise NotFoundError(f"no batch {batch[0]} {batch[1]}")


class StaffPolicy:
    """What staff may see: all of it."""

    knows_authors = True

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

    def exposure(self, row: Fields) -> Shown | None:
        """As it is."""
        return row

    def hold(self, row: Fields) -> Shown | None:
        """As it is."""
        return row

    def where(self, unit: Fields, why: Fields) -> Sequence[str]:
        """By name."""
        return list(why.get("places", ()))

    def alert(self, alert: Alert) -> Alert | None:
        """All of it."""
        return alert


class ClientPolicy:
    """What a client may see."""

    knows_authors = False

    def __init__(self, client: str, snapshot: Snapshot) -> None:
        self._client = client
        self._snapshot = snapshot
        self._batches = frozenset(snapshot.batches_of.get(client, ()))

    def own(self, connection: Connection, product: ColumnElement[Any], lot: ColumnElement[Any]) -> ColumnElement[bool]:
        """Rows of own batches; one parameter, however many they are."""
        given = bindparam(None, [list(batch) for batch in sorted(self._batches)], JSON, unique=True)
        return tuple_(product, lot).in_(_pairs(connection, given))

    def may_see(self, batch: BatchKey) -> bool:
        """Own batches."""
        return batch in self._batches

    def hours(self, location: str) -> Sequence[Interval]:
        """While own batches were in it."""
        return self._snapshot.hours(self._client).get(location, [])

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
            return doc["id"] in self._snapshot.hours(self._client)
        products = {product for product, _ in self._batches}
        if kind == "product":
            return doc["id"] in products
        return any(
            doc["id"] == name for product in products for _, name in self._snapshot.site.products[product].profile.steps
        )

    def exposure(self, row: Fields) -> Shown | None:
        """Those of own units."""
        return {**_only(_EXPOSURE_FIELDS, row), **_causes(row)} if self.may_see((row["product"], row["lot"])) else None

    def hold(self, row: Fields) -> Shown | None:
        """Those of own units, without what was written of them, and places where the unit itself stood only."""
        if not self.may_see((row["product"], row["lot"])):
            return None
        why = {**_only(_WHY_FIELDS, row["why"]), "places": self.where(row, row["why"])}
        return {**_only(_HOLD_FIELDS, row), "why": why, **_causes(row)}

    def where(self, unit: Fields, why: Fields) -> Sequence[str]:
        """Where the unit itself stood meanwhile."""
        since, until = why["since"], NEVER if why["until"] is None else why["until"]
        stays = self._snapshot.placements.get((unit["product"], unit["lot"]), ())
        mine = [stay for stay in stays if stay.unit == unit["unit"] and stay.since <= until and stay.until >= since]
        around = {name for stay in mine for name, _ in self._snapshot.around(stay.location, stay.since, stay.until)}
        return [place for place in why.get("places", ()) if place in around]

    def alert(self, alert: Alert) -> Alert | None:
        """Those that own lots went through: these lots only, for the time that they were in it."""
        return alert_for_client(alert, self._client, self._is_own, self._places(alert.since, alert.until))

    def _is_own(self, lot: AlertLot) -> bool:
        """What counts is whose the lot is now, not whose it was believed to be then."""
        return self.may_see((lot.product, lot.lot))

    def _places(self, since: int, until: int | None) -> set[str]:
        """Return the locations where own batches stood at that time."""
        hours = self._snapshot.hours(self._client)
        return {name for name, stays in hours.items() if overlaps(stays, since, NEVER if until is None else until)}


def _only(names: Sequence[str], row: Fields) -> Shown:
    return {name: row[name] for name in names if name in row}


def _causes(row: Fields) -> Shown:
    told = {name: row[name] for name in ("cause", "superseded_because") if row.get(name)}
    return {name: _only(_CAUSE_FIELDS, cause) for name, cause in told.items()}


def _pairs(connection: Connection, given: Any) -> Any:
    """Return the select of product and lot from a JSON list of pairs."""
    if connection.dialect.name == "sqlite":
        rows = func.json_each(given).table_valued("value")
        return select(func.json_extract(rows.c.value, "$[0]"), func.json_extract(rows.c.value, "$[1]"))
    rows = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value")
    return select(rows.c.value.op("->>")(0), rows.c.value.op("->>")(1))
