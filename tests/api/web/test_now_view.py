"""What the page Now makes of a site: states, values, order. Built by hand, without a database."""

from dataclasses import replace

import pytest

from api.web.components.limits import Limits, limits_of
from api.web.now.overview import LastOfSensor, Overview, Spot
from api.web.now.view import Wanted, count, places_of, rows
from domain.model import Placement, ProfileVersion, Rule
from domain.times import HOUR, MINUTE
from ledger.models.last_reading import LastReading
from rules.kinds.limit import Limit
from rules.series.bounds import Bound, Bounds
from rules.subjects.whereabouts import UnitKey
from tests.alerts import alert, lot_row

NOW = 1000 * HOUR


def limit(**sides):
    bounds = tuple(Bound(operator, round(value * 1_000_000)) for operator, value in sides.items())
    return Limit("temperature", Bounds(bounds))


def version(*conditions, max_gap=30 * MINUTE):
    rules = tuple(Rule(f"r{i}", "limit", condition) for i, condition in enumerate(conditions))
    return ProfileVersion("p", 1, 0, rules, max_gap)


CHILLED = version(limit(above=8.0), limit(below=2.0))


def said(value, ago=MINUTE, sensor="S", place="ROOM", quantity="temperature"):
    scaled = None if value is None else round(value * 1_000_000)
    return LastOfSensor(sensor, place, LastReading(quantity, NOW - ago, scaled))


def spot(name="ROOM", *heard, parent=None, profile=CHILLED, stock=(), outside_since=None, humidity=()):
    spoken = {"temperature": heard, "humidity": humidity}
    spoken = {quantity: tuple(found) for quantity, found in spoken.items() if found}
    return Spot(name, name.title(), "", parent, profile, spoken, tuple(stock), outside_since)


def overview(*spots, problems=(), held=(), required=None):
    return Overview(NOW, {each.id: each for each in spots}, problems, frozenset(held), frozenset(), required or {})


def problem(place="ROOM", direction="high", lots=(), severity="warning", since=NOW - HOUR, quantity="temperature"):
    told = {"place": place, "direction": direction, "quantity": quantity}
    return alert(**told, lots=list(lots), severity=severity, since=since)


def lot(name="A1", unit=None, hold=None):
    return lot_row("VAX", name, unit, hold=hold)


def stay(name="A1", unit=None, location="ROOM"):
    return Placement("VAX", name, unit, location, 0)


def only(found):
    (place,) = places_of(found)
    return place


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ((limit(above=8.0), limit(below=2.0)), "2.0 – 8.0"),
        ((limit(above=8.0),), "≤ 8.0"),
        ((limit(at_or_above=8.0),), "< 8.0"),
        ((limit(below=-20.0),), "≥ −20.0"),
        ((limit(at_or_below=2.0), limit(above=8.0)), "> 2.0 ≤ 8.0"),
        ((limit(above=8.0), limit(above=7.25)), "≤ 7.25"),
        ((limit(above=8.0, at_or_below=25.0), limit(above=25.0)), "≤ 8.0"),
        ((), ""),
    ],
)
def test_limits_are_written_as_what_is_allowed(conditions, words):
    assert str(limits_of([version(*conditions)], "temperature")) == words


def test_limits_of_another_quantity_are_not_shown():
    assert not limits_of([CHILLED], "humidity")


def test_what_is_nearer_to_a_limit_or_farther_beyond_is_worse():
    limits = limits_of([CHILLED], "temperature")
    assert [limits.beyond(value * 1_000_000) for value in (5, 7, 9, 1)] == [
        -3_000_000,
        -1_000_000,
        1_000_000,
        1_000_000,
    ]


# --- one place ----------------------------------------------------------------------------------------------------


def test_a_place_inside_its_limits_is_fine():
    place = only(overview(spot("ROOM", said(5.1))))
    assert (place.code, place.since, place.critical) == ("fine", None, False)
    assert (place.values[0].value, place.values[0].live, place.values[0].outside) == (5_100_000, True, False)
    assert place.last_at == NOW - MINUTE


def test_of_several_sensors_the_worst_speaks():
    place = only(overview(spot("ROOM", said(7.9), said(5.0, sensor="S2"), said(2.5, sensor="S3"))))
    assert place.values[0].value == 7_900_000


def test_a_sensor_that_fell_silent_does_not_speak_for_a_live_one():
    place = only(overview(spot("ROOM", said(9.9, ago=2 * HOUR), said(5.0, sensor="S2"))))
    assert (place.code, place.values[0].value) == ("fine", 5_000_000)


def test_a_value_beyond_a_limit_is_outside_before_any_rule_has_fired():
    place = only(overview(spot("ROOM", said(9.6))))
    assert (place.code, place.since, place.critical) == ("outside", None, False)


def test_an_excursion_says_since_when():
    place = only(overview(spot("ROOM", said(9.6), outside_since=NOW - 5 * MINUTE)))
    assert (place.code, place.since) == ("outside", NOW - 5 * MINUTE)


