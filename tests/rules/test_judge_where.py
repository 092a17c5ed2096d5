"""CONTRACTS 4.2: which sensors speak for a place, and when it is known."""

from tests.oracle.notation import WARM, Judge, coverage, exposures, heard, minute, site, spans, version
from tests.oracle.product import Entry
from tests.oracle.sites import LONG_AGO, at

ALWAYS_WARM = heard("9x10")


def _moving(*steps: tuple[str, object]) -> list[Entry]:
    return [{"value": value, "from": since} for since, value in steps]


def test_a_sensor_speaks_while_it_is_mounted(judge: Judge) -> None:
    answer = judge(site(version(WARM), mounts=["S1 ROOM 2..5"]), ALWAYS_WARM, None)
    assert exposures(answer) == ["warm 2..5: 3 min, 3 °min, peak 9, fired 2"]


def test_a_sensor_brings_the_value_it_has(judge: Judge) -> None:
    answer = judge(site(version(WARM), mounts=["S1 ROOM 3.."]), heard("9"), minute(5))
    assert exposures(answer) == ["warm 3..: 2 min, 2 °min, peak 9, fired 3"]


def test_a_sensor_that_moves_speaks_for_one_place_after_the_other(judge: Judge) -> None:
    where = site(version(WARM), mounts=["S1 ROOM 0..4", "S1 COLD 4.."], stays=["A ROOM", "B COLD"])
    answer = judge(where, ALWAYS_WARM, None)
    assert spans(answer, "A") == ["warm 0..4"]
    assert spans(answer, "B") == ["warm 4.."]


def test_a_sensor_says_nothing_of_a_quantity_it_does_not_declare(judge: Judge) -> None:
    where = site(version(WARM), sensors=[{"id": "S1", "quantities": ["humidity"]}])
    answer = judge(where, ALWAYS_WARM, None)
    assert exposures(answer) == []
    assert coverage(answer) == "0, unknown 9 min, longest 9"


def test_quantities_count_from_when_they_are_declared(judge: Judge) -> None:
    quantities = _moving((LONG_AGO, ["humidity"]), (at(3), ["temperature"]), (at(6), ["humidity"]))
    answer = judge(site(version(WARM), sensors=[{"id": "S1", "quantities": quantities}]), ALWAYS_WARM, None)
    assert spans(answer) == ["warm 3..6"]


def test_the_nearest_ancestor_with_a_sensor_speaks_for_a_place_without(judge: Judge) -> None:
    where = site(
        version(WARM),
        locations=["BIN < SHELF", "SHELF < ROOM", "ROOM < SITE"],
        mounts=["S1 ROOM", "S2 SITE"],
        stays=["A BIN"],
    )
    answer = judge(where, ALWAYS_WARM + heard("5x10", "S2"), None)
    assert spans(answer) == ["warm 0.."]


def test_a_place_with_a_sensor_of_its_own_is_not_spoken_for_by_its_ancestor(judge: Judge) -> None:
    where = site(version(WARM), locations=["SHELF < ROOM"], mounts=["S1 ROOM", "S2 SHELF"], stays=["A SHELF"])
    assert exposures(judge(where, ALWAYS_WARM + heard("5x10", "S2"), None)) == []


def test_a_sensor_of_its_own_that_is_silent_leaves_a_place_unknown(judge: Judge) -> None:
    where = site(version(WARM), locations=["SHELF < ROOM"], mounts=["S1 ROOM", "S2 SHELF"], stays=["A SHELF"])
    answer = judge(where, ALWAYS_WARM, None)
    assert exposures(answer) == []
    assert coverage(answer) == "0, unknown 9 min, longest 9"


def test_a_sensor_of_another_quantity_does_not_keep_the_ancestor_from_speaking(judge: Judge) -> None:
    where = site(
        version(WARM),
        locations=["SHELF < ROOM"],
        mounts=["S1 ROOM", "S2 SHELF"],
        stays=["A SHELF"],
        sensors=[{"id": "S2", "quantities": ["humidity"]}],
    )
    assert spans(judge(where, ALWAYS_WARM, None)) == ["warm 0.."]


def test_the_ancestor_speaks_again_when_the_own_sensor_is_taken_away(judge: Judge) -> None:
    mounts = ["S1 ROOM", "S2 SHELF 2..5"]
    where = site(version(WARM), locations=["SHELF < ROOM"], mounts=mounts, stays=["A SHELF"])
    assert spans(judge(where, ALWAYS_WARM + heard("5x10", "S2"), None)) == ["warm 0..2", "warm 5.."]


def test_a_place_that_does_not_inherit_is_not_spoken_for_by_its_ancestor(judge: Judge) -> None:
    where = site(version(WARM), locations=["BOX < ROOM"], stays=["A BOX"], mounts=["S1 ROOM"], BOX={"inherits": False})
    assert coverage(judge(where, ALWAYS_WARM, None)) == "0, unknown 9 min, longest 9"


def test_a_place_on_the_way_that_does_not_inherit_stops_the_ancestor(judge: Judge) -> None:
    where = site(version(WARM), locations=["BAG < BOX", "BOX < ROOM"], stays=["A BAG"], BOX={"inherits": False})
    assert coverage(judge(where, ALWAYS_WARM, None)) == "0, unknown 9 min, longest 9"


def test_an_ancestor_that_does_not_inherit_itself_speaks_for_what_is_in_it(judge: Judge) -> None:
    where = site(version(WARM), locations=["BAG < ROOM", "ROOM < SITE"], stays=["A BAG"], ROOM={"inherits": False})
    assert spans(judge(where, ALWAYS_WARM, None)) == ["warm 0.."]


def test_a_place_that_moves_is_spoken_for_by_where_it_is(judge: Judge) -> None:
    where = site(
        version(WARM),
        mounts=["S1 ROOM", "S2 TRUCK"],
        stays=["A BOX"],
        BOX={"parent": _moving((LONG_AGO, "TRUCK"), (at(3), "ROOM"), (at(6), "TRUCK"))},
    )
    assert spans(judge(where, ALWAYS_WARM + heard("5x10", "S2"), None)) == ["warm 3..6"]


def test_a_place_is_known_while_one_of_its_sensors_has_a_value(judge: Judge) -> None:
    where = site(version(WARM, max_gap="3min"), mounts=["S1 ROOM", "S2 ROOM"])
    answer = judge(where, heard("5x3 !") + heard("5x2 _x7 5", "S2"), None)
    assert coverage(answer) == "0.4444, unknown 5 min, longest 5"
