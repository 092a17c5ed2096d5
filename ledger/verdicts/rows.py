"""Rows of exposures, excursions and firings: from what the rules say to columns and back."""

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from ledger.corrections.causes import Cause
from ledger.models.interval import grew_after
from ledger.verdicts.interval_changes import Stored
from rules.alarms.problems import Fired, Subject
from rules.judgement import Exposure, Firing
from rules.subjects.evidence.returned import Lost
from rules.subjects.whereabouts import LocationKey, UnitKey
from store.tables import excursions, exposures, firings

# Rule, at, kind, action: where versions meet, two may fire at one instant. What comes after a release: of which hold.
FiringKey = tuple[str, int, str, str, int]

_BECAUSE = ("kind", "profile", "version", "quantity", "direction", "places", "since", "until", "sentence", "why")
_INTERVAL = ("rule", "since", "until", "minutes", "degree_minutes", "peak", "fired_at")
_said_of = attrgetter(*_INTERVAL)
_NAMES = {exposures.name: UnitKey._fields, excursions.name: LocationKey._fields}


class Pending:
    """Rows to supersede and to insert, gathered so that each table needs two statements a step."""

    def __init__(self) -> None:
        self._superseded: dict[Table, list[tuple[int, Cause]]] = {}
        self._fired: list[dict[str, Any]] = []
        self._intervals: dict[Table, list[tuple[Stored, Subject, Cause]]] = {}
        self._amended: list[dict[str, Any]] = []

    def supersede(self, table: Table, which: int, cause: Cause) -> None:
        """Let the row in force end: a firing's by row, an interval's by id."""
        self._superseded.setdefault(table, []).append((which, cause))

    def fire(self, row: dict[str, Any]) -> None:
        """Add the row in force of a firing."""
        self._fired.append(row)

    def insert(self, table: Table, stored: Stored, subject: Subject, cause: Cause) -> None:
        """Add the row in force of an interval."""
        self._intervals.setdefault(table, []).append((stored, subject, cause))

    def amend(self, row: int, because: Mapping[str, Any]) -> None:
        """Let the row of a firing say what has become of its end."""
        self._amended.append({"which": row, "new": because})

    def write(self, connection: Connection, now: int) -> None:
        """Write and forget what was gathered."""
        driver = _Driver(connection, now)
        for table, ended in self._superseded.items():
            driver.supersede(table, ended)
        for table, intervals in self._intervals.items():
            driver.insert(table, intervals)
        if self._fired:
            connection.execute(insert(firings), [{**row, "known_at": now} for row in self._fired])
        if self._amended:
            amend = update(firings).where(firings.c.row == bindparam("which"))
            said = {"because": bindparam("new", type_=firings.c.because.type), "grown_at": now}
            connection.execute(amend.values(said), self._amended)
        self._superseded.clear()
        self._amended.clear()
        self._intervals.clear()
        self._fired.clear()


class _Driver:
    """Writes the most frequent rows as the driver takes them, and a cause, which many of them share, out once."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._mark = "?" if connection.dialect.name == "sqlite" else "%s"
        self._texts: dict[int, str] = {}

    def supersede(self, table: Table, ended: Iterable[tuple[int, Cause]]) -> None:
        """Let rows in force end."""
        which, mark = "row" if table is firings else "id", self._mark
        change = f"UPDATE {table.name} SET superseded_at = {mark}, superseded_because = {mark}"
        rows = [(self._now, self._text(cause), number) for number, cause in ended]
        self._connection.exec_driver_sql(f'{change} WHERE "{which}" = {mark} AND superseded_at IS NULL', rows)

    def insert(self, table: Table, intervals: Iterable[tuple[Stored, Subject, Cause]]) -> None:
        """Add rows in force."""
        names = ("id", "revision", *_INTERVAL, "known_at", "cause", *_NAMES[table.name])
        rows = [
            (stored.id, stored.revision, *_said_of(stored.exposure), self._now, self._text(cause), *subject)
            for stored, subject, cause in intervals
        ]
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join([self._mark] * len(names))
        self._connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", rows)

    def _text(self, cause: Cause) -> str:
        text = self._texts.get(id(cause))
        if text is None:
            text = self._texts[id(cause)] = json.dumps(cause)
        return text


def name_of(subject: Subject) -> dict[str, str | None]:
    """Return the columns that name a subject, which is also how events name it."""
    return dict(subject._asdict())


def firing_key(firing: Firing) -> FiringKey:
    """Return what tells a firing from the others of its subject."""
    return firing.rule, firing.at, firing.kind, firing.action, 0 if firing.after is None else firing.after.hold


def because(firing: Firing) -> dict[str, Any]:
    """Return what a firing rests on, as JSON."""
    said = {name: getattr(firing, name) for name in _BECAUSE}
    return {**said, "places": list(firing.places), "why": dict(firing.why)}


def kept(firing: Firing, counts_from: int | None = None) -> dict[str, Any]:
    """Return what the row of a firing keeps beside its rule, as JSON: what it rests on, and how it ended.

    `counts_from`: from when a silence counts for people, where that is not its start.
    """
    lost = {} if firing.lost is None else {"lost": firing.lost._asdict()}
    counts = {} if counts_from is None else {"counts_from": counts_from}
    return {**because(firing), **lost, **counts}


def firing_of(row: Any) -> Firing:
    """Return the firing that a row tells of."""
    return Firing(rule=row.rule, at=row.at, action=row.action, severity=row.severity, **_read(row.because))


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    lost = said.get("lost")
    told = {name: value for name, value in said.items() if name != "counts_from"}
    return {**told, "places": tuple(said["places"]), "lost": None if lost is None else _lost(lost)}


def _lost(said: Mapping[str, Any]) -> Lost:
    """Return how something ended; older versions called the first value since `heard`."""
    return Lost(**{"value_at" if name == "heard" else name: value for name, value in said.items()})


def exposure_of(row: Any) -> Exposure:
    """Return the interval that a row tells of."""
    return Exposure(row.rule, row.since, row.until, row.minutes, row.degree_minutes, row.peak, row.fired_at)


def firing_row(firing: Firing, counts_from: int | None = None) -> dict[str, Any]:
    """Return the columns of a firing."""
    said = {"rule": firing.rule, "at": firing.at, "action": firing.action, "severity": firing.severity}
    return {**said, "because": kept(firing, counts_from)}


def fired_of(row: Mapping[str, Any], known_at: int | None = None) -> Fired:
    """Return what a row of `firings` tells of, as known at an instant (default: now): for whom, and the firing.

    What grew later is left out: the sentence of what went on is "", and `why` has no numbers.
    """
    place = row["location"]
    subject = UnitKey(row["product"], row["lot"], row["unit"]) if place is None else LocationKey(place)
    plain = {name: row[name] for name in ("rule", "at", "action", "severity")}
    because = row["because"]
    if grew_after(row, known_at):
        growing = {"sentence": "", "why": {}} if because["until"] is None else {}
        because = {**because, **growing, "lost": None}
    return Fired(subject, Firing(**plain, **_read(because)))


def subject_row(subject: Subject) -> dict[str, str | None]:
    """Return the columns that name a subject in a table of units and locations."""
    return {"location": None, "product": None, "lot": None, "unit": None, **name_of(subject)}


def subject_of(row: Any) -> Subject:
    """Return the subject that a row names."""
    location = getattr(row, "location", None)
    return LocationKey(location) if location is not None else UnitKey(row.product, row.lot, row.unit)


def maximum(connection: Connection, column: Any) -> int:
    """Return the greatest value of a column, 0 if there is none."""
    return connection.scalar(select(func.max(column))) or 0
