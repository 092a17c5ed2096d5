"""Everything the page of a batch shows, in one look with the eyes of one person."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import String, cast, select

from api.access import require_batch
from api.deps import View
from api.models.batches import UnitVerdict
from api.models.records import Statement
from api.reads.alerts import read_alerts
from api.reads.finality import Settled, Standings
from api.reads.history import stays_of_batch
from api.routes.batches import verdict_of
from api.web.batch.timeline import Past
from api.web.batch.unit import Fields, Fired, Unit
from api.web.charts.chart_events import exposures_of, holds_of, intervals_by_rule, revisions_of
from api.web.charts.gather import life_of
from api.web.charts.limits import budgets_of
from api.web.frame.naming import batch_address, in_order
from domain.model import QUANTITIES, BatchKey
from domain.times import MINUTE, parse_instant
from ledger.models.alert import Alert
from rules.subjects.finality import Outstanding
from rules.subjects.whereabouts import InForce, in_force
from store import state
from store.tables import alerts, audit, entries
from store.tables import exposures as EXPOSURES
from store.tables import holds as HOLDS


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
    verdict: str
    units: Sequence[Unit]
    quantities: dict[str | None, Decimal]  # of each unit now
    versions: Sequence[InForce]
    parents: Sequence[Relative]
    children: Sequence[Relative]
    past: Past
    judged_from: int | None
    settled: Settled


def find_batch(view: View, batch: BatchKey) -> Found:
    """Read a batch. Raises NotFoundError for one that is not there for this person."""
    require_batch(view.policy, view.snapshot, batch)
    judged = verdict_of(view, batch, view.now)
    site = view.snapshot.site
    versions = in_force(site, site.products[batch[0]].profile)
    standings = Standings(view)
    marked = (
        standings.mark(table, rows)
        for table, rows in ((EXPOSURES, exposures_of(view, batch, None)), (HOLDS, holds_of(view, batch, None)))
    )
    exposures, holds = map(_by_unit, marked)
    units = [_unit(view, batch, each, versions, exposures[each.unit], holds[each.unit]) for each in judged.units]
    units.sort(key=lambda unit: in_order((*batch, unit.name)))
    doc = _entry(view, "batch", *batch) or {}
    placements = _placements(view, batch)
    parents = [Relative(p["product"], p["lot"], p.get("unit")) for p in doc.get("parents") or ()]
    past = Past(
        units,
        _alerts(view, batch),
        _corrections(view, batch, placements),
        site.batches[batch].made_at,
        [Markup.escape(parent) for parent in parents],
        view.policy.knows_authors,
        revisions_of(view, batch),
    )
    return Found(
        batch,
        doc,
        (_entry(view, "product", batch[0]) or {}).get("name") or batch[0],
        _client_name(view, doc.get("client")),
        judged.verdict,
        units,
        _quantities(placements, view.now),
        versions,
        parents,
        [Relative(*key) for key in view.snapshot.children.get(batch, ()) if view.policy.may_see(key)],
        past,
        None if judged.judged_from is None else parse_instant(judged.judged_from),
        _settled(judged),
    )


def _settled(said: Statement) -> Settled:
    """Return how settled a verdict is, which the API says in its own form."""
    owed = [
        Outstanding(each.sensor, parse_instant(each.since), None if each.until is None else parse_instant(each.until))
        for each in said.owed or ()
    ]
    return Settled(said.standing, owed)


def _by_unit(rows: Iterable[Fields]) -> dict[str | None, list[Fields]]:
    found: dict[str | None, list[Fields]] = defaultdict(list)
    for row in rows:
        found[row["unit"]].append(row)
    return found


def _unit(
    view: View,
    batch: BatchKey,
    judged: UnitVerdict,
    versions: Sequence[InForce],
    exposures: Sequence[Fields],
    holds: Sequence[Fields],
) -> Unit:
    stays = stays_of_batch(view, batch, judged.unit)
    life = life_of(stays, view.now)
    outside = intervals_by_rule(exposures, view.now)
    return Unit(
        judged.unit,
        judged.verdict,
        judged.coverage,
        round(judged.longest_gap_minutes * MINUTE),
        [Fired(fired.rule, parse_instant(fired.at), fired.action) for fired in judged.fired],
        stays,
        exposures,
        holds,
        [budget for quantity in QUANTITIES for budget in budgets_of(versions, quantity, outside, *life)],
        view.now,
        _settled(judged),
    )


def _entry(view: View, kind: str, *key: str) -> Fields | None:
    """Return an entry's document as the person may see it."""
    entry = state.find_entry(view.connection, kind, _canonical(*key))
    return view.policy.entry(kind, entry.doc) if entry is not None else None


def _canonical(*key: str) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _client_name(view: View, client: str | None) -> str | None:
    if client is None:
        return None
    return (_entry(view, "client", client) or {}).get("name") or client


def _placements(view: View, batch: BatchKey) -> list[tuple[str, Fields]]:
    """Return key and document of the batch's placements; those with an id of their own are looked for in full."""
    known = len(view.snapshot.placements.get(batch, ()))
    begun = entries.c.key.startswith(_canonical(*batch)[:-1] + ",", autoescape=True)
    found = _matching(view, batch, begun)
    return found if len(found) == known else _matching(view, batch, entries.c.kind == "placement")


def _matching(view: View, batch: BatchKey, condition: Any) -> list[tuple[str, Fields]]:
    query = select(entries.c.key, entries.c.doc).where(entries.c.kind == "placement", condition)
    rows = view.connection.execute(query.order_by(entries.c.key))
    return [(row.key, row.doc) for row in rows if (row.doc["product"], row.doc["lot"]) == batch]


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


def _corrections(view: View, batch: BatchKey, placements: Sequence[tuple[str, Fields]]) -> list[Fields]:
    """Return what was entered and changed of the batch, and by whom; of staff only."""
    if not view.policy.knows_authors:
        return []
    begin = _canonical(*batch)[:-1] + ","
    keys = [("batch", _canonical(*batch)), *(("placement", key) for key, _ in placements)]
    found: list[Fields] = []
    for kind in ("batch", "placement"):
        known = audit.c.key.in_([key for of, key in keys if of == kind])
        taken_back = audit.c.key.between(begin, begin + "\U0010ffff")
        rows = view.connection.execute(
            select(audit).where(audit.c.kind == kind, known | taken_back).order_by(audit.c.id)
        )
        found += [dict(row._mapping) for row in rows]
    return found
