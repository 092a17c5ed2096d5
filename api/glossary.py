"""What the parameters of the API mean, each with an example that a test sends to a sample site."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from api.models.site import given_doc
from api.paging import encode
from api.resources import RESOURCES, ROOT
from sites.entries import entry


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a parameter means; `example` is a value that it may have."""

    description: str
    example: Any


_NUMBER = "Number of the record, as its list shows it."
# By name; for all operations that do not say more.
_PARAMETERS: Mapping[str, Meaning] = {
    "at": Meaning("The stock at this instant. Default: now, or `known_at` if it is given.", "2026-01-02T12:00:00Z"),
    "acknowledged": Meaning("`true`: acknowledged by a person; `false`: not yet. Default: both.", True),
    "after": Meaning("Number of the last event you know; `0`: from the first on.", 0),
    "buckets": Meaning("Points of a line at most, about: the width of a chart.", 500),
    "client": Meaning("ID of the client who owns the batches.", "acme"),
    "cursor": Meaning("`next` of the page before. Default: the first page.", encode(100)),
    "device": Meaning("Name of the device, as its messages give it.", "dev1"),
    "expires_on": Meaning("Expiry date of the batch.", "2027-06-30"),
    "expires_until": Meaning("Expires on this day or before.", "2027-06-30"),
    "supplier_lot": Meaning("Lot number of the supplier or maker.", "L-7731"),
    "fresh": Meaning("`true`: some that nobody has looked at; `false`: none. Default: both.", True),
    "kind": Meaning("One word, as in the metric's label.", "conflict"),
    "days": Meaning("Days up to now that the figures are made of.", 30),
    "fired": Meaning("`true`: the alarm condition was met; `false`: outside, but within what is allowed.", True),
    "founded": Meaning("`true`: still supported by the data; `false`: no longer. Default: both.", True),
    "id": Meaning("ID of the record.", "ROOM-1"),
    "key": Meaning("Key of the record: the last step of its `href`.", ""),
    "known_at": Meaning("Answer with what was known at this instant. Default: now.", "2026-01-02T12:00:00Z"),
    "limit": Meaning("Items a page at most.", 100),
    "location": Meaning("ID of the location.", "ROOM-1"),
    "lot": Meaning("Lot number.", "A1"),
    "number": Meaning(_NUMBER, 1),
    "open": Meaning("`true`: in progress, or stock out of reach and not acknowledged; `false`: ended.", False),
    "product": Meaning("Product ID.", "VAX"),
    "quantity": Meaning("What was measured.", "temperature"),
    "raw": Meaning("`true`: single readings, however many; refused if there are too many.", False),
    "rule": Meaning("ID of the rule in its profile.", "too-warm"),
    "sensor": Meaning("ID of the sensor.", "S1"),
    "serial": Meaning("Serial, AI (21), of an item.", "SN0001"),
    "since": Meaning("From this instant on. Default: no limit.", "2026-01-01T00:00:00Z"),
    "state": Meaning("State of the record. Default: all.", "held"),
    "step": Meaning("A step of `expiry_warnings`, `expired`, `in_use`, or `reached`: any of them.", "reached"),
    "unit": Meaning("ID of one unit of the lot, e.g. a pallet. Default: all.", "PALLET-7"),
    "until": Meaning("Before this instant. Default: now.", "2026-01-03T00:00:00Z"),
    "version": Meaning("Version of the profile.", 1),
}


