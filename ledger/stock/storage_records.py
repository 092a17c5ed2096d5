"""Storage records (placements) of stock: a unit is in one place, and what is on hold does not go elsewhere unnoticed.

A record tells what has happened, so stock on hold may be told of; people are alerted to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from batches.movements import show_unit
from domain.errors import ConflictError
from domain.language import gettext
from domain.model import BatchKey, UnitKey
from domain.times import NEVER, format_instant
from ledger.alerts import stock as stock_alerts
from ledger.alerts.alerts import Alerting
from ledger.lots import Lots, batch_of
from ledger.models.usability import held_of
from ledger.requests import Correct
from ledger.step import Step
from ledger.stock.caution import is_quarantine
from sites import convert
from sites.schema import Entry

Stood = Mapping[UnitKey, str | None]


def refuse_two_places(lots: Lots, put: Iterable[Entry]) -> None:
    """Raise ConflictError for a record of a named unit during which another one says that it is elsewhere.

    Of a lot without units stock may stand in several places.
    """
    records = {each.key: convert.placement(each.doc) for each in put if each.kind == "placement"}
    for key, new in records.items():
        if new.unit is None:
            continue
        others = {**dict(lots.records_of((new.product, new.lot))), **records}
        del others[key]
        for each in others.values():
            meets = each.since < new.until and new.since < each.until
            if (each.product, each.lot, each.unit) == (new.product, new.lot, new.unit) and meets:
                until = "" if each.until == NEVER else f" to {format_instant(each.until)}"
                name = show_unit(UnitKey(new.product, new.lot, new.unit))
                raise ConflictError(
                    f"{name} is recorded at {each.location} from {format_instant(each.since)}{until}; "
                    "move it, or correct that record first"
                )


def where_held_stands(step: Step, request: Correct) -> Stood:
    """Return where the units on hold stand whose lots have storage records that are put or removed."""
    lots: set[BatchKey] = set()
    for each in request.put:
        product, lot = each.fields.get("product"), each.fields.get("lot")
        if each.kind == "placement" and isinstance(product, str) and isinstance(lot, str):
            lots.add((product, lot))
    removed = [(name.kind, name.key) for name in request.remove if name.kind == "placement"]
    lots |= {batch_of(found.doc) for found in step.histories.lots.find(removed)}
    return {
        unit: step.histories.lots.stands(unit, step.now) for unit in sorted(held_of(step.connection, lots), key=str)
    }


def tell(step: Step, who: str, request: Correct, before: Stood, alerting: Alerting) -> None:
    """Alert people to units on hold that went elsewhere, but into quarantine.

    Where it is corrected that a unit never was where it was said to be, nothing went anywhere.
    """
    locations = step.histories.site.locations
    said: dict[str, Any] = {"why": gettext("on hold"), "by": who, "reason": request.reason}
    moved, left = [], []
    for unit, then in before.items():
        now = step.histories.lots.stands(unit, step.now)
        if then is None or now == then or not _went(step, unit, then):
            continue
        if now is None:
            left.append(stock_alerts.Done(unit, step.now, to=then, **said))
        elif not is_quarantine(locations, now, step.now):
            moved.append(stock_alerts.Done(unit, step.now, to=now, **said))
    if moved:
        stock_alerts.tell(step, alerting, "forced_move", moved)
    if left:
        stock_alerts.tell(step, alerting, "left_held", left)


def _went(step: Step, unit: UnitKey, place: str) -> bool:
    """Tell whether a unit is still recorded at a place, for a time that has ended."""
    records = step.histories.lots.records_of(unit[:2]).values()
    return any((each.unit, each.location) == (unit.unit, place) and each.until <= step.now for each in records)
