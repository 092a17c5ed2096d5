"""What people do with orders, inside a step of the writer: each is decided there, so nobody gets what another has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from batches.fields import read_json
from batches.movements import show_unit
from batches.order_form import read_order
from batches.orders import (
    Order,
    Reservation,
    Reserved,
    WrongScan,
    confirm,
    describe,
    pick_list,
    reserve,
    shipped_items,
    stopped,
)
from batches.quantities import number_of, show_quantity
from batches.scanning import by_gtin, read_scan
from domain.errors import ConflictError, InvalidError
from domain.model import UnitKey
from domain.times import format_instant
from ledger.models.stock.stock_now import StockNow
from ledger.orders.reading import StoredOrder, open_order
from ledger.requests import (
    CancelOrder,
    ConfirmPick,
    PlaceOrder,
    Record,
    ReleaseReservations,
    ReserveOrder,
    ShipOrder,
    StartPick,
)
from ledger.step import Step
from ledger.stock.serials import find_serial, units_meant
from store.stock import orders as stored
from store.stock import units as stored_units

Answer = dict[str, Any]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Ordering:
    """Does what is asked with orders. Every method raises an expected error for a refusal; then nothing is done."""

    step: Step
    who: str
    stock: StockNow
    record: Callable[[Record, str], Any]  # records movements of an order in this step

    @property
    def _connection(self) -> Connection:
        return self.step.connection

    def place(self, request: PlaceOrder) -> Answer:
        """Take a new order."""
        wanted = read_order(read_json(request.order), self.stock.names)
        name = wanted.id or self._free_name()
        if stored.find(self._connection, name) is not None:
            raise ConflictError(f"order {name} is there already")
        row = {"id": name, "party": wanted.party, "document": wanted.document}
        lines = [
            {
                "line": line.number,
                "product": line.product,
                "quantity": line.quantity,
                "strategy": line.strategy,
                "location": line.location,
            }
            for line in wanted.lines
        ]
        stored.add(self._connection, {**row, "placed_by": self.who, "placed_at": self.step.now}, lines)
        said = {"for": wanted.party, "document": wanted.document, "lines": [_line_words(line) for line in lines]}
        self._note("ordered", name, said)
        return {"order": name}

    def _free_name(self) -> str:
        number = stored.newest_number(self._connection) + 1
        while stored.find(self._connection, f"ORDER-{number}") is not None:
            number += 1
        return f"ORDER-{number}"

    # --- reserving ---

    def reserve(self, request: ReserveOrder) -> Answer:
        """Keep units for what is missing of an order."""
        found = open_order(self._connection, request.order)
        reserved = {UnitKey(*key): quantity for key, quantity in stored.reserved(self._connection).items()}
        results = reserve(found.order, reserved, self.stock.pick)
        self._write(found, results)
        taken = [show_unit(unit) for each in results for unit, _ in each.taken]
        if taken:
            self._note("reserved", request.order, {"units": taken})
        return {
            "order": request.order,
            "lines": [_result(each) for each in results],
        }

    def _write(self, found: StoredOrder, results: Sequence[Reserved]) -> None:
        keys = [unit for each in results for unit, _ in each.taken]
        ids = stored_units.ids_of(self._connection, keys)
        said = {"order": found.number, "reserved_by": self.who, "reserved_at": self.step.now}
        stored.reserve(
            self._connection,
            [
                {**said, "line": each.line.number, "unit": ids[unit], "quantity": quantity}
                for each in results
                for unit, quantity in each.taken
            ],
        )

    def release(self, request: ReleaseReservations) -> Answer:
        """Keep some of what is reserved for an order no longer."""
        found = open_order(self._connection, request.order)
        unknown = set(request.reservations) - found.reserved.keys()
        if unknown:
            raise InvalidError(f"order {request.order} has no reservation {min(unknown)}")
        ended = request.reservations or [number for number, row in found.reserved.items() if row.stopped is not None]
        if not ended:
            raise ConflictError(f"no reservation of order {request.order} is stopped; name those to be released")
        self._end(ended, "released")
        units = [show_unit(each.unit) for each in found.order.reservations if each.id in ended]
        self._note("unreserved", request.order, {"units": units}, request.reason)
        return {"order": request.order, "released": sorted(ended)}

    def _end(self, ids: Sequence[int], how: str) -> None:
        values = {"ended": how, "ended_by": self.who, "ended_at": self.step.now}
        stored.change_reservations(self._connection, ids, **values)

    # --- picking ---

    def start(self, request: StartPick) -> Answer:
        """Say that this person picks an order."""
        found = open_order(self._connection, request.order)
        if not found.order.reservations:
            raise ConflictError(f"nothing is reserved for order {request.order}")
        stored.change(self._connection, found.number, picker=self.who, picking_since=self.step.now)
        self._note("pick_started", request.order, {"picker": self.who})
        return {"order": request.order, "picker": self.who}

    def confirm(self, request: ConfirmPick) -> Answer:
        """Confirm one unit by a scan. Raises ConflictError with what is wrong and what would be right."""
        found = open_order(self._connection, request.order)
        find = partial(find_serial, self._connection)
        scan = read_scan(request.scan, self._gtins(), partial(units_meant, self._connection), find)
        order = found.order
        units = self.stock.units(each.unit for each in order.reservations)
        todo = pick_list(order.open_reservations, units, self.stock.names.locations, self.step.now)
        why_not = self.stock.why_not((each.unit for each in order.reservations), order.party)
        result = confirm(order, scan, todo, why_not)
        if isinstance(result, WrongScan):
            raise ConflictError(describe(result))
        self._check_there(result, units[result.unit].quantity)
        picked = {"picked_by": self.who, "picked_at": self.step.now}
        stored.change_reservations(self._connection, [result.id], **picked)
        if found.row.picker is None:
            stored.change(self._connection, found.number, picker=self.who, picking_since=self.step.now)
        self._note("picked", order.id, {"unit": show_unit(result.unit), "quantity": show_quantity(result.quantity)})
        return {"order": order.id, "reservation": result.id, "left": len(todo) - 1}

    def _check_there(self, reservation: Reservation, there: int) -> None:
        if reservation.quantity > there:
            quantities = f"{show_quantity(there)}, not the {show_quantity(reservation.quantity)} that are reserved"
            raise ConflictError(f"{show_unit(reservation.unit)} has only {quantities}")

    def _gtins(self) -> dict[str, str]:
        return by_gtin({doc["id"]: doc.get("gtin") for doc in self.step.histories.docs("product")})

    # --- the end ---

    def ship(self, request: ShipOrder) -> Answer:
        """Record the movement by which what was picked leaves, and end the order."""
        found = open_order(self._connection, request.order)
        order = found.order
        self._check_complete(order, partial=request.partial)
        units = self.stock.units(each.unit for each in order.reservations)
        why_not = self.stock.why_not((each.unit for each in order.reservations), order.party)
        wrong = [each for each in stopped(order, units, why_not) if each.reservation.picked]
        if wrong:
            reasons = ", ".join(f"{show_unit(each.reservation.unit)}: {each.reason}" for each in wrong)
            raise ConflictError(f"order {order.id} cannot be shipped: {reasons}")
        movement = {
            "id": f"ship {order.id}",
            "at": format_instant(self.step.now if request.at is None else request.at),
            "do": "ship",
            "shipment": request.shipment or order.id,
            "to": order.party,
            "via": request.via,
            "units": shipped_items(order, units),
            "document": found.row.document or order.id,
        }
        line = (f"order {order.id}", _ENCODER.encode(movement).decode())
        self.record(Record(movements=[line]), order.id)
        self._end([each.id for each in order.reservations if each.picked], "shipped")
        self._end([each.id for each in order.open_reservations], "released")
        said = {"ended": "shipped", "ended_by": self.who, "ended_at": self.step.now, "movement": movement["id"]}
        stored.change(self._connection, found.number, **said)
        self._note("shipped", order.id, {"movement": movement["id"], "shipment": movement["shipment"]})
        return {"order": order.id, "movement": movement["id"]}

    def _check_complete(self, order: Order, *, partial: bool) -> None:
        done, all_of_it = order.stage
        if not done:
            raise ConflictError(f"nothing of order {order.id} is picked")
        if partial:
            return
        if done < all_of_it:
            raise ConflictError(f"only {done} of {all_of_it} reservations of order {order.id} are picked")
        for line in order.lines:
            if (missing := order.missing(line)) > 0:
                raise ConflictError(
                    f"{show_quantity(missing)} {line.product} of order {order.id} are missing; ship it as partial, or "
                    "reserve more"
                )

    def cancel(self, request: CancelOrder) -> Answer:
        """End an order without shipping it: nothing is kept for it any more."""
        found = open_order(self._connection, request.order)
        self._end([each.id for each in found.order.reservations], "released")
        said = {"ended": "cancelled", "ended_by": self.who, "ended_at": self.step.now}
        stored.change(self._connection, found.number, **said)
        self._note("cancelled", request.order, {}, request.reason)
        return {"order": request.order}

    def _note(self, what: str, order: str, after: dict[str, Any], reason: str | None = None) -> None:
        self.step.event_log.action(self.who, what, "order", order, {"order": order}, after=after, reason=reason)


def _line_words(line: dict[str, Any]) -> str:
    return f"{show_quantity(line['quantity'])} {line['product']}"


def _result(each: Reserved) -> Answer:
    return {
        "line": each.line.number,
        "reserved": [[*unit, str(number_of(quantity))] for unit, quantity in each.taken],
        "short": str(number_of(each.short)),
        "passed_over": [[*unit.key, reason] for unit, reason in each.passed_over],
    }
