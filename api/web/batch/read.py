"""Everything the page of a batch shows, in one look with the eyes of one person; each table is read once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, String, and_, cast, or_, select

from api.access import require_batch
from api.addresses import canonical
from api.deps import View
from api.models.movements import Movement
from api.reads.alerts import alerts_unknown_before, read_alerts, table_of_alerts
from api.reads.audit import entries_of
from api.reads.batch import BatchReader, BatchState
from api.reads.known import entries_known
from api.reads.moved import with_movements
from api.reads.movements import OfMovements, page_of
from api.reads.profile_versions import read_profile_versions
from api.reads.units import read_hold_revisions
from api.reads.verdict_finality import entered_at
from api.web.batch.reported import ReviewDue
from api.web.batch.timeline import Past, Raised
from api.web.charts.chart_events import intervals_by_rule
from api.web.charts.gather import life_of
from api.web.charts.limits import budgets_of
from api.web.charts.model import Budget
from api.web.frame.naming import batch_address, in_order
from domain.model import QUANTITIES, BatchKey
from domain.numbers import SCALE
from domain.times import NEVER, parse_instant
from ledger.models.alert import Alert
from ledger.models.audit_entry import AuditEntry, audit_entry_of
from ledger.models.finality import cause_for_client
from ledger.models.hold import reason_from
from ledger.models.interval import still_in_force
from ledger.models.unit import Unit
from rules.subjects.whereabouts import InForce, in_force
from store.known_at import known_by
from store.lots import placements_of
from store.state import find_entry
from store.tables import audit, entries, firings

Fields = Mapping[str, Any]
Docs = Mapping[tuple[str, str], Fields]  # entries of the site, by kind and key
_MOVEMENTS_AT_MOST = 500
_LAST = "\U0010ffff"  # sorts behind whatever a key goes on with


@dataclass(frozen=True, slots=True)
class Relative:
    """A batch that this one was made from, or that was made from it."""

    product: str
    lot: str
    unit: str | None = None

    @property
    def address(self) -> str:
        """Return the address of its page."""
        return batch_address(self.product, self.lot)

    def __html__(self) -> str:
        name = " ".join((self.product, self.lot, self.unit or "")).strip()
        return Markup('<a href="{}">{}</a>').format(self.address, name)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a batch, as far as the person may see it."""

    key: BatchKey
    doc: Fields
    product_name: str
    client_name: str | None
    state: BatchState
    units: Sequence[Unit]  # by name
    budgets: Mapping[str | None, Sequence[Budget]]  # of each unit, what is left of them
    quantities: Mapping[str | None, Decimal]  # of each unit now
    versions: Sequence[InForce]
    parents: Sequence[Relative]
    children: Sequence[Relative]
    past: Past
    judged_from: int | None
    called: Mapping[str, str]  # what people call locations, by id


def find_batch(view: View, batch: BatchKey) -> Found:
    """Read a batch, as far as it is known at the instant that is looked at.

    Raises NotFoundError for one that is not there for this person.
    """
    require_batch(view.policy, view.snapshot, batch)
    view = with_movements(view, batch)
    site, client = view.snapshot.site, view.snapshot.site.batches[batch].client
    docs = _docs(view, batch, client)
    placements = _placements(view, batch)
    changes = _changes(view, batch, placements)
    reader = BatchReader(view, batch)
    if view.known_at is None:
        reader.load_series()
    doc = _seen(view, docs, "batch", *batch)
    entered = _entered(changes, batch)
    if entered is None:
        entered = entered_at(view.connection, batch)
    state = reader.state(view.now, entered)
    units = sorted(state.units, key=lambda unit: in_order(unit.key))
    parents = [Relative(p["product"], p["lot"], p.get("unit")) for p in doc.get("parents") or ()]
    versions = in_force(site, site.products[batch[0]].profile)
    names = view.snapshot.called
    profile = site.products[batch[0]].profile
    concerned = _alerts(view, batch)
    past = Past(
        units,
        concerned,
        changes,
        site.batches[batch].made_at,
        [Markup.escape(parent) for parent in parents],
        view.policy.knows_authors,
        reader.exposure_revisions,
        names,
        _reviews(view, batch),
        read_hold_revisions(view, batch),
        read_profile_versions(view, {name for _, _, name in profile.pieces() if name}),
        profile,
        entered,
        _raised(view, concerned),
        _movements(view, batch),
    )
    return Found(
        batch,
        doc,
        _seen(view, docs, "product", batch[0]).get("name") or batch[0],
        None if client is None else _seen(view, docs, "client", client).get("name") or client,
        state,
        units,
        {unit.name: _budgets(unit, versions) for unit in units},
        _quantities(placements, view.now) | _moved_quantities(view, batch),
        versions,
        parents,
        [Relative(*key) for key in view.snapshot.children.get(batch, ()) if view.policy.may_see(key)],
        past,
        view.series.kept_from,
        names,
    )


def _movements(view: View, batch: BatchKey) -> list[Movement]:
    """Return the newest movements of the batch, as known then; voids and what they void aside."""
    found = page_of(view, OfMovements(product=batch[0], lot=batch[1], limit=_MOVEMENTS_AT_MOST)).items
    known = [each for each in found if each.do != "void" and parse_instant(each.recorded_at) <= view.now]
    return [each for each in known if each.voided_at is None or parse_instant(each.voided_at) > view.now]


