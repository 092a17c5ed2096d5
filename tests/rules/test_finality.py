"""What sensors still owe to a statement, by example."""

from domain.model import Batch, Location, Mount, Placement, Product, ProfileVersion, Sensor, Site, always
from domain.times import DAY, HOUR, MINUTE, NEVER
from rules.read_rule import read_rule
from rules.subjects.finality import (
    Outstanding,
    finality_of,
    ground_of,
    ground_of_verdict,
    outstanding,
    reading_times,
)
from rules.subjects.places import Places
from rules.subjects.whereabouts import UnitKey, Whereabouts

GAP = 30 * MINUTE


def rule(**fields):
    found, problems = read_rule(fields)
    assert not problems
    return found


WARM = {"id": "too-warm", "kind": "limit", "above": "8.0", "for": "10min"}


def site(*rules, mounts=None, placements=None):
    mounts = [Mount("S1", "ROOM-1", 0)] if mounts is None else mounts
    placements = [Placement("VAX", "A1", None, "ROOM-1", 0)] if placements is None else placements
    return Site(
        sensors={name: Sensor(name, name) for name in ("S1", "S2")},
        locations={name: Location(name) for name in ("ROOM-1", "ROOM-2")},
        mounts=tuple(mounts),
        products={"VAX": Product("VAX", always("cold"))},
        batches={("VAX", "A1"): Batch("VAX", "A1")},
        placements=tuple(placements),
        profiles={"cold": (ProfileVersion("cold", 1, 0, rules or (rule(**WARM),), GAP),)},
    )


def minutes(*numbers):
    return [number * MINUTE for number in numbers]


def every(step, since, until):
    return minutes(*range(since, until + 1, step))


def owes(said, where=None, *, since=60, until=70, now=100, of="too-warm", verdict=False):
    """What is owed to an exposure of so many minutes, or to the verdict, when sensors were heard at these instants."""
    where = site() if where is None else where
    places = Places(where)
    subject = Whereabouts(where, places).unit(UnitKey("VAX", "A1", None), NEVER)
    span = since * MINUTE, until * MINUTE
    ground = ground_of_verdict(subject, now * MINUTE) if verdict else ground_of(subject, of, *span)
    return outstanding(
        ground, subject, places, lambda sensor: reading_times(said.get(sensor, ())), now * MINUTE, -NEVER
    )


# --- the last reading ---


def test_nothing_is_owed_once_the_sensor_was_heard_at_the_end():
    assert owes({"S1": every(10, 0, 70)}) == []


def test_what_comes_after_the_last_reading_is_owed_up_to_the_end():
    assert owes({"S1": every(10, 0, 60)}) == [Outstanding("S1", 60 * MINUTE, None)]


def test_every_sensor_that_speaks_must_have_been_heard():
    two = site(mounts=[Mount("S1", "ROOM-1", 0), Mount("S2", "ROOM-1", 0)])
    assert owes({"S1": every(10, 0, 80), "S2": every(10, 0, 60)}, two) == [Outstanding("S2", 60 * MINUTE, None)]


def test_a_sensor_that_was_never_heard_owes_everything():
    assert owes({}) == [Outstanding("S1", 0, None)]


def test_a_sensor_of_another_place_owes_nothing():
    elsewhere = site(mounts=[Mount("S1", "ROOM-1", 0), Mount("S2", "ROOM-2", 0)])
    assert owes({"S1": every(10, 0, 70)}, elsewhere) == []


def test_a_sensor_taken_away_while_its_last_value_held_owes_nothing():
    taken = site(mounts=[Mount("S1", "ROOM-1", 0, 65 * MINUTE), Mount("S2", "ROOM-1", 65 * MINUTE)])
    said = {"S1": every(10, 0, 60), "S2": minutes(65, 75)}
    assert owes(said, taken) == []
    assert owes({**said, "S1": every(10, 0, 30)}, taken) == [Outstanding("S1", 30 * MINUTE, None)]


def test_the_place_that_a_unit_came_from_counts_up_to_when_it_left():
    moved = site(
        mounts=[Mount("S1", "ROOM-1", 0), Mount("S2", "ROOM-2", 0)],
        placements=[
            Placement("VAX", "A1", None, "ROOM-1", 0, 60 * MINUTE),
            Placement("VAX", "A1", None, "ROOM-2", 60 * MINUTE),
        ],
    )
    assert owes({"S1": every(10, 0, 50), "S2": every(10, 0, 70)}, moved) == [Outstanding("S1", 50 * MINUTE, None)]
    assert owes({"S1": every(10, 0, 60), "S2": every(10, 0, 70)}, moved) == []


