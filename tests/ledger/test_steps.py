"""From messages to holds and alerts, one transaction a step."""

from dataclasses import replace

from sqlalchemy import event

from domain.readings import Flag
from domain.times import DAY, HOUR, MINUTE, SECOND
from ledger.inputs import Arrived, Batch
from ledger.requests import Correct, Item
from store import compaction
from store.journal import iterate, verify
from store.state import load_codec_memory
from store.tables import (
    alerts,
    audit,
    codec_memory,
    conflicts,
    dead_letters,
    events,
    exposures,
    firings,
    hold_revisions,
    holds,
    journal,
    outbox,
    readings,
)
from tests.ledger.stage import SITE, START, Stage, message, minute, reading, series_of

WARM = series_of([5, *[9] * 11])  # fires at minute 11


def test_a_room_too_warm_for_long_enough_holds_exactly_its_units(stage):
    stage.hear(*series_of([5, 9, 9]))
    assert stage.holds() == []
    stage.hear(*series_of([9] * 9, since=3))
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]


def test_a_reading_in_range_costs_nine_statements(stage):
    stage.hear(*series_of([5, 5]))
    asked: list[str] = []
    event.listen(stage.database._writer, "before_cursor_execute", lambda *given: asked.append(given[2]))
    stage.hear(reading(2, 5))
    assert len(asked) <= 9, asked


def test_a_problem_raises_one_alert_naming_all_lots_and_rules(stage):
    stage.hear(*WARM)
    [alert] = stage.alerts()
    assert alert.sentence == (
        "ROOM-1 is above 8.0 °C (peak 9.0 °C, since 00:01 UTC). 2 units of VAX A1 are on hold: "
        "above 8.0 °C for 10 min, allowed 10 min. Move the stock, then review it."
    )
    assert (alert.place, alert.rules, alert.severity, alert.until) == ("ROOM-1", ["too-warm"], "critical", None)
    hold_ids = {row.unit: row.id for row in stage.rows(holds)}
    assert [(lot["lot"], lot["unit"], lot["client"], lot["hold"]) for lot in alert.lots] == [
        ("A1", "P1", "acme", hold_ids["P1"]),
        ("A1", "P2", "acme", hold_ids["P2"]),
    ]


def test_an_alert_ends_with_its_problem(stage):
    stage.hear(*WARM)
    stage.hear(reading(12, 5))
    [alert] = stage.alerts()
    assert (alert.until, alert.ended_at) == (minute(12), minute(12))
    assert [row.event for row in stage.rows(outbox) if row.channel == "all"] == ["raised", "ended"]


def test_a_burst_gives_one_message_a_channel(stage):
    stage.hear(*WARM)
    stage.hear(reading(12, 5), *series_of([9] * 25, since=13))
    stage.hear(*series_of([9] * 8, since=38))  # the review adds to it
    raised = [(row.channel, row.event) for row in stage.rows(outbox)]
    assert raised.count(("all", "raised")) == raised.count(("worst", "raised")) == 1
    assert ("all", "updated") not in raised


def test_a_channel_hears_only_what_is_severe_enough(stage):
    stage.hear(reading(0, 9), *series_of([9] * 9, since=1), reading(9.5, 5))
    stage.hear(*[r for i in range(3) for r in (*series_of([9] * 9, since=10 + 10 * i), reading(19.5 + 10 * i, 5))])
    [alert] = stage.alerts()
    assert (alert.rules, alert.severity) == (["warm-total"], "warning")
    assert {row.channel for row in stage.rows(outbox)} == {"all"}


def test_what_was_told_already_changes_nothing(stage):
    stage.hear(*WARM)
    before = stage.outcome()
    stage.hear(*WARM, at=30)
    assert stage.outcome() == before


def test_another_value_at_one_instant_is_a_conflict_and_the_first_one_counts(stage):
    stage.hear(reading(0, 5))
    done = stage.hear(reading(0, 9), at=1)
    assert done.counts.conflicts == 1
    [row] = stage.rows(conflicts)
    assert (row.kept, row.refused) == (5_000_000, 9_000_000)
    assert [row.value for row in stage.rows(readings)] == [5_000_000]


