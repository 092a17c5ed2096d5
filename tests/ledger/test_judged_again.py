"""A correction judges again exactly what it changes, and reads the readings of that and no others."""

from collections import Counter

import pytest

import ledger.readings.loader
import rules.engine
from ledger.inputs import Batch
from ledger.requests import Apply, Correct, EntryName, Item
from rules.subjects.whereabouts import LocationKey, UnitKey
from store.series import list_series
from tests.ledger.stage import Stage, message, minute, reading
from tests.thrift import migrated

PLACES = range(1, 6)

SITE = """
site: {{name: Plant North}}
sensors:
{sensors}
locations:
  - {{id: SITE-A}}
{locations}
mounts:
{mounts}
products: [{{id: VAX, profile: cold}}, {{id: MILK, profile: chilled}}]
batches:
{batches}
placements:
{placements}
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{{id: too-warm, kind: limit, above: 8.0, for: 10min, action: hold}}]
  - id: chilled
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{{id: too-warm, kind: limit, above: 7.0, for: 10min, action: hold}}]
"""
BEGIN = "2026-01-01T00:00:00Z"


def site() -> str:
    """Five rooms with a sensor, a batch of VAX with two units and a batch of MILK each; S9 hangs nowhere."""

    def lines(text: str) -> str:
        return "\n".join(text.format(n=n, begin=BEGIN) for n in PLACES)

    return SITE.format(
        sensors=lines("  - {{id: S{n}, device: dev{n}}}") + "\n  - {id: S9, device: dev9}",
        locations=lines("  - {{id: ROOM-{n}, parent: SITE-A, profile: cold}}"),
        mounts=lines("  - {{sensor: S{n}, location: ROOM-{n}, from: {begin}}}"),
        batches=lines("  - {{product: VAX, lot: V{n}}}\n  - {{product: MILK, lot: M{n}}}"),
        placements=lines(
            "  - {{product: VAX, lot: V{n}, unit: P1, location: ROOM-{n}, from: {begin}}}\n"
            "  - {{product: VAX, lot: V{n}, unit: P2, location: ROOM-{n}, from: {begin}, to: 2026-01-01T01:00:00Z}}\n"
            "  - {{product: MILK, lot: M{n}, location: ROOM-{n}, from: {begin}}}"
        ),
    )


class Seen:
    """What was judged and what was fetched from the store since `clear`."""

    def __init__(self) -> None:
        self.judged: Counter = Counter()
        self.fetched: Counter = Counter()  # readings by device and quantity
        self.asked: set[str] = set()  # sensors whose readings were looked at, in memory or in the store

    def clear(self) -> None:
        self.__init__()


@pytest.fixture
def seen(monkeypatch):
    """Look on while the engine judges and the ledger fetches."""
    seen = Seen()
    engine = rules.engine.Engine
    judge, fetch, series_of = engine._judge, ledger.readings.loader.load_columns, engine._series_of

    def judging(engine, key, alike):
        seen.judged[key] += 1
        return judge(engine, key, alike)

    def fetching(connection, number, *more):
        found = fetch(connection, number, *more)
        key = list_series(connection)[number]
        seen.fetched[key.device, key.quantity] += len(found.instants)
        return found

    def asking(engine, sensor, quantity):
        seen.asked.add(sensor)
        return series_of(engine, sensor, quantity)

    monkeypatch.setattr(engine, "_judge", judging)
    monkeypatch.setattr(ledger.readings.loader, "load_columns", fetching)
    monkeypatch.setattr(engine, "_series_of", asking)
    return seen


@pytest.fixture
def plant(tmp_path, seen):
    """An hour and a half of readings of every sensor, those of ROOM-1 too warm for a while."""
    database = migrated(tmp_path / "coldchain.db")
    stage = Stage(database, site())
    said = [reading(at, 9 if n == 1 and 20 <= at < 40 else 5, f"dev{n}") for n in (*PLACES, 9) for at in range(90)]
    stage.writer.step(Batch([message(each, at=each.measured_at) for each in said]), minute(90))
    stage.tick(91)
    seen.clear()
    yield stage
    database.close()


def units(lot: str, *names: str | None, product: str = "VAX") -> set[UnitKey]:
    return {UnitKey(product, lot, name) for name in names}


def placed(lot: str, unit: str | None, **more) -> Item:
    doc = {"product": "VAX", "lot": lot, "unit": unit, "location": f"ROOM-{lot[1:]}", "from": BEGIN}
    return Item("placement", {**doc, **more})


def test_a_placement_judges_its_unit_and_fetches_nothing(plant, seen):
    plant.ask(Correct(put=[placed("V3", "P1", location="ROOM-1")]), minute(92))
    assert seen.judged.keys() == units("V3", "P1")
    assert not seen.fetched
    assert seen.asked <= {"S1", "S3"}
    assert ("V3", "P1") in {hold[:2] for hold in plant.holds()}


def test_a_placement_s_end_judges_its_unit_alone(plant, seen):
    plant.ask(Correct(put=[placed("V1", "P1", to="2026-01-01T00:25:00Z")]), minute(92))
    assert seen.judged.keys() == units("V1", "P1")
    assert seen.asked <= {"S1"} and not seen.fetched


