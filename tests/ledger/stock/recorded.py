"""Movements recorded in the live system, and what its rows say, to be held against the fold of the file of them."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from batches.fields import read_json
from batches.form import read_movement
from batches.history import History, history
from batches.movements import Movement
from batches.names import ON_RECORD, Names
from batches.stock import NEVER_SET, Stock
from domain.errors import Refused
from domain.model import UnitKey
from domain.times import DAY, format_instant, parse_instant
from ledger.requests import Override, Record
from store.known_at import in_force
from store.stock.tables import flows, lot_statuses, movements, unit_sources, unit_states, units
from tests.batches.stock_room import SITE, day
from tests.batches.stock_room import names as names_of_site
from tests.ledger.stage import Stage

NOW = parse_instant(day(1)) + 100 * DAY
ALL_TIME = 1 << 62


def stage_on(database: Any) -> Stage:
    """A writer over a database, with the site of the tests of `batches`."""
    stage = Stage(database, site="")
    stage.apply(SITE, NOW - DAY)
    return stage


def record(stage: Stage, *wanted: dict[str, Any], now: int = NOW, **more: Any) -> Any:
    """Record movements; raises what it is refused with."""
    texts = [(f"[{i}]", json.dumps(each)) for i, each in enumerate(wanted)]
    return stage.ask(Record(movements=texts, **{"override": Override("it is so"), **more}), now)


def on_record(stage: Stage, known_at: int | None = None) -> list[str]:
    """The movements as recorded, in the order of recording."""
    known = () if known_at is None else (movements.c.recorded_at <= known_at,)
    return [row.recorded for row in stage.rows(movements, *known)]


def folded(lines: Sequence[str], until: int = ALL_TIME) -> Stock:
    """What movements come to by an instant, by the pure core. Raises Refused."""
    return happened(lines).until(until)


def happened(lines: Sequence[str]) -> History:
    """The movements of a file of these lines that are on record. Raises Refused."""
    return history([_movement(line, ON_RECORD, i) for i, line in enumerate(lines, 1)], ALL_TIME, "M.jsonl")


_read: dict[tuple[str, int, int], tuple[Movement, Names]] = {}


def _movement(line: str, names: Names, number: int) -> Movement:
    """A line as read, once: files of one property differ by a line."""
    key = line, id(names), number
    if key not in _read:  # with the names, whose id is then nobody else's
        _read[key] = read_movement(read_json(line), names, number), names
    return _read[key][0]


def is_possible(lines: Sequence[str], *more: dict[str, Any], names: Names | None = None, now: int = NOW) -> bool:
    """Tell whether a file of these lines, and more, is taken."""
    known = names or names_of_site()
    read = [_movement(line, known, i) for i, line in enumerate([*lines, *map(json.dumps, more)], 1)]
    try:
        history(read, now, "M.jsonl").all()
    except Refused:
        return False
    return True


def instants(lines: Sequence[str]) -> list[int]:
    """The instants at which something happened."""
    return sorted({parse_instant(json.loads(line)["at"]) for line in lines})


def said_by(stock: Stock) -> dict[str, Any]:
    """What a stock says of units, lots, what came of what, and what came and went."""
    said: dict[str, Any] = {"units": {}, "sources": set(), "flows": [], "lots": {}}
    for key, unit in stock.units.items():
        party = None if unit.shipment is None else stock.shipments[unit.shipment].party
        positions = [
            None if at == NEVER_SET else at for at in (unit.own.set_at, unit.own.blocked_at, unit.own.released_at)
        ]
        where = unit.quantity, unit.state.value, unit.where, unit.shipment, party
        said["units"][key] = (*where, unit.own.status, *positions)
        said["sources"] |= {(key, source.key) for source in unit.sources}
        said["flows"] += [(key, *flow) for flow in unit.flows]
    said["flows"].sort(key=str)
    said["lots"] = {key: lot.status.status for key, lot in stock.lots.items() if lot.status.status is not None}
    return said


def said_by_rows(stage: Stage, at: int = ALL_TIME, known_at: int | None = None) -> dict[str, Any]:
    """The same by the rows, as of an instant and as known at one."""
    with stage.database.read() as connection:
        keys = {row.id: UnitKey(row.product, row.lot, row.unit or None) for row in connection.execute(select(units))}
    said: dict[str, Any] = {"units": {}, "sources": set(), "flows": [], "lots": {}}
    for row in _rows(stage, unit_states, at, known_at):
        pairs = (
            (row.set_at, row.set_number),
            (row.blocked_at, row.blocked_number),
            (row.released_at, row.released_number),
        )
        positions = [None if pair[0] is None else pair for pair in pairs]
        where = row.quantity, row.state, row.location, row.shipment, row.party
        said["units"][keys[row.unit]] = (*where, row.status, *positions)
    said["sources"] = {(keys[row.unit], keys[row.source]) for row in _rows(stage, unit_sources, at, known_at)}
    went = _rows(stage, flows, at, known_at)
    said["flows"] = sorted(((keys[r.unit], r.kind, r.quantity, r.at, r.party, r.shipment) for r in went), key=str)
    said["lots"] = {(row.product, row.lot): row.status for row in _rows(stage, lot_statuses, at, known_at)}
    return said


def _rows(stage: Stage, table: Any, at: int, known_at: int | None) -> list[Any]:
    found = stage.rows(table, table.c.at <= at, *in_force(table, known_at))
    return sorted(found, key=lambda row: (row.at, row.number, row.row))


def check_rows(stage: Stage) -> None:
    """Hold the rows against the file of what is on record, at each instant; and the ends of the states in force."""
    lines = on_record(stage)
    file = happened(lines)
    for at in instants(lines):
        assert said_by_rows(stage, at) == said_by(file.until(at)), format_instant(at)
    check_ends(stage)


def check_ends(stage: Stage) -> None:
    """The end of each state in force is the next one's position."""
    states = _rows(stage, unit_states, ALL_TIME, None)
    for unit in {row.unit for row in states}:
        mine = [row for row in states if row.unit == unit]
        following = [(row.at, row.number) for row in mine[1:]]
        ends = [(row.until_at, row.until_number) for row in mine]
        assert ends == [*following, (None, None)]
