"""Holds: placed, revised and unfounded by what the rules say; lifted by people only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from domain.errors import ConflictError, NotFoundError
from domain.language import gettext
from domain.model import Site
from ledger.corrections.causes import Cause
from ledger.event_log import ENGINE
from ledger.holds.decisions import Decisions, Signed, Signing
from ledger.holds.revisions import grow, merely_grew, revise
from ledger.step import Step
from ledger.verdicts.rows import maximum, name_of
from ledger.verdicts.supporting import reasons
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.holds import Hold, Placed, Revised, Unfounded, decide
from rules.alarms.out_of_reach import Decided
from rules.decisions.release import NOTHING_AGAIN, Accepted, Again, Covered
from rules.judgement import Firing
from rules.messages.reasons import moment
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
        return Hold(self.id, self.rule, self.fired_at, since, until, self.founded, self.state != "held", self.after)

    @property
    def after(self) -> int | None:
        """The hold whose release it comes after; None: it rests on what fired by itself."""
        after = self.why.get("after")
        return None if after is None or not after["own"] else int(after["hold"])


class Holding:
    """All holds, by unit."""

    def __init__(self, connection: Connection) -> None:
        self._holds: dict[int, StoredHold] = {}
        self._of: dict[UnitKey, list[int]] = {}
        self._last = maximum(connection, holds.c.id)
        self._fresh: dict[int, dict[str, Any]] = {}  # rows to insert
        self._touched: set[int] = set()  # rows to update
        self._grown: set[int] = set()  # those of them in which only numbers differ
        self._again: dict[UnitKey, Again] = {}  # what releases make of the verdicts
        self.decisions = Decisions(connection)
        for row in connection.execute(select(holds).order_by(holds.c.id)):
            unit = UnitKey(row.product, row.lot, row.unit)
            held = (row.id, unit, row.rule, row.fired_at, row.founded, row.state, row.why, row.revision)
            self._keep(StoredHold(*held, row.disposed_by, row.placed_at, row.disposed_at))

    def units(self) -> set[UnitKey]:
        """Return the units that have ever been on hold."""
        return set(self._of)

    def has(self, unit: UnitKey) -> bool:
        """Tell whether a unit has ever been on hold."""
        return unit in self._of

    def of_firing(self, unit: UnitKey, firing: Firing) -> StoredHold | None:
        """Return the founded hold of what fired, lifted or not; of what an allowance covers, the one released so."""
        covering = dict(self.again(unit).covered).get((firing.rule, firing.at))
        if covering is not None and firing.after is None:
            return self._holds[covering]
        after = None if firing.after is None else firing.after.hold
        found = [h for h in self._holds_of(unit) if h.founded and h.rule == firing.rule and h.after == after]
        return next((h for h in found if after is not None or h.fired_at == firing.at), None)

    def again(self, unit: UnitKey) -> Again:
        """Return what the releases of a unit make of its verdict."""
        return self._again.get(unit, NOTHING_AGAIN)

    def take_again(self, again: Mapping[UnitKey, Again]) -> None:
        """Take what releases make of the verdicts of some units now."""
        self._again.update(again)

    def firing_of(self, stored: StoredHold, verdicts: Verdicts) -> Firing | None:
        """Return what a hold rests on; None: nothing holds it any more."""
        if not stored.founded:
            return None
        if stored.after is not None:
            return next((f for f in self.again(stored.unit).firings if f.after and f.after.hold == stored.after), None)
        fired = (firing for firing in verdicts.firings(stored.unit) if firing.action == "hold")
        return next((f for f in fired if (f.rule, f.at) == (stored.rule, stored.fired_at)), None)

    def decided(self, unit: UnitKey) -> list[Decided]:
        """Return all holds of a unit, founded or not, with what people decided."""
        return [Decided(h.placed_at, h.state, h.disposed_at, h.disposed_by) for h in self._holds_of(unit)]

    def of(self, ids: Iterable[int]) -> list[StoredHold]:
        """Return holds by id."""
        return [self._holds[number] for number in ids]

    def write(self, step: Step, units: Iterable[UnitKey], verdicts: Verdicts) -> None:
        """Bring the holds of these units to what the rules, and their releases, say of them now."""
        for unit in units:
            firings = self._holding_firings(unit, verdicts)
            why = partial(self._why, step.histories.site, verdicts, unit)
            for effect in decide([stored.hold for stored in self._holds_of(unit)], firings):
                match effect:
                    case Placed(firing):
                        self._place(step, unit, firing, why(firing))
                    case Revised(hold, firing):
                        stored = self._holds[hold.id]
                        revised = replace(stored, fired_at=firing.at, founded=True, why=why(firing, hold.id))
                        self._change(step, revised, "revised")
                    case Unfounded(hold):
                        if hold.after is None or hold.fired_at >= verdicts.horizon:  # else its readings are forgotten
                            self._change(step, replace(self._holds[hold.id], founded=False), "unfounded")
            self._refresh([hold for hold in self._holds_of(unit) if hold.id not in self._touched], firings, why)
        self._flush(step)

    def _holding_firings(self, unit: UnitKey, verdicts: Verdicts) -> list[Firing]:
        """Return what calls for a hold: what no allowance covers, and what goes beyond a release."""
        again = self.again(unit)
        covered = dict(again.covered)
        fired = [f for f in verdicts.firings(unit) if f.action == "hold" and (f.rule, f.at) not in covered]
        return [*fired, *again.firings]

    def _why(self, site: Site, verdicts: Verdicts, unit: UnitKey, firing: Firing, hold: int | None = None) -> Why:
        """Return what a hold rests on, since which release, and how much of what was allowed is used."""
        why = reasons(site, verdicts, unit, firing)
        releases = [each for each in self.decisions.releases(unit) if each.rule == firing.rule and each.at < firing.at]
        if firing.after is not None:
            why["after"] = {"hold": firing.after.hold, "released_at": firing.after.at, "own": True}
        elif releases:
            last = max(releases, key=lambda each: (each.at, each.hold))
            why["after"] = {"hold": last.hold, "released_at": last.at, "own": False}
            said = {"text": why["sentence"], "at": moment(last.at)}
            why["sentence"] = gettext("{text}, since the release of {at}", **said)
        used = next((each for each in self.again(unit).used if each.hold == hold), None)
        if used is not None:
            why["used"] = {"minutes": used.minutes, "peak": used.worst}
        return why

    def find_held(self, ids: Iterable[int]) -> list[StoredHold]:
        """Return holds that wait for a decision.

        Raises NotFoundError for an unknown one, ConflictError for one that somebody disposed of already.
        """
        return [self._find(number, "held") for number in dict.fromkeys(ids)]

    def dispose(self, step: Step, found: Sequence[tuple[StoredHold, Signed]], signing: Signing) -> None:
        """Release or reject holds that wait for it."""
        who, state, reason = signing.who, signing.state, signing.reason
        row = {"disposed_by": who, "disposed_at": step.now, "reason": reason}
        for stored, signed in found:
            self.decisions.sign(step.connection, stored, signing, signed)
            revision = stored.revision + 1
            self._update(replace(stored, state=state, revision=revision, disposed_by=who, disposed_at=step.now))
            step.connection.execute(update(holds).where(holds.c.id == stored.id).values(row))
            subject = {"hold": stored.id, **name_of(stored.unit), **signing.allowance}
            before, after, key = {"state": stored.state}, signing.shown, str(stored.id)
            step.event_log.action(who, state, "hold", key, subject, before=before, after=after, reason=reason)
        self._flush(step, {"kind": "decision", "who": who})

    def undo_rejections(self, step: Step, ids: Iterable[int], signing: Signing) -> list[StoredHold]:
        """Put rejected units on hold again, once a second person signs; return the holds that are.

        Raises NotFoundError for an unknown hold, ConflictError for one that is not rejected, or if one person signs
        twice.
        """
        found = [self._find(number, "rejected") for number in dict.fromkeys(ids)]
        asked = {stored.id: self.decisions.asked_by(stored.id) for stored in found}
        twice = next((number for number, by in asked.items() if by == signing.who), None)
        if twice is not None:
            raise ConflictError(f"you have signed to undo the rejection of hold {twice}: a second person must sign too")
        if len({by is None for by in asked.values()}) > 1:
            raise ConflictError("of these holds some wait for the first signature and some for the second")
        nothing = Signed(Accepted(), Covered(step.judged_at, step.judged_at), step.judged_at)
        done = all(by is not None for by in asked.values())
        signing = replace(signing, state="undone" if done else "undo_asked")
        row = {"disposed_by": None, "disposed_at": None, "reason": None}
        for stored in found:
            self.decisions.sign(step.connection, stored, signing, nothing)
            if done:
                changed = replace(
                    stored, state="held", revision=stored.revision + 1, disposed_by=None, disposed_at=None
                )
                self._update(changed)
                step.connection.execute(update(holds).where(holds.c.id == stored.id).values(row))
            subject, key = {"hold": stored.id, **name_of(stored.unit)}, str(stored.id)
            before, after, what = {"state": "rejected"}, signing.shown, f"rejection_{signing.state}"
            step.event_log.action(
                signing.who, what, "hold", key, subject, before=before, after=after, reason=signing.reason
            )
        self._flush(step, {"kind": "decision", "who": signing.who})
        return self.of(stored.id for stored in found) if done else []

    def _find(self, number: int, state: str) -> StoredHold:
        stored = self._holds.get(number)
        if stored is None:
            raise NotFoundError(f"no hold {number}")
        if stored.state != state:
            raise ConflictError(
                f"hold {number} is {stored.state} already" if state == "held" else _is_not(stored, state)
            )
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

    def _refresh(
        self, known: Iterable[StoredHold], firings: Sequence[Firing], why: Callable[[Firing, int], Why]
    ) -> None:
        """Bring the numbers of founded holds up to date."""
        by_reason = {_reason(firing): firing for firing in firings}
        for stored in known:
            key = ("", 0, stored.after) if stored.after is not None else (stored.rule, stored.fired_at, None)
            if stored.founded and key in by_reason:
                now = why(by_reason[key], stored.id)
                if now == stored.why:
                    continue
                grew = merely_grew(stored.why, now)
                if grew:
                    self._grown.add(stored.id)
                self._update(replace(stored, why=now, revision=stored.revision + (not grew)))

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


def _reason(firing: Firing) -> tuple[str, int, int | None]:
    return ("", 0, firing.after.hold) if firing.after is not None else (firing.rule, firing.at, None)


def _is_not(stored: StoredHold, state: str) -> str:
    return f"hold {stored.id} is {stored.state}, not {state}"


def _note(step: Step, what: str, after: StoredHold, before: StoredHold | None) -> None:
    subject = {"hold": after.id, "rule": after.rule, **name_of(after.unit)}
    step.event_log.action(ENGINE, what, "hold", str(after.id), subject, before=_shown(before), after=_shown(after))


def _changing(stored: StoredHold, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": getattr(stored, name) for name in _CHANGING}


def _shown(stored: StoredHold | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    return {"fired_at": stored.fired_at, "founded": stored.founded, "state": stored.state, "why": stored.why}
