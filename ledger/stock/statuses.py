"""Statuses of lots, and what lifts a rejection: that takes a decision (of two people), no movement."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from batches.movements import Movement, SetStatus, show_unit
from batches.stock import Stock
from domain.errors import ConflictError
from domain.model import BatchKey
from ledger.stock.given import Given, on_record
from store.stock import revisions
from store.stock.tables import lot_statuses

_REJECTED = "rejected"


def refuse_lifting(stock: Stock, movement: Movement) -> None:
    """Raise ConflictError for a status that would lift the rejection of a unit."""
    done = movement.done
    if isinstance(done, SetStatus) and done.unit is not None and done.status != _REJECTED:
        unit = stock.units.get(done.unit)
        if unit is not None and unit.own.status == _REJECTED:
            raise ConflictError(f"{unit} is rejected: only a decision lifts that")


def refuse_voids(given: Given) -> None:
    """Raise ConflictError for a void of what rejected a unit or a lot."""
    for before in given.voided_on_record:
        done = on_record(before).done if before.do == "status" else None
        if isinstance(done, SetStatus) and done.status == _REJECTED:
            what = _lot(done.batch) if done.unit is None else show_unit(done.unit)
            line = next(each for each in given.lines if each.movement.line == given.voided[before.number])
            raise ConflictError(f"{line.name}: {before.id} rejected {what}: only a decision lifts that")


def write(connection: Connection, given: Given, now: int) -> list[BatchKey]:
    """Write the statuses of lots; return the lots concerned.

    Raises ConflictError for one that would lift a rejection.
    """
    new = [line for line in given.happening if _lot_of(line.movement) is not None]
    gone = [lot for each in given.voided_on_record if each.do == "status" and (lot := _lot_of(on_record(each)))]
    lots = list(dict.fromkeys([*(lot for line in new if (lot := _lot_of(line.movement))), *gone]))
    rows = [row for row in revisions.statuses_of(connection, lots) if row.number not in given.voided]
    names = {line.movement.line: line.name for line in new}
    statuses: dict[BatchKey, list[tuple[int, int, str]]] = defaultdict(list)
    for row in rows:
        statuses[row.product, row.lot].append((row.at, row.number, row.status))
    for line in new:
        done = line.movement.done
        assert isinstance(done, SetStatus)
        statuses[done.batch].append((line.movement.at, line.movement.line, done.status))
    for lot, said in statuses.items():
        _refuse_lifting(lot, sorted(said), names)
    voided = [row.row for row in revisions.statuses_of(connection, gone) if row.number in given.voided]
    revisions.supersede(connection, lot_statuses, voided, now)
    revisions.write(connection, lot_statuses, [_row(line.movement) for line in new], now)
    return lots


def _refuse_lifting(lot: BatchKey, said: Sequence[tuple[int, int, str]], names: dict[int, str]) -> None:
    for (*_, before), (_, number, status) in itertools.pairwise(said):
        if number in names and before == _REJECTED and status != _REJECTED:
            raise ConflictError(f"{names[number]}: {_lot(lot)} is rejected: only a decision lifts that")


def _row(movement: Movement) -> dict[str, object]:
    done = movement.done
    assert isinstance(done, SetStatus)
    product, lot = done.batch
    return {"product": product, "lot": lot, "at": movement.at, "number": movement.line, "status": done.status}


def _lot_of(movement: Movement) -> BatchKey | None:
    done = movement.done
    return done.batch if isinstance(done, SetStatus) and done.unit is None else None


def _lot(batch: Iterable[str]) -> str:
    return f"lot {' '.join(batch)}"
