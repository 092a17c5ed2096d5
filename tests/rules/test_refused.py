"""A rule that cannot be meant is refused, every problem named, with the nearest right word for a misspelt one."""

import re
from typing import Any

import pytest

from rules.read_rule import clashes, read_rule

LIMIT = {"kind": "limit", "above": "8"}
TOTAL = {"kind": "cumulative", "above": "8", "total": "2h"}
MKT = {"kind": "mkt", "above": "8", "window": "24h"}
RATE = {"kind": "rate", "rise": "5", "window": "30min"}
COOLING = {"kind": "cooling", "from": "57", "reach": ["21 in 2h", "5 in 6h"]}
LIFE = {"kind": "life", "reference": "5", "life": "30d", "studied_from": "2", "studied_to": "40"}
TABLE = {"kind": "life", "table": ["37 = 7d", "25 = 45d"]}


def problems_of(**fields: Any) -> list[str]:
    rule, problems = read_rule({"id": "r", **fields})
    assert (rule is None) == bool(problems)
    return [f"{field}: {text}" for field, text in problems]


@pytest.mark.parametrize(
    "fields",
    [LIMIT, TOTAL, MKT, RATE, COOLING, LIFE, TABLE, TABLE | {"table": "VVM7"}, TABLE | {"table": "37 = 7d, 25 = 45d"}],
)
def test_what_is_right_is_taken(fields: dict[str, Any]) -> None:
    assert problems_of(**fields) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "limt"}, "kind: unknown rule kind 'limt'; known: cooling, cumulative, .*did you mean \"limit\""),
        (LIMIT | {"quantity": "temprature"}, 'quantity: must be one of .*did you mean "temperature"'),
        (LIMIT | {"deadbnd": "1"}, 'deadbnd: unknown field .did you mean "deadband"'),
        (LIMIT | {"for": "-5min"}, "for: not a duration such as 90s"),
        (LIMIT | {"off_delay": "-5min"}, "off_delay: not a duration such as 90s"),
        (LIMIT | {"off_dely": "5min"}, 'off_dely: unknown field .did you mean "off_delay"'),
        (LIMIT | {"off_delay": "40000d"}, "off_delay: must be at most 36525d"),
        (LIMIT | {"for": "40000d"}, "for: must be at most 36525d"),
        (LIMIT | {"for": ["5min"]}, "for: must be one text, not a list"),
        (LIMIT | {"above": "8 °C"}, "above: not a finite number"),
        (LIMIT | {"action": "stop"}, "action: must be one of notify, review, hold"),
        (LIMIT | {"below": "10"}, None),
        (LIMIT | {"below": "8"}, "below: the two bounds can never both hold"),
        (LIMIT | {"at_or_below": "7.9"}, "at_or_below: the two bounds can never both hold"),
        (LIMIT | {"at_or_above": "9"}, "at_or_above: at most one bound on each side"),
        (LIMIT | {"below": "10", "deadband": "1"}, "deadband: goes with one bound only"),
        ({"kind": "limit"}, "above: one of above, at_or_above, below, at_or_below is needed"),
        (TOTAL | {"total": "0"}, "total: must be longer than 0"),
        (TOTAL | {"window": "1h"}, "window: is shorter than the total"),
        (TOTAL | {"at_kinds": []}, "at_kinds: an empty list says nothing"),
        (MKT | {"quantity": "humidity"}, "quantity: a mean kinetic temperature is of temperature only"),
        (MKT | {"activation_energy_kj_mol": "0"}, "activation_energy_kj_mol: must be above 0"),
        (MKT | {"activation_energy_kj_mol": "83144"}, "activation_energy_kj_mol: must be at most 1000"),
        (MKT | {"floor": "9"}, "floor: is above the limit itself"),
        (MKT | {"method": "usp-cold-chan"}, 'method: .*did you mean "usp-cold-chain"'),
        (MKT | {"method": "usp-cold-chain", "window": "52w"}, "window: of usp-cold-chain is 1d; leave it out"),
        (RATE | {"fall": "5"}, "rise: exactly one of rise and fall is needed"),
        (RATE | {"rise": "-1"}, "rise: must be above 0"),
        (RATE | {"min_readings": "1"}, "min_readings: must be a whole number from 2"),
        ({"kind": "stuck", "resolution": "-1", "for": "1h"}, "resolution: must not be negative"),
        ({"kind": "stuck"}, "for: is missing"),
        ({"kind": "spread", "by": "0"}, "by: must be above 0"),
        ({"kind": "plausible", "from": "8", "to": "2"}, "to: is below from"),
        ({"kind": "plausible", "sentinels": ["x"]}, "sentinels: not a finite number: 'x'"),
        ({"kind": "gap", "quantity": "light", "total": "1h"}, "quantity: must be one of"),
        ({"kind": "dew", "margin": "-1"}, "margin: must not be negative"),
        (COOLING | {"reach": ["21 within 2h"]}, "reach: not a target such as 21.0 in 2h"),
        (COOLING | {"reach": ["60 in 2h"]}, "reach: each target must be colder than the one before"),
        (COOLING | {"reach": ["21 in 6h", "5 in 2h"]}, "reach: each time must be longer than the one before"),
        ({"kind": "cooling", "from": "57"}, "reach: is missing"),
        (TABLE | {"table": "VVM8"}, "table: unknown table 'VVM8'; known: VVM2, VVM7, VVM14, VVM30"),
        (TABLE | {"table": ["37 = 7d", "25 = 1d"]}, "table: life must be shorter at every warmer entry"),
        (TABLE | {"table": ["37 = 7d", "x"]}, "table: not an entry such as 37 = 7d: 'x'"),
        (TABLE | {"studied_from": "40"}, "studied_to: is not above studied_from"),
        (LIFE | {"reference": "-300"}, "reference: must be from .200.0 °C to 200.0 °C"),
        (LIFE | {"q10": "2", "activation_energy_kj_mol": "83"}, "q10: goes without activation_energy_kj_mol"),
        (LIFE | {"q10": "0.5"}, "q10: must be from 1 to 100: life is not longer where it is warmer"),
        (LIFE | {"left": "1"}, "left: must be from 0 to below 1"),
    ],
)
def test_what_cannot_be_meant_is_named(fields: dict[str, Any], told: str | None) -> None:
    problems = problems_of(**fields)
    if told is None:
        assert problems == []
    else:
        assert any(re.match(told, problem) for problem in problems), problems


