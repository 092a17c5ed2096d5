"""Exposures and holds of units as one person may read them, at the instant that is looked at."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, select

from api.deps import View
from api.reads.lists import find
from domain.errors import NotFoundError
from domain.model import BatchKey
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.hold import Hold, hold_of
from rules.subjects.whereabouts import UnitKey
from store.known_at import in_force, known_by
from store.tables import exposures, hold_revisions, holds

OfUnit = TypeVar("OfUnit", Hold, Exposure)


def read_exposures(view: View, batch: BatchKey, *conditions: ColumnElement[bool]) -> list[Exposure]:
    """Return what was ever said of a batch's exposures, as far as the conditions leave it, in order of time."""
    known = known_by(exposures.c.known_at, view.known_at)
    of_batch = (exposures.c.product == batch[0], exposures.c.lot == batch[1], *known, *conditions)
    rows = select(exposures).where(*of_batch).order_by(exposures.c.since, exposures.c.id, exposures.c.row)
    found = (exposure_of(row._mapping, view.known_at) for row in view.connection.execute(rows))
    return [seen for each in found if (seen := view.policy.exposure(each)) is not None]


def table_of_holds(view: View) -> Table:
    """Return the table with the holds that are looked at; `those_of_holds` are the conditions that choose them."""
    return holds if view.known_at is None else hold_revisions


def those_of_holds(view: View) -> list[ColumnElement[bool]]:
    """Return the conditions that a row of that table is what is known, or was at the instant that is looked at."""
    return [] if view.known_at is None else in_force(hold_revisions, view.known_at)


def read_holds(view: View, batch: BatchKey, unit: str | None = None) -> list[Hold]:
    """Return the holds of a batch (one unit; None: all), disposed of or not, in the order in which they were placed."""
    table = table_of_holds(view)
    conditions = [table.c.product == batch[0], table.c.lot == batch[1], *those_of_holds(view)]
    conditions += [] if unit is None else [table.c.unit == unit]
    rows = view.connection.execute(select(table).where(*conditions).order_by(table.c.placed_at, table.c.id))
    found = (view.policy.hold(hold_of(row._mapping, view.known_at)) for row in rows)
    return [each for each in found if each is not None]


def read_hold_revisions(view: View, batch: BatchKey) -> list[Hold]:
    """Return everything that was on record of a batch's holds, in the order in which it became known."""
    table = hold_revisions
    of_batch = (table.c.product == batch[0], table.c.lot == batch[1], *known_by(table.c.known_at, view.known_at))
    rows = view.connection.execute(select(table).where(*of_batch).order_by(table.c.row))
    found = (view.policy.hold(hold_of(row._mapping, view.known_at)) for row in rows)
    return [each for each in found if each is not None]


def find_hold(view: View, number: int, missing: str | None = None) -> Hold:
    """Return one hold.

    Raises NotFoundError, in the words of `missing`, for one that is not there for this person, or was not there then.
    """
    look = table_of_holds(view), number, lambda row: view.policy.hold(hold_of(row, view.known_at))
    found = find(view, *look, *those_of_holds(view))
    if found is None:
        raise NotFoundError(missing or f"no hold {number}")
    return found


def by_unit(found: Iterable[OfUnit]) -> dict[UnitKey, list[OfUnit]]:
    """Return what there is of each unit, in the same order; of another unit nothing."""
    units: dict[UnitKey, list[OfUnit]] = defaultdict(list)
    for each in found:
        units[each.key].append(each)
    return units
