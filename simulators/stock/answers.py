"""What a correct program must answer about stock, in the words of its API."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulators.stock.books import Books, Key, Unit, named
from simulators.times import format_time

Row = dict[str, Any]
FLOWS = ("received", "made", "returned", "adjusted", "used", "shipped", "destroyed", "lost")
_STATUSES = ("rejected", "recalled", "quarantined")
_BLOCKING = ("rejected", "recalled")


class Terms:
    """What decides whether a unit may be picked, and for whom: the site file, and when lots expire."""

    def __init__(self, site: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(site["site"]["timezone"])
        self.needs_release = {each["id"] for each in site["products"] if each.get("release_required") == "true"}
        self.least_days = {each["id"]: int(each.get("min_remaining_days") or 0) for each in site["parties"]}
        self.expires_on: dict[tuple[str, str], str] = {}

    def today(self, at: int) -> date:
        """Return the site's day."""
        return datetime.fromtimestamp(at / 1e6, UTC).astimezone(self.zone).date()


def stock(books: Books) -> list[Row]:
    """Return what is where."""
    return [{**named(unit.key), "location": unit.location, "quantity": unit.quantity} for unit in books.in_stock()]


def balance(books: Books, product: str, lot: str) -> Row:
    """Return the sums over a lot."""
    flows = books.flows[product, lot]
    standing = sum(unit.quantity for unit in books.in_stock() if unit.key[:2] == (product, lot))
    return {**{kind: flows[kind] for kind in FLOWS}, "in_stock": standing}


def back(books: Books, product: str, lot: str) -> Row:
    """Return what a lot's units are from."""
    found = books.ancestors(books.of_lot(product, lot))
    suppliers = [each for each in books.supplied if each.unit in found]
    return {
        "units": _depths(found),
        "suppliers": [
            {"party": each.party, **named(each.unit), "quantity": each.quantity, "at": format_time(each.at)}
            for each in sorted(suppliers)
        ],
    }


def forward(books: Books, product: str, lot: str) -> Row:
    """Return what came of a lot's units."""
    found = books.descendants(books.of_lot(product, lot))
    customers = [each for each in books.sent if each.unit in found]
    return {
        "units": _depths(found),
        "customers": [
            {
                "party": each.party,
                "shipment": each.shipment,
                **named(each.unit),
                "quantity": each.quantity,
                "at": format_time(each.at),
            }
            for each in sorted(customers)
        ],
    }


def _depths(found: Mapping[Key, int]) -> list[Row]:
    return [{**named(key), "depth": depth} for key, depth in sorted(found.items())]


def recall(books: Books, product: str, lot: str) -> Row:
    """Return where a lot, and all that came of it, is."""
    rows: list[Row] = []
    for key in sorted(books.descendants(books.of_lot(product, lot))):
        states = [each for each in _states(books, books.units[key]) if each["quantity"]]
        rows += [{**named(key), **each} for each in sorted(states, key=lambda each: str(each["state"]))]
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["product"], row["state"]] += row["quantity"]
    return {
        "rows": rows,
        "totals": [{"product": p, "state": s, "quantity": quantity} for (p, s), quantity in sorted(totals.items())],
    }


def _states(books: Books, unit: Unit) -> list[Row]:
    here: Row = {"state": "in_stock", "where": unit.location, "shipment": None}
    if unit.shipment is not None:
        state = "delivered" if unit.is_delivered else "on_its_way"
        here = {"state": state, "where": books.parties[unit.shipment], "shipment": unit.shipment}
    return [
        {**here, "quantity": unit.quantity},
        {"state": "used", "where": None, "shipment": None, "quantity": unit.used},
        {"state": "destroyed", "where": None, "shipment": None, "quantity": unit.destroyed},
    ]


class Picking:
    """Takes what may be used at an instant, first expired first; `reserved`: how much of units others have."""

    def __init__(self, books: Books, terms: Terms, at: int, reserved: Mapping[Key, int]) -> None:
        self._books = books
        self._terms = terms
        self._today = terms.today(at)
        self._reserved = reserved

    def pick(self, product: str, quantity: int, party: str | None = None) -> Row:
        """Return what is taken, what is missing, and what is passed over and why."""
        standing = [unit for unit in self._books.in_stock() if unit.key[0] == product]
        reasons = {unit.key: self.why_not(unit, party) for unit in standing}
        lines: list[Row] = []
        for unit in sorted(standing, key=self._order):
            if not quantity or reasons[unit.key]:
                continue
            taken = min(quantity, self._free(unit))
            quantity -= taken
            lines.append(_named_in_lot(unit.key) | {"location": unit.location, "quantity": taken})
        passed_over = [_named_in_lot(key) | {"reason": why} for key, why in sorted(reasons.items()) if why]
        return {"lines": lines, "short": quantity, "passed_over": passed_over}

    def why_not(self, unit: Unit, party: str | None) -> str | None:
        """Return the first reason not to take a unit; None: it may be taken."""
        lot = unit.key[:2]
        for status in _STATUSES:
            if status in (unit.status, self._books.statuses.get(lot)):
                return status
        if any(self._is_blocked(source) for source in self._books.ancestors([unit.key]) if source[:2] != lot):
            return "blocked_source"
        if unit.key[0] in self._terms.needs_release and self._books.statuses.get(lot) != "released":
            return "not_released"
        if unit.key in self._books.held:
            return "held"
        return self._why_old(lot, party) or (None if self._free(unit) else "reserved")

    def _is_blocked(self, source: Key) -> bool:
        """Tell whether a source is recalled or rejected; nothing is released afterwards here."""
        return self._books.units[source].status in _BLOCKING or self._books.statuses.get(source[:2]) in _BLOCKING

    def _why_old(self, lot: tuple[str, str], party: str | None) -> str | None:
        if lot not in self._terms.expires_on:
            return None
        expires_on = date.fromisoformat(self._terms.expires_on[lot])
        if expires_on < self._today:
            return "expired"
        least = timedelta(days=self._terms.least_days.get(party or "", 0))
        return "too_short" if self._today + least > expires_on else None

    def _free(self, unit: Unit) -> int:
        return unit.quantity - self._reserved.get(unit.key, 0)

    def _order(self, unit: Unit) -> tuple[object, ...]:
        lot = unit.key[:2]
        return self._terms.expires_on.get(lot, "9999"), self._books.first_in[lot], unit.key[1:]


def _named_in_lot(key: Key) -> Row:
    return {"lot": key[1], "unit": key[2]}