# Names of operations that say more than the name of their function.
SUMMARIES: Mapping[str, str] = {
    "/healthz": "Tell whether this process answers",
    "/metrics": "Get metrics for Prometheus",
    "/readyz": "Tell whether the system is ready",
    ROOT: "Get the index",
    f"{ROOT}/alerts/kpis": "Get the alarm rate",
    f"{ROOT}/me": "Get the owner of the token",
}
_CURSOR = _PARAMETERS["cursor"].description
_UNIT = Meaning("One unit of the lot; empty: the unit without a name. Default: all units of the lot.", "PALLET-7")
_ORDER = Meaning("ID of the order.", "SO-17")
_SHEET = Meaning("Number of a count that is going on.", 2)
_COUNT = Meaning("ID of the movement that is the count.", "count 1")
_CHANNEL = Meaning("ID of the channel.", "qa-mail")
_OPEN_ALERT = Meaning("Number of a problem that is in progress.", 3)
# At one address: by its path and the parameter's name.
_AT: Mapping[tuple[str, str], Meaning] = {
    ("/batches/{product}/{lot}/trace", "unit"): _UNIT,
    ("/counts/{id}", "id"): Meaning("ID of the movement that is the count.", "count-1"),
    ("/pick", "quantity"): Meaning("How much is wanted, in the product's unit of measure or in `uom`.", 10),
    ("/alerts/{number}/acknowledge", "number"): Meaning("Number of a problem that nobody has acknowledged.", 2),
    ("/alerts/{number}/shelve", "number"): _OPEN_ALERT,
    ("/alerts/{number}/unshelve", "number"): _OPEN_ALERT,
    ("/audit", "cursor"): Meaning(_CURSOR, encode("1767312000000000:40")),
    ("/audit", "people"): Meaning("`true`: without the automatic entries of the engine.", False),
    ("/channels/{id}/deliveries", "id"): _CHANNEL,
    ("/channels/{id}/test", "id"): _CHANNEL,
    ("/adjustments", "count"): _COUNT,
    ("/adjustments", "state"): Meaning("`proposed`, `recorded` or `refused`. Default: all.", "proposed"),
    ("/adjustments/{number}/decide", "number"): Meaning("Number of an adjustment that is proposed.", 1),
    ("/count-sheets/{number}/close", "number"): _SHEET,
    ("/count-sheets/{number}/lines", "number"): _SHEET,
    ("/counts/{id}/adjustments", "id"): _COUNT,
    ("/counts/{id}/discrepancies", "id"): _COUNT,
    ("/orders", "document"): Meaning("Their reference. Default: all.", "PO 4711"),
    ("/orders", "ended"): Meaning("`true`: shipped or cancelled; `false`: neither. Default: both.", False),
    ("/orders", "party"): Meaning("ID of the party that they are for. Default: all.", "CITY"),
    **{
        (f"/orders/{{id}}{action}", "id"): _ORDER
        for action in ("", "/cancel", "/confirm", "/pick", "/release", "/reserve")
    },
    ("/orders/{id}/ship", "id"): Meaning("ID of an order that is picked.", "SO-16"),
    ("/expiry", "cursor"): Meaning(_CURSOR, encode('[0, "VAX", "A1", ""]')),
    ("/dead-letters", "state"): Meaning("`waiting` to be processed again, or done. Default: all.", "waiting"),
    ("/devices/{id}/conflicts", "cursor"): Meaning(_CURSOR, encode("0 0 0")),
    ("/devices/{id}/unused-readings", "cursor"): Meaning(_CURSOR, encode("0 0")),
    ("/devices/{id}/conflicts", "id"): Meaning("Name of the device, as its messages give it.", "dev1"),
    ("/devices/{id}/notices", "id"): Meaning("Name of the device, as its messages give it.", "dev1"),
    ("/movements", "unit"): Meaning("Of units of this name, e.g. a pallet. Default: all.", "PALLET-9"),
    ("/movements/{id}", "id"): Meaning("ID of the movement.", "M0001"),
    ("/notices/{number}/review", "number"): Meaning("Number of a notice.", 1),
    ("/locations/{id}/history", "since"): Meaning("From this instant on. Default: one day.", "2026-01-01T00:00:00Z"),
    ("/profiles", "id"): Meaning("ID of the profile.", "vaccine-2-8"),
    ("/readings/latest", "cursor"): Meaning(_CURSOR, encode("S1")),
    ("/sensors/{id}/latest", "id"): Meaning("ID of the sensor.", "S1"),
    ("/unassigned-devices", "cursor"): Meaning(_CURSOR, encode("dev")),
}


@cache
def _of_records() -> dict[tuple[str, str], Meaning]:
    """Return the same for the addresses of the site's records: each names the record that is its example."""
    found: dict[tuple[str, str], Meaning] = {}
    for resource in RESOURCES:
        found[resource.path, "cursor"] = Meaning(_CURSOR, encode("["))
        item = resource.item.replace(":path", "")
        key = entry(resource.kind, given_doc(resource.kind, resource.example)).key
        for step, value in zip(item.split("/")[1:], resource.address(key).split("/"), strict=True):
            name = step.strip("{}")
            found[resource.path + item, name] = Meaning(_PARAMETERS[name].description, unquote(value))
    return found


def meaning(path: str, name: str) -> Meaning | None:
    """Return what a parameter means at an address of the API; None: it must say itself."""
    short = path.removeprefix(ROOT)
    return _AT.get((short, name)) or _of_records().get((short, name)) or _PARAMETERS.get(name)
