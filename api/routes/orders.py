"""Orders: placed, reserved, picked unit by unit, shipped."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.status import HTTP_201_CREATED

from api import ordering
from api.deps import MovesStock, SeesSite, View
from api.models.orders import (
    CancelGiven,
    ConfirmedShown,
    OrderGiven,
    OrderShown,
    PassedOverShown,
    ReleaseGiven,
    ReservedShown,
    ScanGiven,
    ShipGiven,
)
from api.paging import Page, Paging, collect, decode
from api.reads.orders import order_of, orders_of
from store.stock.orders import listed

router = APIRouter(prefix="/orders", tags=["orders"])


class OfOrders(Paging):
    """How orders are asked for."""

    ended: bool | None = None
    party: str | None = None
    document: str | None = None


@router.get("")
def list_orders(caller: SeesSite, query: Annotated[OfOrders, Query()]) -> Page[OrderShown]:
    """Return orders, newest first."""
    with caller.look() as view:
        return orders_page(view, query, ended=query.ended, party=query.party, document=query.document)


def orders_page(
    view: View, paging: Paging, *, ended: bool | None, party: str | None = None, document: str | None = None
) -> Page[OrderShown]:
    """Return a page of orders, newest first."""
    found = collect(
        paging,
        decode(paging.cursor, int),
        lambda after, count: listed(view.connection, after, count, ended=ended, party=party, document=document),
        lambda row: int(row.number),
        lambda row: row,
    )
    return Page(items=orders_of(view, found.items), next=found.next)


@router.post("", status_code=HTTP_201_CREATED)
def place_order(caller: MovesStock, wanted: OrderGiven) -> OrderShown:
    """Place an order. Nothing is reserved for it yet."""
    return _one(caller, ordering.place(caller, wanted.model_dump(by_alias=True)))


@router.post("/{id:path}/reserve")
def reserve_order(caller: MovesStock, id: str) -> ReservedShown:
    """Reserve what is missing of an order, by the rules of `pick`; what may not be taken is listed with the reason."""
    answer = ordering.reserve(caller, id)
    passed_over = [
        PassedOverShown(product=product, lot=lot, unit=unit, reason=reason)
        for line in answer["lines"]
        for product, lot, unit, reason in line["passed_over"]
    ]
    return ReservedShown(order=_one(caller, id), passed_over=passed_over)


@router.post("/{id:path}/release")
def release_reservations(caller: MovesStock, id: str, wanted: ReleaseGiven) -> OrderShown:
    """Give reservations of an order up."""
    ordering.release(caller, id, wanted.reservations, wanted.reason)
    return _one(caller, id)


@router.post("/{id:path}/pick")
def start_pick(caller: MovesStock, id: str) -> OrderShown:
    """Say that you pick an order; its reservations are in the order of locations."""
    ordering.start_pick(caller, id)
    return _one(caller, id)


@router.post("/{id:path}/confirm")
def confirm_unit(caller: MovesStock, id: str, wanted: ScanGiven) -> ConfirmedShown:
    """Confirm a unit that was fetched. A wrong one is refused (409) with the reason, and what would be right."""
    answer = ordering.confirm(caller, id, wanted.scan)
    shown = next(each for each in _one(caller, id).reservations if each.id == answer["reservation"])
    return ConfirmedShown(reservation=shown, left=answer["left"])


@router.post("/{id:path}/ship")
def ship_order(caller: MovesStock, id: str, wanted: ShipGiven) -> OrderShown:
    """Record that what was picked left: a movement `ship`. A part of a unit becomes a unit named after the order."""
    ordering.ship(caller, id, wanted.shipment, wanted.via, wanted.at, partial=wanted.partial)
    return _one(caller, id)


@router.post("/{id:path}/cancel")
def cancel_order(caller: MovesStock, id: str, wanted: CancelGiven) -> OrderShown:
    """End an order without shipping it; nothing is reserved for it any more."""
    ordering.cancel(caller, id, wanted.reason)
    return _one(caller, id)


@router.get("/{id:path}")
def get_order(caller: SeesSite, id: str) -> OrderShown:
    """Return an order with what is reserved for it."""
    return _one(caller, id)


def _one(caller: MovesStock, id: str) -> OrderShown:
    with caller.look() as view:
        return order_of(view, id)
