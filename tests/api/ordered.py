"""What examples of orders and counts need on the sample site: stock, an order that is picked and one that is reserved,
a count that was closed, with an adjustment that waits, and one that goes on."""

import json
from typing import Any

from ledger.requests import (
    CloseCount,
    ConfirmPick,
    Correct,
    CountUnit,
    Item,
    OpenCount,
    PlaceOrder,
    ProposeAdjustments,
    Record,
    ReserveOrder,
)

CUSTOMER = {"id": "CITY", "name": "City Pharmacy", "kind": "customer", "min_remaining_days": 10}
LOT = {"product": "VAX", "lot": "P1", "client": "acme", "expires_on": "2027-06-30"}
RULES = {"name": "Plant North", "timezone": "Europe/Berlin", "adjustments_approved": True}


def order_and_count(site: Any, now: int) -> None:
    """Let it all happen."""
    put = [Item("party", CUSTOMER), Item("batch", LOT), Item("site", RULES)]
    site.desk.ask("quinn", Correct(put=put), now)
    for number, (unit, quantity, location) in enumerate(
        (("PAL-1", 60, "ROOM-2"), ("PAL-2", 40, "ROOM-1"), ("PAL-3", 9, "ROOM-1"))
    ):
        received = {"id": f"p{number}", "at": "2026-01-02T12:00:00Z", "do": "receive", "product": "VAX", "lot": "P1"}
        received |= {"unit": unit, "quantity": quantity, "location": location}
        site.desk.ask("quinn", Record(movements=[("", json.dumps(received))]), now)
    for name in ("SO-16", "SO-17"):
        line = {"product": "VAX", "quantity": 20, "location": "ROOM-2"}
        site.desk.ask("quinn", PlaceOrder(order=json.dumps({"id": name, "for": "CITY", "lines": [line]})), now)
        site.desk.ask("quinn", ReserveOrder(order=name), now)
    site.desk.ask("quinn", ConfirmPick(order="SO-16", scan="VAX P1 PAL-1"), now)
    count_room_1(site, now)
    site.desk.ask("quinn", OpenCount(location="ROOM-1"), now)


def count_room_1(site: Any, now: int) -> None:
    """Two vials are missing of one pallet, one of the other; the first is to be put right."""
    sheet = site.desk.ask("quinn", OpenCount(location="ROOM-1", kind="full"), now)["sheet"]
    for unit, quantity in (("PAL-2", 38), ("PAL-3", 8)):
        line = json.dumps({"product": "VAX", "lot": "P1", "unit": unit, "quantity": quantity})
        site.desk.ask("quinn", CountUnit(sheet=sheet, line=line), now)
    count = site.desk.ask("quinn", CloseCount(sheet=sheet), now)["count"]
    units = [("VAX", "P1", "PAL-2")]
    site.desk.ask("quinn", ProposeAdjustments(count=count, reason="broken", units=units), now)
