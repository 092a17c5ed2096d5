"""Several people who take of one unit at once, each in a thread and with a connection of their own."""

import threading

import httpx
import pytest

from api.people.tokens import add_token
from ledger.requests import Apply, Item
from sites.file import load
from tests.api.world import NOW
from tests.batches.stock_room import SITE
from tests.browser.served import Served
from tests.thrift import SORTS

TAKERS = 8
UNIT = {"product": "VAX", "lot": "B", "unit": "1"}


@pytest.mark.parametrize("sort", SORTS)
def test_no_more_of_a_unit_is_taken_than_there_is(sort, request):
    database = request.getfixturevalue(f"{sort}_database")
    with Served(database) as served:
        entries = [Item(each.kind, each.doc) for each in load(SITE, "S.yaml")]
        served.desk.ask("setup", Apply(entries=entries), NOW)
        with database.begin() as connection:
            token = add_token(connection, "warehouse", "warehouse", None, NOW)[1]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{served.url}/api/v1", headers=headers, trust_env=False, timeout=60) as client:
            received = {"do": "receive", "at": "2026-01-02T08:00:00Z", **UNIT, "quantity": 10, "location": "ROOM"}
            client.post("/movements", json=received).raise_for_status()
            taken = [{**UNIT, "quantity": 3, "as": f"part {number}"} for number in range(TAKERS)]
            statuses = all_at_once(lambda number: client.post("/movements", json=shipped(taken[number])).status_code)
            assert sorted(statuses) == [200] * 3 + [409] * (TAKERS - 3)
            balance = client.get("/batches/VAX/B/balance").json()
            assert (balance["shipped"], balance["in_stock"]) == (9, 1)
            again = all_at_once(lambda number: client.post("/movements", json=moved, headers={"Idempotency-Key": "k"}))
            assert len({answer.text for answer in again}) == 1 and again[0].status_code == 200


moved = {"do": "move", "at": "2026-01-02T10:00:00Z", "units": [UNIT], "to": "DOCK"}


def shipped(item):
    there = {"shipment": item["as"], "to": "FARM", "units": [item]}
    return {"do": "ship", "at": "2026-01-02T09:00:00Z", **there}


def all_at_once(do):
    """What each of the takers gets who begin at the same moment."""
    found, together = {}, threading.Barrier(TAKERS)

    def take(number):
        together.wait()
        found[number] = do(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(TAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(TAKERS)]
