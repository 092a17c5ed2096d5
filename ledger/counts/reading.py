"""Sheets as they are on record, and what a recorded count found."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from batches.counting import CountLine, CountRules, PastCount, Remedy, Sheet, last_good, remedy
from batches.effects import Happening, happen
from batches.fields import read_json
from batches.form import read_movement
from batches.movements import Count, Movement
from batches.names import ON_RECORD
from batches.stock import Counted, Position, Unit
from domain.errors import NotFoundError
from domain.model import UnitKey
from ledger.models.stock.loading import Loading
from store.stock import as_of as rows
from store.stock import counts as stored
from store.stock.as_of import AsOf


def sheet_of(row: Row[Any], lines: tuple[CountLine, ...]) -> Sheet:
    """Return a sheet of its row."""
    rules = CountRules(row.blind, row.two_persons, row.approved)
    return Sheet(row.id, row.location, row.kind, rules, tuple(UnitKey(*each) for each in row.asked), lines)


def find_sheet(connection: Connection, number: int) -> tuple[Sheet, Row[Any]]:
    """Return a sheet with its row. Raises NotFoundError if there is none."""
    row = stored.find_sheet(connection, number)
    if row is None:
        raise NotFoundError(f"no count sheet {number}")
    lines = stored.lines_of(connection, number)
    said = tuple(CountLine(each.who, UnitKey(each.product, each.lot, each.unit), each.quantity) for each in lines)
    return sheet_of(row, said), row


# --- what a count found ---


@dataclass(frozen=True, slots=True)
class Since:
    """What happened to a unit since it was last counted as expected; `good` None: it never was."""

    good: PastCount | None
    movements: list[Row[Any]]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A unit of which another quantity was counted than expected, and what that means by what is known now."""

    found: Counted
    remedy: Remedy
    since: Since


@dataclass(frozen=True, slots=True)
class CountFound:
    """A recorded count: its movement, and everything that it found."""

    movement: Movement
    location: str
    rows: list[Counted]


def find_count(connection: Connection, name: str) -> CountFound:
    """Return what a count found. Raises NotFoundError if there is none of that id, or it is voided."""
    row = stored.movement(connection, name)
    if row is None or row.do != "count" or row.voided_by is not None:
        raise NotFoundError(f"no count {name!r} that happened")
    movement = read_movement(read_json(row.recorded), ON_RECORD, row.number)
    assert isinstance(movement.done, Count)
    return CountFound(movement, movement.done.location, _counted(connection, movement))


def _counted(connection: Connection, movement: Movement) -> list[Counted]:
    """Return what was expected just before, and what was counted."""
    done = movement.done
    assert isinstance(done, Count)
    before = AsOf(movement.at, movement.line - 1)
    loading = Loading(connection, before)
    loading.add(connection.execute(rows.states(before, *rows.in_stock(locations=[done.location]))))
    happen(done, Happening(loading.stock, movement))
    return loading.stock.counts[movement.id]


def discrepancies(connection: Connection, count: CountFound) -> list[Discrepancy]:
    """Return the differences of a count, with what they mean now and what happened since the unit was last right."""
    differing = [each for each in count.rows if each.counted != each.expected]
    loading = Loading(connection, AsOf(None))
    loading.add_numbers(rows.numbers_of(connection, (), [each.unit for each in differing]))
    numbers = {unit.key: number for number, unit in loading.by_number.items()}
    found = []
    for each in differing:
        unit: Unit | None = loading.stock.units.get(each.unit)
        meant = remedy(each, count.location, unit)
        assert meant is not None
        since = Since(None, [])
        if unit is not None:
            since = _since(connection, numbers[each.unit], each.unit, count.movement.position)
        found.append(Discrepancy(each, meant, since))
    return found


def _since(connection: Connection, number: int, unit: UnitKey, before: Position) -> Since:
    listed = list(stored.movements_of(connection, number, before))
    for i in range(len(listed) - 1, -1, -1):
        if listed[i].do != "count":
            continue
        past = _past_count(connection, read_movement(read_json(listed[i].recorded), ON_RECORD, listed[i].number), unit)
        if last_good([past], before) is not None:
            return Since(past, listed[i + 1 :])
    return Since(None, listed)


def _past_count(connection: Connection, movement: Movement, unit: UnitKey) -> PastCount:
    counted = next(each for each in _counted(connection, movement) if each.unit == unit)
    return PastCount(movement.position, movement.id, counted.expected, counted.counted)
