"""The warehouse of the demonstration: what it does can be done, and the program says of it what must be so."""

from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest

from api.people.tokens import add_token
from domain.readings import Reading
from domain.times import HOUR, MINUTE, SECOND
from ledger.inputs import Arrived, Batch
from ledger.requests import Apply, Item
from simulators.api import Api
from simulators.demo.clerk import Clerk
from simulators.demo.expected import expected
from simulators.demo.plan import Plan
from simulators.demo.site_file import HISTORY, STARTING, depot
from simulators.scenario.messages import Sent
from simulators.times import format_time, parse_time
from simulators.truth import Stamped, find
from sites.file import load
from tests.browser.served import Served
from tests.simulators.stock_truth import check_held, check_movements, check_orders, check_stock
from tests.thrift import migrated

STARTED = parse_time("2026-03-29T00:30:00Z")
NOW = STARTED + STARTING
UNTIL = NOW + 80 * MINUTE  # the story, and of the routine all sorts of deeds
# When cold room 1 was warm, in seconds of the scenario: what is measured at other times changes nothing.
WARM = ((31_000, 36_000), (86_000, 90_000))

performance = cache(lambda: depot(STARTED, "http://127.0.0.1:9/alerts", Path("hook.key")))


def plan() -> Plan:
    return Plan(performance().site, NOW - HISTORY)


def truth(until: int = UNTIL) -> dict[str, Any]:
    return expected(performance().site, NOW - HISTORY, until)


def warmth(until: int) -> list[Sent]:
    """What is sent of cold room 1 while it is warm."""
    start = NOW - HISTORY
    return [
        each
        for each in performance().sent
        if each.topic.startswith("demo/gw-cold-1/")
        and start + each.second * SECOND <= until
        and any(a <= each.second < b for a, b in WARM)
    ]


def test_it_is_the_same_every_time_and_something_happens_every_minute() -> None:
    one, other = list(islice(plan().actions(), 150)), list(islice(plan().actions(), 150))
    assert one == other
    instants = [action.at for action in one if NOW <= action.at < NOW + HOUR]
    assert max(b - a for a, b in pairwise(instants)) <= 2 * MINUTE


def test_the_truth_of_an_instant_knows_of_nothing_that_comes_later() -> None:
    """A case is split off at 2 min 30 s; what was reserved of a pallet on hold is given up at 3 min 30 s."""

    def cases(until: int) -> int:
        return sum(each["unit"] == "CASE-2" for each in truth(until)["stock"])

    split_at = NOW + 2 * MINUTE + 30 * SECOND
    assert (cases(split_at - 1), cases(split_at)) == (0, 1)
    [order] = truth(split_at)["orders"]
    assert (order["id"], order["missing"]) == ("SO-1", 0)
    assert truth(split_at + MINUTE)["orders"][0]["missing"] == 96


def test_weeks_of_it_stay_small() -> None:
    found = plan()
    actions = list(takewhile(lambda action: action.at < NOW + 7 * 24 * HOUR, found.actions()))
    assert len(actions) < 7 * 24 * 13
    assert len(found.books.in_stock()) < 60
    assert len(found.lots) < 100
    assert not [order for order in found.orders.values() if order.is_shipped and order.missing]
    assert len([order for order in found.orders.values() if not order.is_shipped]) <= 2  # one cannot be filled


@pytest.mark.long
def test_what_the_story_says_is_on_hold_is_what_the_readings_say() -> None:
    """Units that are split off what was warm, or made of it, went through it too."""
    until = NOW + 4 * MINUTE
    said, site = truth(until), performance().site
    lots = sorted({(each["product"], each["lot"]) for each in said["units"]})
    described = {
        **site,
        "batches": [{"product": product, "lot": lot} for product, lot in lots],
        "locations": [{**each, "profile": None} for each in site["locations"]],
    }
    stamped = [
        Stamped(each.device, each.probe, each.quantity, each.at, each.value, NOW)
        for sent in warmth(until)
        for each in sent.says
    ]
    found = find(described, said["placements"], stamped, until)
    units = {(b["product"], b["lot"], u["unit"]): u for b in found["batches"] for u in b["units"]}
    held = {name for name, unit in units.items() if unit["verdict"] == "hold"}
    assert held == {(u["product"], u["lot"], u["unit"]) for u in said["units"] if u["held"]}
    assert len(held) == 5
    for name in (("SER", "S103", "CASE-1"), ("SER", "S104", "BOX-1")):
        assert [each["to"] is None for each in units[name]["exposures"]] == [False, False], name  # yesterday's only


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    database = migrated(tmp_path / "coldchain.db")
    with Served(database) as found:
        entries = [Item(each.kind, each.doc) for each in load(performance().site_text, "site.yaml")]
        found.desk.ask("setup", Apply(entries=entries), NOW - HISTORY)
        yield found
    database.close()


@pytest.mark.long
def test_the_program_says_of_it_what_must_be_so(served: Served) -> None:
    said: list[str] = []
    with served.database.begin() as connection:
        tokens = [add_token(connection, role, role, None, NOW)[1] for role in ("warehouse", "viewer")]
    clerk = Clerk(plan().actions(), said.append)
    sensors = performance().site["sensors"]
    devices = {each.get("device") or each["id"] for each in sensors}
    messages = warmth(UNTIL)
    address = served.url.removeprefix("http://")
    with Api(address, tokens[0]) as warehouse, Api(address, tokens[1]) as viewer:
        for at in range(NOW, UNTIL + 1, MINUTE):
            served.desk.now = at
            due = [each for each in messages if NOW - HISTORY + each.second * SECOND <= at]
            del messages[: len(due)]
            served.desk.writer.step(Batch([_arrived(each, at, devices) for each in due]), at)
            clerk.tell_due(warehouse, at)
        assert [line for line in said if "refused" in line] == []
        found = truth()
        check_stock(viewer.get, found)
        check_movements(viewer.get, found)
        check_held(viewer.get, found)
        check_orders(viewer.get, found)
    [exception] = found["fefo_exceptions"]
    assert (exception["lot"], exception["first"][0]["lot"]) == ("S103", "S100")
    recalled = next(each for each in found["recalls"] if each["lot"] == "S102")
    assert {row["state"] for row in recalled["rows"]} == {"in_stock", "on_its_way", "delivered", "used"}
    assert format_time(UNTIL) >= found["at"] > format_time(UNTIL - 6 * MINUTE)


def _arrived(sent: Sent, at: int, devices: set[str]) -> Arrived:
    readings = [
        Reading(each.device, each.probe, each.quantity, round(float(each.value) * 1_000_000), each.at)
        for each in sent.says
        if each.value is not None and each.at is not None
    ]
    assert {each.device for each in readings} <= devices
    return Arrived(sent.topic, b"{}", False, at, sent.topic, readings)