# --- holes ---


def test_a_hole_is_owed_until_the_sensor_was_heard_for_as_long_again():
    hole = [*every(10, 0, 20), *every(10, 60, 90)]  # of 40 minutes
    assert owes({"S1": hole}) == [Outstanding("S1", 20 * MINUTE, 60 * MINUTE)]
    assert owes({"S1": [*hole, 99 * MINUTE]}) == [Outstanding("S1", 20 * MINUTE, 60 * MINUTE)]
    assert owes({"S1": [*hole, 100 * MINUTE]}) == []


def test_a_hole_is_owed_for_a_day_at_most():
    hole = [0, *every(10, 5000, 5000 + 1430)]
    asked = {"since": 5000, "until": 5010, "now": 7000}
    assert owes({"S1": hole}, **asked) == [Outstanding("S1", 0, 5000 * MINUTE)]
    assert owes({"S1": [*hole, 5000 * MINUTE + DAY]}, **asked) == []


def test_what_is_no_longer_than_max_gap_is_no_hole():
    assert owes({"S1": minutes(0, 30, 60, 70)}) == []
    assert owes({"S1": minutes(0, 29, 60, 70)}) == [Outstanding("S1", 29 * MINUTE, 60 * MINUTE)]


def test_a_hole_elsewhere_in_time_is_of_no_matter_to_mere_bounds():
    early = [*every(10, 0, 10), *every(10, 50, 80)]
    assert owes({"S1": early}) == []


def test_with_a_deadband_a_hole_before_matters_for_the_sensor_keeps_its_state():
    kept = site(rule(**WARM, deadband="0.2"))
    early = [*every(10, 0, 10), *every(10, 50, 80)]
    assert owes({"S1": early}, kept) == [Outstanding("S1", 10 * MINUTE, 50 * MINUTE)]


def test_what_adds_up_rests_on_its_whole_window_and_a_gap_before():
    total = {"id": "too-warm", "kind": "cumulative", "above": "8.0", "total": "1min"}
    said = {"S1": [*every(10, 0, 10), *every(10, 50, 80), 85 * MINUTE]}
    hole = [Outstanding("S1", 10 * MINUTE, 50 * MINUTE)]
    assert owes(said, site(rule(**total, window="2min")), since=82, until=83) == hole
    assert owes(said, site(rule(**total, window="1min")), since=82, until=83) == []
    assert owes(said, site(rule(**total)), since=82, until=83) == hole


def test_the_time_before_a_sensors_first_reading_is_a_hole_like_any():
    assert owes({"S1": every(10, 60, 80)}) == [Outstanding("S1", 0, 60 * MINUTE)]
    assert owes({"S1": every(10, 60, 120)}, now=120) == []
    assert owes({"S1": every(10, 30, 80)}) == []


# --- verdicts ---


def test_a_verdict_rests_on_the_whole_watch_and_at_present_on_values_that_still_hold():
    assert owes({"S1": every(10, 0, 70)}, verdict=True) == []
    assert owes({"S1": every(10, 0, 60)}, verdict=True) == [Outstanding("S1", 60 * MINUTE, None)]


def test_a_verdict_of_what_has_left_rests_on_what_was_said_until_then():
    left = site(placements=[Placement("VAX", "A1", None, "ROOM-1", 0, 75 * MINUTE)])
    assert owes({"S1": every(10, 0, 70)}, left, verdict=True) == [Outstanding("S1", 70 * MINUTE, None)]
    assert owes({"S1": every(10, 0, 80)}, left, verdict=True) == []


def test_of_a_rule_that_never_was_nothing_is_known():
    where = site()
    subject = Whereabouts(where, Places(where)).unit(UnitKey("VAX", "A1", None), NEVER)
    assert ground_of(subject, "other", 0, HOUR) is None


# --- the word ---


def test_what_is_not_settled_is_provisional_whatever_was_said_before():
    assert finality_of(is_settled=False, was_revised=True) == "provisional"
    assert finality_of(is_settled=True, was_revised=False) == "confirmed"
    assert finality_of(is_settled=True, was_revised=True) == "revised"
