"""What happened while something stood somewhere, as far as one person may see it: intervals outside rules, actions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from api.deps import View
from api.reads.alerts import read_alerts, table_of_alerts
from api.web.charts.model import Mark, Shade
from domain.intervals import Interval
from ledger.models.alert import Alert
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure
from ledger.models.hold import Hold
from ledger.models.unit import Stay
from rules.subjects.whereabouts import InForce, in_force
from store.tables import excursions

Outside = Exposure | Excursion
_DIRECTIONS = {"high": 1, "low": -1, "silent": 0, "faulty": 0}


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
    query = select(excursions).where(excursions.c.location == location, excursions.c.superseded_at.is_(None), lasts)
    rows = view.connection.execute(query.order_by(excursions.c.since, excursions.c.id))
    return [excursion_of(row._mapping) for row in rows]


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
    table = table_of_alerts(view)
    of_place = (
        table.c.place == location,
        table.c.quantity.in_((quantity, "")),
        table.c.acknowledged_at.is_not(None),
    )
    found = sorted(read_alerts(view, *of_place), key=lambda alert: alert.since)
    return [Mark(at, "acknowledged", alert.acknowledged_by or "") for alert in found if (at := alert.acknowledged_at)]
