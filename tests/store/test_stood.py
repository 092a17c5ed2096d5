"""Where units stood by movements: the same as what their histories say one by one, now and as it was known."""

import pytest

from domain.model import Placement
from domain.times import MINUTE, NEVER
from store.stock.stood import stays_of_lots, stood_at
from store.stock.tables import unit_states, units

SECOND_THOUGHT = 100 * MINUTE  # when it became known that the unit left ROOM already at minute 10


@pytest.fixture
def connection(database):
    """A unit: received at ROOM at 0, shipped by TRUCK at minute 20, delivered at 30; later known to have left at 10."""
    common = {"unit": 1, "product": "VAX", "quantity": 5}
    rows = [
        {
            "at": 0,
            "number": 1,
            "state": "in_stock",
            "location": "ROOM",
            "known_at": 40,
            "until_at": 10,
            "until_number": 2,
        },
        {"at": 10, "number": 2, "state": "on_its_way", "location": "TRUCK", "known_at": 100, "until_at": 30},
        {"at": 20, "number": 2, "state": "on_its_way", "location": "TRUCK", "known_at": 40, "superseded_at": 100},
        {"at": 30, "number": 3, "state": "delivered", "location": None, "known_at": 40},
        {"at": 10, "number": 1, "state": "in_stock", "location": "ROOM", "known_at": 100, "unit": 2, "until_at": 10},
        {"at": 10, "number": 2, "state": "ended", "location": None, "known_at": 100, "unit": 2},
    ]
    with database.begin() as connection:
        names = [
            {"id": 1, "product": "VAX", "lot": "A", "unit": "P"},
            {"id": 2, "product": "VAX", "lot": "B", "unit": ""},
        ]
        connection.execute(units.insert(), names)
        for row in rows:
            instants = {
                name: row[name] * MINUTE for name in ("at", "known_at", "superseded_at", "until_at") if name in row
            }
            connection.execute(unit_states.insert(), [common | row | instants])
        yield connection


def told(stays):
    return sorted(
        (stay.unit, stay.location, stay.since // MINUTE, min(stay.until, 999 * MINUTE) // MINUTE) for stay in stays
    )


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (5, 5, [("P", "ROOM", 0, 10)]),
        (10, 10, [("P", "TRUCK", 10, 30)]),  # it has just left ROOM; what began and ended at once stood nowhere
        (0, 40, [("P", "ROOM", 0, 10), ("P", "TRUCK", 10, 30)]),
        (30, 40, []),
    ],
)
def test_a_span_is_touched_by_what_began_by_its_end_and_had_not_ended_at_its_start(connection, since, until, expected):
    assert told(stood_at(connection, since * MINUTE, until * MINUTE)) == expected


def test_only_at_the_locations_asked_for(connection):
    assert told(stood_at(connection, 0, NEVER, ["TRUCK"])) == [("P", "TRUCK", 10, 30)]
    assert told(stood_at(connection, 0, NEVER, [])) == []


def test_as_it_was_known_before_it_was_corrected(connection):
    known = 50 * MINUTE
    assert told(stood_at(connection, 15 * MINUTE, 15 * MINUTE, None, known)) == [("P", "ROOM", 0, 20)]
    assert told(stood_at(connection, 15 * MINUTE, 15 * MINUTE, ["TRUCK"], known)) == []
    assert told(stood_at(connection, 15 * MINUTE, 15 * MINUTE, None, SECOND_THOUGHT)) == [("P", "TRUCK", 10, 30)]


def test_all_stays_of_some_lots(connection):
    first = min(stays_of_lots(connection, {("VAX", "A")}), key=lambda stay: stay.since)
    assert first == Placement("VAX", "A", "P", "ROOM", 0, 10 * MINUTE)
    assert told(stays_of_lots(connection, {("VAX", "A")})) == [("P", "ROOM", 0, 10), ("P", "TRUCK", 10, 30)]
    assert told(stays_of_lots(connection, {("VAX", "B")})) == []
    assert told(stays_of_lots(connection, set())) == []
