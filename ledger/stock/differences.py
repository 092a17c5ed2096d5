"""Rows that follow from movements are brought to what these came to: what differs is superseded, the rest stays."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table

from batches.stock import Flow
from domain.model import UnitKey
from ledger.stock.folding import Folded
from ledger.stock.reach import Reach
from store.stock import revisions
from store.stock.tables import flows, unit_sources, unit_states
from store.stock.units import Placed, Position, placed_of

Contents = tuple[Any, ...]


class Differences:
    """Writes what movements came to. `has_later`: there may be rows at or after the positions from which it differs."""

    def __init__(self, reach: Reach, ids: Mapping[UnitKey, int], now: int, has_later: bool) -> None:
        self._connection: Connection = reach.connection
        self._reach = reach
        self._ids = ids
        self._now = now
        self._starts = reach.starts if has_later else {}

    def write(self, folded: Folded, reasons: Mapping[int, str | None]) -> dict[UnitKey, int]:
        """Write states, sources and flows; return the units whose states differ, each with the first instant of it.

        `reasons`: what movements say, by number.
        """
        differing = self._write_states(folded.states)
        sources = [
            (
                (self._ids[unit], self._ids[source], *at),
                {"unit": self._ids[unit], "source": self._ids[source], **_at(at)},
            )
            for unit, source, at in folded.sources
        ]
        changed = self._replace(unit_sources, sources, lambda row: (row.unit, row.source, row.at, row.number))
        went = [self._flow(unit, at, flow, reasons[at[1]]) for unit, at, flow in folded.flows]
        self._replace(flows, went, _of_flow)
        keys = {number: key for key, number in self._ids.items()}
        for unit, at in changed:
            differing[keys[unit]] = min(at, differing.get(keys[unit], at))
        return differing

    def _write_states(self, states: Sequence[tuple[UnitKey, Position, Placed]]) -> dict[UnitKey, int]:
        keys = {number: key for key, number in self._ids.items()}
        old = _by_unit(revisions.from_on(self._connection, unit_states, self._starts))
        last = {row.unit: row for row in self._reach.before}
        new: dict[int, list[tuple[Position, Placed]]] = defaultdict(list)
        for key, at, state in states:
            new[self._ids[key]].append((at, state))
        gone: list[int] = []
        rows: list[dict[str, Any]] = []
        ends: list[tuple[int, Position | None]] = []
        differing: dict[UnitKey, int] = {}
        for unit in {**new, **old}:
            kept = {(row.at, row.number): row for row in old.get(unit, ())}
            following = [at for at, _ in new[unit][1:]] + [None]
            changes: list[int] = []
            if unit in last:
                ends += _end(last[unit], new[unit][0][0] if new[unit] else None)
            for (at, state), end in zip(new[unit], following, strict=False):
                row = kept.get(at)
                if row is not None and placed_of(row) == state:
                    del kept[at]
                    ends += _end(row, end)
                else:
                    until = {"until_at": end and end[0], "until_number": end and end[1]}
                    rows.append({"unit": unit, "product": keys[unit].product, **_at(at), **state._asdict(), **until})
                    changes.append(at[0])
            gone += [row.row for row in kept.values()]
            changes += [row.at for row in kept.values()]
            if changes:
                differing[keys[unit]] = min(changes)
        revisions.supersede(self._connection, unit_states, gone, self._now)
        revisions.end_at(self._connection, ends)
        revisions.write(self._connection, unit_states, rows, self._now)
        return differing

    def _replace(
        self, table: Table, new: Iterable[tuple[Contents, dict[str, Any]]], contents: Any
    ) -> list[tuple[int, int]]:
        """Supersede and write rows without an end of their own; return the unit and the instant of each of them."""
        kept: dict[Contents, list[Row[Any]]] = defaultdict(list)
        for row in revisions.from_on(self._connection, table, self._starts):
            kept[contents(row)].append(row)
        rows: list[dict[str, Any]] = []
        for said, fields in new:
            if kept.get(said):
                kept[said].pop()
            else:
                rows.append(fields)
        gone = [row for each in kept.values() for row in each]
        revisions.supersede(self._connection, table, [row.row for row in gone], self._now)
        revisions.write(self._connection, table, rows, self._now)
        return [*((row.unit, row.at) for row in gone), *((row["unit"], row["at"]) for row in rows)]

    def _flow(self, unit: UnitKey, at: Position, flow: Flow, reason: str | None) -> tuple[Contents, dict[str, Any]]:
        said = {"kind": flow.kind, "quantity": flow.quantity, "party": flow.party, "shipment": flow.shipment}
        row = {"unit": self._ids[unit], **_at(at), **said, "reason": reason}
        return tuple(row.values()), row


def _of_flow(row: Row[Any]) -> Contents:
    return row.unit, row.at, row.number, row.kind, row.quantity, row.party, row.shipment, row.reason


def _at(position: Position) -> dict[str, int]:
    return {"at": position[0], "number": position[1]}


def _end(row: Row[Any], end: Position | None) -> Iterable[tuple[int, Position | None]]:
    """Return what the end of a state in force becomes, if it is another."""
    now = None if row.until_at is None else (row.until_at, row.until_number)
    return () if now == end else ((row.row, end),)


def _by_unit(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.unit].append(row)
    return found