def test_an_open_problem_says_since_when_and_how_bad():
    found = overview(spot("ROOM", said(9.6), outside_since=NOW - MINUTE), problems=[problem(severity="critical")])
    place = only(found)
    assert (place.code, place.since, place.critical) == ("outside", NOW - HOUR, True)


def test_a_problem_that_holds_lots_is_a_hold():
    found = overview(spot("ROOM", said(9.6)), problems=[problem(lots=[lot(hold=3)])], held=[UnitKey("VAX", "A1", None)])
    assert (only(found).code, only(found).critical) == ("hold", True)


def test_a_hold_that_a_person_lifted_is_none_any_more():
    assert only(overview(spot("ROOM", said(9.6)), problems=[problem(lots=[lot(hold=3)])])).code == "outside"


def test_a_problem_elsewhere_is_no_problem_here():
    assert only(overview(spot("ROOM", said(5.0)), problems=[problem(place="OTHER")])).code == "fine"


def test_a_place_shares_the_problems_of_the_room_whose_sensors_speak_for_it():
    shelf = spot("SHELF", said(9.6, place="ROOM"), parent="ROOM")
    found = {
        place.id: place.code
        for root in places_of(overview(spot("ROOM", said(9.6)), shelf, problems=[problem()]))
        for place in root.all()
    }
    assert found == {"ROOM": "outside", "SHELF": "outside"}


def test_a_value_older_than_it_may_hold_is_not_live():
    place = only(overview(spot("ROOM", said(5.0, ago=42 * MINUTE))))
    assert (place.code, place.since) == ("silent", NOW - 42 * MINUTE)
    assert (place.values[0].live, place.values[0].value) == (False, 5_000_000)


def test_a_stale_value_beyond_a_limit_is_not_outside_but_silent():
    assert only(overview(spot("ROOM", said(9.6, ago=42 * MINUTE)))).code == "silent"


@pytest.mark.parametrize("quantity", ["temperature", ""])
def test_a_silence_that_is_a_problem_already_makes_the_value_stale(quantity):
    quiet = problem(direction="silent", quantity=quantity, since=NOW - 20 * MINUTE)
    place = only(overview(spot("ROOM", said(5.0, ago=20 * MINUTE)), problems=[quiet]))
    assert (place.code, place.since, place.values[0].live) == ("silent", NOW - 20 * MINUTE, False)


def test_silence_of_another_quantity_leaves_this_one_live():
    quiet = problem(direction="silent", quantity="humidity")
    place = only(
        overview(spot("ROOM", said(5.0), humidity=[said(40, ago=HOUR, quantity="humidity")]), problems=[quiet])
    )
    assert [value.live for value in place.values] == [True, False]


def test_how_long_a_value_holds_is_the_profiles_affair():
    patient = version(limit(above=8.0), max_gap=HOUR)
    assert only(overview(spot("ROOM", said(5.0, ago=42 * MINUTE), profile=patient))).code == "fine"


def test_the_instant_at_which_a_value_ends_it_is_not_live_any_more():
    assert only(overview(spot("ROOM", said(5.0, ago=30 * MINUTE)))).code == "silent"


def test_a_sensor_that_never_said_anything_leaves_its_place_unknown():
    place = only(overview(spot("ROOM", LastOfSensor("S", "ROOM", None))))
    assert (place.code, place.last_at) == ("unknown", None)


def test_the_condition_of_stock_is_known_for_as_long_as_its_own_profile_tolerates():
    stock = [
        Placement("VAX", "A", "P", "ROOM", 0),
        Placement("PLA", "B", "P", "ROOM", 0),
        Placement("NO", "C", "P", "ROOM", 0),
    ]
    room = spot("ROOM", said(5.0, ago=20 * MINUTE), profile=version(limit(above=8.0), max_gap=9 * MINUTE), stock=stock)
    required = {"VAX": version(max_gap=15 * MINUTE), "PLA": version(max_gap=29 * MINUTE)}
    place = only(overview(room, required=required))
    assert place.code == "silent"
    assert place.unknown_lots(NOW) == ([("VAX", "A")], NOW - 5 * MINUTE)
    assert place.unknown_lots(NOW + HOUR) == ([("PLA", "B"), ("VAX", "A")], NOW - 5 * MINUTE)
    assert place.unknown_lots(NOW - 6 * MINUTE) is None


def test_a_quantity_that_was_never_heard_counts_only_where_it_has_limits():
    never = LastOfSensor("S", "ROOM", None)
    place = only(overview(spot("ROOM", said(5.0), humidity=[never])))
    assert (place.code, len(place.values)) == ("fine", 1)
    moist = version(Limit("humidity", Bounds((Bound("above", 60_000_000),))))
    assert only(overview(spot("ROOM", said(5.0), humidity=[never], profile=moist))).code == "unknown"


