"""What goes on in the warehouse all day: arrivals, orders, returns, production, counts; as much leaves as comes."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from simulators.stock.books import Books, Key, Unit, named

Told = dict[str, Any]
SHELVES = ("SHELF-1", "SHELF-2")
CUSTOMERS = ("CITY", "FARM", "LAB")
# Serum arrives below so many vials on the shelves that nothing blocks, and kits below so many.
ENOUGH, ENOUGH_KITS = 500, 150
CASE = 12
LOTS_EVERY = 4


class Routine:
    """Decides what is done next by what stands there."""

    def __init__(self, books: Books, chance: random.Random) -> None:
        self._books = books
        self._chance = chance
        self._number = count(1)
        self._orders = count(10)
        self._arrivals = 0
        self._arriving = ""

    def actions(self) -> Iterator[Told]:
        """Yield what is done, one after the other, without end."""
        for turn in count(1):
            while self._on_shelves() < ENOUGH:
                yield from self._arrival()
            yield from self._order()
            if turn % 3 == 0:
                yield from self._kits()
            if turn % 4 == 0:
                yield from self._return()
            if turn % 5 == 0:
                yield self._count_of_a_shelf()
            if turn % 6 == 0:
                yield from self._split()
            if turn % 10 == 0:
                yield from self._production()

    def _usable(self) -> list[Unit]:
        """Return serum on the shelves that nothing blocks and everybody takes."""
        books = self._books
        return [
            unit
            for unit in books.in_stock()
            if unit.key[0] == "SER"
            and unit.location in SHELVES
            and unit.key[:2] not in books.statuses
            and unit.key not in books.held
            and not any(source[:2] in books.statuses for source in books.ancestors([unit.key]) if source[0] == "SER")
        ]

    def _on_shelves(self) -> int:
        return sum(unit.quantity for unit in self._usable())

    def _arrival(self) -> Iterator[Told]:
        if self._arrivals % LOTS_EVERY == 0:
            new = self._lot("SER")
            self._arriving = new["lot"]
            yield new
        self._arrivals += 1
        pallet = f"SER {self._arriving} PAL-R{next(self._number)}"
        yield {"do": "receive", "unit": pallet, "quantity": 240, "location": "COLD-2", "from": "MAKER"}
        yield {"do": "move", "units": [{"unit": pallet}], "to": self._chance.choice(SHELVES)}

    def _order(self) -> Iterator[Told]:
        order, party = f"SO-{next(self._orders)}", self._chance.choice(CUSTOMERS)
        quantity = CASE * self._chance.randint(2, 8)
        yield {"do": "place", "order": order, "for": party, "product": "SER", "quantity": quantity}
        yield {"do": "reserve", "order": order}
        yield {"do": "fetch", "order": order}
        yield {"do": "ship_order", "order": order, "via": "TRUCK-1"}
        yield {"do": "deliver", "shipment": order}

    def _kits(self) -> Iterator[Told]:
        boxes = [unit for unit in self._books.in_stock() if unit.key[0] == "KIT"]
        if sum(unit.quantity for unit in boxes) < ENOUGH_KITS:
            new = f"KIT N1 BOX-R{next(self._number)}"
            yield {"do": "receive", "unit": new, "quantity": 400, "location": "HALL", "from": "MAKER"}
            return
        fullest = max(boxes, key=lambda unit: unit.quantity)
        note = f"DN-R{next(self._number)}"
        part = {"unit": " ".join(fullest.key), "quantity": min(40, fullest.quantity - 1), "as": note}
        yield {"do": "ship", "shipment": note, "to": self._chance.choice(CUSTOMERS), "units": [part]}
        yield {"do": "deliver", "shipment": note}

    def _return(self) -> Iterator[Told]:
        """Some of what was delivered last comes back and is destroyed."""
        sent = next(sent for sent in reversed(self._books.sent) if sent.unit[0] == "SER" and sent.quantity > CASE)
        back = f"BACK-R{next(self._number)}"
        item = {"unit": " ".join(sent.unit), "quantity": CASE, "as": back}
        reason = self._chance.choice(("box damaged", "ordered too many", "late"))
        yield {
            **{"do": "return", "units": [item], "from": sent.party},
            **{"location": "QUARANTINE", "reason": reason},
        }
        yield {"do": "destroy", "units": [{"unit": " ".join((*sent.unit[:2], back))}], "reason": f"returned: {reason}"}

    def _count_of_a_shelf(self) -> Told:
        shelf = self._chance.choice(SHELVES)
        standing = [unit for unit in self._books.in_stock() if unit.location == shelf]
        lines = [{**named(unit.key), "quantity": unit.quantity} for unit in standing]
        return {"do": "count", "location": shelf, "complete": True, "lines": lines}

    def _split(self) -> Iterator[Told]:
        large = [unit for unit in self._usable() if unit.quantity > 4 * CASE]
        if large:
            key: Key = self._chance.choice(large).key
            part = {"unit": f"CASE-R{next(self._number)}", "quantity": 2 * CASE}
            yield {"do": "split", "unit": " ".join(key), "into": [part]}

    def _production(self) -> Iterator[Told]:
        bulk, serum = self._lot("BLK"), self._lot("SER")
        tank = f"BLK {bulk['lot']} TANK-R{next(self._number)}"
        yield bulk
        yield {"do": "receive", "unit": tank, "quantity": 50, "location": "COLD-2", "from": "MAKER"}
        yield {"do": "status", "lot": f"BLK {bulk['lot']}", "status": "released"}
        yield serum
        pallet = f"SER {serum['lot']} PAL-R{next(self._number)}"
        output = {"unit": pallet, "quantity": 120, "location": self._chance.choice(SHELVES)}
        yield {"do": "make", "inputs": [{"unit": tank}], "outputs": [output]}

    def _lot(self, product: str) -> Told:
        """A lot that expires after all before it."""
        number = next(self._number)
        lasting = f"{400 + number // 4}d" if product == "SER" else "120d"
        client = self._chance.choice(("acme", "boreal"))
        return {"do": "lot", "product": product, "lot": f"R{number}", "client": client, "expires_in": lasting}
