"""What is foreseen in the background: learned once and kept, looked at only where a place is not as usual."""

import shutil
from threading import Event

import pytest

import api.forecast.cache as cache
from api.forecast.cache import KEPT_FOR, ForecastCache
from api.forecast.job import ForecastJob
from api.snapshot import Snapshots
from domain.times import DAY, HOUR, MINUTE
from ledger.inputs import Batch
from ledger.requests import Apply, Item
from sites.file import load
from store.database import open_database
from tests.api.test_forecasts import FAILS, ROOM_1, ROOM_2, SITE, START, passes, readings
from tests.api.world import Desk
from tests.thrift import migrated

MORE = """
profiles:
  - id: cold
    version: 2
    effective_from: 2026-03-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 7.0, for: 60min, action: hold}]
"""
BEFORE = FAILS - 3 * HOUR
HANGS = "  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}"
STANDS = "  - {product: BLOOD, lot: B1, location: ROOM-1, from: 2026-03-01T00:00:00Z}"


class Place:
    """Two rooms, of which one fails; `learned` tells which sensors' normal has been learned, in order."""

    def __init__(self, database, monkeypatch):
        self.database = database
        self.desk = Desk(database)
        self.now = BEFORE
        self.forecasts = ForecastCache(database, Snapshots(), lambda: self.now)
        self.learned = []
        self.asked = []
        for name, told in (("learn_until_now", self.learned), ("leaving", self.asked)):
            monkeypatch.setattr(cache, name, self._told(getattr(cache, name), told))

    def _told(self, function, told):
        def call(*given):
            told.append(given)
            return function(*given)

        return call

    def apply(self, text):
        self.desk.ask("planner", Apply(entries=[Item(e.kind, e.doc) for e in load(text, "S.yaml")]), self.now)

    def hear(self, until):
        """Let the rooms say everything until an instant, and look."""
        said = [*readings("d1", ROOM_1[1], until), *readings("d2", ROOM_2[1], until)]
        fresh = [message for message in said if message.received_at > self.now]
        self.now = until
        self.desk.writer.step(Batch(sorted(fresh, key=lambda message: message.received_at)), until)

    def look(self):
        self.learned.clear()
        self.asked.clear()
        self.forecasts.look()
        return [(found.sensor, found.place, found.sign) for found in self.forecasts.found]


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """The file of the site three hours before the failure."""
    path = tmp_path_factory.mktemp("forecast") / "coldchain.db"
    database = migrated(path)
    desk = Desk(database)
    desk.ask("planner", Apply(entries=[Item(e.kind, e.doc) for e in load(SITE, "S.yaml")]), START)
    said = [*readings("d1", ROOM_1[1], BEFORE + 1), *readings("d2", ROOM_2[1], BEFORE + 1)]
    desk.writer.step(Batch(sorted(said, key=lambda message: message.received_at)), BEFORE)
    database.close()
    return path


@pytest.fixture
def place(heard, tmp_path, monkeypatch):
    shutil.copy(heard, tmp_path / "coldchain.db")
    database = open_database(f"sqlite:///{tmp_path}/coldchain.db")
    yield Place(database, monkeypatch)
    database.close()


def test_a_failing_room_is_found_and_one_as_usual_is_not_even_asked(place):
    place.hear(FAILS + 20 * MINUTE)
    assert place.look() == [("S1", "ROOM-1", 1)]
    assert place.look() == [("S1", "ROOM-1", 1)]
    assert len(place.asked) == 1  # S1's warming; its cooling and all of S2 are within what is usual


def test_what_is_normal_is_learned_once_and_again_after_hours(place):
    place.look()
    assert len(place.learned) == 4  # both sides of both sensors
    place.hear(FAILS - 2 * HOUR)
    place.look()
    assert place.learned == []
    place.hear(FAILS + 20 * MINUTE)
    place.look()
    assert len(place.learned) == 2  # of the room that fails, until it was as usual: data may have come late
    place.hear(BEFORE + KEPT_FOR)
    place.look()
    assert len(place.learned) == 2  # not of the room that fails: its failure would become normal


def test_a_failure_is_still_found_after_hours(place):
    place.hear(FAILS - HOUR)
    place.look()
    for minutes in (20, 120, 230):
        place.hear(FAILS + minutes * MINUTE)
        assert place.look() == [("S1", "ROOM-1", 1)]