def _reviews(view: View, batch: BatchKey) -> list[ReviewDue]:
    """Return what asked for a review of the batch's units, in all revisions."""
    of_batch = (firings.c.product == batch[0], firings.c.lot == batch[1], firings.c.action == "review")
    query = select(firings).where(*of_batch, *known_by(firings.c.known_at, view.known_at))
    found = []
    for each in view.connection.execute(query.order_by(firings.c.at, firings.c.row)):
        row = {**each._mapping, **still_in_force(each._mapping, view.known_at)}
        causes = (row["cause"], row["superseded_because"])
        if not view.policy.knows_authors:
            causes = (cause_for_client(row["cause"]), cause_for_client(row["superseded_because"]))
        named = (row["unit"], row["rule"], row["at"], reason_from(row["because"]))
        found.append(ReviewDue(*named, row["known_at"], row["superseded_at"], *causes))
    return found


def _budgets(unit: Unit, versions: Sequence[InForce]) -> list[Budget]:
    life, outside = life_of(unit.stays, unit.now), intervals_by_rule(unit.exposures, unit.now)
    return [budget for quantity in QUANTITIES for budget in budgets_of(versions, quantity, outside, *life)]


def _docs(view: View, batch: BatchKey, client: str | None) -> Docs:
    """Return the entries of the batch, its product, client and locations.

    Of an instant all entries of these kinds: those of then are worked out together.
    """
    if view.known_at is not None:
        then = entries_known(view, "batch", "product", "client", "location")
        return {(entry.kind, entry.key): entry.doc for entry in then}
    keys = {"product": canonical(batch[0]), "client": client and canonical(client)}
    named = [_is(entries, kind, entries.c.key == key) for kind, key in keys.items() if key is not None]
    locations = sorted({canonical(stay.location) for stay in view.snapshot.stays(batch)})
    where = or_(*named, _is(entries, "location", entries.c.key.in_(locations)))
    rows = view.connection.execute(select(entries.c.kind, entries.c.key, entries.c.doc).where(where))
    found = {(row.kind, row.key): row.doc for row in rows}
    own = find_entry(view.connection, "batch", canonical(*batch))
    return found if own is None else {**found, (own.kind, own.key): own.doc}


def _is(table: Any, kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(table.c.kind == kind, condition)


def _begin(batch: BatchKey) -> str:
    """Return what the keys of the batch's placements begin with, unless they have an id of their own."""
    return canonical(*batch)[:-1] + ","


def _seen(view: View, docs: Docs, kind: str, *key: str) -> Fields:
    """Return an entry as the person may see it; without a field if that is not at all."""
    doc = docs.get((kind, canonical(*key)))
    return {} if doc is None else view.policy.entry(kind, doc) or {}


def _placements(view: View, batch: BatchKey) -> list[tuple[str, Fields]]:
    """Return key and document of the batch's placements."""
    if view.known_at is None:
        return [(each.key, each.doc) for each in placements_of(view.connection, *batch)]
    then = entries_known(view, "placement")
    return sorted((each.key, each.doc) for each in then if (each.doc["product"], each.doc["lot"]) == batch)


def _quantities(placements: Sequence[tuple[str, Fields]], now: int) -> dict[str | None, Decimal]:
    found: dict[str | None, tuple[int, Decimal]] = {}
    for _, doc in placements:
        since = parse_instant(doc["from"])
        if doc["quantity"] is not None and since <= now and since >= found.get(doc["unit"], (since, 0))[0]:
            found[doc["unit"]] = since, Decimal(doc["quantity"])
    return {unit: quantity for unit, (_, quantity) in found.items()}


def _moved_quantities(view: View, batch: BatchKey) -> dict[str | None, Decimal]:
    """Return how much of each unit is where movements put it."""
    if not view.snapshot.is_moved:
        return {}
    here = (stay for stay in view.snapshot.placements.get(batch, ()) if stay.until == NEVER)
    return {stay.unit: Decimal(stay.quantity) / SCALE for stay in here if stay.quantity is not None}


def _alerts(view: View, batch: BatchKey) -> list[Alert]:
    """Return the alerts of problems that the batch went through, or was reported to, as far as they may be told."""
    if alerts_unknown_before(view) is not None:
        return []
    name, table = json.dumps(batch[1]), table_of_alerts(view)
    names_it = [cast(column, String).contains(name, autoescape=True) for column in (table.c.lots, table.c.gone)]
    found = read_alerts(view, or_(*names_it))
    return [alert for alert in found if any(each.key[:2] == batch for each in alert.all_lots)]


def _raised(view: View, found: Sequence[Alert]) -> dict[int, list[Raised]]:
    """Return when each alert was raised, how severe it was then, and when it lost its reason."""
    raised: dict[int, list[Raised]] = {}
    for entry in entries_of(view, "alert", [str(alert.id) for alert in found]):
        times = raised.setdefault(int(entry.key), [])
        if entry.what == "raised":
            times.append(Raised(entry.at, entry.after["severity"]))
        elif entry.what == "unfounded" and times:
            times[-1] = times[-1]._replace(unfounded_at=entry.at)
    return raised


def _changes(view: View, batch: BatchKey, placements: Sequence[tuple[str, Fields]]) -> list[AuditEntry]:
    """Return what was entered and changed of the batch, and by whom; of staff only."""
    if not view.policy.knows_authors:
        return []
    begin = _begin(batch)
    removed = audit.c.key.between(begin, begin + _LAST)
    keys = {"batch": [canonical(*batch)], "placement": [key for key, _ in placements]}
    concerned = [_is(audit, kind, audit.c.key.in_(known) | removed) for kind, known in keys.items()]
    query = select(audit).where(or_(*concerned), *known_by(audit.c.at, view.known_at))
    rows = view.connection.execute(query.order_by(audit.c.kind, audit.c.id))
    return [audit_entry_of(row._mapping) for row in rows]


def _entered(changes: Sequence[AuditEntry], batch: BatchKey) -> int | None:
    """Return when the batch was entered, if its changes tell."""
    of_it = [line.at for line in changes if (line.kind, line.key) == ("batch", canonical(*batch))]
    return min(of_it, default=None)
