"""Moves: what is written, and what is not clear enough to be."""

import pytest

from api.moving import move
from domain.errors import ConflictError
from domain.times import parse_instant
from ledger.requests import Correct, Item
from tests.api.world import NOW


def stay(location, since, until=None, **more):
    return {"id": None, "unit": "P", "location": location, "quantity": "5", "from": since, "to": until, **more}


def told(*placements, location="ROOM-2", at="2026-01-03T05:00:00Z"):
    return move("VAX A1 P", placements, location, parse_instant(at))


def test_a_move_ends_the_stay_and_begins_another_of_the_same_quantity():
    open_stay = stay("ROOM-1", "2026-01-01T00:00:00Z", id="first")
    assert told(open_stay) == [
        {**open_stay, "to": "2026-01-03T05:00:00Z"},
        stay("ROOM-2", "2026-01-03T05:00:00Z"),
    ]


def test_stays_that_are_over_do_not_matter():
    over = stay("ROOM-9", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    ends_now = stay("ROOM-8", "2026-01-02T00:00:00Z", "2026-01-03T05:00:00Z")
    open_stay = stay("ROOM-1", "2026-01-03T04:00:00Z")
    assert [doc["location"] for doc in told(over, ends_now, open_stay)] == ["ROOM-1", "ROOM-2"]


def test_a_planned_end_stays_the_end():
    before, after = told(stay("ROOM-1", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"))
    assert (before["to"], after["to"]) == ("2026-01-03T05:00:00Z", "2026-02-01T00:00:00Z")


def test_a_move_told_twice_changes_nothing_more():
    assert told(stay("ROOM-2", "2026-01-03T05:00:00Z")) == []


@pytest.mark.parametrize(
    ("placements", "why"),
    [
        ([], "is not in stock"),
        ([stay("ROOM-1", "2026-01-01T00:00:00Z", "2026-01-03T05:00:00Z")], "is not in stock"),
        ([stay("ROOM-1", "2026-01-04T00:00:00Z")], "is known to be at ROOM-1 from 2026-01-04T00:00:00Z"),
        ([stay("ROOM-1", "2026-01-03T05:00:00Z")], "from that very instant"),
        ([stay("ROOM-2", "2026-01-01T00:00:00Z")], "is already at ROOM-2 since 2026-01-01T00:00:00Z"),
        ([stay("ROOM-1", "2026-01-01T00:00:00Z"), stay("ROOM-3", "2026-01-01T00:00:00Z")], "ROOM-1, ROOM-3"),
    ],
)
def test_a_move_that_is_not_clear_is_a_conflict_that_says_why(placements, why):
    with pytest.raises(ConflictError, match=why):
        told(*placements)


MOVE = {"product": "VAX", "lot": "A1", "unit": "PALLET-7", "location": "ROOM-1", "at": "2026-01-02T12:00:00Z"}


def test_a_pallet_is_moved_in_one_correction(any_site):
    api = any_site.api("qa")
    before, after = api.post("/placements/move", MOVE).json()
    assert (before["doc"]["location"], before["doc"]["to"]) == ("ROOM-2", "2026-01-02T12:00:00Z")
    assert (after["doc"]["location"], after["doc"]["from"], after["doc"]["to"]) == (
        "ROOM-1",
        "2026-01-02T12:00:00Z",
        None,
    )
    assert after["doc"]["quantity"] == 100
    assert len([row for row in any_site.desk.rows("inbox") if row.who == "quinn"]) == 1
    assert api.post("/placements/move", MOVE).json() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"lot": "NONE"}, 404),
        ({"unit": "NONE"}, 409),
        ({"unit": None}, 409),
        ({"location": "NONE"}, 422),
        ({"location": "ROOM-2"}, 409),
        ({"at": "2026-01-02"}, 422),
    ],
)
def test_a_wrong_move_changes_nothing(site, change, status):
    api = site.api("qa")
    before = api.items("/placements")
    assert api.post("/placements/move", {**MOVE, **change}).status_code == status
    assert api.items("/placements") == before


def test_a_move_into_the_future_is_refused(site):
    refused = site.api("qa").post("/placements/move", {**MOVE, "at": "2099-01-03T05:00:00Z"})
    assert (refused.status_code, "2099-01-03T05:00:00Z is after now" in refused.text) == (409, True)


def test_a_unit_is_not_recorded_in_two_places_at_once(site):
    record = {"product": "VAX", "lot": "A1", "unit": "PALLET-7", "location": "ROOM-1", "from": "2026-01-02T12:00:00Z"}
    refused = site.api("qa").post("/placements", record)
    assert (refused.status_code, "VAX A1 PALLET-7 is recorded at ROOM-2" in refused.text) == (409, True)


def test_a_move_answers_whether_the_unit_may_be_used(site):
    site.desk.ask(
        "q", Correct(put=[Item("batch", {"product": "VAX", "lot": "A1", "expires_on": "2026-01-01"}, True)]), NOW
    )
    moved = site.api("qa").post("/placements/move", MOVE).json()
    assert [each["may_be_used"]["code"] for each in moved] == ["expired", "expired"]
