"""What a correction reaches far and wide is judged in the background: live messages pass, and a crash loses nothing."""

import itertools

import pytest

from ledger.inputs import Batch
from ledger.requests import Correct, Item, Rebuild
from ledger.writer import Options
from rules.engine import Engine
from store.database import Database
from store.tables import events, exposures, firings, judgings
from tests.ledger.stage import Stage, message, minute, reading, series_of
from tests.ledger.test_crashes import Crash, Plug
from tests.thrift import migrated

UNITS = 40
BEGIN = "2026-01-01T00:00:00Z"
SITE = """
site: {name: Plant North}
channels: [{id: all, kind: webhook, url: "https://example.org/a"}]
sensors: [{id: S1, device: dev1}, {id: S2, device: dev2}]
locations: [{id: ROOM-1, profile: cold}, {id: ROOM-2, profile: room}]
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
products: [{id: VAX, profile: cold}]
batches: [{product: VAX, lot: A1}]
placements:
PLACEMENTS
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 8.0, for: 10min, severity: critical, action: hold}]
  - id: room
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: hot, kind: limit, above: 8.0, severity: critical}]
"""
STRICTER = {
    "id": "cold",
    "version": 2,
    "effective_from": BEGIN,
    "rules": [{"id": "too-warm", "kind": "limit", "above": "6.0", "for": "10min", "action": "hold"}],
}
CORRECTION = Correct(put=[Item("profile", STRICTER)])


def placed(n: int) -> str:
    return f"  - {{product: VAX, lot: A1, unit: P{n:02}, location: ROOM-1, from: {BEGIN}}}"


@pytest.fixture
def plant(tmp_path):
    """Forty units in a room at 7 °C, fine until a stricter version is told."""
    database = migrated(tmp_path / "coldchain.db")
    yield built(database, at_once=10)
    database.close()


def built(database: Database, at_once: int) -> Stage:
    everything = SITE.replace("PLACEMENTS", "\n".join(map(placed, range(UNITS))))
    stage = Stage(database, everything, options=Options(at_once=at_once))
    finish(stage)
    stage.hear(*series_of([7] * 30), reading(29.5, 5, "dev2"))
    return stage


def finish(stage: Stage, at: float = 1) -> None:
    """Let time pass until nothing waits."""
    for i in itertools.count():
        if not stage.writer._state or not stage.writer._state.engine.deferred_count:
            return
        stage.tick(at + i / 1000)


def one_at_a_time(monkeypatch) -> None:
    """Let each step judge one subject in the background, however fast the machine is."""
    monkeypatch.setattr("ledger.engine_state.LATER_S", -1.0)


def rows(stage: Stage) -> list[tuple[int, int, bool]]:
    return [(row.total, row.done, row.ended_at is not None) for row in stage.rows(judgings)][-1:]


def test_a_small_correction_is_judged_when_it_is_answered(plant):
    before = plant.rows(judgings)
    unit = {"product": "VAX", "lot": "A1", "unit": "P00", "location": "ROOM-2", "from": BEGIN}
    plant.ask(Correct(put=[Item("placement", unit)]), minute(31))
    assert plant.rows(judgings) == before


def test_a_far_reaching_one_goes_on_step_by_step_and_says_how_far_it_is(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31))
    total = UNITS + 1  # the room itself
    assert rows(plant) == [(total, 1, False)]
    seen = []
    for i in range(1, total):
        assert plant.writer.due_at == 0
        plant.tick(31 + i / 1000)
        seen.append((rows(plant)[0][1], len(plant.holds())))
    assert seen == [(done, done - 1) for done in range(2, total + 1)]
    assert rows(plant) == [(total, total, True)]
    kinds = [row.kind for row in plant.rows(events) if row.kind.startswith("judging")][-total - 1 :]
    assert (kinds[-1], kinds.count("judging.ended")) == ("judging.ended", 1)
    assert "judging.went_on" in kinds


