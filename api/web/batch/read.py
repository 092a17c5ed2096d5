"""Everything the page of a batch shows, in one look with the eyes of one person; each table is read once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, String, and_, cast, or_, select

from api.access import require_batch
from api.addresses import canonical
from api.deps import View
from api.reads.alerts import read_alerts
from api.reads.batch import BatchReader, BatchState
from api.reads.names import called
from api.web.batch.timeline import Past
from api.web.charts.chart_events import intervals_by_rule
from api.web.charts.gather import life_of
from api.web.charts.limits import budgets_of
from api.web.charts.model import Budget
from api.web.frame.naming import batch_address, in_order
from domain.model import QUANTITIES, BatchKey
from domain.times import parse_instant
from ledger.models.alert import Alert
from ledger.models.unit import Unit
from rules.subjects.whereabouts import InForce, in_force
from store.tables import alerts, audit, entries

Fields = Mapping[str, Any]
Docs = Mapping[tuple[str, str], Fields]  # entries of the site, by kind and key
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
    """Read a batch. Raises NotFoundError for one that is not there for this person."""
    require_batch(view.policy, view.snapshot, batch)
    site, client = view.snapshot.site, view.snapshot.site.batches[batch].client
    docs = _docs(view, batch, client)
    placements = _placements(view, batch, docs)
    changes = _changes(view, batch, placements)
    reader = BatchReader(view, batch)
    reader.load_series()
    doc = _seen(view, docs, "batch", *batch)
    state = reader.state(view.now, _entered(changes, batch))
    units = sorted(state.units, key=lambda unit: in_order(unit.key))
    parents = [Relative(p["product"], p["lot"], p.get("unit")) for p in doc.get("parents") or ()]
    versions = in_force(site, site.products[batch[0]].profile)
    names = _called(view, docs)
    past = Past(
        units,
        _alerts(view, batch),
        changes,
        site.batches[batch].made_at,
        [Markup.escape(parent) for parent in parents],
        view.policy.knows_authors,
        reader.exposure_revisions,
        names,
    )
    return Found(
        batch,
        doc,
        _seen(view, docs, "product", batch[0]).get("name") or batch[0],
        None if client is None else _seen(view, docs, "client", client).get("name") or client,
        state,
        units,
        {unit.name: _budgets(unit, versions) for unit in units},
        _quantities(placements, view.now),
        versions,
        parents,
        [Relative(*key) for key in view.snapshot.children.get(batch, ()) if view.policy.may_see(key)],
        past,
        view.series.kept_from,
        names,
    )


def _budgets(unit: Unit, versions: Sequence[InForce]) -> list[Budget]:
    life, outside = life_of(unit.stays, unit.now), intervals_by_rule(unit.exposures, unit.now)
    return [budget for quantity in QUANTITIES for budget in budgets_of(versions, quantity, outside, *life)]


def _docs(view: View, batch: BatchKey, client: str | None) -> Docs:
    """Return the entries of the batch, its product, client and locations, and placements whose key begins with it."""
    keys = {"batch": canonical(*batch), "product": canonical(batch[0]), "client": client and canonical(client)}
    named = [_is(entries, kind, entries.c.key == key) for kind, key in keys.items() if key is not None]
    begun = _is(entries, "placement", entries.c.key.startswith(_begin(batch), autoescape=True))
    locations = sorted({canonical(stay.location) for stay in view.snapshot.stays(batch)})
    where = or_(*named, begun, _is(entries, "location", entries.c.key.in_(locations)))
    rows = view.connection.execute(select(entries.c.kind, entries.c.key, entries.c.doc).where(where))
    return {(row.kind, row.key): row.doc for row in rows}


def _is(table: Any, kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(table.c.kind == kind, condition)


def _begin(batch: BatchKey) -> str:
    """Return what the keys of the batch's placements begin with, unless they have an id of their own."""
    return canonical(*batch)[:-1] + ","


def _seen(view: View, docs: Docs, kind: str, *key: str) -> Fields:
    """Return an entry as the person may see it; without a field if that is not at all."""
    doc = docs.get((kind, canonical(*key)))
    return {} if doc is None else view.policy.entry(kind, doc) or {}


def _called(view: View, docs: Docs) -> dict[str, str]:
    """Return what people call the locations that the person may see."""
    seen = (view.policy.entry(kind, doc) for (kind, _), doc in docs.items() if kind == "location")
    return called({doc["id"]: doc.get("name") or doc["id"] for doc in seen if doc is not None})


def _placements(view: View, batch: BatchKey, docs: Docs) -> list[tuple[str, Fields]]:
    """Return key and document of the batch's placements; those with an id of their own are looked for in full."""
    found = _of_batch(((key, doc) for (kind, key), doc in docs.items() if kind == "placement"), batch)
    if len(found) == len(view.snapshot.placements.get(batch, ())):
        return found
    rows = view.connection.execute(select(entries.c.key, entries.c.doc).where(entries.c.kind == "placement"))
    return _of_batch(((row.key, row.doc) for row in rows), batch)


def _of_batch(found: Iterable[tuple[str, Fields]], batch: BatchKey) -> list[tuple[str, Fields]]:
    return sorted((key, doc) for key, doc in found if (doc["product"], doc["lot"]) == batch)


def _quantities(placements: Sequence[tuple[str, Fields]], now: int) -> dict[str | None, Decimal]:
    found: dict[str | None, tuple[int, Decimal]] = {}
    for _, doc in placements:
        since = parse_instant(doc["from"])
        if doc["quantity"] is not None and since <= now and since >= found.get(doc["unit"], (since, 0))[0]:
            found[doc["unit"]] = since, Decimal(doc["quantity"])
    return {unit: quantity for unit, (_, quantity) in found.items()}


def _alerts(view: View, batch: BatchKey) -> list[Alert]:
    """Return the alerts of problems that the batch went through, as far as they may be told."""
    names_it = cast(alerts.c.lots, String).contains(json.dumps(batch[1]), autoescape=True)
    return [alert for alert in read_alerts(view, names_it) if any(each.key[:2] == batch for each in alert.lots)]


def _changes(view: View, batch: BatchKey, placements: Sequence[tuple[str, Fields]]) -> list[Fields]:
    """Return what was entered and changed of the batch, and by whom; of staff only."""
    if not view.policy.knows_authors:
        return []
    begin = _begin(batch)
    removed = audit.c.key.between(begin, begin + _LAST)
    keys = {"batch": [canonical(*batch)], "placement": [key for key, _ in placements]}
    concerned = [_is(audit, kind, audit.c.key.in_(known) | removed) for kind, known in keys.items()]
    rows = view.connection.execute(select(audit).where(or_(*concerned)).order_by(audit.c.kind, audit.c.id))
    return [dict(row._mapping) for row in rows]


def _entered(changes: Sequence[Fields], batch: BatchKey) -> int | None:
    """Return when the batch was entered, if its changes tell."""
    of_it = [line["at"] for line in changes if (line["kind"], line["key"]) == ("batch", canonical(*batch))]
    return min(of_it, default=None)
