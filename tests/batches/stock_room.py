"""A small site in memory, its movements said in few words, and the answers that come of them."""

import json
from functools import cache
from typing import Any

from batches.answers import answer_all
from batches.form import read_movements
from batches.history import History, history
from batches.names import Names
from batches.questions import read_questions
from domain.errors import Refused
from domain.times import parse_instant
from sites.build import build
from sites.file import load
from sites.stock import names_of

SITE = """
site: {name: Plant North, timezone: Europe/Berlin}
locations: [{id: SITE}, {id: ROOM, parent: SITE}, {id: SHELF, parent: ROOM}, {id: DOCK, parent: SITE}, {id: TRUCK}]
products:
  - {id: VAX, name: Vaccine, uom: vial, uoms: {case: 12, tray: 0.5}}
  - {id: BULK, name: Bulk, uom: l, release_required: true, strategy: fifo}
parties:
  - {id: MAKER, name: Maker, kind: supplier}
  - {id: CITY, name: City Pharmacy, kind: customer, min_remaining_days: 10}
  - {id: FARM, name: Farm Vet, kind: customer}
batches:
  - {product: VAX, lot: A, expires_on: 2026-03-10}
  - {product: VAX, lot: B}
  - {product: VAX, lot: C, expires_on: 2026-02-01}
  - {product: BULK, lot: Q}
  - {product: VAX, lot: TOLD}
placements: [{product: VAX, lot: TOLD, location: ROOM, from: 2026-01-01T00:00:00Z}]
"""
NOW = parse_instant("2027-01-01T00:00:00Z")


@cache
def names() -> Names:
    """The names of the site."""
    entries = load(SITE, "S.yaml")
    return names_of(build(entries), entries)


def day(number: int, hour: int = 0) -> str:
    """An hour of a day of January 2026, from 1."""
    return f"2026-01-{number:02}T{hour:02}:00:00Z"


def unit(name: str) -> dict[str, Any]:
    """`A/1` is unit 1 of lot A, `A` its unit without a name; lot Q is of BULK."""
    lot, slash, of_it = name.partition("/")
    return {"product": "BULK" if lot == "Q" else "VAX", "lot": lot, **({"unit": of_it} if slash else {})}


def item(name: str, quantity: float | None = None, become: str | None = None) -> dict[str, Any]:
    """A unit, perhaps how much of it, and what that becomes."""
    return unit(name) | {"quantity": quantity, "as": become}


def received(name: str, quantity: float = 100, location: str = "ROOM", on: int = 1, **more: Any) -> dict[str, Any]:
    """A unit comes from the maker."""
    return done("receive", on, **unit(name), quantity=quantity, location=location, **({"from": "MAKER"} | more))


def done(do: str, on: int | str, /, **fields: Any) -> dict[str, Any]:
    """A movement on a day."""
    return {"do": do, "at": day(on) if isinstance(on, int) else on, **fields}


def written(movements: list[dict[str, Any]]) -> list[str]:
    """The lines of a file; ids are m1, m2, … where none is given."""
    return [json.dumps({"id": f"m{i}"} | movement) for i, movement in enumerate(movements, 1)]


def happened(*movements: dict[str, Any], now: int = NOW) -> History:
    """What happened by a file of these movements, none of it gone through yet."""
    return history(read_movements(written(list(movements)), names(), "M.jsonl"), now, "M.jsonl")


def refusal(*movements: dict[str, Any], now: int = NOW) -> str:
    """Why a file of these movements is refused."""
    try:
        happened(*movements, now=now).all()
    except Refused as error:
        return str(error)
    raise AssertionError("nothing is refused")


def ask(movements: list[dict[str, Any]], question: str, held: tuple[Any, ...] = (), **fields: Any) -> dict[str, Any]:
    """The answer to one question."""
    return ask_all(movements, [{"ask": question, **fields}], held)[0]


def ask_all(
    movements: list[dict[str, Any]], questions: list[dict[str, Any]], held: tuple[Any, ...] = ()
) -> list[dict[str, Any]]:
    """The answers to several questions."""
    history_of_it = happened(*movements)
    asked = read_questions(map(json.dumps, questions), names(), history_of_it, "Q.jsonl")
    return answer_all(asked, history_of_it, names(), lambda stock, at: held)


def stock(*movements: dict[str, Any], **fields: Any) -> dict[str, tuple[str, Any]]:
    """Where each unit in stock is, and how much of it."""
    rows = ask(list(movements), "stock", **fields)["rows"]
    return {row["lot"] + (f"/{row['unit']}" if row["unit"] else ""): (row["location"], row["quantity"]) for row in rows}