def test_a_value_beats_a_fault_without_conflict(stage):
    stage.hear(reading(0, None))
    stage.hear(reading(0, 9), at=1)
    stage.hear(reading(0, None), at=2)
    assert ([row.value for row in stage.rows(readings)], stage.rows(conflicts)) == ([9_000_000], [])


def test_a_stamp_ahead_of_its_arrival_is_kept_and_not_judged(small):
    said = series_of([5, *[9] * 11], since=60)
    done = small.writer.step(Batch([message(*said, at=said[0].measured_at - 5 * MINUTE)]), minute(72))
    assert done.counts.not_judged == 11
    assert [row.flags for row in small.rows(readings)] == [0] + [int(Flag.AHEAD)] * 11
    assert small.holds() == []


def test_a_clock_that_was_never_set_is_kept_and_not_judged(small):
    said = reading(0, 9)._replace(measured_at=12 * HOUR)
    small.writer.step(Batch([message(said, at=START)]), START)
    assert [row.flags for row in small.rows(readings)] == [int(Flag.UNSET_CLOCK)]


def test_a_message_without_time_gets_its_arrival_time(small):
    timeless = reading(0, 9)._replace(measured_at=None)
    messages = [
        message(timeless, at=minute(1)),
        message(timeless, at=minute(2), retained=True),
        message(timeless, at=minute(3), backlog=True),
    ]
    done = small.writer.step(Batch(messages), minute(3))
    arrival = int(Flag.ARRIVAL_TIME)
    assert [(row.measured_at, row.flags) for row in small.rows(readings)] == [
        (minute(1), arrival),
        (minute(2), arrival | int(Flag.RETAINED)),
        (minute(3), arrival | int(Flag.BACKLOG)),
    ]
    assert done.counts.not_judged == 2


def test_an_instant_that_no_number_holds_is_none(small):
    said = reading(0, 9)._replace(measured_at=1 << 70)
    small.writer.step(Batch([message(said, at=minute(1))]), minute(1))
    [row] = small.rows(readings)
    assert (row.measured_at, row.flags) == (minute(1), int(Flag.ARRIVAL_TIME | Flag.UNSET_CLOCK))


def test_what_cannot_be_decoded_is_a_dead_letter_and_stops_nothing(stage):
    bad = replace(message(at=minute(0), error="not JSON: \0"), payload=b"\xff\0")
    done = stage.writer.step(Batch([bad, message(reading(0, 5), at=minute(0))]), minute(0))
    [letter] = stage.rows(dead_letters)
    assert (letter.payload, letter.reason, letter.state, done.dead_letters) == (
        b"\xff\0",
        "not JSON: \\0",
        "waiting",
        1,
    )
    assert len(stage.rows(readings)) == 1


def test_a_name_that_no_database_keeps_is_a_dead_letter(stage):
    for device in ("dev\0", "dev\ud800"):
        done = stage.writer.step(Batch([message(reading(0, 5, device), at=minute(0))]), minute(0))
        assert done.dead_letters == 1
    assert stage.rows(readings) == []


def test_the_journal_has_every_message_and_is_whole(stage):
    stage.hear(*WARM)
    stage.hear(reading(12, 5))
    with stage.database.read() as connection:
        assert verify(connection) is None
    assert [(row.kind, row.count) for row in stage.rows(journal)] == [
        ("correction", 1),
        ("messages", 12),
        ("messages", 1),
    ]


def test_codec_memory_is_kept_with_the_messages(stage):
    stage.writer.step(
        Batch([message(reading(0, 5), at=minute(0))], {("src", "d"): b"a", ("src", "e"): b"c"}), minute(0)
    )
    stage.writer.step(
        Batch([message(reading(1, 5), at=minute(1))], {("src", "d"): b"b", ("src", "e"): None}), minute(1)
    )
    with stage.database.read() as connection:
        assert load_codec_memory(connection) == {("src", "d"): b"b"}
    assert len(stage.rows(codec_memory)) == 1


