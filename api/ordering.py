"""What is asked of the one writer about orders and counts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.deps import Caller
from domain.model import UnitKey
from ledger.requests import (
    CancelOrder,
    CloseCount,
    ConfirmPick,
    CountUnit,
    DecideAdjustment,
    OpenCount,
    PlaceOrder,
    ProposeAdjustments,
    ReleaseReservations,
    ReserveOrder,
    ShipOrder,
    StartPick,
)

Answer = Mapping[str, Any]


def place(caller: Caller, order: Mapping[str, Any]) -> str:
    """Place an order; return its id."""
    return str(caller.ask(PlaceOrder(order=json.dumps(order)))["order"])


def reserve(caller: Caller, order: str) -> Answer:
    """Reserve what is missing of an order."""
    return dict(caller.ask(ReserveOrder(order=order)))


def release(caller: Caller, order: str, reservations: Sequence[int] = (), reason: str | None = None) -> None:
    """Give reservations up; none named: those that are stopped."""
    caller.ask(ReleaseReservations(order=order, reservations=list(reservations), reason=reason))


def start_pick(caller: Caller, order: str) -> None:
    """Say that the caller picks an order."""
    caller.ask(StartPick(order=order))


def confirm(caller: Caller, order: str, scan: str) -> Answer:
    """Confirm a unit by a scan."""
    return dict(caller.ask(ConfirmPick(order=order, scan=scan)))


def ship(
    caller: Caller,
    order: str,
    shipment: str | None = None,
    via: str | None = None,
    at: int | None = None,
    *,
    partial: bool = False,
) -> None:
    """Ship what was picked of an order."""
    caller.ask(ShipOrder(order=order, shipment=shipment, via=via, at=at, partial=partial))


def cancel(caller: Caller, order: str, reason: str | None = None) -> None:
    """End an order without shipping it."""
    caller.ask(CancelOrder(order=order, reason=reason))


def open_count(caller: Caller, location: str, kind: str, units: Sequence[UnitKey] = ()) -> int:
    """Begin a count; return the number of its sheet."""
    return int(caller.ask(OpenCount(location=location, kind=kind, units=[(*each,) for each in units]))["sheet"])


def count_unit(caller: Caller, sheet: int, line: Mapping[str, Any]) -> None:
    """Say how much was counted of a unit."""
    caller.ask(CountUnit(sheet=sheet, line=json.dumps(line)))


def close_count(caller: Caller, sheet: int, *, give_up: bool = False) -> str | None:
    """Record a count, or give it up; return the movement."""
    found = caller.ask(CloseCount(sheet=sheet, give_up=give_up))["count"]
    return None if found is None else str(found)


def propose(caller: Caller, count: str, reason: str, units: Sequence[UnitKey] = ()) -> list[int]:
    """Propose to put differences of a count right; return the numbers of the adjustments."""
    asked = ProposeAdjustments(count=count, reason=reason, units=[(*each,) for each in units])
    return [int(each["id"]) for each in caller.ask(asked)["adjustments"]]


def decide(caller: Caller, adjustment: int, reason: str | None, *, approve: bool) -> None:
    """Approve or refuse an adjustment."""
    caller.ask(DecideAdjustment(adjustment=adjustment, approve=approve, reason=reason))
