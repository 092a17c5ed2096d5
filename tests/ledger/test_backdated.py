"""Places and sensors that are new: no alarm is told about the time before they existed."""

from ledger.requests import Correct, EntryName, Item
from store.tables import alerts, entries, firings
from tests.ledger.stage import SITE, Stage, minute, reading

NEXT = SITE.replace("version: 1", "version: 2").replace("effective_from: 2020", "effective_from: 2021")
SILENT = NEXT + "      - {id: silent, kind: silence, after: 30min, action: notify}\n"
EARLY = SILENT.replace("from: 2026-01-01T00:00:00Z}", "from: 2025-10-01T00:00:00Z}")
DAY = 24 * 60


def silences(stage: Stage, place: str = "ROOM-1") -> list:
    return [row for row in stage.rows(alerts) if (row.place, row.direction) == (place, "silent")]


def test_a_site_dated_back_is_not_silent_before_it_was_entered(small):
    stage = Stage(small.database, site=EARLY)
    assert [row.rule for row in stage.rows(firings) if row.rule == "silent"]  # the record has it
    assert silences(stage) == []
    stage.tick(29)
    assert silences(stage) == []
    stage.tick(30)
    [alert] = silences(stage)
    assert (alert.since, alert.until, alert.raised_at) == (minute(0), None, minute(30))
    assert "no data for 30 min from 2026-01-01 00:00 UTC, allowed 30 min" in alert.sentence


def test_what_speaks_in_time_was_never_silent(small):
    stage = Stage(small.database, site=EARLY)
    stage.hear(reading(10, 5))
    stage.tick(35)
    assert silences(stage) == []
    assert [row.place for row in silences(stage, "ROOM-2")] == ["ROOM-2"]
    stage.tick(45)  # silent for longer than 30 min since
    [alert] = silences(stage)
    assert alert.since == minute(10)


def test_a_restart_counts_on(small):
    stage = Stage(small.database, site=EARLY)
    stage.tick(20)
    stage.restart()
    stage.tick(29)
    assert silences(stage) == []
    stage.tick(31)
    assert [row.since for row in silences(stage)] == [minute(0)]


def test_a_mount_of_before_entered_now(small):
    stage = Stage(small.database, site=SILENT)
    for at in range(0, 100, 10):
        stage.hear(reading(at, 5))
    new = {"id": "NEW", "parent": "SITE-A", "profile": "cold"}
    mount = {"sensor": "S2", "location": "NEW", "from": "2026-01-01T00:10:00Z"}
    gone = [EntryName("mount", '["S2","ROOM-2","2026-01-01T00:00:00Z"]')]
    stage.ask(Correct(put=[Item("location", new), Item("mount", mount)], remove=gone), minute(100))
    assert silences(stage, "NEW") == []
    stage.tick(129)
    assert silences(stage, "NEW") == []
    stage.tick(130)
    [alert] = silences(stage, "NEW")
    assert (alert.since, alert.raised_at) == (minute(100), minute(130))


def test_a_name_that_is_corrected_does_not_take_back_what_was_told(small):
    stage = Stage(small.database, site=EARLY)
    stage.tick(40)
    [before] = silences(stage)
    [room] = [row.doc for row in stage.rows(entries) if row.kind == "location" and row.doc["id"] == "ROOM-1"]
    stage.ask(Correct(put=[Item("location", {**room, "name": "Cold room 1"})]), minute(41))
    stage.restart()
    stage.tick(42)
    [after] = silences(stage)
    assert (after.founded, after.since, after.until, after.id) == (True, before.since, None, before.id)


def test_a_version_of_before_entered_now(small):
    for at in (0, 10):
        small.hear(reading(at, 5))
    small.apply(SILENT, now=minute(100))
    assert silences(small) == []
    small.tick(130)
    [alert] = silences(small)
    assert (alert.since, alert.raised_at) == (minute(100), minute(130))


def test_a_silence_of_a_place_that_is_known_is_told_at_once(small):
    stage = Stage(small.database, site=SILENT)
    stage.hear(reading(0, 5))
    stage.tick(30)
    assert [row.since for row in silences(stage)] == [minute(0)]
