"""What was on record of each hold, and when: a copy of its row whenever it says something else than before."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import JSON, Connection, bindparam, insert, literal, select, update

from ledger.corrections.causes import Cause
from store.tables import hold_revisions, holds

Why = Mapping[str, Any]

# What goes on changes these alone, with every reading.
NUMBERS = ("minutes", "degree_minutes", "peak", "sentence", "why", "used")

_COPIED: tuple[Any, ...] = tuple(column.name for column in holds.columns)


class Numbered(Protocol):
    """A hold and why it was placed."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def why(self) -> dict[str, Any]:
        """What it rests on."""


def merely_grew(before: Why, after: Why) -> bool:
    """Tell whether what a hold rests on goes on as before: only its numbers differ, or what is used of an allowance."""
    names = NUMBERS if before["until"] is None else ("used",)
    told = [{name: value for name, value in why.items() if name not in names} for why in (before, after)]
    return told[0] == told[1]


def revise(connection: Connection, causes: Mapping[int, Cause], now: int) -> None:
    """Keep what `holds` says of these, by id, from now on as a revision, in place of the one in force, and why."""
    if not causes:
        return
    which = [{"which": number, "because": cause} for number, cause in sorted(causes.items())]
    because = bindparam("because", type_=JSON)
    ended = update(hold_revisions).where(_in_force()).values(superseded_at=now, superseded_because=because)
    connection.execute(ended, which)
    copied = select(*(holds.c[name] for name in _COPIED), literal(now), because).where(holds.c.id == bindparam("which"))
    connection.execute(insert(hold_revisions).from_select([*_COPIED, "known_at", "cause"], copied), which)


def grow(connection: Connection, grown: Sequence[Numbered], now: int) -> None:
    """Bring the numbers of revisions in force up to date."""
    if grown:
        change = update(hold_revisions).where(_in_force()).values(why=bindparam("new"), grown_at=now)
        connection.execute(change, [{"which": hold.id, "new": hold.why} for hold in grown])


def _in_force() -> Any:
    return (hold_revisions.c.id == bindparam("which")) & hold_revisions.c.superseded_at.is_(None)
