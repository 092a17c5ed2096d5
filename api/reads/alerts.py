"""Alerts as one person may read them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from api.deps import View
from api.paging import Page, Paging, collect, decode
from domain.errors import NotFoundError
from ledger.models.alert import Alert, alert_of
from store.tables import alerts


def list_alerts(view: View, paging: Paging, conditions: Sequence[ColumnElement[bool]]) -> Page[Alert]:
    """Return a page of alerts, newest first: alerts added meanwhile come before the first page."""

    def fetch(before: int | None, count: int) -> Sequence[Alert]:
        older = [] if before is None else [alerts.c.id < before]
        query = select(alerts).where(*conditions, *older).order_by(alerts.c.id.desc()).limit(count)
        return [alert_of(row._asdict()) for row in view.connection.execute(query)]

    return collect(paging, decode(paging.cursor, int), fetch, lambda alert: alert.id, view.policy.alert)


def read_alerts(
    view: View, *conditions: ColumnElement[bool], newest: bool = False, most: int | None = None
) -> list[Alert]:
    """Return alerts in the order in which they were raised, or the newest first, so many at most."""
    order = alerts.c.id.desc() if newest else alerts.c.id
    rows = view.connection.execute(select(alerts).where(*conditions).order_by(order).limit(most))
    return [seen for row in rows if (seen := view.policy.alert(alert_of(row._asdict()))) is not None]


def find_alert(view: View, number: int, missing: str | None = None) -> Alert:
    """Return one alert. Raises NotFoundError, in the words of `missing`, for one that is not there for this person."""
    found = read_alerts(view, alerts.c.id == number)
    if not found:
        raise NotFoundError(missing or f"no alert {number}")
    return found[0]
