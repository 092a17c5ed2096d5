"""Alerts as one person may read them, at the instant that is looked at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, select

from api.deps import View
from api.paging import Page, Paging, collect, decode
from api.parameters import KNOWN_AT, WrongParameter
from domain.errors import InvalidError, NotFoundError
from ledger.models.alert import Alert, alert_of
from ledger.models.known_alert import alert_as_known
from store.known_at import alerts_known_from, in_force, require_alerts_known
from store.tables import alert_revisions, alerts


def table_of_alerts(view: View) -> Table:
    """Return the table with the alerts that are looked at: whose columns conditions are about."""
    return alerts if view.known_at is None else alert_revisions


def require_alerts_on_record(view: View) -> None:
    """Raise WrongParameter where it is not on record what was known of alerts at the instant that is looked at."""
    if view.known_at is not None:
        try:
            require_alerts_known(view.connection, view.known_at)
        except InvalidError as error:
            raise WrongParameter(KNOWN_AT, str(error)) from None


def alerts_unknown_before(view: View) -> int | None:
    """Return since when it is on record what was known of alerts, if the instant that is looked at is before."""
    if view.known_at is None:
        return None
    since = alerts_known_from(view.connection)
    return since if since is not None and view.known_at < since else None


def list_alerts(view: View, paging: Paging, conditions: Sequence[ColumnElement[bool]]) -> Page[Alert]:
    """Return a page of alerts, newest first: alerts added meanwhile come before the first page."""
    table = table_of_alerts(view)

    def fetch(before: int | None, count: int) -> Sequence[Alert]:
        older = [] if before is None else [table.c.id < before]
        query = _chosen(view, *conditions, *older).order_by(table.c.id.desc()).limit(count)
        return [_alert(view, row) for row in view.connection.execute(query)]

    return collect(paging, decode(paging.cursor, int), fetch, lambda alert: alert.id, view.policy.alert)


def read_alerts(
    view: View, *conditions: ColumnElement[bool], newest: bool = False, most: int | None = None
) -> list[Alert]:
    """Return alerts in the order in which they were raised, or the newest first, so many at most."""
    table = table_of_alerts(view)
    order = table.c.id.desc() if newest else table.c.id
    rows = view.connection.execute(_chosen(view, *conditions).order_by(order).limit(most))
    return [seen for row in rows if (seen := view.policy.alert(_alert(view, row))) is not None]


def find_alert(view: View, number: int, missing: str | None = None) -> Alert:
    """Return one alert.

    Raises NotFoundError, in the words of `missing`, for one that is not there for this person, or was not there then.
    """
    found = read_alerts(view, table_of_alerts(view).c.id == number)
    if not found:
        raise NotFoundError(missing or f"no alert {number}")
    return found[0]


def _chosen(view: View, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query of what is known, or was at the instant that is looked at."""
    table = table_of_alerts(view)
    return select(table).where(*conditions, *(() if view.known_at is None else in_force(table, view.known_at)))


def _alert(view: View, row: Row[Any]) -> Alert:
    return alert_of(row._asdict()) if view.known_at is None else alert_as_known(row._asdict(), view.known_at)
