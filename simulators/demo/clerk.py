"""Records in the program what the plan of the warehouse says, when its time has come."""

from collections.abc import Callable, Iterator
from typing import Any

from simulators.api import Api, Item
from simulators.demo.plan import Action
from simulators.errors import ProductError, UnavailableError

AT_ONCE = 50  # movements in a request


class Clerk:
    """Tells actions in their order. What is refused is shown and not told again: a visitor may have intervened."""

    def __init__(self, actions: Iterator[Action], say: Callable[[str], None]) -> None:
        self._actions = actions
        self._say = say
        self._next = next(actions)
        self._told: list[Action] = []  # due, and not yet told

    def tell_due(self, api: Api, now: int) -> None:
        """Tell what has been done until now. What cannot be told stays due. Raises UnavailableError."""
        while self._next.at <= now:
            self._told.append(self._next)
            self._next = next(self._actions)
        while self._told:
            some = self._first()
            try:
                self._tell(api, some)
            except UnavailableError:
                raise
            except ProductError as error:
                self._say(f"warehouse, refused: {error}")
            del self._told[: len(some)]

    def _first(self) -> list[Action]:
        """Return the movements that come first, or one other deed."""
        movements: list[Action] = []
        for action in self._told[:AT_ONCE]:
            if action.do != "movement":
                break
            movements.append(action)
        return movements or self._told[:1]

    def _tell(self, api: Api, some: list[Action]) -> None:
        first = some[0].body
        match some[0].do:
            case "movement":
                api.post("/movements", [action.body for action in some], key=first["id"])
            case "lot":
                api.post("/batches", first)
            case "place":
                line = {"product": first["product"], "quantity": first["quantity"]}
                api.post("/orders", {"id": first["order"], "for": first["for"], "lines": [line]})
            case "reserve":
                api.post(f"/orders/{first['order']}/reserve", {})
            case "release":
                api.post(f"/orders/{first['order']}/release", {"reason": first["reason"]})
            case "fetch":
                _fetch(api, first["order"])
            case "ship_order":
                api.post(f"/orders/{first['order']}/ship", {"via": first["via"], "at": first["at"]})
        self._say(f"warehouse: {sentence(some)}")


def _fetch(api: Api, order: str) -> None:
    """Pick an order: scan each unit that is reserved and not picked yet."""
    found = api.post(f"/orders/{order}/pick", {})
    for each in found["reservations"]:
        if each["picked_at"] is None:
            scan = f"{each['product']} {each['lot']} {each['unit']}"
            api.post(f"/orders/{order}/confirm", {"scan": scan})


def sentence(some: list[Action]) -> str:
    """Return what is shown of actions that were told."""
    if len(some) > 1:
        return f"{len(some)} movements recorded"
    body, do = some[0].body, some[0].do
    if do == "movement":
        return _of_movement(body)
    if do == "lot":
        return f"new lot {body['product']} {body['lot']}"
    wanted = f" for {body['for']}: {body['quantity']} {body['product']}" if do == "place" else ""
    return f"order {body['order']} {_SAID[do]}{wanted}"


_SAID = {
    "place": "placed",
    "reserve": "reserved",
    "release": "given up: on hold",
    "fetch": "picked",
    "ship_order": "shipped",
}


def _of_movement(body: Item) -> str:
    units: list[Any] = [body] if "unit" in body else [*body.get("inputs", ()), *body.get("units", ())]
    names = ", ".join(f"{each['product']} {each['lot']} {each['unit']}" for each in units)
    lot = f"{body['product']} {body['lot']}" if "lot" in body and not names else ""
    made = ", ".join(f"{each['product']} {each['lot']} {each['unit']}" for each in body.get("outputs", ()))
    parts = ", ".join(each["unit"] for each in body.get("into", ()))
    where = body.get("shipment") or body.get("to") or body.get("location") or body.get("status") or made or parts
    return f"{body['do']} {names or lot or ''} → {where}" if where else f"{body['do']} {names}"
