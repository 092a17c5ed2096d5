"""Counts as people and programs see them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from api.deps import View
from api.models.counts import (
    AdjustmentShown,
    CountShown,
    DiscrepancyShown,
    EarlierMovement,
    SheetShown,
    UnitCounted,
)
from batches.counting import Outcome, Sheet, outcome
from domain.model import UnitKey
from ledger.counts.reading import Discrepancy, discrepancies, find_count, find_sheet
from ledger.models.stock.loading import Loading
from store.stock import as_of as rows
from store.stock import counts as stored
from store.stock.as_of import AsOf


def sheet_of(view: View, number: int, who: str) -> SheetShown:
    """Return a sheet as one person may see it. Raises NotFoundError if there is none."""
    sheet, row = find_sheet(view.connection, number)
    return SheetShown(
        id=sheet.id,
        href=f"/api/v1/count-sheets/{sheet.id}",
        location=sheet.location,
        kind=sheet.kind,
        blind=sheet.rules.blind,
        two_persons=sheet.rules.two_persons,
        approved=sheet.rules.approved,
        persons=sheet.persons,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        count=row.movement,
        units=_units(view, sheet, who, is_open=row.closed_at is None),
    )


def _units(view: View, sheet: Sheet, who: str, *, is_open: bool) -> list[UnitCounted]:
    """Return what stands there or was counted. On a blind count, while it goes on, everyone sees only their own."""
    there = _in_stock(view, sheet.location) if is_open else {}
    found = outcome(sheet)
    hides = sheet.rules.blind and is_open
    lines = sheet.counted_by(who) if hides else found.lines
    listed = sheet.asked if sheet.kind == "cycle" else (() if sheet.rules.blind else tuple(there))
    keys = sorted({*listed, *lines}, key=lambda key: (key[:2], key.unit is not None, key.unit or ""))
    return [
        UnitCounted(
            **key._asdict(),
            expected=None if hides or not is_open else there.get(key, 0),
            counted=lines.get(key),
            differs=_differs(found, key) and not (hides and key not in lines),
        )
        for key in keys
    ]


def _differs(found: Outcome, key: UnitKey) -> bool:
    return key in found.differing


def _in_stock(view: View, location: str) -> dict[UnitKey, int]:
    loading = Loading(view.connection, AsOf(None))
    loading.add(view.connection.execute(rows.states(AsOf(None), *rows.in_stock(locations=[location]))))
    return {unit.key: unit.quantity for unit in loading.stock.units.values()}


def count_of(view: View, name: str) -> CountShown:
    """Return what a recorded count found. Raises NotFoundError if there is none of that id."""
    count = find_count(view.connection, name)
    return CountShown(
        count=name,
        at=count.movement.at,
        location=count.location,
        counted=len(count.rows),
        discrepancies=[_discrepancy(each) for each in discrepancies(view.connection, count)],
    )


def _discrepancy(each: Discrepancy) -> DiscrepancyShown:
    found, good = each.found, each.since.good
    return DiscrepancyShown(
        **found.unit._asdict(),
        expected=found.expected,
        counted=found.counted,
        difference=found.counted - found.expected,
        cause=each.remedy.cause,
        proposal=_plain(each.remedy.movement),
        last_good=None if good is None else good.movement,
        since=[EarlierMovement(id=row.id, at=row.at, do=row.do, who=row.who) for row in each.since.movements],
    )


def _plain(movement: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a movement whose numbers are those of JSON."""
    return None if movement is None else json.loads(json.dumps(movement, default=float))


def adjustments_of(found: Sequence[Row[Any]]) -> list[AdjustmentShown]:
    """Return adjustments of their rows."""
    return [
        AdjustmentShown(
            id=row.id,
            count=row.of_count,
            product=row.product,
            lot=row.lot,
            unit=row.unit,
            proposal=json.loads(row.proposed),
            reason=row.reason,
            needs_second=row.needs_second,
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            state=row.state,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            decided_because=row.decided_because,
            movement=row.movement,
        )
        for row in found
    ]


def open_sheets(view: View) -> list[Row[Any]]:
    """Return the rows of the counts that are going on, oldest first."""
    return list(stored.open_sheets(view.connection))
