"""What is wrong with a line in itself, named by line, id, field and value."""

import json
from typing import Any

import pytest

from batches.form import read_movements
from domain.errors import Refused
from tests.batches.stock_room import day, done, item, names, received, refusal, unit


def of_lines(*lines: str) -> str:
    with pytest.raises(Refused) as caught:
        read_movements(lines, names(), "M.jsonl")
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": "5"}, 'quantity must be a number above 0 and below 10⁹, not "5"'),
        ({"quantity": True}, "quantity must be a number above 0 and below 10⁹, not true"),
        ({"quantity": 0}, "quantity must be a number above 0 and below 10⁹, not 0"),
        ({"quantity": 1e9}, "quantity must be a number above 0 and below 10⁹, not 1000000000.0"),
        ({"quantity": None}, "quantity is missing"),
        ({"quantity": None, "uom": "case"}, "uom is given without quantity"),
        ({"quantity": 1, "uom": "box"}, 'uom "box" is none of product "VAX"; known: vial, case, tray'),
        ({"quantity": 100_000_000, "uom": "case"}, "quantity must be below 10⁹ in the product's unit of measure"),
        ({"quantity": 0.000001, "uom": "tray"}, "quantity has more than 6 decimals in the product's unit of measure"),
        ({"location": "ATTIC"}, 'location "ATTIC" is no location of the site'),
        ({"location": ""}, "location must not be empty"),
        ({"from": "NOBODY"}, 'from "NOBODY" is no party of the site'),
        ({"lot": "Z"}, 'lot "Z" is not one of product "VAX"'),
        ({"product": "GONE"}, 'product "GONE" is no product of the site'),
        ({"unit": ""}, "unit must not be empty"),
        ({"unit": 7}, "unit must be a text, not 7"),
        ({"unit": "\ud800"}, "unit is no text"),
        ({"at": "2026-01-01T00:00:00"}, "at is not an RFC 3339 time with a zone: "),
        ({"at": "2026-01-01T00:00:00.0000001Z"}, "at has more than 6 decimals of a second"),
        ({"at": None}, "at is missing"),
        ({"do": "eat"}, "do must be one of receive, make, split,"),
        ({"who": 5}, "who must be a text, not 5"),
        ({"colour": "red"}, '"colour" is an unknown field; known: '),
        ({"lot": "TOLD"}, "VAX TOLD (no unit): the lot has placements in the site file"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(changes: dict[str, Any], why: str) -> None:
    assert refusal(received("A") | changes).startswith(f"M.jsonl:1 m1: {why}")


@pytest.mark.parametrize(
    ("movement", "why"),
    [
        (done("move", 1, units=[item("A/1", None, "2")], to="DOCK"), "units[0].as is given without quantity"),
        (done("move", 1, units=[], to="DOCK"), "units must be a list of at least 1, not []"),
        (done("move", 1, units=["A"], to="DOCK"), 'units[0] must be an object, not "A"'),
        (done("destroy", 1, units=[item("A/1", 1, "2")]), 'units[0]."as" is an unknown field'),
        (done("deliver", 1, shipment="s", units=[]), "units must be a list of at least 1, not []"),
        (done("merge", 1, product="VAX", lot="A", units=["1", "1"], **{"as": "2"}), "units names a unit twice"),
        (
            done("merge", 1, product="VAX", lot="A", units=["1", ""], **{"as": "2"}),
            "units[1] must be the name",
        ),
        (done("split", 1, **unit("A/1"), into=[{"quantity": 1}]), "into[0].unit is missing"),
        (done("adjust", 1, **unit("A/1"), by=0), "by must be a number above or below 0"),
        (done("status", 1, **unit("A/1"), status="unreleased"), "status must be one of released, quarantined,"),
        (done("count", 1, location="ROOM", complete="yes"), 'complete must be true or false, not "yes"'),
        (done("count", 1, location="ROOM", lines=[unit("TOLD") | {"quantity": 1}]), "VAX TOLD (no unit): the lot has"),
    ],
)
def test_what_each_movement_needs(movement: dict[str, Any], why: str) -> None:
    assert refusal(movement).startswith(f"M.jsonl:1 m1: {why}")


def test_the_first_line_of_wrong_form_is_named_before_what_is_not_possible() -> None:
    impossible = done("move", 1, units=[item("A/9")], to="DOCK")
    assert refusal(impossible, received("A") | {"quantity": 0}, received("A") | {"lot": "Z"}).startswith(
        "M.jsonl:2 m2:"
    )


def test_an_id_is_used_once() -> None:
    assert refusal(received("A") | {"id": "x"}, received("B") | {"id": "x"}) == (
        "M.jsonl:2 x: the id is already that of line 1"
    )
    assert of_lines(json.dumps({"id": 5, "at": day(1), "do": "count"})).startswith("M.jsonl:1 5: id must be a text")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "M.jsonl:1: not JSON: "),
        ("[1]", "M.jsonl:1: must be a JSON object"),
        ('{"id": "a", "id": "b"}', 'M.jsonl:1 b: "id" is given twice'),
        ('{"id": "a", "units": [{"lot": "A", "lot": "A"}]}', 'M.jsonl:1 a: "lot" is given twice'),
        ('{"id": "a", "by": NaN}', "M.jsonl:1: NaN is not a number"),
        ('{"id": "a", "by": 1e9999999999999999999}', "M.jsonl:1: not JSON that can be read"),
        ('{"id": ' + "[" * 100_000, "M.jsonl:1: not JSON"),
    ],
)
def test_what_is_no_object(line: str, why: str) -> None:
    assert of_lines(line).startswith(why)


def test_blank_lines_and_null_say_nothing() -> None:
    line = json.dumps(received("A") | {"id": "a", "unit": None, "colour": None, "who": "anna", "recorded_at": day(2)})
    (movement,) = read_movements(["", "  ", line, "\r"], names(), "M.jsonl")
    assert (movement.line, movement.id) == (3, "a")


@pytest.mark.parametrize("quantity", ["0.1000000", "1E-6", "12345678.123456", "999999999.999999"])
def test_a_quantity_is_exact(quantity: str) -> None:
    line = json.dumps(received("A") | {"id": "a"}).replace('"quantity": 100', f'"quantity": {quantity}')
    (movement,) = read_movements([line], names(), "M.jsonl")
    assert movement.done.quantity == round(float(quantity) * 1_000_000)  # type: ignore[union-attr]


def test_decimals_that_conversion_takes_away_are_fine_and_others_are_not() -> None:
    line = json.dumps(received("A") | {"id": "a", "uom": "case"})
    (movement,) = read_movements([line.replace("100", "0.0000005")], names(), "M.jsonl")
    assert movement.done.quantity == 6  # type: ignore[union-attr]
    assert "more than 6 decimals" in of_lines(line.replace("100", "0.00000051"))
    assert "more than 6 decimals" in of_lines(line.replace("100", "0." + "0" * 400 + "1"))