def test_after_a_restart_a_placement_reads_no_more_than_its_unit_s_sensor(plant, seen):
    plant.restart()
    plant.tick(92)
    seen.clear()
    plant.ask(Correct(put=[placed("V4", "P1", to="2026-01-01T00:30:00Z")]), minute(93))
    assert seen.judged.keys() == units("V4", "P1")
    assert seen.asked <= {"S4"} and not seen.fetched


def test_a_new_mount_fetches_its_sensor_and_judges_who_stands_there(plant, seen):
    plant.restart()
    plant.tick(92)
    assert {device for device, _ in seen.fetched} == {f"dev{n}" for n in PLACES}
    seen.clear()
    plant.ask(Correct(put=[Item("mount", {"sensor": "S9", "location": "ROOM-2", "from": BEGIN})]), minute(92))
    there = units("V2", "P1", "P2") | units("M2", None, product="MILK") | {LocationKey("ROOM-2")}
    assert seen.judged.keys() == there
    assert set(seen.judged.values()) == {1}
    assert {device for device, _ in seen.fetched} == {"dev9"}
    assert sum(seen.fetched.values()) == 90
    assert seen.asked == {"S2", "S9"}


def test_a_mount_from_later_on_does_not_judge_who_left_before(plant, seen):
    mount = {"sensor": "S9", "location": "ROOM-2", "from": "2026-01-01T01:10:00Z"}
    plant.ask(Correct(put=[Item("mount", mount)]), minute(92))
    assert seen.judged.keys() == units("V2", "P1") | units("M2", None, product="MILK") | {LocationKey("ROOM-2")}


def test_a_sensor_that_means_another_probe_is_fetched_and_no_other(plant, seen):
    free = Correct(remove=[EntryName("sensor", '["S9"]')])
    plant.ask(free, minute(92))
    assert not seen.judged
    seen.clear()
    plant.ask(Correct(put=[Item("sensor", {"id": "S5", "device": "dev9"})]), minute(93))
    there = units("V5", "P1", "P2") | units("M5", None, product="MILK") | {LocationKey("ROOM-5")}
    assert seen.judged.keys() == there
    assert {device for device, _ in seen.fetched} == {"dev9"}


def test_a_profile_version_judges_what_it_applies_to(plant, seen):
    rule = {"id": "too-warm", "kind": "limit", "above": "4.0", "for": "10min", "action": "hold"}
    version = {"id": "chilled", "version": 2, "effective_from": "2026-01-01T00:30:00Z", "rules": [rule]}
    plant.ask(Apply(entries=[Item("profile", version)], retroactive=True), minute(92))
    assert seen.judged.keys() == {UnitKey("MILK", f"M{n}", None) for n in PLACES}
    assert not seen.fetched


def test_a_parent_judges_its_child(plant, seen):
    child = {
        "product": "VAX",
        "lot": "V4",
        "made_at": "2026-01-01T00:50:00Z",
        "parents": [{"product": "VAX", "lot": "V1"}],
    }
    plant.ask(Correct(put=[Item("batch", child)]), minute(92))
    assert seen.judged.keys() == units("V4", "P1", "P2")
    assert (seen.asked, seen.fetched) == ({"S1", "S4"}, Counter())


def test_who_owns_a_batch_judges_nothing(plant, seen):
    plant.ask(Correct(put=[Item("client", {"id": "acme"})]), minute(92))
    plant.ask(Correct(put=[Item("batch", {"product": "VAX", "lot": "V4", "client": "acme"})]), minute(92))
    assert not seen.judged


def test_a_late_reading_judges_who_stood_there_then(plant, seen):
    plant.hear(reading(75.5, 9, "dev3"), at=93)
    assert seen.judged.keys() == units("V3", "P1") | units("M3", None, product="MILK") | {LocationKey("ROOM-3")}
    seen.clear()
    plant.hear(reading(50.5, 9, "dev3"), at=94)
    assert units("V3", "P1", "P2") <= seen.judged.keys()
    assert {device for device, _ in seen.fetched} <= {"dev3"}


def test_a_late_reading_inside_all_bounds_begins_nothing(plant, seen):
    before = plant.outcome()
    plant.hear(reading(75.5, 5.1, "dev3"), at=93)
    after = plant.outcome()
    assert {**after, "readings": []} == {**before, "readings": []}
    assert (seen.asked, seen.fetched) == ({"S3"}, Counter())


def test_a_version_that_comes_after_a_unit_left_does_not_judge_it(plant, seen):
    rule = {"id": "too-warm", "kind": "limit", "above": "4.0", "for": "10min", "action": "hold"}
    version = {"id": "cold", "version": 2, "effective_from": "2026-01-01T01:10:00Z", "rules": [rule]}
    plant.ask(Correct(put=[Item("profile", version)]), minute(92))
    there = {LocationKey(f"ROOM-{n}") for n in PLACES} | {UnitKey("VAX", f"V{n}", "P1") for n in PLACES}
    assert seen.judged.keys() == there


def test_nothing_is_judged_again_that_is_told_twice(plant, seen):
    for at in (92, 93):
        seen.clear()
        plant.ask(Correct(put=[placed("V3", "P1", to="2026-01-01T01:00:00Z")]), minute(at))
    assert not seen.judged
