"""What people did to single units: when they opened and thawed them. It may end sooner then that a unit can be used."""

from typing import Any

from domain.errors import InvalidError, NotFoundError
from domain.model import Handled, UnitKey
from domain.times import format_instant
from ledger.requests import DateUnit
from ledger.step import Step
from store.unit_dates import recorded, write


def date_unit(step: Step, who: str, request: DateUnit) -> dict[str, Any]:
    """Write when a unit was opened and thawed.

    Raises NotFoundError for a lot that is not there, InvalidError for what is still to come.
    """
    unit = UnitKey(request.product, request.lot, request.unit)
    if (unit.product, unit.lot) not in step.histories.site.batches:
        raise NotFoundError(f"no batch {unit.product} {unit.lot}")
    dates = Handled(request.opened_at, request.thawed_at)
    for name, at in dates._asdict().items():
        if at is not None and at > step.now:
            raise InvalidError(f"{name}: {format_instant(at)} is after now, {format_instant(step.now)}")
    before = recorded(step.connection, [(unit.product, unit.lot)]).get(unit, Handled())
    answer = {**unit._asdict(), **dates._asdict()}
    if before != dates:
        write(step.connection, unit, dates)
        key = " ".join(part for part in unit if part)
        told = {"before": {**unit._asdict(), **before._asdict()}, "after": answer}
        step.event_log.action(who, "dated", "unit", key, unit._asdict(), reason=request.reason, **told)
    return answer
