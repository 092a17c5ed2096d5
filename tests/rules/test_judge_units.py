"""CONTRACTS 4.4: where a unit is, what it inherits, how long it is under watch; what is listed."""

from tests.oracle.notation import (
    WARM,
    Judge,
    coverage,
    excursions,
    exposures,
    heard,
    limit,
    minute,
    site,
    spans,
    unit,
    verdicts,
    version,
)
from tests.oracle.product import Entry
from tests.oracle.sites import at

WARM_10 = heard("9x10 5")
TWO_ROOMS = heard("9x10 5") + heard("12x10 5", "S2")
MOUNTS = ["S1 ROOM", "S2 OVEN"]


def _child(lot: str, made_at: int, *parents: Entry, product: str = "V") -> Entry:
    return {"product": product, "lot": lot, "made_at": at(made_at), "parents": list(parents)}


def _parent(lot: str, **fields: str) -> Entry:
    return {"product": "V", "lot": lot, **fields}


A: Entry = {"product": "V", "lot": "A"}


def test_a_unit_is_exposed_while_it_stands_there(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["A ROOM 2..4"]), WARM_10, None)
    assert exposures(answer) == ["warm 2..4: 2 min, 2 °min, peak 9, fired 2"]


def test_from_one_warm_room_straight_into_another_is_one_exposure(judge: Judge) -> None:
    where = site(version(WARM), mounts=MOUNTS, stays=["A ROOM 2..4", "A OVEN 4..7"])
    assert exposures(judge(where, TWO_ROOMS, None)) == ["warm 2..7: 5 min, 14 °min, peak 12, fired 2"]


def test_time_between_two_stays_is_unknown_and_parts_exposures(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["A ROOM 0..2", "A ROOM 4..6"]), WARM_10, None)
    assert spans(answer) == ["warm 0..2", "warm 4..6"]
    assert coverage(answer) == "0.6667, unknown 2 min, longest 2"


def test_time_between_two_stays_is_exposed_where_gaps_count_as_exposed(judge: Judge) -> None:
    where = site(version(WARM, gap_counts_as="exposed"), stays=["A ROOM 0..2", "A ROOM 4..6"])
    answer = judge(where, WARM_10, None)
    assert exposures(answer) == ["warm 0..6: 6 min, 4 °min, peak 9, fired 0"]
    assert coverage(answer) == "0.6667, unknown 2 min, longest 2"


def test_time_between_two_stays_is_not_known_even_where_gaps_are_safe(judge: Judge) -> None:
    answer = judge(site(version(WARM, gap_counts_as="safe"), stays=["A ROOM 0..2", "A ROOM 4..6"]), WARM_10, None)
    assert coverage(answer) == "0.6667, unknown 2 min, longest 2"


def test_in_several_places_at_once_one_outside_is_enough_and_the_farthest_counts(judge: Judge) -> None:
    where = site(version(WARM), mounts=["S1 ROOM", "S2 COLD"], stays=["A ROOM", "A COLD 0..5"])
    rows = heard("9x3 12 5 5") + heard("5 10x4 5", "S2")
    # °min: 1 + 2 + 2 + 4 + 2
    assert exposures(judge(where, rows, None)) == ["warm 0..5: 5 min, 11 °min, peak 12, fired 0"]


def test_in_several_places_at_once_all_must_be_known(judge: Judge) -> None:
    where = site(version(WARM), mounts=MOUNTS, stays=["A ROOM", "A OVEN 3.."])
    answer = judge(where, heard("5x11") + heard("_x5 5x6", "S2"), None)
    assert coverage(answer) == "0.8, unknown 2 min, longest 2"


def test_a_child_was_where_its_parent_was_until_it_was_made(judge: Judge) -> None:
    where = site(version(WARM), stays=["A ROOM 2.."], batches=[A, _child("B", 6, _parent("A"))])
    answer = judge(where, WARM_10, None)
    assert spans(answer, "B") == ["warm 2..6"]
    assert coverage(answer, "B") == "1, unknown 0 min, longest 0"


