"""The clock of the machine is set while the engine runs: the present is taken anew, what came meanwhile is marked."""

from domain.readings import Flag
from ledger.inputs import Batch
from store.tables import alerts, audit, outbox, readings
from tests.ledger.stage import SITE, Stage, message, minute, reading, series_of

NEXT = SITE.replace("version: 1", "version: 2").replace("effective_from: 2020", "effective_from: 2021")
SILENT = NEXT + "      - {id: silent, kind: silence, after: 30min, action: notify}\n"
DAY = 24 * 60


def silences(stage, founded=True):
    return [row for row in stage.rows(alerts) if row.direction == "silent" and row.founded == founded]


def said(stage):
    """What the audit trail has of the clock."""
    return [(row.what, row.after["by_seconds"]) for row in stage.rows(audit) if row.kind == "clock"]


def flags(stage):
    return [Flag(row.flags) for row in stage.rows(readings)]


def step(stage, *heard, now, **more):
    """One step at a minute of the clock; what is heard without a time of its own arrives then."""
    return stage.writer.step(Batch([message(each, at=minute(now)) for each in heard], **more), minute(now))


def test_a_clock_that_was_ahead_is_not_ahead_any_more(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(*series_of([5, 5, 5]))
    stage.tick(DAY)  # the clock is a day ahead
    assert {row.place for row in silences(stage)} == {"ROOM-1", "ROOM-2"}
    step(stage, reading(3, 5), now=3)
    assert silences(stage) == []  # nobody has been silent
    assert said(stage) == [("set_back", -(DAY - 3) * 60)]
    step(stage, *series_of([5] * 5, 4), now=9)
    stage.tick(31)
    assert [row.place for row in silences(stage)] == ["ROOM-2"]  # by the right clock
    assert said(stage) == [("set_back", -(DAY - 3) * 60)]


def test_it_is_taken_anew_although_nothing_is_heard(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(*series_of([5, 5, 5]))
    stage.tick(DAY)
    stage.tick(3)
    assert silences(stage) == []


def test_what_was_received_meanwhile_is_marked(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(*series_of([5, 5, 5]))
    step(stage, reading(3, 5.5), now=DAY)  # with a time of its own
    step(stage, reading(0, 12)._replace(measured_at=None), now=DAY + 1)  # counted at its arrival, a day ahead
    stage.tick(4)
    kept = {(row.measured_at, Flag(row.flags)) for row in stage.rows(readings)}
    assert (minute(3), Flag.CLOCK_AHEAD) in kept
    assert (minute(DAY + 1), Flag.ARRIVAL_TIME | Flag.CLOCK_AHEAD | Flag.ARRIVED_AHEAD) in kept
    assert sum(flag == Flag.NONE for flag in flags(stage)) == 3
    stage.tick(DAY + 20)  # when that instant has come, nobody takes it for a reading of then
    assert [row for row in stage.alerts() if row.direction == "high"] == []


def test_messages_do_not_wait_for_the_wrong_time(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(*series_of([5, 5, 5]))
    stage.tick(DAY)
    waiting = [row for row in stage.rows(outbox) if row.state == "waiting"]
    stage.tick(4)
    assert waiting
    assert all(row.next_at <= minute(4) for row in stage.rows(outbox) if row.state == "waiting")


def test_an_excursion_of_before_stays(small):
    small.hear(*series_of([5, *[9] * 14]))
    before = small.holds()
    small.tick(DAY)
    small.tick(15)
    assert small.holds() == before != []


def test_small_steps_are_none(small):
    small.hear(*series_of([5, *[9] * 12]))
    before = small.outcome()
    small.tick(12.2)
    assert said(small) == []
    assert small.outcome() == before


def test_a_clock_set_ahead_is_said(small):
    small.hear(*series_of([5, 5, 5]))
    step(small, now=122, clock_set=120 * 60_000_000)
    assert said(small) == [("set_ahead", 7200.0)]


def test_both_ways_and_back(small):
    stage = Stage(small.database, site=SILENT)
    for now in (0, DAY, 1, 2 * DAY, 2):
        step(stage, reading(min(now, 2), 5), now=now)
    assert [what for what, _ in said(stage)] == ["set_back", "set_back"]
    stage.restart()
    stage.tick(29)
    assert silences(stage) == []