def test_events_have_no_gaps(stage):
    stage.hear(*WARM)
    stage.hear(reading(12, 5))
    numbers = [row.number for row in stage.rows(events)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {"messages", "judged", "hold.placed", "alert.raised", "alert.ended"} <= {r.kind for r in stage.rows(events)}


def test_numbers_that_merely_grow_are_no_revision(small):
    small.hear(*series_of([5, 9, 9]))
    [before] = small.rows(exposures, exposures.c.unit == "P1", exposures.c.rule == "too-warm")
    small.hear(reading(3, 9.5))
    small.tick(3 + 6 / 60)
    [after] = small.rows(exposures, exposures.c.unit == "P1", exposures.c.rule == "too-warm")
    assert (after.row, after.revision) == (before.row, 1)
    assert (after.minutes, after.peak) > (before.minutes, before.peak)


def test_an_interval_that_ends_is_a_revision_and_the_old_one_stays_readable(small):
    small.hear(*series_of([5, 9, 9]))
    small.hear(reading(3, 5))
    first, second = small.rows(exposures, exposures.c.unit == "P1", exposures.c.rule == "too-warm")
    assert (first.id, first.revision, first.until, first.superseded_at) == (second.id, 1, None, minute(3))
    assert (second.revision, second.until, second.known_at, second.superseded_at) == (2, minute(3), minute(3), None)


def test_time_alone_fires_at_the_due_instant(small):
    small.hear(*series_of([5, 9, 9, 9]))
    assert small.writer.due_at is not None and small.writer.due_at <= minute(11)
    small.tick(11 - 1 / 60)
    assert small.holds() == []
    small.tick(11)
    assert [hold[3] for hold in small.holds()] == [11, 11]


def test_a_step_without_work_writes_nothing(small):
    small.hear(*series_of([5, 5]))
    before = small.event_numbers()
    assert small.tick(2).event == 0
    assert small.event_numbers() == before


def test_the_numbers_of_a_hold_grow_with_its_exposure(small):
    small.hear(*WARM)
    small.hear(*series_of([9.5, 9], since=12))
    small.writer.step(Batch(), minute(14) + 6 * SECOND)
    why = small.rows(holds)[0].why
    assert (why["minutes"] > 10, why["peak"], why["until"]) == (True, 9_500_000, None)
    assert (len(why["exposures"]), len(why["excursions"])) == (1, 2)  # the room by both of its rules
    [alert] = small.alerts()
    assert "peak 9.5 °C" in alert.sentence and "for 13 min, allowed 10 min" in alert.sentence


def test_a_restart_finds_nothing_to_revise(small, caplog):
    small.hear(*WARM)
    small.hear(reading(12, 5), reading(15, 9))
    before = small.event_numbers()
    small.restart()
    small.writer.start(minute(15))
    assert (small.event_numbers(), caplog.messages) == (before, [])


def test_a_reading_ahead_of_the_present_counts_after_a_restart_too(small):
    small.writer.step(Batch([message(reading(3, 9), at=minute(0))]), minute(0))
    small.restart()
    small.writer.start(minute(0))
    small.tick(12)
    assert small.holds() == []
    small.tick(13)
    assert [hold[3] for hold in small.holds()] == [13, 13]


def test_what_is_stored_and_is_not_so_is_revised_at_the_start_and_logged(small, caplog):
    small.hear(*WARM)
    with small.database.begin() as connection:
        connection.execute(exposures.update().values(since=minute(3)))
    small.restart()
    small.writer.start(minute(12))
    assert "what was stored is not what the histories say" in caplog.text
    in_force = small.rows(exposures, exposures.c.superseded_at.is_(None))
    assert {row.since for row in in_force} == {minute(1)}


def test_what_a_start_writes_is_dated_with_the_start_not_with_the_last_step(small):
    """An engine that was away for an hour: what it finds wrong was what people read for all of it."""
    small.hear(*WARM)
    known = {table: len(small.rows(table)) for table in (exposures, firings, hold_revisions, audit, events)}
    with small.database.begin() as connection:
        connection.execute(exposures.update().values(since=minute(3)))
        connection.execute(firings.update().values(at=minute(12)))
        connection.execute(holds.update().values(founded=False))
    small.restart()
    small.writer.start(minute(71))
    written = {table: small.rows(table)[count:] for table, count in known.items()}
    assert all(written.values())
    assert {row.known_at for table in (exposures, firings, hold_revisions) for row in written[table]} == {minute(71)}
    assert {row.at for table in (audit, events) for row in written[table]} == {minute(71)}
    superseded = [row.superseded_at for table in (exposures, firings) for row in small.rows(table)[: known[table]]]
    assert set(superseded) == {minute(71)}


def test_what_was_said_of_readings_that_are_forgotten_stands(small):
    small.hear(*WARM)
    small.hear(reading(12, 5))
    before = small.outcome()
    compaction.expire(small.database, START + 2 * DAY)
    small.restart()
    small.writer.start(START + 2 * DAY)
    after = small.outcome()
    assert after["readings"] == []
    assert {**after, "readings": before["readings"]} == before


NEXT = SITE.replace("version: 1", "version: 2").replace("effective_from: 2020", "effective_from: 2021")
SILENT = NEXT + "      - {id: silent, kind: silence, after: 30min, action: notify}\n"


def silences(stage: Stage) -> list[tuple[str, int]]:
    return [(row.place, row.since) for row in stage.rows(alerts) if row.direction == "silent"]


def test_what_waited_at_the_broker_makes_nobody_silent(small):
    """Two hours without an engine: the room's messages come again before anybody says that it was not heard."""
    stage = Stage(small.database, site=SILENT)
    stage.hear(reading(0, 5), reading(0, 5, "dev2", "ext"))
    stage.restart()
    stage.writer.start(minute(120))
    for part in range(0, 120, 10):
        late = [each for i in range(part, part + 10) for each in (reading(i, 5), reading(i, 5, "dev2", "ext"))]
        messages = [message(each, at=minute(120)) for each in late]
        stage.writer.step(Batch(messages, catching_up=True), minute(120))
        stage.writer.step(Batch(catching_up=True), minute(120))
    stage.tick(121)
    assert silences(stage) == []


def test_who_was_silent_while_the_others_waited_is_found(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(reading(0, 5), reading(0, 5, "dev2", "ext"))
    late = [message(reading(i, 5), at=minute(120)) for i in range(120)]
    stage.writer.step(Batch(late, catching_up=True), minute(120))
    assert silences(stage) == [("ROOM-2", minute(0))]


def test_silence_about_goods_ends_when_they_leave(small):
    small.apply(SILENT.replace("{id: ROOM-1, parent: SITE-A, profile: cold}", "{id: ROOM-1, parent: SITE-A}"))
    small.tick(40)
    stays = [each.doc for each in small.entries("placement") if each.doc["location"] == "ROOM-1"]
    ended = [Item("placement", {**stay, "to": "2026-01-01T00:45:00Z"}) for stay in stays]
    small.ask(Correct(put=ended), minute(46))
    [alert] = [row for row in small.alerts() if row.place == "ROOM-1"]
    assert (alert.until, alert.ended_at) == (minute(45), minute(46))


def test_time_does_not_go_back_with_a_clock_that_is_corrected_a_little(small):
    small.hear(*WARM)
    before = small.outcome()
    small.writer.step(Batch([message(reading(12, 9), at=minute(10.5))]), minute(10.5))
    assert small.outcome()["holds"] == before["holds"]


def test_the_properties_of_a_message_are_in_the_journal(stage):
    said = (("unit", "°C"),)
    stage.writer.step(Batch([Arrived("t", b"5", False, minute(1), "k", user_properties=said)]), minute(1))
    with stage.database.read() as connection:
        [*_, entry] = iterate(connection)
    assert entry.records[0].user_properties == said
