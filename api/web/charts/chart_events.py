"""What happened while something stood somewhere, as far as one person may see it: intervals outside rules, actions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, select

from api.deps import View
from api.reads.alerts import read_alerts
from api.web.charts.model import Mark, Shade
from domain.intervals import Interval
from domain.model import BatchKey
from ledger.models.alert import Alert
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.hold import Hold, hold_of
from ledger.models.unit import Stay
from rules.subjects.whereabouts import InForce, in_force
from store.tables import alerts, excursions, exposures, holds

Fields = Mapping[str, Any]
Seen = TypeVar("Seen")
Outside = Exposure | Excursion
_DIRECTIONS = {"high": 1, "low": -1, "silent": 0, "faulty": 0}


def exposures_of(view: View, batch: BatchKey, unit: str | None) -> list[Exposure]:
    """Return the exposures in force of a batch (one unit; None: all of them), in order of time."""
    conditions = [*_of_batch(exposures, batch, unit), exposures.c.superseded_at.is_(None)]
    return _seen(view, exposures, conditions, lambda row: view.policy.exposure(exposure_of(row)))


def holds_of(view: View, batch: BatchKey, unit: str | None) -> list[Hold]:
    """Return the holds of a batch (one unit; None: all of them), oldest first."""
    return _seen(view, holds, _of_batch(holds, batch, unit), lambda row: view.policy.hold(hold_of(row)))


def shades_of(found: Iterable[Outside], versions: Sequence[InForce], quantity: str) -> list[Shade]:
    """Return the intervals outside rules about the quantity."""
    signs = {
        rule.id: rule.condition.bounds.sign
        for version in versions
        for rule in version.version.rules
        if rule.condition.bounds is not None and rule.condition.quantity == quantity
    }
    return [
        Shade(each.since, each.until, each.rule, each.fired_at, signs[each.rule])
        for each in found
        if each.rule in signs
    ]


def intervals_by_rule(exposures: Iterable[Exposure], now: int) -> dict[str, list[Interval]]:
    """Return when something was outside, by rule; what is in progress reaches to now."""
    found: dict[str, list[Interval]] = defaultdict(list)
    for each in exposures:
        found[each.rule].append((each.since, now if each.until is None else each.until))
    return dict(found)


def excursions_of(view: View, location: str, since: int) -> list[Excursion]:
    """Return the excursions in force of a location that did not end before, in order of time; of staff only."""
    if not view.policy.knows_authors:
        return []
    lasts = excursions.c.until.is_(None) | (excursions.c.until > since)
    conditions = [excursions.c.location == location, excursions.c.superseded_at.is_(None), lasts]
    return _seen(view, excursions, conditions, excursion_of)


def shade_of_alert(alert: Alert) -> Shade:
    """Return the interval of a problem."""
    return Shade(alert.since, alert.over_since, "", alert.since, _DIRECTIONS[alert.direction])


def versions_of_alert(view: View, alert: Alert) -> list[InForce]:
    """Return the versions that a problem may rest on: the place's own, and those of the lots gone through it."""
    site = view.snapshot.site
    products = dict.fromkeys(lot.product for lot in alert.lots if lot.product in site.products)
    profiles = [site.locations[alert.place].profile, *(site.products[product].profile for product in products)]
    return [version for profile in profiles for version in in_force(site, profile)]


def actions_of_units(holds: Iterable[Hold], stays: Iterable[Stay]) -> list[Mark]:
    """Return when units came to a place, were held, released or rejected."""
    marks = [Mark(stay.since, "moved", stay.name) for stay in stays if stay.name is not None and not stay.inherited]
    for hold in holds:
        marks.append(Mark(hold.placed_at, "held", hold.unit or hold.lot))
        if hold.disposed_at is not None:
            marks.append(Mark(hold.disposed_at, hold.state, hold.unit or hold.lot))
    return sorted(set(marks))


def actions_at_place(view: View, location: str, quantity: str) -> list[Mark]:
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


def _seen(
    view: View, table: Table, conditions: Iterable[ColumnElement[bool]], see: Callable[[Fields], Seen | None]
) -> list[Seen]:
    order = table.c.placed_at if table is holds else table.c.since
    rows = view.connection.execute(select(table).where(*conditions).order_by(order, table.c.id))
    return [found for row in rows if (found := see(dict(row._mapping))) is not None]
