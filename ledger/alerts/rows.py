"""Alerts on record, and the rows they are kept in."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import NotFoundError
from domain.model import Severity
from rules.alarms.problems import Alert, Event, Key
from rules.subjects.whereabouts import UnitKey
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
    clearing: dict[str, int] | None = None  # it is over since, and said to be until: an off-delay has not passed
    told_at: int | None = None  # when nothing kept it from being told first
    because: dict[str, Any] | None = None  # of stock that was out of reach: why it is known now

    @property
    def reported(self) -> Alert:
        """Return what was reported of the problem: it decides whether there is anything new to report."""
        units = tuple(unit_of(lot) for lot in self.lots)
        return Alert(self.id, self.since, self.until, self.founded, tuple(self.rules), units, self.severity)

    @property
    def dispositions(self) -> list[tuple[str | None, str | None]]:
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
    key = Key(*(columns.pop(name) for name in Key._fields))
    return key, StoredAlert(**{**columns, "gone": columns["gone"] or []})


def insert_alert(connection: Connection, key: Key, alert: StoredAlert) -> None:
    """Write a new alert."""
    connection.execute(insert(alerts).values(**_columns(alert), **key._asdict()))


def update_alert(connection: Connection, alert: StoredAlert) -> None:
    """Write what changed."""
    connection.execute(update(alerts).where(alerts.c.id == alert.id).values(_columns(alert)))


def _columns(alert: StoredAlert) -> dict[str, Any]:
    return {column.name: getattr(alert, column.name) for column in fields(alert)}


class Book:
    """All alerts by number and by problem key."""

    def __init__(self, connection: Connection) -> None:
        self._alerts: dict[int, StoredAlert] = {}
        self._of: dict[Key, list[int]] = {}
        self._key: dict[int, Key] = {}
        self.last = 0  # number
        self.going: set[int] = set()  # founded, and not ended
        self.changed = True  # since somebody last cleared this
        for row in connection.execute(select(alerts).order_by(alerts.c.id)):
            self._keep(*load_alert(row))

    def __getitem__(self, number: int) -> StoredAlert:
        return self._alerts[number]

    def find(self, number: int) -> StoredAlert:
        """Return an alert. Raises NotFoundError."""
        if number not in self._alerts:
            raise NotFoundError(f"no alert {number}")
        return self._alerts[number]

    def all(self) -> list[StoredAlert]:
        """Return all of them in order."""
        return list(self._alerts.values())

    def problem_keys(self) -> set[Key]:
        """Return where there has ever been a problem of a place."""
        return {key for key in self._of if not key.lot}

    def lot_keys(self) -> set[Key]:
        """Return where there has ever been something of a batch that was out of reach."""
        return {key for key in self._of if key.lot}

    def key_of(self, number: int) -> Key:
        """Return where an alert belongs."""
        return self._key[number]

    def of(self, key: Key) -> list[StoredAlert]:
        """Return the alerts of a key in order."""
        return [self._alerts[number] for number in self._of.get(key, ())]

    def add(self, connection: Connection, key: Key, alert: StoredAlert) -> None:
        """Write a new alert."""
        self._keep(key, alert)
        insert_alert(connection, key, alert)

    def change(self, connection: Connection, alert: StoredAlert) -> None:
        """Write what changed of one."""
        self._put(alert)
        update_alert(connection, alert)

    def _keep(self, key: Key, alert: StoredAlert) -> None:
        self._of.setdefault(key, []).append(alert.id)
        self._key[alert.id] = key
        self.last = max(self.last, alert.id)
        self._put(alert)

    def _put(self, alert: StoredAlert) -> None:
        self._alerts[alert.id] = alert
        self.changed = True
        if alert.founded and alert.until is None:
            self.going.add(alert.id)
        else:
            self.going.discard(alert.id)
