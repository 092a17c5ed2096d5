"""Alerts on record, and the rows they are kept in."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.errors import NotFoundError
from domain.model import Severity
from ledger.alerts.revisions import revise
from rules.alarms.problems import EXPIRY, STOCK, Alert, Event, Key
from rules.subjects.whereabouts import UnitKey
from store.tables import alerts

_ADD = insert(alerts)
_CHANGE = update(alerts).where(alerts.c.id == bindparam("which"))

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
    no_data: dict[str, Any] | None = None  # since when nothing is heard, from when it is unknown, until when, the last
    unknown: list[Lot] = field(default_factory=list)  # stock of which nothing is known meanwhile
    pauses: list[list[int]] = field(default_factory=list)  # when nothing of it was outside: [from, to]
    because: dict[str, Any] | None = None  # of stock that was out of reach: why it is known now

    @property
    def reported(self) -> Alert:
        """Return what was reported of the problem: it decides whether there is anything new to report."""
        units = tuple(unit_of(lot) for lot in self.lots)
        no_data = self.no_data if self.until is None and self.no_data and self.no_data["until"] is None else None
        silent_since = None if no_data is None else no_data["since"]
        said = (self.id, self.since, self.until, self.founded)
        return Alert(*said, tuple(self.rules), units, self.severity, silent_since)

    @property
    def beside(self) -> object:
        """Return what is told beside the problem: what people have decided, and of which stock nothing is known."""
        return self.dispositions, [unit_of(lot) for lot in self.unknown]

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

    def with_past_of(self, before: "StoredAlert | None", *of_founded: str) -> "StoredAlert":
        """Return it with what has happened to the alert; `of_founded`: columns kept too unless it is raised anew."""
        if before is None:
            return self
        happened = ("revision", "raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment")
        kept = (*happened, *of_founded) if before.founded else happened
        return replace(self, **{name: getattr(before, name) for name in kept})


def unit_of(lot: Lot) -> UnitKey:
    """Return the unit that a lot of an alert is."""
    return UnitKey(lot["product"], lot["lot"], lot["unit"])


def load_alert(row: Row[Any]) -> tuple[Key, StoredAlert]:
    """Return what a row says."""
    columns = dict(row._mapping)
    key = Key(*(columns.pop(name) for name in Key._fields))
    return key, StoredAlert(
        **{
            **columns,
            "gone": columns["gone"] or [],
            "unknown": columns["unknown"] or [],
            "pauses": columns["pauses"] or [],
        }
    )


def columns_of(alert: StoredAlert) -> dict[str, Any]:
    """Return the columns of an alert but its key."""
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
        return {key for key in self._of if key.lot and key.direction not in (EXPIRY, STOCK)}

    def expiry_keys(self) -> set[Key]:
        """Return where people were ever told that a batch expires."""
        return {key for key in self._of if key.direction == EXPIRY}

    def key_of(self, number: int) -> Key:
        """Return where an alert belongs."""
        return self._key[number]

    def of(self, key: Key) -> list[StoredAlert]:
        """Return the alerts of a key in order."""
        return [self._alerts[number] for number in self._of.get(key, ())]

    def add(self, connection: Connection, key: Key, alert: StoredAlert, now: int) -> None:
        """Write a new alert, and that it is known from now on."""
        self._keep(key, alert)
        row = {**columns_of(alert), **key._asdict()}
        connection.execute(_ADD, row)
        revise(connection, None, row, now)

    def change(self, connection: Connection, alert: StoredAlert, now: int) -> None:
        """Write what changed of one, and that it is known from now on."""
        before, key = columns_of(self._alerts[alert.id]), self._key[alert.id]._asdict()
        self._put(alert)
        row = columns_of(alert)
        connection.execute(_CHANGE, {"which": alert.id, **row})
        revise(connection, {**before, **key}, {**row, **key}, now)

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
