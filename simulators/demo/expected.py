"""What must come of the actions of the demonstration by an instant: its truth, beside that of what is measured."""

from collections.abc import Mapping
from typing import Any

from simulators.demo.plan import Action, Plan
from simulators.stock import answers
from simulators.times import format_time

ALL = 1_000_000
PICKED = ("SER", "BLK", "KIT")


def expected(site: Mapping[str, Any], start: int, until: int) -> dict[str, Any]:
    """Return what a correct program must say of stock, when everything that was due until then has been told."""
    plan = Plan(site, start)
    movements: list[dict[str, Any]] = []
    at = start
    for action in plan.actions(until):
        at = action.at
        if action.do == "movement":
            movements.append({"id": action.body["id"], "at": action.body["at"], "balances": _balances(plan, action)})
    return {"at": format_time(at), "movements": movements} | _answers(plan, at)


def _answers(plan: Plan, at: int) -> dict[str, Any]:
    books, picking = plan.books, plan.picking(at)
    lots = [(lot["product"], lot["lot"]) for lot in plan.lots]
    asked = [(product, party) for product in PICKED for party in (None, "CITY", "FARM", "LAB")]
    return {
        "stock": answers.stock(books),
        "balances": [_of(*lot) | answers.balance(books, *lot) for lot in lots],
        "back": [_of(*lot) | answers.back(books, *lot) for lot in lots],
        "forward": [_of(*lot) | answers.forward(books, *lot) for lot in lots],
        "recalls": [_of(*lot) | answers.recall(books, *lot) for lot in lots],
        "picks": [{"product": product, "for": party} | picking.pick(product, ALL, party) for product, party in asked],
        "units": [
            dict(zip(("product", "lot", "unit"), key, strict=True)) | {"held": key in books.held}
            for key in sorted(books.units)
        ],
        "orders": [
            {"id": order.id, "missing": order.missing, "is_shipped": order.is_shipped} for order in plan.orders.values()
        ],
        "fefo_exceptions": plan.fefo_exceptions,
        "placements": books.placements(),
    }


def _balances(plan: Plan, action: Action) -> list[dict[str, Any]]:
    """Return the balance of each lot that a movement names, just after it."""
    named = [action.body, *(each for name in ("units", "inputs", "outputs") for each in action.body.get(name, ()))]
    lots = sorted({(each["product"], each["lot"]) for each in named if "product" in each})
    return [_of(*lot) | answers.balance(plan.books, *lot) for lot in lots]


def _of(product: str, lot: str) -> dict[str, str]:
    return {"product": product, "lot": lot}
