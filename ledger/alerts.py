"""An alert on record, and the row it is kept in."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from domain.model import Severity
from rules.problems import Alert, Event, Key
from rules.whereabouts import UnitKey
from store.tables import alerts

# product, lot, unit, client, hold, state, disposed_by, rules, since, until, limit, minutes, peak
Lot = dict[str, Any]


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
    gone: list[Lot] = field(default_factory=list)
    worst: dict[str, Any] | None = None
    suppressed: dict[str, Any] | None = None  # why nobody is told, or was at its end: state, until, reason

    @property
    def told(self) -> Alert:
        """Return what decides whether there is anything new to tell."""
        units = tuple(unit_of(lot) for lot in self.lots)
        return Alert(self.id, self.since, self.until, self.founded, tuple(self.rules), units, self.severity)

    @property
    def standing(self) -> list[tuple[str | None, str | None]]:
        """Return what people have decided of the lots' holds."""
        preset = {True: None, False: "held"}  # of rows that do not say it
        return [(lot.get("state", preset[lot["hold"] is None]), lot.get("disposed_by")) for lot in self.lots]

    def revised(self, event: Event, now: int) -> "StoredAlert":
        """Return the next revision, after an event: what is raised anew has not been acknowledged by anyone."""
        ended_at = None if self.until is None else self.ended_at or now
        after = replace(self, revision=self.revision + 1, ended_at=ended_at)
        if event != "raised":
            return after
        return replace(after, raised_at=now, acknowledged_by=None, acknowledged_at=None, comment=None)


def unit_of(lot: Lot) -> UnitKey:
    """Return the unit that a lot of an alert is."""
    return UnitKey(lot["product"], lot["lot"], lot["unit"])


def load_alert(row: Row[Any]) -> tuple[Key, StoredAlert]:
    """Return what a row says."""
    columns = dict(row._mapping)
    key = Key(columns.pop("place"), columns.pop("quantity"), columns.pop("direction"))
    return key, StoredAlert(**{**columns, "gone": columns["gone"] or []})


def insert_alert(connection: Connection, key: Key, alert: StoredAlert) -> None:
    """Write a new alert."""
    connection.execute(insert(alerts).values(**_columns(alert), **key._asdict()))


def update_alert(connection: Connection, alert: StoredAlert) -> None:
    """Write what changed."""
    connection.execute(update(alerts).where(alerts.c.id == alert.id).values(_columns(alert)))


def _columns(alert: StoredAlert) -> dict[str, Any]:
    return {column.name: getattr(alert, column.name) for column in fields(alert)}
