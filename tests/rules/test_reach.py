"""What a kind of place cannot reach, or make from one reading to the next, is a fault and not a hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import batch_judge
from rules.engine import Engine
from tests.oracle.notation import Entry, coverage, heard, limit, minute, site, verdicts, version
from tests.oracle.product import to_site
from tests.oracle.world import Row

WARM = limit(above="8", action="hold")
REACH = {"id": "reach", "kind": "plausible", "table": "places-2026", "for": "1h"}


def as_a_whole(where: Entry, rows: list[Row]) -> Entry:
    return dict(batch_judge.judge(to_site(where), rows))


def as_received(where: Entry, rows: list[Row]) -> Entry:
    until = max(row.measured_at for row in rows)
    engine = Engine(to_site(where), lambda sensor, quantity: ((), ()), min(row.measured_at for row in rows))
    now = 0
    for row in rows:
        engine.add(*row)
        now = max(now, row.measured_at)
        engine.settle(now)
    engine.settle(until)
    return dict(engine.report(until))


def judged(kind: str | None, series: str, *rules: Entry) -> Entry:
    where = site(version(WARM, *(rules or (REACH,)), min_coverage="0.5"), ROOM={"kind": kind} if kind else {})
    answer = as_a_whole(where, heard(series))
    assert answer == as_received(where, heard(series))
    return answer


@pytest.mark.parametrize(
    ("kind", "fault", "value"),
    [
        ("fridge", "50.1", "50"),
        ("Refrigerator", "-30.1", "9"),
        ("cold room", "51", "50"),
        ("freezer", "50.1", "50"),
        ("truck", "70.1", "70"),
        ("room", "60.1", "60"),
        ("shipper", "70.1", "70"),
        ("something else", "120.1", "120"),
        (None, "120.1", "120"),
    ],
)
def test_a_value_that_no_such_place_reaches_is_a_fault_and_the_next_best_is_not(
    kind: str | None, fault: str, value: str
) -> None:
    assert verdicts(judged(kind, f"5x10 {fault}x4 5x10")) == ["A ok"]
    assert verdicts(judged(kind, f"5x10 {value}x4 5x10")) == ["A hold"]


def test_a_step_that_no_such_place_makes_is_a_fault_until_a_reading_agrees() -> None:
    assert verdicts(judged("fridge", "5x10 26 5x10")) == ["A ok"]
    assert coverage(judged("fridge", "5x10 26 5x10")) == "0.9, unknown 2 min, longest 2"
    assert verdicts(judged("fridge", "5x10 25 5x10")) == ["A hold"]
    assert verdicts(judged("fridge", "5x10 26 26.5 5x10")) == ["A hold"]
    assert verdicts(judged("truck", "5x10 35 5x10")) == ["A hold"]
    assert verdicts(judged("truck", "5x10 35.1 5x10")) == ["A ok"]


def test_readings_far_apart_are_not_compared() -> None:
    assert verdicts(judged("fridge", "5x10 _x15 26 5x10")) == ["A hold"]


def test_a_rule_says_its_own_range_and_step_instead_of_the_tables() -> None:
    own = {**REACH, "to": "30", "step": "3"}
    assert verdicts(judged("fridge", "5 6 7 8 9 10 5x30", own)) == ["A hold"]
    assert verdicts(judged("fridge", "5x10 9 5x10", own)) == ["A ok"]
    assert verdicts(judged("truck", "5 7.9+2x12 31x3 29 5x30", {**own, "step": "30"})) == ["A hold"]


def test_the_kind_of_the_nearest_place_that_the_table_knows_counts() -> None:
    places = {"FRIDGE": {"kind": "fridge"}, "SHELF": {"parent": "FRIDGE", "kind": "shelf"}}
    for mount in ("S1 FRIDGE", "S1 SHELF"):
        where = site(version(WARM, REACH, min_coverage="0.5"), mounts=[mount], stays=["A SHELF"], **places)
        rows = heard("5x10 60x2 5x10")
        assert verdicts(as_a_whole(where, rows)) == verdicts(as_received(where, rows)) == ["A ok"]


VALUES = st.sampled_from(["5", "5.5", "9", "14", "24.9", "25", "26", "45", "49", "51", "-20", "-31", "85", "!", "_"])


@given(
    st.lists(VALUES, min_size=2, max_size=30), st.randoms(use_true_random=False), st.sampled_from(["fridge", "truck"])
)
def test_in_whatever_order_readings_come_the_answer_is_that_of_all_at_once(
    values: list[str], random: "object", kind: str
) -> None:
    rows = heard(" ".join(["5", *values, "5"]))
    where = site(version(WARM, limit("cold", below="2", delay="3min"), REACH), ROOM={"kind": kind})
    whole = as_a_whole(where, rows)
    assert as_received(where, rows) == whole
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert as_received(where, rows) == whole


@given(st.lists(VALUES, min_size=2, max_size=20))
def test_nothing_is_held_for_a_value_out_of_reach(values: list[str]) -> None:
    rows = heard(" ".join(["5", *values]))
    answer = as_a_whole(site(version(WARM, REACH), ROOM={"kind": "fridge"}), rows)
    peaks = [each["peak"] for batch in answer["batches"] for unit in batch["units"] for each in unit["exposures"]]
    assert all(-30 <= peak <= 50 for peak in peaks)
    assert minute(0) <= rows[0].measured_at
