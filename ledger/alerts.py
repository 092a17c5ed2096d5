"""An alert on record, and the row it is kept in."""

from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from domain.model import Severity
from rules.problems import Alert, Event, Key
from rules.whereabouts import UnitKey
from store.tables import alerts

Lot = dict[str, Any]  # product, lot, unit, client, hold, rules, since, until


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """The columns of an alert but its key."""

    id: int
    since: int
    until: int | None
    severity: Severity
    rules: list[str]
    lots: list[Lot]
    sentence: str
    raised_at: int
    founded: bool = True
    revision: int = 1
    ended_at: int | None = None
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    comment: str | None = None

    @property
    def told(self) -> Alert:
        """Return what decides whether there is anything new to tell."""
        units = tuple(UnitKey(lot["product"], lot["lot"], lot["unit"]) for lot in self.lots)
        return Alert(self.id, self.since, self.until, self.founded, tuple(self.rules), units, self.severity)

    def revised(self, event: Event, now: int) -> "StoredAlert":
        """Return the next revision, after an event: what is raised anew has not been acknowledged by anyone."""
        ended_at = None if self.until is None else self.ended_at or now
        after = replace(self, revision=self.revision + 1, ended_at=ended_at)
        if event != "raised":
            return after
        return replace(after, raised_at=now, acknowledged_by=None, acknowledged_at=None, comment=None)


def load_alert(row: Row[Any]) -> tuple[Key, StoredAlert]:
    """Return what a row says."""
    columns = dict(row._mapping)
    key = Key(columns.pop("place"), columns.pop("quantity"), columns.pop("direction"))
    return key, StoredAlert(**columns)


def insert_alert(connection: Connection, key: Key, alert: StoredAlert) -> None:
    """Write a new alert."""
    connection.execute(insert(alerts).values(**_columns(alert), **key._asdict()))


def update_alert(connection: Connection, alert: StoredAlert) -> None:
    """Write what changed."""
    connection.execute(update(alerts).where(alerts.c.id == alert.id).values(_columns(alert)))


def _columns(alert: StoredAlert) -> dict[str, Any]:
    return {column.name: getattr(alert, column.name) for column in fields(alert)}
