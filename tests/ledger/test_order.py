"""However messages arrive, the founded holds and the alerts are those of complete data in order."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.readings import Reading
from ledger.inputs import Batch
from ledger.requests import Correct, EntryName, Item
from tests.ledger.stage import Stage, message, minute, reading
from tests.thrift import examples

DEVICES = (("dev1", ""), ("dev2", "ext"))
END = 400

VALUES = st.sampled_from([5.0, 5.0, 7.9, 8.0, 8.1, 9.0, 9.0, 11.0, None])
STRETCHES = st.lists(st.tuples(VALUES, st.integers(1, 40)), min_size=1, max_size=10)
READINGS = st.tuples(STRETCHES, STRETCHES).map(
    lambda both: [each for stretches, probe in zip(both, DEVICES, strict=True) for each in _said(stretches, *probe)]
)
CORRECTIONS = [
    Correct(remove=[EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')]),
    Correct(put=[Item("mount", {"sensor": "S1", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"})]),
    Correct(put=[Item("mount", {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T01:00:00Z"})]),
]


def _said(stretches: list[tuple[float | None, int]], device: str, probe: str) -> list[Reading]:
    said, at = [], 0
    for value, length in stretches:
        said += [reading(i, value, device, probe) for i in range(at, at + length, 3)]
        at += length
    return said


def hear(stage: Stage, parts: list[list[Reading]]) -> None:
    for i, part in enumerate(parts):
        stage.writer.step(Batch([message(each, at=minute(END)) for each in part]), minute(END + i))


def outcome(stage: Stage) -> dict:
    stage.tick(END + 60)
    found = stage.outcome()
    numbers = {row[0]: row[1:] for row in found.pop("series")}  # the first heard gets the lower number
    found["readings"] = sorted((numbers[each[0]], *each[1:]) for each in found["readings"])
    return found


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(READINGS, st.data())
def test_any_order_and_repetition_of_batches_ends_in_the_same(fresh, said, data):
    shuffled = data.draw(st.permutations(said))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(said) - 1)), max_size=5)))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True) if a < b]
    again = data.draw(st.lists(st.sampled_from(parts), max_size=2))
    plain, stage = Stage(fresh(), site=""), Stage(fresh(), site="")
    hear(plain, [said])
    hear(stage, parts + again)
    assert outcome(stage) == outcome(plain)


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(READINGS, st.integers(0, 3), st.booleans())
def test_corrections_before_and_after_the_readings_end_in_the_same(fresh, said, after, restart):
    early, late = Stage(fresh(), site=""), Stage(fresh(), site="")
    for correction in CORRECTIONS[:2]:
        early.ask(correction, minute(0))
    hear(early, [said])
    for correction in CORRECTIONS[:2][:after]:
        late.ask(correction, minute(0))
    hear(late, [said])
    if restart:
        late.restart()
    for correction in CORRECTIONS[:2][after:]:
        late.ask(correction, minute(END))
    assert outcome(late) == outcome(early)


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(READINGS)
def test_founded_holds_are_what_the_plain_judgement_says(fresh, said):
    stage = Stage(fresh(), site="")
    hear(stage, [said[::2], said[1::2]])
    stage.tick(END + 60)
    judged = stage.judged(said, minute(END + 60))
    fired = sorted(
        (batch["lot"], unit["unit"], fired["rule"])
        for batch in judged["batches"]
        for unit in batch["units"]
        for fired in unit["fired"]
        if fired["action"] == "hold"
    )
    assert [hold[:3] for hold in stage.holds()] == sorted(fired, key=lambda row: (row[0], row[1] or "", row[2]))
