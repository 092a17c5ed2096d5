"""What devices sent and no verdict rests on is counted exactly, by device and kind, and told once."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import NotFoundError
from domain.notices import Notice, Remark
from domain.readings import Flag
from ledger.inputs import Arrived, Batch
from ledger.requests import Review
from store.notices import FORMS_AT_MOST, SAMPLES_AT_MOST
from store.tables import conflicts, dead_letters, device_notices, events, journal, outbox
from tests.ledger.stage import SITE, Stage, message, minute, reading
from tests.thrift import examples


def counts(stage: Stage) -> dict[tuple[str, str], int]:
    return {(row.device or row.source, row.kind): row.count for row in stage.rows(device_notices)}


def told(stage: Stage) -> list[str]:
    return [row.subject["notice"] for row in stage.rows(events, events.c.kind == "device.noticed")]


@pytest.fixture
def stage(database):
    return Stage(database)


def test_a_second_value_is_counted_and_the_one_outside_a_limit_is_told(stage):
    stage.hear(reading(0, 5.0), reading(5, 5.0))
    stage.hear(reading(0, 12.0), at=6)
    stage.hear(reading(5, 6.0), at=7)
    assert counts(stage) == {("dev1", "conflict_outside"): 1, ("dev1", "conflict"): 1}
    (outside,) = stage.rows(device_notices, device_notices.c.kind == "conflict_outside")
    (sample,) = outside.samples
    assert (sample["value"], sample["kept"], sample["limits"], sample["topic"]) == (
        12_000_000,
        5_000_000,
        ["too-warm", "warm-total"],
        "t",
    )
    sent = [(row.channel, row.event, row.notice) for row in stage.rows(outbox)]
    assert sent == [("all", "notice", outside.id), ("worst", "notice", outside.id)]
    assert stage.holds() == []


def test_it_is_told_once_until_somebody_has_looked(stage):
    for i in range(3):
        stage.hear(reading(i, 5.0))
        stage.hear(reading(i, 12.0), at=i)
    assert counts(stage) == {("dev1", "conflict_outside"): 3}
    assert told(stage) == ["conflict_outside"]
    assert len(stage.rows(outbox)) == 2
    (row,) = stage.rows(device_notices)
    stage.ask(Review(notice=row.id))
    (row,) = stage.rows(device_notices)
    assert (row.count, row.fresh, row.reviewed_by) == (3, 0, "quinn")
    stage.hear(reading(2, 13.0), at=9)
    assert told(stage) == ["conflict_outside"] * 2
    assert [(row.count, row.fresh) for row in stage.rows(device_notices)] == [(4, 1)]
    with pytest.raises(NotFoundError, match="no notice 99"):
        stage.ask(Review(notice=99))


def test_a_value_outside_as_is_the_one_that_counts_hides_nothing(stage):
    stage.hear(reading(0, 12.0))
    stage.hear(reading(0, 13.0), at=1)
    stage.hear(reading(0, 5.0), at=2)
    assert counts(stage) == {("dev1", "conflict"): 2}


ASSIGNED = SITE.replace("sensors:", "sensors:\n  - {id: S9, device: dev9}").replace(
    "mounts:", "mounts:\n  - {sensor: S9, location: ROOM-2, from: 2026-01-01T00:00:00Z}"
)
IN_ROOM_3 = ASSIGNED.replace("locations:", "locations:\n  - {id: ROOM-3, inherits: false}").replace(
    "S9, location: ROOM-2", "S9, location: ROOM-3"
)
PLACEMENT = "placements:\n  - {product: VAX, lot: A1, unit: P9, location: ROOM-%s, from: 2026-01-01T00:00:00Z}"


def test_a_refused_value_is_told_once_its_sensor_is_assigned_where_it_is_outside(stage):
    stage.hear(*(reading(i, value, "dev9") for i in range(3) for value in (5.0, 12.0)), at=5)
    stage.hear(reading(4, 5.0, "dev9"), reading(4, 6.0, "dev9"), at=6)  # never outside
    assert counts(stage) == {("dev9", "conflict"): 4}
    stage.restart()
    stage.apply(ASSIGNED, minute(10))
    assert counts(stage) == {("dev9", "conflict"): 1, ("dev9", "conflict_outside"): 3}
    row = next(row for row in stage.rows(device_notices) if row.kind == "conflict_outside")
    assert (row.samples[-1]["limits"], row.samples[-1]["kept"]) == (["too-warm", "warm-total"], 5_000_000)
    assert told(stage) == ["conflict", "conflict_outside"]
    assert [row.event for row in stage.rows(outbox)] == ["notice", "notice"]
    stage.apply(ASSIGNED.replace("placements:", PLACEMENT % 2), minute(11))  # a unit more: told already
    assert counts(stage) == {("dev9", "conflict"): 1, ("dev9", "conflict_outside"): 3}


def test_a_refused_value_is_told_once_a_unit_is_placed_where_it_is_outside(stage):
    stage.apply(IN_ROOM_3)
    stage.hear(reading(0, 5.0, "dev9"), reading(0, 12.0, "dev9"), at=5)
    assert counts(stage) == {("dev9", "conflict"): 1}  # the place has no limits, and nothing stands in it
    stage.apply(IN_ROOM_3.replace("placements:", PLACEMENT % 3), minute(10))
    assert counts(stage) == {("dev9", "conflict_outside"): 1}


def test_what_comes_again_is_not_counted_again(stage):
    said = [
        reading(0, 5.0),
        reading(0, 12.0),
        reading(1, None),
        reading(2, 4.0, flags=Flag.TWICE),
    ]
    for _ in range(3):
        stage.hear(*said, at=5)
        stage.restart()
    assert counts(stage) == {
        ("dev1", "conflict_outside"): 1,
        ("dev1", "fault_unknown"): 1,
        ("dev1", "not_judged_twice"): 1,
    }
    assert len(stage.rows(conflicts)) == 1


def test_of_many_the_newest_samples_are_kept_and_the_count_is_exact(stage):
    stage.hear(*(reading(i, None) for i in range(40)))
    (row,) = stage.rows(device_notices)
    assert (row.count, row.first_at, row.last_at) == (40, minute(0), minute(39))
    assert [sample["measured_at"] for sample in row.samples] == [minute(40 - i) for i in range(SAMPLES_AT_MOST, 0, -1)]


def step(stage: Stage, *messages: Arrived) -> None:
    stage.writer.step(Batch(list(messages)), messages[-1].received_at)


def plain(at: float, payload: bytes = b"{}", **more: object) -> Arrived:
    return Arrived("a/b", payload, more.pop("retained", False), minute(at), '["a/#"]', **more)


def test_a_message_without_a_reading_is_counted_by_device_or_else_by_source(stage):
    step(stage, plain(0), plain(1, said_of=["dev1"]), plain(2, is_ignored=True), plain(3, is_ignored=True))
    step(stage, plain(4, error="no JSON", payload=b"\xff\0"))
    assert counts(stage) == {
        ("a/#", "no_reading"): 1,
        ("dev1", "no_reading"): 1,
        ("a/#", "ignored"): 2,
        ("a/#", "unreadable"): 1,
    }
    (row,) = stage.rows(device_notices, device_notices.c.kind == "unreadable")
    assert (row.samples[0]["text"], row.samples[0]["payload"]) == ("no JSON", "\\xff\\0")


def test_fields_are_counted_each_once_and_not_their_messages(stage):
    form = (Remark(Notice.UNUSED_FIELD, "battery"), Remark(Notice.UNUSED_MEASUREMENT, "temp2"))
    more = (*form, Remark(Notice.UNUSED_FIELD, "rssi"))
    for at, remarks in enumerate((form, form, tuple(form), more, form)):
        step(stage, message(reading(at, 5.0), at=minute(at), remarks=remarks))
        if at == 3:
            stage.restart()
    assert counts(stage) == {("dev1", "unused_field"): 2, ("dev1", "unused_measurement"): 1}
    many = tuple(Remark(Notice.UNUSED_FIELD, f"f{i}") for i in range(FORMS_AT_MOST + 20))
    step(stage, message(reading(9, 5.0), at=minute(9), remarks=many))
    (row,) = stage.rows(device_notices, device_notices.c.kind == "unused_field")
    assert row.count == len(row.samples) == FORMS_AT_MOST


def test_a_remark_of_a_device_is_counted_each_time(stage):
    remark = Remark(Notice.FEWER_PROBES, "3 probes became 2: values may belong to other probes", "dev1")
    for at in range(2):
        step(stage, message(reading(at, 5.0), at=minute(at), remarks=(remark,)))
    assert counts(stage) == {("dev1", "fewer_probes"): 2}
    assert [(row.channel, row.event) for row in stage.rows(outbox)] == [("all", "notice")]


def test_a_retained_copy_of_a_dead_letter_is_the_same_dead_letter(stage):
    for at in range(3):
        step(stage, plain(at, b"x", error="no JSON", retained=bool(at)), plain(at, b"y", error="no JSON"))
        stage.restart()
    assert [row.payload for row in stage.rows(dead_letters)] == [b"x", b"y", b"y", b"y"]
    assert counts(stage) == {("a/#", "unreadable"): 4}
    step(stage, plain(5, b"x", error="no JSON", retained=True))
    assert [row.count for row in stage.rows(journal, journal.c.kind == "messages")] == [2, 1, 1]
    step(stage, plain(6, b"z", error="no JSON", retained=True))
    assert len(stage.rows(dead_letters)) == 5


def test_a_step_that_fails_counts_nothing(stage, monkeypatch):
    monkeypatch.setattr("ledger.writer.journal.append", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        stage.hear(reading(0, None))
    monkeypatch.undo()
    stage.hear(reading(1, None))
    assert counts(stage) == {("dev1", "fault_unknown"): 1}


def test_samples_are_json(stage):
    stage.hear(reading(0, None))
    assert json.dumps([row.samples for row in stage.rows(device_notices)])


def test_names_of_fields_are_a_strangers(stage):
    remark = Remark(Notice.UNUSED_FIELD, "a\0b\ud800")
    step(stage, message(reading(0, 5.0), at=minute(0), remarks=(remark,)))
    (row,) = stage.rows(device_notices)
    assert [sample["text"] for sample in row.samples] == ["a\\0b\\ud800"]
    row.samples[0]["text"].encode()


HEARD = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 5.0, 6.0, 12.0])), min_size=1, max_size=8)


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HEARD, st.data())
def test_counts_are_those_of_what_is_kept_however_often_it_comes(fresh, said, data):
    stage = Stage(fresh())
    for at, value in [*said, *data.draw(st.permutations(said))]:
        stage.hear(reading(at, value), at=10)
    found = counts(stage)
    refused = found.get(("dev1", "conflict"), 0) + found.get(("dev1", "conflict_outside"), 0)
    assert refused == len(stage.rows(conflicts))
    first: dict[int, float | None] = {}
    for at, value in said:
        first.setdefault(at, value)
    assert found.get(("dev1", "fault_unknown"), 0) == sum(value is None for value in first.values())
