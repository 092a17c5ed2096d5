"""What the rules say, in revisions: rows of exposures, excursions and firings, kept equal to the engine's judgement.

A row changes in three ways only: it is superseded, the numbers of what goes on are brought up to date now and then, and
what fired learns when a value in range was heard after its end.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from domain.times import NEVER, SECOND
from ledger.corrections.causes import Why, rebuilt
from ledger.event_log import EventLog
from ledger.verdicts.interval_changes import Differences, IntervalChanges, Key, Stored, differences
from ledger.verdicts.rows import (
    FiringKey,
    Pending,
    exposure_of,
    firing_key,
    firing_of,
    firing_row,
    kept,
    maximum,
    name_of,
    subject_of,
    subject_row,
)
from ledger.verdicts.stored_intervals import StoredIntervals
from rules.alarms.backdated import is_dated_back
from rules.alarms.problems import Subject
from rules.engine import Change
from rules.judgement import NO_JUDGEMENT, Exposure, Firing, beside
from rules.subjects.whereabouts import LocationKey, UnitKey
from store.compaction import horizon
from store.tables import excursions, exposures, firings

GROW_EVERY = 5 * SECOND

_NUMBERS: tuple[Any, ...] = ("minutes", "degree_minutes", "peak")


@dataclass(slots=True)
class StoredFiring:
    """The row in force of a firing; `counts_from`: of a silence that nobody could have noticed before that instant."""

    row: int
    firing: Firing
    counts_from: int | None = None


@dataclass(slots=True)
class RowsInForce:
    """The rows in force of one subject."""

    intervals: StoredIntervals = field(default_factory=StoredIntervals)
    firings: dict[FiringKey, StoredFiring] = field(default_factory=dict)


class _Comparison(NamedTuple):
    """What is said otherwise than is on record: alike for all subjects that were judged alike, and are."""

    intervals: Differences
    fired_before: Collection[FiringKey]
    fired: Sequence[Firing]


class Revision(NamedTuple):
    """A subject whose rows in force have changed, with the firings that ended and those that are new."""

    subject: Subject
    before: Sequence[Firing]
    after: Sequence[Firing]
    changes: IntervalChanges


class Verdicts:
    """The rows in force of every subject."""

    def __init__(self, connection: Connection) -> None:
        self._in_force: dict[Subject, RowsInForce] = {}
        self._pending = Pending()
        self._last = {table.name: maximum(connection, table.c.id) for table in (exposures, excursions)}
        self._last_firing = maximum(connection, firings.c.row)
        self._grown: set[tuple[Subject, Key]] = set()
        self._grown_firings: set[tuple[Subject, FiringKey]] = set()
        self._why: Why = rebuilt
        self._now = 0
        self.grow_at: int | None = None  # when what has grown must be written
        self.look_at_horizon(connection)
        self._load(connection)

    def look_at_horizon(self, connection: Connection) -> None:
        """Find out before when readings were forgotten by now."""
        self._horizon = horizon(connection) or -NEVER

    def subjects(self) -> list[Subject]:
        """Return every subject that has rows in force."""
        return list(self._in_force)

    def has(self, subject: Subject) -> bool:
        """Tell whether a subject has rows in force."""
        return subject in self._in_force

    def in_force(self, subject: Subject) -> RowsInForce:
        """Return the rows in force of a subject."""
        return self._in_force.get(subject) or RowsInForce()

    def firings(self, subject: Subject) -> list[Firing]:
        """Return what has fired for a subject."""
        return [stored.firing for stored in self.in_force(subject).firings.values()]

    def counts_from(self, subject: Subject, firing: Firing) -> int | None:
        """Return from when a silence counts for people, where that is not its start."""
        stored = self.in_force(subject).firings.get(firing_key(firing))
        return None if stored is None else stored.counts_from

    def write(
        self, connection: Connection, changes: Iterable[Change], event_log: EventLog, why: Why = rebuilt
    ) -> list[Revision]:
        """Make the rows in force equal to the new judgement, and keep why; return what changed, by subject.

        Numbers that merely grow wait for `flush`.
        """
        self._why, self._now = why, event_log.at
        changes, known = list(changes), dict[tuple[int, int], _Comparison]()
        revisions = [found for change in changes if (found := self._take(change, event_log.at, known)) is not None]
        self._pending.write(connection, event_log.at)
        for subject, *_ in revisions:
            event_log.event("judged", name_of(subject))
        return revisions

    @property
    def horizon(self) -> int:
        """Before when readings were forgotten."""
        return self._horizon

    def grow_now(self, now: int) -> None:
        """Let what grows be written in this step."""
        self.grow_at = now

    def is_growing(self, now: int) -> bool:
        """Let what grows be written soon; tell whether it is time."""
        if self.grow_at is None:
            self.grow_at = now + GROW_EVERY
        return now >= self.grow_at

    def flush(self, connection: Connection, now: int) -> set[Subject]:
        """Write what has grown, if it is time; return whose numbers they are."""
        if self.grow_at is None or now < self.grow_at:
            return set()
        grown = {subject for subject, _ in (*self._grown, *self._grown_firings)}
        self._write_grown(connection, now)
        self._grown.clear()
        self._grown_firings.clear()
        self.grow_at = None
        return grown

    # --- comparing ---

    def _take(self, change: Change, now: int, known: dict[tuple[int, int], "_Comparison"]) -> Revision | None:
        rows = self._in_force.setdefault(change.subject, RowsInForce())
        alike = id(change.before), id(change.after)
        comparison = known.get(alike)
        if comparison is None:
            if change.before == NO_JUDGEMENT:  # its rows may say anything
                before = [each.exposure for each in rows.intervals.values()]
                comparison = self._compare(change, before, list(rows.firings))
            else:
                before, fired = beside(change.before, change.after)
                comparison = known[alike] = self._compare(change, before, [firing_key(each) for each in fired])
        changes = comparison.intervals.of(rows.intervals)
        self._revise(change.subject, rows, changes)
        ended, begun = self._refire(change.subject, rows, comparison.fired_before, comparison.fired)
        if not rows.intervals and not rows.firings:
            del self._in_force[change.subject]
        if self.grow_at is None and (self._grown or self._grown_firings):
            self.grow_at = now + GROW_EVERY
        return Revision(change.subject, ended, begun, changes) if changes.is_significant or ended or begun else None

    def _compare(
        self, change: Change, before: Sequence[Exposure], fired_before: Collection[FiringKey]
    ) -> "_Comparison":
        """Compare a judgement with what is on record of what it may have changed: of what is settled in it nothing."""
        exposures, fired = beside(change.after, change.before)
        intervals = differences(before, [*exposures, *self._forgotten(before, exposures)])
        return _Comparison(intervals, fired_before, fired)

    def _forgotten(self, before: Iterable[Exposure], now: Iterable[Exposure]) -> list[Exposure]:
        """Return exposures of a time whose readings are no longer kept: they stay as they are."""
        if self._horizon == -NEVER:
            return []
        known = {(exposure.rule, exposure.since) for exposure in now}
        return [
            e for e in before if e.until is not None and e.until <= self._horizon and (e.rule, e.since) not in known
        ]

    def _revise(self, subject: Subject, rows: RowsInForce, changes: IntervalChanges) -> None:
        table = excursions if isinstance(subject, LocationKey) else exposures
        for stored, exposure in changes.grown:
            stored.exposure = exposure
            self._grown.add((subject, (exposure.rule, exposure.since)))
        if not changes.is_significant:
            return
        why = self._why(subject)
        for stored in (*changes.gone, *(stored for stored, _ in changes.revised)):
            key = (stored.exposure.rule, stored.exposure.since)
            del rows.intervals[key]
            self._grown.discard((subject, key))
            self._pending.supersede(table, stored.id, why)
        written = [Stored(stored.id, stored.revision + 1, exposure) for stored, exposure in changes.revised]
        for exposure in changes.added:
            self._last[table.name] += 1
            written.append(Stored(self._last[table.name], 1, exposure))
        for stored in written:
            rows.intervals[stored.exposure.rule, stored.exposure.since] = stored
            self._pending.insert(table, stored, subject, why)

    def _refire(
        self, subject: Subject, rows: RowsInForce, stored_before: Collection[FiringKey], now: Sequence[Firing]
    ) -> tuple[Sequence[Firing], Sequence[Firing]]:
        if not stored_before and not now:
            return (), ()
        before: list[Firing] = []
        after: list[Firing] = []
        wanted = {firing_key(firing): firing for firing in now}
        known: dict[str, int | None] = {}  # by rule: from when a silence counts that is another now
        for key in (key for key in stored_before if key not in wanted):
            if key[1] < self._horizon:
                continue
            known[key[0]] = rows.firings[key].counts_from
            before.append(self._unfire(subject, rows, key))
        for key, firing in wanted.items():
            stored = rows.firings.get(key)
            if stored is not None and stored.firing == firing:
                continue
            if stored is not None and replace(stored.firing, lost=firing.lost) == firing:
                before.append(stored.firing)
                after.append(firing)
                stored.firing = firing
                self._pending.amend(stored.row, kept(firing, stored.counts_from))
                continue
            if stored is not None and _merely_grew(stored.firing, firing):
                stored.firing = firing
                self._grown_firings.add((subject, key))
                continue
            counts_from = stored.counts_from if stored is not None else self._counts_from(subject, firing, known)
            if stored is not None:
                before.append(self._unfire(subject, rows, key))
            after.append(firing)
            self._fire(subject, rows, key, firing, counts_from)
        return before, after

    def _unfire(self, subject: Subject, rows: RowsInForce, key: FiringKey) -> Firing:
        stored = rows.firings.pop(key)
        self._grown_firings.discard((subject, key))
        self._pending.supersede(firings, stored.row, self._why(subject))
        return stored.firing

    def _counts_from(self, subject: Subject, firing: Firing, known: Mapping[str, int | None]) -> int | None:
        if firing.direction != "silent":
            return None
        if firing.rule in known and firing.until is None:
            return known[firing.rule]
        return self._now if is_dated_back(subject, firing, self._why(subject), self._now) else None

    def _fire(
        self, subject: Subject, rows: RowsInForce, key: FiringKey, firing: Firing, counts_from: int | None
    ) -> None:
        self._last_firing += 1
        rows.firings[key] = StoredFiring(self._last_firing, firing, counts_from)
        named = {**subject_row(subject), "cause": self._why(subject)}
        self._pending.fire({"row": self._last_firing, **firing_row(firing, counts_from), **named})

    # --- reading and writing ---

    def _write_grown(self, connection: Connection, now: int) -> None:
        for table, kind in ((exposures, UnitKey), (excursions, LocationKey)):
            rows = [self._in_force[subject].intervals[key] for subject, key in self._grown if isinstance(subject, kind)]
            if rows:
                in_force = (table.c.id == bindparam("which")) & table.c.superseded_at.is_(None)
                numbers: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _NUMBERS}
                change = update(table).where(in_force).values({**numbers, "grown_at": now})
                connection.execute(change, [_grown_row(row) for row in rows])
        fired = [self._in_force[subject].firings[key] for subject, key in self._grown_firings]
        if fired:
            said = {"because": bindparam("new"), "grown_at": now}
            change = update(firings).where(firings.c.row == bindparam("which")).values(said)
            connection.execute(
                change, [{"which": each.row, "new": kept(each.firing, each.counts_from)} for each in fired]
            )

    def _load(self, connection: Connection) -> None:
        for table in (exposures, excursions):
            for row in connection.execute(select(table).where(table.c.superseded_at.is_(None)).order_by(table.c.row)):
                rows = self._in_force.setdefault(subject_of(row), RowsInForce())
                rows.intervals[row.rule, row.since] = Stored(row.id, row.revision, exposure_of(row))
        for row in connection.execute(select(firings).where(firings.c.superseded_at.is_(None)).order_by(firings.c.row)):
            firing = firing_of(row)
            rows = self._in_force.setdefault(subject_of(row), RowsInForce())
            rows.firings[firing_key(firing)] = StoredFiring(row.row, firing, row.because.get("counts_from"))


def _merely_grew(before: Firing, after: Firing) -> bool:
    return before.until is None and replace(after, sentence=before.sentence, why=before.why) == before


def _grown_row(stored: Stored) -> dict[str, Any]:
    return {"which": stored.id, **{f"new_{name}": getattr(stored.exposure, name) for name in _NUMBERS}}
