"""Holds: placed, revised and unfounded by what the rules say; lifted by people only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from msgspec import to_builtins
from sqlalchemy import Connection, bindparam, insert, select, update

from domain.errors import ConflictError, NotFoundError
from ledger.corrections.causes import Cause
from ledger.event_log import ENGINE
from ledger.holds.revisions import grow, merely_grew, revise
from ledger.requests import Signature
from ledger.step import Step
from ledger.verdicts.rows import maximum, name_of
from ledger.verdicts.supporting import reasons
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.holds import Hold, Placed, Revised, Unfounded, decide
from rules.alarms.out_of_reach import Decided
from rules.judgement import Firing
from rules.subjects.whereabouts import UnitKey
from store.tables import holds

Why = dict[str, Any]

_CHANGING: tuple[Any, ...] = ("fired_at", "founded", "state", "why", "revision")


@dataclass(frozen=True, slots=True)
class StoredHold:
    """A hold as it is on record."""

    id: int
    unit: UnitKey
    rule: str
    fired_at: int
    founded: bool
    state: str  # held | released | rejected
    why: Why
    revision: int
    disposed_by: str | None = None
    placed_at: int = 0
    disposed_at: int | None = None

    @property
    def hold(self) -> Hold:
        """What decides whether it stands."""
        since, until = self.why["since"], self.why["until"]
        return Hold(self.id, self.rule, self.fired_at, since, until, self.founded, self.state != "held")


@dataclass(frozen=True, slots=True)
class Disposal:
    """What a person decides of holds: `state` released or rejected, why, and with whose signature."""

    who: str
    state: str
    reason: str
    signature: Signature | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """What the record says of it beside who, when and why."""
        signed = {} if self.signature is None else {"signature": to_builtins(self.signature)}
        return {"state": self.state, **signed}


class Holding:
    """All holds, by unit."""

    def __init__(self, connection: Connection) -> None:
        self._holds: dict[int, StoredHold] = {}
        self._of: dict[UnitKey, list[int]] = {}
        self._last = maximum(connection, holds.c.id)
        self._fresh: dict[int, dict[str, Any]] = {}  # rows to insert
        self._touched: set[int] = set()  # rows to update
        self._grown: set[int] = set()  # those of them in which only numbers differ
        for row in connection.execute(select(holds).order_by(holds.c.id)):
            unit = UnitKey(row.product, row.lot, row.unit)
            held = (row.id, unit, row.rule, row.fired_at, row.founded, row.state, row.why, row.revision)
            self._keep(StoredHold(*held, row.disposed_by, row.placed_at, row.disposed_at))

    def units(self) -> set[UnitKey]:
        """Return the units that have ever been on hold."""
        return set(self._of)

    def founded(self, unit: UnitKey) -> dict[tuple[str, int], StoredHold]:
        """Return a unit's founded holds by rule and instant, those that a person has lifted included."""
        return {(h.rule, h.fired_at): h for h in self._holds_of(unit) if h.founded}

    def decided(self, unit: UnitKey) -> list[Decided]:
        """Return all holds of a unit, founded or not, with what people decided."""
        return [Decided(h.placed_at, h.state, h.disposed_at, h.disposed_by) for h in self._holds_of(unit)]

    def of(self, ids: Iterable[int]) -> list[StoredHold]:
        """Return holds by id."""
        return [self._holds[number] for number in ids]

    def write(self, step: Step, units: Iterable[UnitKey], verdicts: Verdicts) -> None:
        """Bring the holds of these units to what the rules say of them now."""
        for unit in units:
            firings = verdicts.firings(unit)
            why = partial(reasons, step.histories.site, verdicts, unit)
            for effect in decide([stored.hold for stored in self._holds_of(unit)], firings):
                match effect:
                    case Placed(firing):
                        self._place(step, unit, firing, why(firing))
                    case Revised(hold, firing):
                        stored = self._holds[hold.id]
                        revised = replace(stored, fired_at=firing.at, founded=True, why=why(firing))
                        self._change(step, revised, "revised")
                    case Unfounded(hold):
                        self._change(step, replace(self._holds[hold.id], founded=False), "unfounded")
            self._refresh([hold for hold in self._holds_of(unit) if hold.id not in self._touched], firings, why)
        self._flush(step)

    def dispose(self, step: Step, ids: Sequence[int], disposal: Disposal) -> list[int]:
        """Release or reject several holds, all or none; return their ids.

        Raises NotFoundError for an unknown one, ConflictError for one that somebody disposed of already.
        """
        found = [self._find_held(number) for number in dict.fromkeys(ids)]
        who, state, reason = disposal.who, disposal.state, disposal.reason
        row = {"disposed_by": who, "disposed_at": step.now, "reason": reason}
        for stored in found:
            revision = stored.revision + 1
            self._update(replace(stored, state=state, revision=revision, disposed_by=who, disposed_at=step.now))
            step.connection.execute(update(holds).where(holds.c.id == stored.id).values(row))
            subject, before = {"hold": stored.id, **name_of(stored.unit)}, {"state": stored.state}
            key, after = str(stored.id), disposal.shown
            step.event_log.action(who, state, "hold", key, subject, before=before, after=after, reason=reason)
        self._flush(step, {"kind": "decision", "who": who})
        return [stored.id for stored in found]

    def _find_held(self, number: int) -> StoredHold:
        stored = self._holds.get(number)
        if stored is None:
            raise NotFoundError(f"no hold {number}")
        if stored.state != "held":
            raise ConflictError(f"hold {number} is {stored.state} already")
        return stored

    def _place(self, step: Step, unit: UnitKey, firing: Firing, why: Why) -> None:
        self._last += 1
        stored = StoredHold(self._last, unit, firing.rule, firing.at, True, "held", why, 1, placed_at=step.now)
        self._keep(stored)
        self._touched.add(stored.id)
        self._fresh[stored.id] = {"id": stored.id, "rule": stored.rule, "placed_at": step.now, **name_of(unit)}
        _note(step, "placed", stored, None)

    def _change(self, step: Step, changed: StoredHold, what: str) -> None:
        before = self._holds[changed.id]
        after = replace(changed, revision=before.revision + 1)
        self._update(after)
        _note(step, what, after, before)

    def _refresh(self, known: Iterable[StoredHold], firings: Sequence[Firing], why: Callable[[Firing], Why]) -> None:
        """Bring the numbers of founded holds up to date."""
        by_reason = {(firing.rule, firing.at): firing for firing in firings if firing.action == "hold"}
        for stored in known:
            if stored.founded:
                now = why(by_reason[stored.rule, stored.fired_at])
                if now == stored.why:
                    continue
                if merely_grew(stored.why, now):
                    self._grown.add(stored.id)
                self._update(replace(stored, why=now))

    def _update(self, after: StoredHold) -> None:
        self._holds[after.id] = after
        self._touched.add(after.id)

    def _flush(self, step: Step, because: Cause | None = None) -> None:
        connection = step.connection
        if self._fresh:
            rows = [{**row, **_changing(self._holds[number])} for number, row in self._fresh.items()]
            connection.execute(insert(holds), rows)
        touched = sorted(self._touched - self._fresh.keys())
        if touched:
            rows = [{"which": number, **_changing(self._holds[number], "new_")} for number in touched]
            new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
            connection.execute(update(holds).where(holds.c.id == bindparam("which")).values(new), rows)
        grow(connection, self.of(sorted(self._grown)), step.now)
        revised = self.of(self._touched - self._grown)
        revise(connection, {hold.id: because or step.why(hold.unit) for hold in revised}, step.now)
        self._fresh.clear()
        self._touched.clear()
        self._grown.clear()

    def _keep(self, stored: StoredHold) -> None:
        self._holds[stored.id] = stored
        self._of.setdefault(stored.unit, []).append(stored.id)

    def _holds_of(self, unit: UnitKey) -> list[StoredHold]:
        return [self._holds[number] for number in self._of.get(unit, ())]


def _note(step: Step, what: str, after: StoredHold, before: StoredHold | None) -> None:
    subject = {"hold": after.id, "rule": after.rule, **name_of(after.unit)}
    step.event_log.action(ENGINE, what, "hold", str(after.id), subject, before=_shown(before), after=_shown(after))


def _changing(stored: StoredHold, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": getattr(stored, name) for name in _CHANGING}


def _shown(stored: StoredHold | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    return {"fired_at": stored.fired_at, "founded": stored.founded, "state": stored.state, "why": stored.why}
