"""What the warehouse of the demonstration does, from the last days on without end, and the books of it. Pure.

First what `story.yaml` says, then the routine. The same start gives the same actions.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from simulators.demo.routine import Routine
from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.stock.answers import Picking, Terms
from simulators.stock.books import Books, Key, key_of, named
from simulators.times import MINUTE, SECOND, format_time

STORY = Path(__file__).with_name("story.yaml")
SEED = 11
# How often the routine does something: often enough to be followed, and after a while so that weeks of it stay small.
OFTEN, SELDOM = MINUTE, 5 * MINUTE
SELDOM_AFTER = 60
_OF_ORDERS = ("place", "reserve", "release", "fetch", "ship_order")
_NOT_TOLD = "expect"


class Action(NamedTuple):
    """What is done at an instant: a `lot` is entered, a `movement` happens, or something is done with an order."""

    at: int
    do: str
    body: Mapping[str, Any]


@dataclass
class Order:
    """An order, and what is reserved for it."""

    id: str
    party: str
    product: str
    quantity: int
    reserved: list[tuple[Key, int]] = field(default_factory=list)
    is_shipped: bool = False

    @property
    def missing(self) -> int:
        """Return how much nothing is reserved for."""
        return self.quantity - sum(quantity for _, quantity in self.reserved)


class Plan:
    """The actions one after the other, each entered in the books as it is taken."""

    def __init__(self, site: Mapping[str, Any], start: int) -> None:
        """`start` is when the history of readings begins. Raises InputError for a story that cannot be."""
        self.books = Books()
        self.orders: dict[str, Order] = {}
        self.lots: list[Mapping[str, Any]] = []
        self.terms = Terms(site)
        self.fefo_exceptions: list[dict[str, Any]] = []
        self._start = start
        self._count = 0

    def actions(self, until: float = inf) -> Iterator[Action]:
        """Yield what is done up to an instant, in order of time; the books are then as that leaves them."""
        story = yaml.safe_load(STORY.read_text(encoding="utf-8"))
        first = min(parse_duration(each["at"]) for each in story["actions"])
        at = self._start + first * SECOND
        for lot in story["lots"]:
            yield self._entered(at, {"do": "lot", **lot})
        for told in story["actions"]:
            at = self._start + parse_duration(told["at"]) * SECOND
            if at > until:
                return
            yield from self._actions(at, {name: value for name, value in told.items() if name != "at"})
        routine = Routine(self.books, random.Random(SEED))
        for number, told in enumerate(routine.actions()):
            at += OFTEN if number < SELDOM_AFTER else SELDOM
            if at > until:
                return
            yield from self._actions(at, told)

    def reserved(self) -> dict[Key, int]:
        """Return how much of units is reserved."""
        found: dict[Key, int] = {}
        for order in self.orders.values():
            for key, quantity in () if order.is_shipped else order.reserved:
                found[key] = found.get(key, 0) + quantity
        return found

    def picking(self, at: int) -> Picking:
        """Return what picks at an instant."""
        return Picking(self.books, self.terms, at, self.reserved())

    def _actions(self, at: int, told: Mapping[str, Any]) -> Iterator[Action]:
        if _NOT_TOLD in told:
            self.books.held |= {tuple(each.split()) for each in told["units"]}
        elif told["do"] == "lot":
            yield self._entered(at, told)
        elif told["do"] in _OF_ORDERS:
            yield self._ordered(at, told)
        else:
            yield self._moved(at, told)

    def _entered(self, at: int, lot: Mapping[str, Any]) -> Action:
        day = datetime.fromtimestamp(self._start / 1e6, UTC).date()
        expires_on = day + timedelta(seconds=parse_duration(lot["expires_in"]))
        body = {name: lot[name] for name in ("product", "lot", "client")} | {"expires_on": expires_on.isoformat()}
        self.lots.append(body)
        self.terms.expires_on[body["product"], body["lot"]] = body["expires_on"]
        return Action(at, "lot", body)

    def _moved(self, at: int, told: Mapping[str, Any]) -> Action:
        self._count += 1
        movement = {"id": f"DEMO-{self._count:04}", "at": format_time(at), **_spelled_out(told)}
        self._note_order_of_picking(at, movement)
        self.books.apply(movement)
        return Action(at, "movement", movement)

    def _note_order_of_picking(self, at: int, movement: Mapping[str, Any]) -> None:
        """Note what is shipped although something else expires first."""
        for each in movement["units"] if movement["do"] == "ship" else ():
            key = key_of(each)
            quantity = each.get("quantity", self.books.units[key].quantity)
            first = self.picking(at).pick(key[0], quantity, movement["to"])["lines"]
            if key[1] not in {line["lot"] for line in first}:
                self.fefo_exceptions.append({"movement": movement["id"], **named(key), "first": first})

    def _ordered(self, at: int, told: Mapping[str, Any]) -> Action:
        if told["do"] == "place":
            self.orders[told["order"]] = Order(told["order"], told["for"], told["product"], told["quantity"])
            return Action(at, "place", told)
        order = self.orders[told["order"]]
        match told["do"]:
            case "reserve":
                lines = self.picking(at).pick(order.product, order.missing, order.party)["lines"]
                order.reserved += [((order.product, line["lot"], line["unit"]), line["quantity"]) for line in lines]
            case "release":
                picking, units = self.picking(at), self.books.units
                is_stopped = {key for key, _ in order.reserved if picking.why_not(units[key], order.party) == "held"}
                order.reserved = [each for each in order.reserved if each[0] not in is_stopped]
            case "ship_order":
                self.books.apply(self._shipment(order, at, told))
                order.is_shipped = True
        return Action(at, told["do"], {**told, "at": format_time(at)})

    def _shipment(self, order: Order, at: int, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the program records: a part of a unit becomes a unit named after the order."""
        if not order.reserved:
            raise InputError(f"story: nothing is reserved for {order.id}")
        units = []
        for key, quantity in order.reserved:
            part = {"quantity": quantity, "as": f"{order.id}/{key[2]}"}
            units.append(named(key) | ({} if self.books.units[key].quantity == quantity else part))
        there = {"shipment": order.id, "to": order.party, "via": told["via"]}
        return {"id": order.id, "at": format_time(at), "do": "ship", **there, "units": units}


def _spelled_out(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a movement with its units in the words of the API: `SER S101 PAL-1`, and `SER S101` for a lot."""
    found = dict(told)
    for name in ("units", "inputs", "outputs", "lines"):
        if name in found:
            found[name] = [_spelled_out(each) for each in found[name]]
    for name in ("unit", "lot"):
        words = str(found.get(name, "")).split()
        if len(words) > 1:
            found |= dict(zip(("product", "lot", "unit"), words, strict=False))
    return found