def clashing(*rules: dict[str, Any]) -> list[str]:
    read = {i: read_rule({"id": f"r{i}", **fields})[0] for i, fields in enumerate(rules)}
    return [f"rules[{i}].{field}: {text}" for i, field, text in clashes({i: r for i, r in read.items() if r})]


def test_a_budget_is_part_of_a_budget_of_its_version() -> None:
    assert clashing(TOTAL, TOTAL | {"within": "r0"}) == []
    assert clashing(TOTAL, TOTAL | {"within": "rr0"}) == [
        'rules[1].within: "rr0" is no rule of this version (did you mean "r0"?)'
    ]
    assert clashing(LIMIT, TOTAL | {"within": "r0"})[0].startswith('rules[1].within: "r0" is no cumulative rule')


def test_no_budget_is_within_itself() -> None:
    circle = clashing(TOTAL | {"within": "r1"}, TOTAL | {"within": "r0"})
    assert circle == ['rules[0].within: "r0" would be within itself', 'rules[1].within: "r1" would be within itself']


def test_a_version_doubts_a_quantity_once() -> None:
    told = clashing({"kind": "plausible"}, {"kind": "plausible"}, {"kind": "plausible", "quantity": "humidity"})
    assert [each.partition(";")[0] for each in told] == [
        "rules[1].quantity: temperature is doubted by rules[0] already"
    ]


def test_a_problem_is_told_once() -> None:
    assert problems_of(kind="limit", above=["8", "9"]) == ["above: must be one text, not a list"]


def test_an_id_with_spaces_around_it_is_refused() -> None:
    assert problems_of(kind="limit", above="8", id=" warm") == ["id: begins or ends with a space: ' warm'"]
