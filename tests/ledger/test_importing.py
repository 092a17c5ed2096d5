"""A file in parts: judged once when all of it is here, live messages between, and nothing differs from one by one."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidError
from ledger.inputs import Batch
from ledger.readings.packing import Spool, pack, unpack
from ledger.requests import Import
from store.tables import inbox, journal, readings
from tests.ledger.stage import Stage, minute, reading
from tests.thrift import examples

WARM = [("S1", "temperature", minute(i), 9_000_000 if 0 < i < 12 else 5_000_000) for i in range(13)]


@pytest.fixture
def stage(database):
    """A site that is at minute 30: nothing more falls due for the passing of time."""
    found = Stage(database)
    found.hear(reading(0, 5, "dev2", "ext"), at=30)
    return found


def test_what_a_part_reaches_is_judged_with_the_last(stage):
    answer = stage.ask(pack(WARM, more=True), minute(30))
    assert (answer["readings"], stage.holds(), len(stage.rows(readings))) == (13, [], 14)
    assert stage.ask(Import(), minute(30))["waiting"] == 3
    while stage.ask(Import(), minute(30))["waiting"]:
        pass
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]


def test_what_waits_is_judged_soon_even_if_no_other_part_comes(stage):
    stage.ask(pack(WARM, more=True), minute(30))
    assert stage.writer.due_at <= minute(30) + 2_000_000
    for _ in range(3):  # a few units in each step
        stage.writer.step(Batch(), minute(30) + 2_000_000)
    assert len(stage.holds()) == 2


def test_a_live_reading_is_judged_at_once_while_a_file_is_taken(stage):
    stage.ask(pack(WARM, more=True), minute(30))
    stage.hear(*(reading(i, 9, "dev2", "ext") for i in range(1, 12)), at=30)
    assert ("A2", None, "too-warm", 11) in stage.holds()
    assert stage.writer._state.engine.deferred_count == 3


def test_a_crash_between_two_parts_leaves_nothing_unjudged(stage):
    stage.ask(pack(WARM, more=True), minute(30))
    stage.restart()
    stage.writer.start(minute(31))
    assert len(stage.holds()) == 2


def test_what_was_heard_before_is_neither_journalled_nor_judged_again(stage):
    stage.ask(pack(WARM), minute(30))
    rows = len(stage.rows(journal))
    more = [*WARM[:5], ("S1", "temperature", minute(13), 5_000_000)]
    assert stage.ask(pack(more), minute(31))["known"] == 5
    assert (len(stage.rows(journal)), stage.rows(journal)[-1].count) == (rows + 1, 1)
    assert stage.ask(pack([("S1", "temperature", minute(3), None)]), minute(31))["known"] == 1  # a value beats a fault
    assert stage.ask(pack([("S1", "temperature", minute(3), 1)]), minute(31))["conflicts"] == 1
    assert stage.ask(pack([("S1", "temperature", minute(3), 1)]), minute(31))["known"] == 1


def test_a_part_leaves_the_inbox_when_it_is_taken(stage):
    stage.ask(pack(WARM), minute(30))
    assert stage.rows(inbox)[-1].request == {"do": "import"}


def test_a_step_takes_one_part(stage):
    numbers = [stage.submit(pack([row], more=True), minute(30)) for row in WARM[:3]]
    stage.tick(30)
    waiting = [row.id for row in stage.rows(inbox) if row.state == "waiting"]
    assert waiting == numbers[1:]


def test_a_damaged_block_is_refused(stage):
    with pytest.raises(InvalidError, match="a block of readings cannot be read"):
        stage.ask(Import(series=[("S1", "temperature")], packed=b"x"))


def test_a_block_is_what_was_packed():
    rows = [*WARM, ("S1", "humidity", minute(-5), None), ("d/p", "temperature", minute(2), -40_000_000)]
    block = unpack(pack(rows))
    named = [block.series[place] for place in block.places]
    assert [(*name, at) for name, at in zip(named, block.instants.tolist(), strict=True)] == [row[:3] for row in rows]
    assert block.values.tolist() == [-(1 << 63) if value is None else value for *_, value in rows]


def test_a_spool_gives_back_parts_that_name_only_their_own_series():
    with Spool(2) as spool:
        spool.put([("S1", "temperature"), ("S1", "humidity")], [1, 1, 0], [5, 6, 7], [1, 2, 3])
        parts = list(spool.requests())
    assert (spool.readings, [count for count, _ in parts]) == (3, [2, 1])
    assert [request.series for _, request in parts] == [[("S1", "humidity")], [("S1", "temperature")]]
    assert [unpack(request).values.tolist() for _, request in parts] == [[1, 2], [3]]


VALUES = st.sampled_from([5_000_000, 7_900_000, 9_000_000, 12_000_000, None])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["S1", "S2"]),
        st.just("temperature"),
        st.integers(0, 100).map(lambda n: minute(n / 2)),
        VALUES,
    ),
    max_size=30,
)


@given(before=ROWS, parts=st.lists(ROWS, max_size=5), in_order=st.booleans())
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_parts_end_in_the_same_as_readings_one_by_one(fresh, before, parts, in_order):
    if in_order:
        parts = [sorted(part, key=lambda row: row[2]) for part in parts]
    stages = whole, single = [Stage(fresh(), "") for _ in range(2)]
    for stage in stages:
        stage.ask(pack(before), minute(20))
    for part in parts:
        whole.ask(pack(part, more=True), minute(60))
        for row in part:
            single.ask(pack([row]), minute(60))
    for stage in stages:
        stage.tick(70)
        while stage.ask(Import(), minute(71))["waiting"]:
            pass
    assert without_numbers(whole.outcome()) == without_numbers(single.outcome())


def without_numbers(outcome):
    return {name: rows for name, rows in outcome.items() if name not in ("series", "alerts")}
