"""Decisions as they were signed: rows that are added and never changed, and the releases among them, by unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import to_builtins
from sqlalchemy import Connection, Row, insert, select

from domain.numbers import show_value
from domain.times import MINUTE
from ledger.requests import Signature
from rules.decisions.release import Accepted, Allow, Covered, Release
from rules.subjects.whereabouts import UnitKey
from store.evidence import DECISIONS, note
from store.tables import decisions, holds


@dataclass(frozen=True, slots=True)
class Signing:
    """Who decides, when, what, why, and with whose signature; of a release, how much more is allowed."""

    who: str
    at: int
    state: str  # released | rejected | undo_asked | undone
    reason: str
    signature: Signature | None = None
    allow: Allow | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """What the record says of it beside who, when and why."""
        signed = {} if self.signature is None else {"signature": to_builtins(self.signature)}
        return {"state": self.state, **signed, **self.allowance}

    @property
    def allowance(self) -> dict[str, Any]:
        """Return how much more is allowed, as JSON for programs and people."""
        if self.allow is None:
            return {}
        return {"allow": {"minutes": self.allow.length / MINUTE, "up_to": show_value(self.allow.up_to)}}


class Decided(Protocol):
    """A hold that somebody decides on, as it is on record."""

    @property
    def id(self) -> int: ...

    @property
    def unit(self) -> UnitKey: ...

    @property
    def rule(self) -> str: ...

    @property
    def founded(self) -> bool: ...

    @property
    def revision(self) -> int: ...

    @property
    def why(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed of one hold: what was known of its rule up to an instant, and the time that it is about."""

    accepted: Accepted
    covered: Covered
    known_to: int


class Decisions:
    """The releases in force, and rejections that somebody has asked to undo."""

    def __init__(self, connection: Connection) -> None:
        self._releases: dict[UnitKey, dict[int, Release]] = {}
        self._asked: dict[int, str] = {}  # who has asked to undo the rejection of a hold
        units = select(decisions, holds.c.product, holds.c.lot, holds.c.unit, holds.c.state.label("hold_state"))
        last: dict[int, Row[Any]] = {}
        for row in connection.execute(units.join(holds, holds.c.id == decisions.c.hold).order_by(decisions.c.id)):
            last[row.hold] = row
        for row in last.values():
            if row.state == "released" and row.founded and row.hold_state == "released":
                self._keep(UnitKey(row.product, row.lot, row.unit), release_of(row))
            elif row.state == "undo_asked" and row.hold_state == "rejected":
                self._asked[row.hold] = row.who

    def units(self) -> Iterable[UnitKey]:
        """Return the units that were released."""
        return self._releases.keys()

    def releases(self, unit: UnitKey) -> list[Release]:
        """Return the releases of a unit."""
        return list(self._releases.get(unit, {}).values())

    def asked_by(self, hold: int) -> str | None:
        """Return who has asked to undo the rejection of a hold."""
        return self._asked.get(hold)

    def sign(self, connection: Connection, hold: Decided, signing: Signing, signed: Signed) -> None:
        """Keep a decision of a hold, for ever."""
        row = _row(hold, signing, signed)
        number = connection.execute(insert(decisions).values(row).returning(decisions.c.id)).scalar_one()
        note(connection, DECISIONS, [{**row, "id": number}])
        self._asked.pop(hold.id, None)
        if signing.state == "released" and hold.founded:
            release = Release(
                hold.id, hold.rule, hold.why["kind"], signed.known_to, signed.covered, signed.accepted, signing.allow
            )
            self._keep(hold.unit, release)
        elif signing.state == "undo_asked":
            self._asked[hold.id] = signing.who

    def _keep(self, unit: UnitKey, release: Release) -> None:
        self._releases.setdefault(unit, {})[release.hold] = release


def release_of(row: Row[Any]) -> Release:
    """Return the release that a row of `decisions` tells of."""
    allow = None if row.allow_minutes is None else Allow(round(row.allow_minutes * MINUTE), row.allow_up_to)
    accepted = Accepted(row.minutes, row.degree_minutes, row.peak, row.measured)
    covered = Covered(row.covers_from, row.covers_to)
    return Release(row.hold, row.rule, row.kind, row.known_to, covered, accepted, allow)


def _row(hold: Decided, signing: Signing, signed: Signed) -> dict[str, Any]:
    allow, accepted, why = signing.allow, signed.accepted, hold.why
    return {
        "hold": hold.id,
        "state": signing.state,
        "at": signing.at,
        "who": signing.who,
        "reason": signing.reason,
        "signature": None if signing.signature is None else to_builtins(signing.signature),
        "rule": hold.rule,
        "kind": why["kind"],
        "profile": why["profile"],
        "version": why["version"],
        "revision": hold.revision,
        "founded": hold.founded,
        "sentence": why["sentence"],
        "minutes": accepted.minutes,
        "degree_minutes": accepted.degree_minutes,
        "peak": accepted.peak,
        "measured": accepted.measured,
        "known_to": signed.known_to,
        "covers_from": signed.covered.since,
        "covers_to": signed.covered.until,
        "allow_minutes": None if allow is None else allow.length / MINUTE,
        "allow_up_to": None if allow is None else allow.up_to,
    }