def test_a_fault_leaves_its_place_unknown():
    place = only(overview(spot("ROOM", said(None))))
    assert (place.code, place.values[0].value, place.values[0].at) == ("unknown", None, NOW - MINUTE)


def test_a_place_without_sensors_is_not_monitored():
    assert only(overview(spot("ROOM"))).code == "unmonitored"


def test_without_a_profile_of_its_own_the_goods_in_it_say_what_is_allowed():
    warm = spot("ROOM", said(9.6), profile=None, stock=[stay()])
    assert str(only(overview(warm, required={"VAX": CHILLED})).values[0].limits) == "2.0 – 8.0"
    assert only(overview(warm, required={"VAX": CHILLED})).code == "outside"
    assert not only(overview(warm)).values[0].limits


def test_a_quantity_with_limits_has_a_line_of_its_own_and_one_without_is_told_beside():
    place = only(overview(spot("ROOM", said(5.0), humidity=[said(40, quantity="humidity")])))
    assert [value.quantity for value in place.lines] == ["temperature"]
    assert [value.quantity for value in place.besides] == ["humidity"]
    moist = version(Limit("humidity", Bounds((Bound("above", 60_000_000),))))
    place = only(overview(spot("ROOM", said(5.0), humidity=[said(40, quantity="humidity")], profile=moist)))
    assert [value.quantity for value in place.lines] == ["temperature", "humidity"]


# --- all places ---------------------------------------------------------------------------------------------------


def here(name, *heard, **more):
    return spot(name, *(each._replace(place=name) for each in heard), **more)


def test_the_worst_come_first_on_every_level():
    found = places_of(
        overview(
            spot("NORTH", profile=None),
            here("N1", said(5.0), parent="NORTH"),
            here("N2", said(5.0, ago=HOUR), parent="NORTH"),
            spot("SOUTH", profile=None),
            here("S1", said(9.6), parent="SOUTH"),
        )
    )
    assert [(place.id, place.depth, place.heads) for place in rows(found, Wanted())] == [
        ("SOUTH", 0, True),
        ("S1", 1, False),
        ("NORTH", 0, True),
        ("N2", 1, False),
        ("N1", 1, False),
    ]


def test_a_shelf_that_its_room_speaks_for_has_no_row_but_its_goods_count():
    room = here("ROOM", said(5.0), stock=[stay("A1")])
    shelf = spot("SHELF", said(5.0), parent="ROOM", profile=None, stock=[stay("A2", "P1"), stay("A2", "P2")])
    place = only(overview(room, shelf, held=[UnitKey("VAX", "A2", "P1")]))
    assert (place.id, place.inside) == ("ROOM", ())
    assert (place.stock.lots, place.stock.units, place.stock.held) == (2, 3, 1)


def test_places_that_stand_alone_have_a_head_of_their_own_beside_others():
    found = places_of(
        overview(spot("NORTH", profile=None), here("N1", said(5.0), parent="NORTH"), here("TRUCK", said(5.0)))
    )
    assert [(place.id, place.depth) for place in rows(found, Wanted())] == [
        ("", 0),
        ("TRUCK", 1),
        ("NORTH", 0),
        ("N1", 1),
    ]


def test_the_first_sentence_counts_places_that_are_watched():
    found = overview(
        here("A", said(5.0)), here("B", said(9.6)), spot("C"), problems=[problem("B")], held=[UnitKey("V", "1", None)]
    )
    counted = count(found, places_of(found))
    assert (counted.problems, counted.held, counted.fine, counted.monitored) == (1, 1, 1, 2)
    assert counted.last_at == NOW - MINUTE


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (Wanted(), ["NORTH", "N2", "N1", "N3"]),
        (Wanted(place="N1"), ["N1"]),
        (Wanted(place="NORTH"), ["NORTH", "N2", "N1", "N3"]),
        (Wanted(product="VAX"), ["NORTH", "N1"]),
        (Wanted(product="INS"), []),
        (Wanted(state="problem"), ["NORTH", "N2"]),
        (Wanted(state="silent"), ["NORTH", "N2"]),
        (Wanted(state="unmonitored"), ["NORTH", "N3"]),
        (Wanted(state="fine", product="VAX"), ["NORTH", "N1"]),
        (Wanted(place="NOWHERE"), []),
    ],
)
def test_a_filter_keeps_the_order_and_heads_only_above_something(wanted, shown):
    found = places_of(
        overview(
            spot("NORTH", profile=None),
            here("N1", said(5.0), parent="NORTH", stock=[stay(location="N1")]),
            here("N2", said(5.0, ago=HOUR), parent="NORTH"),
            spot("N3", parent="NORTH"),
        )
    )
    assert [place.id for place in rows(found, wanted)] == shown


def test_limits_on_one_side_leave_the_other_open():
    assert Limits(high=Bound("above", 8_000_000)).broken_by(9_000_000)
    assert not Limits(high=Bound("above", 8_000_000)).broken_by(-90_000_000)
    assert replace(Limits(), low=Bound("below", 0)).broken_by(-1)