def test_what_happens_meanwhile_is_told_at_once(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31))
    plant.hear(reading(32, 9, "dev2"))
    assert "hot" in {rule for alert in plant.alerts() for rule in alert.rules}
    assert not rows(plant)[0][2]


def test_each_unit_s_hold_comes_as_it_is_judged_for_the_correction_s_cause(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31), who="anna")
    finish(plant, 32)
    assert len(plant.holds()) == UNITS
    causes = [row.cause for row in plant.rows(firings, firings.c.superseded_at.is_(None))]
    assert {(cause["kind"], cause["who"]) for cause in causes} == {("version", "anna")}
    [alert] = plant.alerts()
    assert len(alert.lots) == UNITS


def test_in_the_background_and_at_once_end_in_the_same(plant, monkeypatch, tmp_path):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31))
    plant.hear(*series_of([9] * 5, since=32))
    finish(plant, 40)
    found = plant.outcome()
    other = migrated(tmp_path / "other.db")
    at_once = built(other, at_once=1000)
    at_once.ask(CORRECTION, minute(31))
    at_once.hear(*series_of([9] * 5, since=32))
    at_once.tick(40)
    assert rows(at_once) == []
    assert at_once.outcome() == found
    other.close()


def test_who_dies_in_the_midst_of_it_ends_it_at_the_next_start_for_the_same_cause(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31), who="anna")
    plant.tick(31.001)
    plant.restart()
    plant.writer.start(minute(32))
    assert plant.writer.differed == []
    assert rows(plant) == [(UNITS + 1, UNITS + 1, True)]
    assert len(plant.holds()) == UNITS
    assert {row.cause["kind"] for row in plant.rows(firings, firings.c.superseded_at.is_(None))} == {"version"}


@pytest.mark.parametrize("count", [3, 7, 12, 18])
def test_a_crash_within_one_of_its_steps_ends_in_the_same(plant, monkeypatch, count):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31))
    plug = Plug(plant.database, count)
    plant.writer._database = plug
    with pytest.raises(Crash):
        for i in range(20):
            plant.writer.step(Batch([message(reading(32 + i, 7), at=minute(32 + i))]), minute(32 + i))
    plant.restart()
    for i in range(20):
        plant.writer.step(Batch([message(reading(32 + i, 7), at=minute(32 + i))]), minute(32 + i))
    finish(plant, 60)
    assert len(plant.holds()) == UNITS
    assert rows(plant) == [(UNITS + 1, UNITS + 1, True)]


def test_another_correction_of_what_waits_goes_on_with_it(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31), who="anna")
    milder = {**STRICTER, "version": 3, "effective_from": "2026-01-01T00:00:01Z"}
    milder["rules"] = [{**STRICTER["rules"][0], "above": "8.0"}]
    plant.ask(Correct(put=[Item("profile", milder)]), minute(32), who="ben")
    finish(plant, 33)
    assert plant.holds() == []
    assert all(row.ended_at is not None and row.done == row.total for row in plant.rows(judgings))


def test_judging_everything_again_ends_it(plant, monkeypatch):
    one_at_a_time(monkeypatch)
    plant.ask(CORRECTION, minute(31))
    assert plant.ask(Rebuild(), minute(32))["differed"] == []
    assert len(plant.holds()) == UNITS
    assert all(row.ended_at is not None for row in plant.rows(judgings))


def test_subjects_that_went_through_the_same_are_judged_once_in_a_step(plant, monkeypatch):
    judged = []
    judge = Engine._judge
    monkeypatch.setattr(Engine, "_judge", lambda engine, key, alike: (judged.append(key), judge(engine, key, alike))[1])
    plant.ask(CORRECTION, minute(31))
    finish(plant, 32)
    assert len(judged) == UNITS + 1
    assert len(plant.rows(exposures, exposures.c.superseded_at.is_(None))) == UNITS