def test_what_is_over_is_not_foreseen_any_more(place):
    place.hear(FAILS + 20 * MINUTE)
    assert place.look()
    place.now += DAY  # it fell silent
    assert place.look() == []


def test_a_sensor_that_hangs_there_no_more_is_forgotten(place):
    place.hear(FAILS + 20 * MINUTE)
    assert place.look()
    place.apply(SITE.replace(HANGS, HANGS.replace("}", ", to: 2026-03-03T00:00:00Z}")))
    assert place.look() == []
    assert place.forecasts.at("ROOM-1") is None


def test_a_sensor_that_hangs_elsewhere_learns_anew_what_is_normal_there(place):
    place.hear(FAILS + 20 * MINUTE)
    assert place.look()
    until = HANGS.replace("}", ", to: 2026-03-03T00:00:00Z}")
    since = "  - {sensor: S1, location: ROOM-2, from: 2026-03-03T00:00:00Z}"
    place.apply(SITE.replace(HANGS, f"{until}\n{since}"))
    assert place.look() == []
    assert len(place.learned) == 2


def test_a_corrected_profile_counts_at_once(place):
    place.hear(FAILS + 10 * MINUTE)
    place.look()
    before = place.forecasts.at("ROOM-1").risks
    place.apply(MORE)
    place.look()
    after = place.forecasts.at("ROOM-1").risks
    assert place.learned == []
    assert {risk.allowance.limit for risk in before} == {7.6, 8.0}
    assert {risk.allowance.limit for risk in after} == {7.0, 7.6}


def test_a_batch_that_left_is_at_risk_no_more(place):
    place.hear(FAILS + 20 * MINUTE)
    place.look()
    assert "B1" in {risk.allowance.subject[1] for risk in place.forecasts.at("ROOM-1").risks}
    place.apply(SITE.replace(STANDS, STANDS.replace("}", ", to: 2026-03-03T00:00:00Z}")))
    place.look()
    assert "B1" not in {risk.allowance.subject[1] for risk in place.forecasts.at("ROOM-1").risks}


def test_while_outside_the_time_left_is_counted_from_the_exposure(place):
    until = passes(8.0) + 30 * MINUTE
    place.hear(until)
    place.look()
    (a1,) = [
        risk
        for risk in place.forecasts.at("SHELF-1").risks
        if risk.allowance.subject == ("VAX", "A1", "PALLET-7") and risk.allowance.rule == "too-warm"
    ]
    assert a1.reached.likely == 0
    assert 25 * 60 <= a1.fires.likely <= 35 * 60


def test_what_is_on_hold_already_is_at_risk_of_it_no_more(place):
    def pallet_7(minutes):
        place.hear(passes(8.0) + minutes * MINUTE)
        place.look()
        found = place.forecasts.at("SHELF-1")
        allowances = [risk.allowance for risk in found.risks] if found is not None else []
        return {each.rule for each in allowances if each.subject == ("VAX", "A1", "PALLET-7")}

    budget = ", {id: budget, kind: cumulative, above: 8.0, total: 90min, action: hold}]"
    place.apply(MORE.replace("above: 7.0", "above: 8.0").replace("]", budget))
    assert pallet_7(30) == {"too-warm", "budget"}
    assert pallet_7(70) == set()


def test_another_place_with_the_same_sensor_has_its_own_rules_only(place):
    place.hear(FAILS + 20 * MINUTE)
    place.look()
    assert {risk.allowance.place for risk in place.forecasts.at("SHELF-1").risks} == {None}
    assert {risk.allowance.place for risk in place.forecasts.at("ROOM-1").risks} == {None, "ROOM-1"}


def test_it_rests_between_what_costs_something(place):
    place.hear(FAILS + 20 * MINUTE)
    rests = []
    place.forecasts.look(rests.append)
    assert len(rests) == 3  # two that learn, one that is asked
    assert all(rest > 0 for rest in rests)


def test_the_thread_looks_again_and_ends_when_it_is_told(place):
    looked = Event()
    place.forecasts.look = lambda pause: looked.set()
    job = ForecastJob(place.forecasts)
    job.start()
    assert looked.wait(60)
    job.stop()


def test_a_round_that_fails_does_not_end_the_thread(place):
    rounds = []
    looked = Event()

    def look(pause):
        rounds.append(pause)
        if len(rounds) == 1:
            raise RuntimeError("one round")
        looked.set()

    place.forecasts.look = look
    job = ForecastJob(place.forecasts, look_every_s=0.001)
    job.start()
    assert looked.wait(60)
    job.stop()