def test_a_child_is_judged_by_its_own_profile(judge: Judge) -> None:
    where = site(
        version(WARM),
        version(limit("mild", above="8.5"), profile="Q"),
        products=[{"id": "W", "profile": "Q"}],
        batches=[A, _child("B", 6, _parent("A"), product="W")],
    )
    answer = judge({**where, "products": [{"id": "V", "profile": "P"}, {"id": "W", "profile": "Q"}]}, WARM_10, None)
    assert spans(answer, "A") == ["warm 0..10"]
    assert spans(answer, "B") == ["mild 0..6"]


def test_a_grandchild_inherits_what_its_parent_inherited(judge: Judge) -> None:
    batches = [A, _child("B", 3, _parent("A")), _child("C", 8, _parent("B"))]
    where = site(version(WARM), mounts=MOUNTS, stays=["A ROOM 1..", "B COLD 3..5", "B ROOM 5.."], batches=batches)
    assert spans(judge(where, WARM_10, None), "C") == ["warm 1..3", "warm 5..8"]


def test_until_ends_a_parents_part_before_the_child_is_made(judge: Judge) -> None:
    where = site(version(WARM), batches=[A, _child("B", 6, _parent("A", until=at(4)))])
    assert spans(judge(where, WARM_10, None), "B") == ["warm 0..4"]


def test_a_parents_until_after_the_child_is_made_changes_nothing(judge: Judge) -> None:
    where = site(version(WARM), batches=[A, _child("B", 6, _parent("A", until=at(9)))])
    assert spans(judge(where, WARM_10, None), "B") == ["warm 0..6"]


def test_a_parent_with_a_unit_is_that_unit_and_one_without_is_all_of_them(judge: Judge) -> None:
    batches = [A, _child("B", 6, _parent("A", unit="U1")), _child("C", 6, _parent("A"))]
    where = site(version(WARM), mounts=["S1 ROOM", "S2 COLD"], stays=["A/U1 COLD", "A/U2 ROOM 3.."], batches=batches)
    answer = judge(where, heard("9x11") + heard("5x11", "S2"), None)
    assert spans(answer, "B") == []
    assert spans(answer, "C") == ["warm 3..6"]


def test_a_child_with_places_of_its_own_before_it_was_made_was_in_all_of_them(judge: Judge) -> None:
    where = site(
        version(WARM), mounts=["S1 ROOM"], stays=["A COLD", "B ROOM 2.."], batches=[A, _child("B", 5, _parent("A"))]
    )
    answer = judge(where, WARM_10, None)
    assert spans(answer, "B") == ["warm 2..10"]
    assert coverage(answer, "B") == "0.5, unknown 5 min, longest 5"


def test_a_lot_made_without_parents_is_only_where_it_was_put(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["B ROOM 2.."], batches=[_child("B", 5)]), WARM_10, None)
    assert spans(answer, "B") == ["warm 2..10"]


def test_watch_ends_with_the_last_stay(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["A ROOM 0..8", "A DARK 2..6"]), WARM_10, None)
    assert coverage(answer) == "0.5, unknown 4 min, longest 4"


def test_watch_begins_with_the_profiles_first_version(judge: Judge) -> None:
    answer = judge(site(version(WARM, since=4)), heard("9x4 _x2 9x5"), None)
    assert spans(answer) == ["warm 4.."]
    assert coverage(answer) == "1, unknown 0 min, longest 0"
    assert exposures(answer) == ["warm 4..: 6 min, 6 °min, peak 9, fired 4"]


def test_watch_of_a_child_begins_with_its_first_inherited_stay(judge: Judge) -> None:
    where = site(version(WARM), stays=["A DARK 2..", "B ROOM 6.."], batches=[A, _child("B", 6, _parent("A"))])
    assert coverage(judge(where, heard("5x11"), None), "B") == "0.5, unknown 4 min, longest 4"


def test_a_parents_stay_that_begins_when_the_child_is_made_is_not_inherited(judge: Judge) -> None:
    where = site(version(WARM), stays=["A ROOM 6..", "B ROOM 7.."], batches=[A, _child("B", 6, _parent("A"))])
    assert coverage(judge(where, heard("5x11"), None), "B") == "1, unknown 0 min, longest 0"


