"""A sensor that falls silent while its place is outside: nobody is told of an end until a value in range is heard."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from domain.intervals import clip, total, union
from domain.times import MINUTE
from ledger.inputs import Batch
from ledger.models.alert import alert_of
from ledger.requests import Correct, EntryName, Item
from store.tables import alerts, excursions, exposures, outbox
from tests.ledger.stage import SITE, Stage, message, minute, reading, series_of
from tests.thrift import examples

DIES = [*series_of([5, 12]), *series_of([12] * 20, 2)]  # warm from minute 1, silent after minute 21
MOUNT = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}


def of(stage, place="ROOM-1", direction="high"):
    [row] = [row for row in stage.alerts() if (row.place, row.direction) == (place, direction)]
    return alert_of(row._asdict())


def told(stage):
    """What the channel for everything was told of the alert, in order."""
    return [row.event for row in stage.rows(outbox, outbox.c.channel == "all") if row.state != "skipped"]


def record(stage):
    """When the excursions of the place ended by the record."""
    return [row.until for row in stage.rows(excursions, excursions.c.superseded_at.is_(None)) if row.rule == "too-warm"]


def test_what_ends_in_silence_has_not_ended(small):
    small.hear(*DIES)
    small.tick(60)
    alert = of(small)
    assert record(small) == [minute(51)]
    assert (alert.until, alert.ended_at, alert.condition, alert.is_open) == (None, None, "no_data", True)
    assert alert.no_data == (minute(21), minute(51), None, "S1", 12_000_000)
    assert "no data since 00:21 UTC, last 12.0 °C from S1" in alert.sentence
    assert "1 lot, condition unknown since 00:51 UTC: 2 units of VAX A1" in alert.sentence
    assert [lot.until for lot in alert.lots] == [None, None]
    assert "ended" not in told(small)


def test_a_value_in_range_ends_it(small):
    small.hear(*DIES)
    small.tick(60)
    small.hear(reading(90, 5))
    alert = of(small)
    assert (alert.until, alert.ended_at, alert.condition) == (minute(51), minute(90), "over")
    assert alert.no_data == (minute(21), minute(51), minute(90), "S1", 12_000_000)
    assert "no data from 00:21 to 01:30 UTC" in alert.sentence
    assert "condition unknown from 00:51 to 01:30 UTC" in alert.sentence
    assert told(small)[-1] == "ended"


def test_a_value_outside_goes_on_with_it(small):
    small.hear(*DIES)
    small.tick(60)
    number = of(small).id
    small.hear(*series_of([12] * 5, 90))
    assert (of(small).id, of(small).condition, of(small).until) == (number, "ongoing", None)
    small.hear(reading(95, 5))
    assert (of(small).until, of(small).condition) == (minute(95), "over")
    assert of(small).no_data == (minute(21), minute(51), minute(90), "S1", 12_000_000)


def test_how_long_it_is_outside_leaves_out_the_time_without_data(small):
    small.hear(*DIES)
    small.tick(60)
    assert of(small).outside_for(minute(80)) == 50 * MINUTE
    small.hear(reading(90, 12))
    assert (of(small).pauses, of(small).condition) == (((minute(51), minute(90)),), "ongoing")
    assert of(small).no_data == (minute(21), minute(51), minute(90), "S1", 12_000_000)
    small.hear(*series_of([12] * 5, 91))
    small.tick(97)
    alert = of(small)
    assert [alert.outside_for(minute(at)) for at in (97, 98)] == [57 * MINUTE, 58 * MINUTE]
    assert "is above 8.0 °C" in alert.sentence
    assert "no data from 00:21 to 01:30 UTC" in alert.sentence
    assert "above 8.0 °C for 57 min in total, allowed 10 min" in alert.sentence
    assert (alert.worst.minutes, {lot.minutes for lot in alert.lots}) == (57.0, {57.0})
    small.hear(reading(98, 5))
    assert (of(small).outside_for(minute(500)), of(small).worst.minutes) == (58 * MINUTE, 58.0)


def test_what_is_within_limits_for_a_while_does_not_count(small):
    small.hear(*series_of([5, *[12] * 25, *[5] * 30, *[12] * 25, 5]))
    alert = of(small)
    assert (alert.since, alert.until) == (minute(1), minute(81))
    assert (alert.pauses, alert.outside_for(minute(200))) == (((minute(26), minute(56)),), 50 * MINUTE)


def test_late_data_settle_it(small):
    small.hear(*DIES)
    small.tick(60)
    small.hear(reading(22, 5), at=61)
    assert (of(small).until, of(small).no_data, of(small).unknown) == (minute(22), None, ())


def test_a_fault_says_nothing_of_its_end(small):
    small.hear(*DIES)
    small.hear(reading(22, None), *series_of([None] * 5, 23))
    alert = of(small)
    assert (record(small), alert.until, alert.no_data.since, alert.no_data.unknown_since) == (
        [minute(22)],
        None,
        minute(21),
        minute(22),
    )
    small.hear(reading(30, 5))
    assert of(small).until == minute(22)


def test_a_sensor_that_is_taken_away_says_nothing_of_its_end(small):
    small.hear(*DIES)
    small.ask(Correct(put=[Item("mount", {**MOUNT, "to": "2026-01-01T00:22:00Z"})]), minute(23))
    assert (of(small).until, of(small).condition) == (None, "no_data")
    small.hear(reading(24, 5))  # it hangs there no more
    assert of(small).until is None
    other = {"sensor": "S2", "location": "ROOM-1", "from": "2026-01-01T00:30:00Z"}
    away = {"sensor": "S2", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:30:00Z"}
    small.ask(Correct(put=[Item("mount", away), Item("mount", other)]), minute(30))
    small.hear(reading(31, 5, "dev2", "ext"))
    assert (of(small).until, of(small).ended_at) == (minute(22), minute(31))


def cool(since, until):
    return series_of([5] * (until - since), since, device="dev2", probe="ext")


def test_another_sensor_in_range_does_not_speak_for_the_one_that_died(small):
    stay = {"sensor": "S2", "from": "2026-01-01T00:00:00Z"}
    gone = [EntryName("mount", '["S2","ROOM-2","2026-01-01T00:00:00Z"]')]
    small.ask(Correct(put=[Item("mount", {**stay, "location": "ROOM-1"})], remove=gone), minute(0))
    said = sorted([*DIES, *cool(0, 22)], key=lambda each: each.measured_at)
    small.hear(*said, *cool(22, 80))
    alert = of(small)
    assert (alert.condition, alert.no_data.sensor, alert.unknown) == ("no_data", "S1", ())
    small.ask(Correct(put=[Item("mount", {**MOUNT, "to": "2026-01-01T01:20:00Z"})]), minute(80))
    assert of(small).until is None
    small.hear(*cool(81, 83))  # by now it alone speaks for the place
    assert (of(small).until, of(small).ended_at) == (minute(51), minute(82))


def test_stock_that_is_moved_away_leaves_the_place_as_it_is(small):
    small.apply(SITE.replace("{id: ROOM-1, parent: SITE-A, profile: cold}", "{id: ROOM-1, parent: SITE-A}"))
    small.hear(*DIES)
    stays = [each.doc for each in small.entries("placement") if each.doc["location"] == "ROOM-1"]
    moved = [Item("placement", {**stay, "to": "2026-01-01T00:21:30Z"}) for stay in stays]
    small.ask(Correct(put=moved), minute(22))
    alert = of(small)
    assert (alert.until, alert.condition, alert.no_data) == (None, "ongoing", None)
    assert [lot.until for lot in alert.lots] == [minute(21.5)] * 2
    small.tick(60)
    assert (of(small).until, of(small).condition, of(small).unknown) == (None, "no_data", ())
    small.hear(reading(61, 5))
    assert (of(small).until, of(small).ended_at) == (minute(51), minute(61))


def test_a_restart_keeps_it(small):
    small.hear(*DIES)
    small.tick(60)
    before = small.outcome()
    small.restart()
    small.tick(61)
    assert small.outcome() == before
    small.restart()
    small.hear(reading(90, 5))
    assert (of(small).until, of(small).ended_at) == (minute(51), minute(90))


def test_an_off_delay_begins_with_the_value_in_range(small):
    later = SITE.replace("version: 1", "version: 2").replace("effective_from: 2020", "effective_from: 2021")
    small.apply(later.replace("action: hold}", "action: hold, off_delay: 10min}"))
    small.hear(*DIES)
    small.tick(60)
    small.hear(reading(90, 5))
    assert (of(small).until, of(small).condition) == (None, "clearing")
    small.tick(100)
    assert of(small).until == minute(51)


VALUES = st.lists(st.sampled_from([5.0, 12.0, 12.0, None, "gap", "gap"]), min_size=2, max_size=14)


def _said(values, device, probe):
    return [reading(i * 20, value, device, probe) for i, value in enumerate(values) if value != "gap"]


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(VALUES, VALUES, st.data())
def test_any_order_ends_in_the_same(fresh, first, second, data):
    """Both sensors in one room for a while, one of them taken away; readings come one by one, or all at once."""
    said = sorted([*_said(first, "dev1", ""), *_said(second, "dev2", "ext")], key=lambda each: each.measured_at)
    ends = Correct(put=[Item("mount", {**MOUNT, "to": "2026-01-01T02:10:00Z"})])
    both = Correct(
        put=[Item("mount", {"sensor": "S2", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"})],
        remove=[EntryName("mount", '["S2","ROOM-2","2026-01-01T00:00:00Z"]')],
    )
    live, late = Stage(fresh(), site=""), Stage(fresh(), site="")
    live.ask(both, minute(0))
    for each in said:
        live.hear(each)
    live.ask(ends, minute(300))
    late.writer.step(Batch([message(each, at=minute(300)) for each in data.draw(st.permutations(said))]), minute(300))
    for correction in data.draw(st.permutations([both, ends])):
        late.ask(correction, minute(301))
    if data.draw(st.booleans()):
        late.restart()
    for stage in (live, late):
        stage.tick(400)
    assert _final(live) == _final(late)
    for row in late.alerts():
        assert _outside(late, alert_of(row._asdict())) == alert_of(row._asdict()).outside_for(minute(400))


def _outside(stage, alert):
    """How long it was outside, by all exposures and excursions of its rules up to its end."""
    rows = [row for each in (excursions, exposures) for row in stage.rows(each, each.c.superseded_at.is_(None))]
    mine = [
        row
        for row in rows
        if row.rule in alert.rules and (row.location == alert.place if "location" in row._mapping else True)
    ]
    spans = [(row.since, row.until or minute(400)) for row in mine]
    return total(clip(union(spans), alert.since, alert.outside_until or minute(400)))


def _final(stage):
    return [
        (row.place, row.since, row.until, row.no_data, row.unknown, row.pauses)
        for row in sorted(stage.alerts(), key=lambda row: (row.place, row.since))
    ]


SILENT = SITE + "      - {id: silent, kind: silence, after: 30min, action: notify}\n"


def test_of_stock_whose_condition_is_unknown_the_missing_hours_are_kept_as_it_begins_and_as_it_ends(small):
    small.apply(SILENT.replace("version: 1", "version: 2").replace("effective_from: 2020", "effective_from: 2021"))
    small.hear(*series_of([5] * 600))
    small.tick(661)
    began = of(small, direction="silent")
    assert [(lot.until, lot.missing) for lot in began.unknown] == [(None, None)] * 2  # 630 of 661 min are known: enough
    small.tick(900)
    small.hear(reading(901, 5))
    over = of(small, direction="silent")
    first = over.unknown[0]
    assert (first.since, first.until) == (minute(629), minute(901))
    assert (first.missing.unknown, first.missing.watched, first.missing.at) == (
        minute(901) - minute(629), minute(901) - minute(0), minute(901)
    )  # fmt: skip
    assert (
        first.missing.sentence == "no data for 4 h 32 min of 15 h 1 min: 2026-01-01 10:29 UTC to 2026-01-01 15:01 UTC"
    )
    written = small.rows(alerts, alerts.c.direction == "silent")
    small.hear(reading(902, 5))
    assert small.rows(alerts, alerts.c.direction == "silent") == written  # as it was told


def test_stock_that_is_known_well_enough_or_on_hold_anyway_has_no_missing_hours(small):
    small.hear(*DIES)
    small.tick(60)
    assert [lot.missing for lot in of(small).unknown] == [None, None]


def test_late_data_that_move_the_end_of_data_are_told_once(small):
    small.hear(*DIES)
    small.tick(60)
    with small.database.begin() as connection:
        connection.execute(update(outbox).values(state="sent", attempts=1))
    before = told(small)
    small.hear(*series_of([12] * 4, 22), at=70)  # they, too, are older than what a value holds for
    assert "no data since 00:25 UTC, last 12.0 °C from S1" in of(small).sentence
    assert told(small) == [*before, "updated"]
    small.hear(*series_of([12] * 2, 26), at=71)  # the message still waits, and will say so
    assert told(small) == [*before, "updated"]
    small.hear(reading(28, 12), reading(28, 12), at=72)
    assert "no data since 00:28 UTC" in of(small).sentence
    small.tick(80)
    assert told(small) == [*before, "updated"]
