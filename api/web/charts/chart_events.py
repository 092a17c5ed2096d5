"""What happened while something stood somewhere, as far as one person may see it: intervals outside rules, deeds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, select

from api.deps import View
from api.reads.alerts import read_alerts
from api.reads.history import Stay
from api.web.charts.model import Mark, Shade
from domain.intervals import Interval
from domain.model import BatchKey
from ledger.models.alert import Alert
from rules.subjects.whereabouts import InForce, in_force
from store.tables import alerts, excursions, exposures, holds

Fields = Mapping[str, Any]
_DIRECTIONS = {"high": 1, "low": -1, "silent": 0, "faulty": 0}


def exposures_of(view: View, batch: BatchKey, unit: str | None) -> list[Fields]:
    """Return the exposures in force of a batch (one unit; None: all of them), in order of time."""
    conditions = [*_of_batch(exposures, batch, unit), exposures.c.superseded_at.is_(None)]
    return _seen(view, exposures, conditions, view.policy.exposure)


def revisions_of(view: View, batch: BatchKey) -> list[Fields]:
    """Return everything that was ever said of the exposures of a batch, in order of time."""
    return _seen(view, exposures, _of_batch(exposures, batch, None), view.policy.exposure)


def holds_of(view: View, batch: BatchKey, unit: str | None) -> list[Fields]:
    """Return the holds of a batch (one unit; None: all of them), oldest first."""
    return _seen(view, holds, _of_batch(holds, batch, unit), view.policy.hold)


def shades_of(rows: Iterable[Fields], versions: Sequence[InForce], quantity: str) -> list[Shade]:
    """Return the intervals outside rules about the quantity."""
    signs = {
        rule.id: rule.condition.bounds.sign
        for version in versions
        for rule in version.version.rules
        if rule.condition.bounds is not None and rule.condition.quantity == quantity
    }
    return [
        Shade(row["since"], row["until"], row["rule"], row["fired_at"], signs[row["rule"]])
        for row in rows
        if row["rule"] in signs
    ]


def intervals_by_rule(rows: Iterable[Fields], now: int) -> dict[str, list[Interval]]:
    """Return when something was outside, by rule; what goes on reaches to now."""
    found: dict[str, list[Interval]] = defaultdict(list)
    for row in rows:
        found[row["rule"]].append((row["since"], now if row["until"] is None else row["until"]))
    return dict(found)


def excursions_of(view: View, location: str, since: int) -> list[Fields]:
    """Return the excursions in force of a location that did not end before, in order of time; of staff only."""
    if not view.policy.knows_authors:
        return []
    lasts = excursions.c.until.is_(None) | (excursions.c.until > since)
    conditions = [excursions.c.location == location, excursions.c.superseded_at.is_(None), lasts]
    return _seen(view, excursions, conditions, lambda row: row)


def shade_of_alert(alert: Alert) -> Shade:
    """Return the interval of a problem."""
    return Shade(alert.since, alert.over_since, "", alert.since, _DIRECTIONS[alert.direction])


def versions_of_alert(view: View, alert: Alert) -> list[InForce]:
    """Return the versions that a problem may rest on: the place's own, and those of the lots gone through it."""
    site = view.snapshot.site
    products = dict.fromkeys(lot.product for lot in alert.lots if lot.product in site.products)
    profiles = [site.locations[alert.place].profile, *(site.products[product].profile for product in products)]
    return [version for profile in profiles for version in in_force(site, profile)]


def deeds_of_batch(view: View, batch: BatchKey, unit: str | None, stays: Sequence[Stay]) -> list[Mark]:
    """Return when it came to a place, was held, released or rejected."""
    marks = [Mark(stay.since, "moved", stay.name) for stay in stays if stay.name is not None and not stay.inherited]
    for hold in holds_of(view, batch, unit):
        marks.append(Mark(hold["placed_at"], "held", hold["unit"] or hold["lot"]))
        if hold["disposed_at"] is not None:
            marks.append(Mark(hold["disposed_at"], hold["state"], hold["unit"] or hold["lot"]))
    return sorted(set(marks))


def deeds_at_place(view: View, location: str, quantity: str) -> list[Mark]:
    """Return when problems of the place were acknowledged."""
    of_place = (
        alerts.c.place == location,
        alerts.c.quantity.in_((quantity, "")),
        alerts.c.acknowledged_at.is_not(None),
    )
    found = sorted(read_alerts(view, *of_place), key=lambda alert: alert.since)
    return [Mark(at, "acknowledged", alert.acknowledged_by or "") for alert in found if (at := alert.acknowledged_at)]


def _of_batch(table: Table, batch: BatchKey, unit: str | None) -> list[ColumnElement[bool]]:
    conditions = [table.c.product == batch[0], table.c.lot == batch[1]]
    return conditions if unit is None else [*conditions, table.c.unit == unit]


def _seen(view: View, table: Table, conditions: Iterable[ColumnElement[bool]], see: Any) -> list[Fields]:
    order = table.c.placed_at if table is holds else table.c.since
    rows = view.connection.execute(select(table).where(*conditions).order_by(order, table.c.id))
    seen = (see(dict(row._mapping)) for row in rows)
    return [fields for fields in seen if fields is not None]
