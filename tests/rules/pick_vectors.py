"""The vectors of first-expired-first-out, answered by what picks."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from batches.answers import answer_all
from batches.form import read_movements
from batches.history import history
from batches.questions import read_questions
from domain.times import DAY, parse_instant
from sites.build import build
from sites.file import load
from sites.stock import names_of

Vector = Mapping[str, Any]

_STATUS = {"released": "released", "quarantine": "quarantined"}


def check_fefo(vector: Vector, shared: Path) -> None:
    """All of the lots is in one room; the customer asks for so many days of remaining life."""
    given = vector["input"]
    entries = load(_site(given), "S.yaml")
    names = names_of(build(entries), entries)
    today = f"{given['today']}T12:00:00Z"
    lines = [json.dumps(each) for lot in given["lots"] for each in _movements(*lot, at=today)]
    happened = history(read_movements(lines, names, "M.jsonl"), parse_instant(today) + DAY, "M.jsonl")
    question = {"ask": "pick", "product": "VAX", "quantity": given["request"], "for": "CITY"}
    [answer] = answer_all(
        read_questions([json.dumps(question)], names, happened, "Q.jsonl"), happened, names, lambda stock, at: ()
    )
    assert [[line["lot"], line["quantity"]] for line in answer["lines"]] == vector["expected"]["allocation"]


def _site(given: Mapping[str, Any]) -> str:
    lots = "".join(f"  - {{product: VAX, lot: {lot}, expires_on: {day}}}\n" for lot, day, *_ in given["lots"])
    return (
        "site: {name: Plant, timezone: UTC}\n"
        "locations: [{id: ROOM}]\n"
        "products: [{id: VAX, name: Vaccine, release_required: true}]\n"
        f"parties: [{{id: CITY, name: City, kind: customer, min_remaining_days: {given['min_remaining_days']}}}]\n"
        f"batches:\n{lots}"
    )


def _movements(lot: str, expires_on: str, status: str, quantity: int, *, at: str) -> list[dict[str, Any]]:
    of_lot = {"at": at, "product": "VAX", "lot": lot}
    return [
        {"id": f"{lot} in", "do": "receive", **of_lot, "quantity": quantity, "location": "ROOM"},
        {"id": f"{lot} status", "do": "status", **of_lot, "status": _STATUS[status]},
    ]
