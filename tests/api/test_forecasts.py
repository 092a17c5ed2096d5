"""A room that warms is foreseen: when it passes its limits, and which units are held when, in order."""

import pytest

from api.forecast.allowances import left_of_budget, left_of_limit
from api.people.tokens import add_token
from domain.model import Rule
from domain.readings import Reading
from domain.times import DAY, HOUR, MINUTE, format_instant, parse_instant
from ledger.inputs import Arrived, Batch
from ledger.requests import Apply, Item
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit
from rules.series.bounds import Bound, Bounds
from sites.file import load
from tests.api.conftest import World
from tests.api.world import Desk
from tests.forecast.room import reached, room
from tests.thrift import migrated

START = parse_instant("2026-03-01T00:00:00Z")
FAILS_MINUTE = 2 * 24 * 60
FAILS = START + FAILS_MINUTE * MINUTE
ROOM_1 = room(FAILS_MINUTE + 240, FAILS_MINUTE)
ROOM_2 = room(FAILS_MINUTE + 240, seed=2)
SITE = """
site: {name: North, timezone: UTC}
sources: [{topic: "n/+", format: json}]
sensors: [{id: S1, device: d1, quantities: [temperature]}, {id: S2, device: d2, quantities: [temperature]}]
locations:
  - {id: ROOM-1, profile: cold}
  - {id: SHELF-1, parent: ROOM-1}
  - {id: ROOM-2, profile: cold}
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
products: [{id: VAX, profile: cold}, {id: BLOOD, profile: blood}]
batches: [{product: VAX, lot: A1}, {product: BLOOD, lot: B1}, {product: VAX, lot: C1}]
placements:
  - {product: VAX, lot: A1, unit: PALLET-7, location: SHELF-1, from: 2026-03-01T00:00:00Z}
  - {product: BLOOD, lot: B1, location: ROOM-1, from: 2026-03-01T00:00:00Z}
  - {product: VAX, lot: C1, location: ROOM-2, from: 2026-03-01T00:00:00Z}
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}
      - {id: too-cold, kind: limit, below: 2.0, for: 15min, action: hold}
      - {id: budget, kind: cumulative, above: 8.0, total: 12h, action: review}
  - id: blood
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{id: too-warm, kind: limit, above: 7.6, action: hold}]
"""


def passes(limit):
    times, values = ROOM_1
    return START + reached(times, values, limit, FAILS_MINUTE) * MINUTE


def readings(device, room_values, until):
    for at in range(START, until, 2 * MINUTE):
        value = room_values[(at - START) // MINUTE]
        said = Reading(device, "", "temperature", round(value * 1_000_000), at)
        yield Arrived(f"n/{device}", b"{}", False, at, f"n/{device}", [said])


@pytest.fixture(scope="module")
def warm(tmp_path_factory, portal):
    """The site twenty minutes after the cooling of ROOM-1 has failed."""
    database = migrated(tmp_path_factory.mktemp("forecast") / "coldchain.db")
    desk = Desk(database)
    desk.ask("planner", Apply(entries=[Item(e.kind, e.doc) for e in load(SITE, "S.yaml")]), START)
    now = FAILS + 20 * MINUTE
    arrived = [*readings("d1", ROOM_1[1], now), *readings("d2", ROOM_2[1], now)]
    desk.writer.step(Batch(sorted(arrived, key=lambda message: message.received_at)), now)
    with database.begin() as connection:
        token = add_token(connection, "quinn", "qa", None, now)[1]
    world = World(portal, database, {"qa": token})
    world.desk.now = now
    yield world
    database.close()


def test_who_is_at_risk_comes_in_the_order_in_which_rules_would_fire(warm):
    found = warm.api("qa").get("/locations/ROOM-1/forecast").json()
    assert found["direction"] == "warming"
    assert found["sensor"] == "S1"
    assert [(risk["lot"], risk["unit"], risk["rule"], risk["action"]) for risk in found["risks"]] == [
        ("B1", None, "too-warm", "hold"),
        (None, None, "too-warm", "hold"),
        ("A1", "PALLET-7", "too-warm", "hold"),
        (None, None, "budget", "review"),
        ("A1", "PALLET-7", "budget", "review"),
    ]


def test_the_limit_is_reached_about_when_it_will_be(warm):
    found = warm.api("qa").get("/locations/ROOM-1/forecast").json()
    a1 = next(risk for risk in found["risks"] if risk["lot"] == "A1" and risk["rule"] == "too-warm")
    likely = parse_instant(a1["reached"]["likely"])
    left = passes(8.0) - warm.desk.now
    assert abs(likely - passes(8.0)) < 0.25 * left
    assert a1["reached"]["earliest"] <= a1["reached"]["likely"] <= (a1["reached"]["latest"] or "9")
    assert a1["fires"]["likely"] == format_instant(likely + HOUR)


def test_a_place_in_normal_running_has_no_forecast(warm):
    found = warm.api("qa").get("/locations/ROOM-2/forecast").json()
    assert found == {
        "location": "ROOM-2",
        "at": format_instant(warm.desk.now),
        "quantity": "temperature",
        "direction": None,
        "sensor": None,
        "since": None,
        "risks": [],
    }


def test_a_shelf_is_foreseen_by_its_rooms_sensor(warm):
    assert warm.api("qa").get("/locations/SHELF-1/forecast").json()["sensor"] == "S1"


def test_an_unknown_location_has_none(warm):
    assert warm.api("qa").get("/locations/NOWHERE/forecast").status_code == 404


ABOVE_8 = Bounds((Bound("above", 8_000_000),))
LIMIT = Rule("r", "limit", Limit("temperature", ABOVE_8, 60 * MINUTE))
AT_ONCE = Rule("r", "limit", Limit("temperature", ABOVE_8))
BUDGET = Rule("r", "cumulative", Cumulative("temperature", ABOVE_8, 10 * HOUR))
DAILY = Rule("r", "cumulative", Cumulative("temperature", ABOVE_8, 2 * HOUR, DAY))
NOW = 100 * DAY


@pytest.mark.parametrize(
    ("rule", "exposed", "left"),
    [
        (LIMIT, [], HOUR),
        (LIMIT, [(NOW - 20 * MINUTE, NOW)], 40 * MINUTE),
        (LIMIT, [(NOW - 2 * HOUR, NOW - HOUR)], HOUR),  # another exposure begins anew
        (LIMIT, [(NOW - HOUR, NOW)], None),
        (AT_ONCE, [], 0),
        (AT_ONCE, [(NOW, NOW)], None),
    ],
)
def test_what_a_limit_still_allows(rule, exposed, left):
    assert left_of_limit(rule, exposed, NOW) == left


@pytest.mark.parametrize(
    ("rule", "exposed", "left"),
    [
        (BUDGET, [], 10 * HOUR),
        (BUDGET, [(NOW - 50 * DAY, NOW - 50 * DAY + 4 * HOUR), (NOW - HOUR, NOW)], 5 * HOUR),
        (BUDGET, [(NOW - 10 * HOUR, NOW)], None),
        (DAILY, [(NOW - 2 * DAY, NOW - DAY)], 2 * HOUR),  # out of the window
        (DAILY, [(NOW - 2 * DAY, NOW - DAY + HOUR)], HOUR),  # half of it
        (DAILY, [(NOW - 3 * HOUR, NOW)], None),
    ],
)
def test_what_is_left_of_a_budget(rule, exposed, left):
    assert left_of_budget(rule, exposed, NOW) == left
