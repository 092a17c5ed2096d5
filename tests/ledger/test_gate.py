"""Numbers that a sensor cannot have measured are faults with a name, whoever brings them and whenever that is known."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.faults import MASK, Fault, fault_of
from domain.readings import FAULT
from domain.times import DAY
from ledger.readings.packing import pack
from ledger.requests import Correct, Item
from store import compaction
from store.journal import iterate
from store.readings import load
from store.tables import conflicts, fault_numbers, readings
from tests.ledger.stage import START, Stage, minute, reading, series_of
from tests.ledger.test_rebuild import differing, tell
from tests.thrift import examples

SENT = [5, 85, 85, -127, 5, 255, 130, -45, 9]
KINDS = [None, Fault.POWER_ON, Fault.POWER_ON, Fault.NO_ANSWER, None]
KINDS += [Fault.NOT_A_MEASUREMENT, Fault.OPEN_CIRCUIT, Fault.OPEN_CIRCUIT, None]


def kinds(stage: Stage) -> list[Fault | None]:
    return [None if row.value is not None else fault_of(row.flags) for row in stage.rows(readings)]


def numbers(stage: Stage) -> list[float]:
    return [row.number / 1_000_000 for row in stage.rows(fault_numbers)]


def declare(stage: Stage, at: float, **fields: object) -> None:
    stage.ask(Correct(put=[Item("sensor", {"id": "S1", "device": "dev1", **fields})]), minute(at))


def test_what_a_message_says_is_a_fault_and_its_number_is_kept(stage):
    stage.hear(*series_of(SENT))
    assert kinds(stage) == KINDS
    assert numbers(stage) == [85, 85, -127, 255, 130, -45]


def test_what_a_file_says_is_the_same_and_the_journal_has_the_numbers(stage):
    rows = [("S1", said.quantity, said.measured_at, said.value) for said in series_of(SENT)]
    rows.append(("S1", "temperature", minute(20), FAULT + Fault.SHORT_CIRCUIT))
    answer = stage.ask(pack(rows), minute(30))
    assert (answer["readings"], answer["faults"]) == (10, 7)
    assert kinds(stage) == [*KINDS, Fault.SHORT_CIRCUIT]
    assert numbers(stage) == [85, 85, -127, 255, 130, -45]
    with stage.database.read() as connection:
        [entry] = [each for each in iterate(connection) if each.kind == "readings"]
    assert [record[3] for record in entry.records[:9]] == [round(value * 1_000_000) for value in SENT]
    assert stage.ask(pack(rows), minute(31))["known"] == 10


def test_a_model_that_can_say_it_makes_values_of_numbers_that_came_before(stage):
    stage.hear(*series_of([5, *[85] * 11]))
    assert stage.holds() == []
    declare(stage, 30, model="pt100")
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]
    assert (numbers(stage), kinds(stage)) == ([], [None] * 12)
    declare(stage, 40, model="ds18b20")
    assert (stage.holds(), numbers(stage)) == ([], [85] * 11)


def test_a_model_counts_from_its_date_on(stage):
    stage.hear(*series_of([5, 85, 85]))
    declare(stage, 30, model=[{"value": "ds18b20"}, {"value": "pt100", "from": "2026-01-01T00:02:00Z"}])
    assert kinds(stage) == [None, Fault.POWER_ON, None]


def test_a_range_makes_faults_of_what_is_beyond_it(stage):
    stage.hear(*series_of([5, *[40] * 11, -10]))
    assert len(stage.holds()) == 2
    declare(stage, 30, range={"temperature": [0, 30]})
    assert kinds(stage) == [None, *[Fault.ABOVE_RANGE] * 11, Fault.BELOW_RANGE]
    assert stage.holds() == []


def test_a_value_that_was_refused_for_a_number_that_is_none_takes_its_place(stage):
    declare(stage, 0, model="pt100")
    stage.hear(reading(0, 85))
    stage.hear(reading(0, 5), at=1)
    assert len(stage.rows(conflicts)) == 1
    declare(stage, 2, model="ds18b20")
    assert ([row.value for row in stage.rows(readings)], stage.rows(conflicts)) == ([5_000_000], [])
    declare(stage, 3, model="pt100")
    assert [(row.kept, row.refused) for row in stage.rows(conflicts)] == [(5_000_000, 85_000_000)]


def test_what_is_packed_is_gated_again_in_its_chunk(small):
    small.hear(*series_of([5, 85, 40, 9]))
    compaction.sweep(small.database, START + 2 * DAY)
    assert small.rows(readings) == []
    declare(small, 2000, model="pt100", range={"temperature": [0, 30]})
    declare(small, 2001, model="pt100")
    assert stored_values(small) == [5_000_000, 85_000_000, 40_000_000, 9_000_000]
    declare(small, 2003, model="ds18b20", range={"temperature": [0, 30]})
    assert stored_values(small) == [5_000_000, None, None, 9_000_000]


def stored_values(stage: Stage) -> list[int | None]:

    with stage.database.read() as connection:
        return load(connection, "dev1", "", "temperature")[1]


def test_the_journal_gives_what_was_gated_again(small):
    tell(small, *series_of([5, 85, 40, -127, 9]), at=10)
    declare(small, 11, model="pt100")
    assert differing(small) == []
    declare(small, 12, model="ds18b20", range={"temperature": [0, 30]})
    assert differing(small) == []


MODELS = st.sampled_from([{}, {"model": "pt100"}, {"model": "ds18b20"}, {"range": {"temperature": [0, 30]}}])


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([5, 9, 40, 85, -127, 255, 327.67]), min_size=1, max_size=14),
    st.lists(st.tuples(st.integers(0, 14), MODELS), min_size=1, max_size=3),
)
def test_whenever_a_model_is_known_the_outcome_is_as_if_it_had_always_been(fresh, values, declared):
    told, known = Stage(fresh(), site=""), Stage(fresh(), site="")
    said = series_of(values)
    before = 0
    for after, fields in sorted(declared, key=lambda each: each[0]):
        if said[before:after]:
            told.hear(*said[before:after])
        before = max(before, after)
        declare(told, 20, **fields)
    if said[before:]:
        told.hear(*said[before:])
    declare(known, 0, **sorted(declared, key=lambda each: each[0])[-1][1])
    known.hear(*said)
    told.tick(40)
    known.tick(40)
    assert told.outcome() == known.outcome()
    assert numbers(told) == numbers(known)


@pytest.mark.parametrize("number", [-127, 85, -163.84, -242.02, -45, 130, 255, 6553.5, 3276.7, 655.35, 999.9, -9999])
def test_no_number_that_means_a_fault_becomes_a_value(small, number):
    small.hear(reading(0, number))
    [row] = small.rows(readings)
    assert row.value is None
    assert row.flags & MASK
