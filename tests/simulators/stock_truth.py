"""The program's answers about stock, held against what must be so."""

from collections.abc import Callable, Mapping
from typing import Any

Object = dict[str, Any]
Get = Callable[..., Any]  # path and query → the answer

_BESIDE = ("not_covered", "at", "links", "product", "lot", "for")


def check_stock(get: Get, truth: Mapping[str, Any]) -> None:
    """Ask of the truth's instant what stock there is, what it is from and what came of it, and what may be picked."""
    at = truth["at"]
    lots = [(each["product"], each["lot"]) for each in truth["balances"]]
    rows = [row for product in sorted({p for p, _ in lots}) for row in get("/stock", product=product, at=at)["rows"]]
    assert rows == truth["stock"]
    for each in truth["balances"]:
        assert _bare(get(_of(each) + "/balance", at=at)) == _bare(each), each
    for direction in ("back", "forward"):
        for each in truth[direction]:
            assert _bare(get(_of(each) + "/trace", direction=direction, at=at)) == _bare(each), each
    for each in truth["recalls"]:
        assert _bare(get("/recall", units=f"{each['product']}/{each['lot']}", at=at)) == _bare(each), each
    for each in truth["picks"]:
        party = {} if each["for"] is None else {"for": each["for"]}
        answer = get("/pick", product=each["product"], quantity="1000000", **party)  # what is reserved is asked of now
        assert _bare(answer) == _bare(each), each


def check_movements(get: Get, truth: Mapping[str, Any]) -> None:
    """Each movement left the balances that it must leave."""
    for movement in truth["movements"]:
        for each in movement["balances"]:
            found = get(_of(each) + "/balance", at=movement["at"])
            assert _bare(found) == _bare(each), (movement["id"], each)


def check_held(get: Get, truth: Mapping[str, Any]) -> None:
    """Exactly those units are on hold that must be."""
    products = {each["product"] for each in truth["units"]}
    held = {_name(each) for each in get("/holds", limit="1000")["items"] if each["product"] in products}
    assert held == {_name(each) for each in truth["units"] if each["held"]}


def check_orders(get: Get, truth: Mapping[str, Any]) -> None:
    """Each order misses what it must miss."""
    for each in truth["orders"]:
        found = get(f"/orders/{each['id']}")
        missing = sum(line["missing"] for line in found["lines"])
        assert (missing, found["state"] == "shipped") == (each["missing"], each["is_shipped"]), each


def _of(each: Mapping[str, Any]) -> str:
    return f"/batches/{each['product']}/{each['lot']}"


def _name(each: Mapping[str, Any]) -> tuple[str, str, str]:
    return each["product"], each["lot"], each["unit"]


def _bare(answer: Mapping[str, Any]) -> Object:
    return {name: value for name, value in answer.items() if name not in _BESIDE}