def test_units_are_listed_each_for_itself_the_one_without_a_name_first(judge: Judge) -> None:
    where = site(version(WARM), stays=["A/U2 ROOM", "A/U1 COLD", "A ROOM 4.."])
    answer = judge(where, WARM_10, None)
    assert [each["unit"] for each in answer["batches"][0]["units"]] == [None, "U1", "U2"]
    assert spans(answer, "A/U1") == []
    assert spans(answer, "A/U2") == ["warm 0..10"]


def test_every_batch_is_listed_and_one_without_stays_has_the_unit_null(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["B ROOM"], batches=[A, _child("C", 6, _parent("B"))]), WARM_10, None)
    assert verdicts(answer) == ["A unknown", "B hold", "C hold"]
    assert unit(answer, "A") == {
        "unit": None,
        "verdict": "unknown",
        "coverage": 0.0,
        "unknown_minutes": 0.0,
        "longest_gap_minutes": 0.0,
        "exposures": [],
        "fired": [],
    }


def test_stays_that_begin_after_until_are_ignored(judge: Judge) -> None:
    where = site(version(WARM), stays=["A/U1 ROOM 0..2", "A/U1 ROOM 6..", "A/U2 ROOM 6.."])
    answer = judge(where, WARM_10, minute(5))
    assert [each["unit"] for each in answer["batches"][0]["units"]] == ["U1"]
    assert coverage(answer, "A/U1") == "1, unknown 0 min, longest 0"


def test_a_stay_that_begins_at_until_is_not_ignored(judge: Judge) -> None:
    answer = judge(site(version(WARM), stays=["A/U1 ROOM 0..2", "A/U1 ROOM 6..", "A/U2 ROOM 6.."]), WARM_10, minute(6))
    assert coverage(answer, "A/U1") == "0.3333, unknown 4 min, longest 4"
    assert exposures(answer, "A/U2") == ["warm 6..: 0 min, 0 °min, peak 9, fired 6"]
    assert coverage(answer, "A/U2") == "0, unknown 0 min, longest 0"


def test_a_stay_that_ends_at_until_has_ended(judge: Judge) -> None:
    assert spans(judge(site(version(WARM), stays=["A ROOM 0..6"]), WARM_10, minute(6))) == ["warm 0..6"]


def test_a_location_with_a_profile_has_excursions_whatever_stands_there(judge: Judge) -> None:
    where = site(version(WARM), stays=[], ROOM={"profile": "P"}, locations=["ROOM < SITE"])
    answer = judge(where, heard("9x2 5 9 5"), None)
    assert excursions(answer) == [
        "ROOM warm 0..2: 2 min, 2 °min, peak 9, fired 0",
        "ROOM warm 3..4: 1 min, 1 °min, peak 9, fired 3",
    ]


def test_a_location_is_judged_from_its_earliest_mount_on(judge: Judge) -> None:
    where = site(
        version(WARM, gap_counts_as="exposed"),
        mounts=["S1 ROOM 3..5", "S1 ROOM 7.."],
        ROOM={"profile": "P"},
        OTHER={"profile": "P"},
    )
    assert excursions(judge(where, heard("_x7 5"), minute(9))) == ["ROOM warm 3..7: 4 min, 0 °min, no peak, fired 3"]


def test_a_location_is_judged_from_the_earliest_mount_at_an_ancestor_on(judge: Judge) -> None:
    where = site(
        version(WARM, gap_counts_as="exposed"),
        locations=["SHELF < ROOM"],
        mounts=["S1 ROOM 2..", "S2 SHELF 6.."],
        SHELF={"profile": "P"},
    )
    answer = judge(where, heard("_x4 5"), minute(8))
    assert excursions(answer) == [
        "SHELF warm 2..4: 2 min, 0 °min, no peak, fired 2",
        "SHELF warm 6..: 2 min, 0 °min, no peak, fired 6",
    ]


def test_a_locations_profile_may_change_with_time(judge: Judge) -> None:
    profile = [{"value": None, "from": at(0)}, {"value": "P", "from": at(2)}, {"value": None, "from": at(5)}]
    answer = judge(site(version(WARM), ROOM={"profile": profile}), WARM_10, None)
    assert excursions(answer) == ["ROOM warm 2..5: 3 min, 3 °min, peak 9, fired 2"]
