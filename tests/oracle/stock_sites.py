"""Random sites with stock: what the site file says, movements that are possible or nearly, questions of all sorts."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.stock import (
    Key,
    Row,
    Stock,
    World,
    first_impossible,
    in_order,
    instant,
    last_instant,
    printed,
    sound_voids,
    stock_at,
    voided,
)

BEGIN = instant("2026-03-27T20:00:00Z")
NOW = BEGIN + timedelta(days=10)
HOURS = 60  # in which all happens: the zone's clocks go forward meanwhile
PLACES = ["SITE", "ROOM", "SHELF", "DOCK", "TRUCK", "BOX"]
LOTS = [("VAX", "A"), ("VAX", "B"), ("BULK", "Q"), ("BULK", "R")]
_SENSORS = {"ROOM": "S1", "DOCK": "S2", "TRUCK": "S3"}
_WATCH = {
    "sensors": [{"id": name} for name in _SENSORS.values()],
    "mounts": [{"sensor": name, "location": place, "from": "2026-01-01T00:00:00Z"} for place, name in _SENSORS.items()],
    "profiles": [
        {
            "id": "cold",
            "version": 1,
            "effective_from": "2020-01-01T00:00:00Z",
            "rules": [{"id": "warm", "kind": "limit", "above": 8.0, "for": "60min", "action": "hold"}],
        }
    ],
}
UOMS = {"VAX": {"case": Decimal(12), "tray": Decimal("0.5")}, "BULK": {}}


@dataclass
class RandomSite:
    """A site, and what happened there so far."""

    chance: random.Random
    parents: dict[str, list[tuple[str | None, str | None]]] = field(default_factory=dict)
    lines: list[Row] = field(default_factory=list)
    number: int = 0
    readings: dict[str, dict[datetime, Decimal]] = field(default_factory=dict)  # by location of the sensor

    def __post_init__(self) -> None:
        pick = self.chance.choice
        later = printed(BEGIN + timedelta(hours=pick([5, 20, 40])))
        self.parents = {
            "SITE": [(None, None)],
            "ROOM": [("SITE", None)],
            "SHELF": [("ROOM", None)],
            "DOCK": [("SITE", None)],
            "TRUCK": [(None, None)],
            "BOX": pick([[("ROOM", None)], [("SHELF", None), ("TRUCK", later)], [("TRUCK", None), (None, later)]]),
        }
        self.strategies = {product: pick(["fefo", "fifo", "lifo"]) for product in UOMS}
        self.release_required = [product for product in UOMS if pick([True, False])]
        self.min_remaining_days = {"CITY": pick([0, 1, 10]), "FARM": 0}
        dates = [None, "2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30", "2026-04-08"]
        self.expires_on = {lot: pick(dates) for lot in LOTS}

    @property
    def world(self) -> World:
        """What the plain model knows of it."""
        return World(
            self.parents, UOMS, self.release_required, self.strategies, self.min_remaining_days, self.expires_on,
            "Europe/Berlin",
        )  # fmt: skip

    @property
    def text(self) -> str:
        """The site file."""
        locations = [
            {"id": name, "parent": dated[0][0] if len(dated) == 1 else [_dated(*each) for each in dated]}
            for name, dated in self.parents.items()
        ]
        products = [
            {
                "id": name,
                "uom": "unit",
                "uoms": {uom: float(factor) for uom, factor in uoms.items()},
                "strategy": self.strategies[name],
                "release_required": name in self.release_required,
                **({"profile": "cold"} if self.readings else {}),
            }
            for name, uoms in UOMS.items()
        ]
        parties = [
            {"id": name, "name": name, "kind": "customer", "min_remaining_days": days}
            for name, days in self.min_remaining_days.items()
        ]
        batches = [{"product": lot[0], "lot": lot[1], "expires_on": day} for lot, day in self.expires_on.items()]
        site = {"name": "Plant", "timezone": "Europe/Berlin"}
        parts = {"site": site, "locations": locations, "products": products, **(_WATCH if self.readings else {})}
        return json.dumps(
            {**parts, "parties": [*parties, {"id": "MAKER", "name": "M", "kind": "maker"}], "batches": batches}
        )

    # --- movements ---

    def fill(self, wanted: int) -> "RandomSite":
        """Let so many movements happen, one after the other; few that are tried are not possible."""
        for _ in range(wanted):
            self.add(self.possible())
        return self

    def add(self, line: Row | None) -> None:
        """Take a movement that is possible."""
        if line is not None:
            self.lines.append(line)

    def possible(self, now: datetime = NOW) -> Row | None:
        """Return a movement that is possible with those before it; None: a few that were tried are not."""
        for _ in range(12):
            line = self.movement()
            if self.takes([line], now):
                return line
        return None

    def takes(self, more: Sequence[Row], now: datetime = NOW) -> bool:
        """Tell whether movements are possible with those before them."""
        lines = [*self.lines, *more]
        return sound_voids(lines) and first_impossible(self.world, lines, now) is None

    def movement(self) -> Row:
        """Return any movement; many are possible."""
        pick, self.number = self.chance.choice, self.number + 1
        at = BEGIN + timedelta(minutes=pick([60, 20]) * self.chance.randint(0, HOURS))
        stock = stock_at(self.world, self.lines, at) if self.chance.random() < 0.9 else Stock(self.world)
        line = {"id": f"m{self.number}", "at": printed(at)} | self._done(stock)
        more = {"who": "quinn", "reason": "it is so", "document": None, "recorded_at": printed(NOW)}
        return line | {name: value for name, value in more.items() if self.chance.random() < 0.1}

    def _done(self, stock: Stock) -> Row:
        """Return what is done to a stock as it is then."""
        pick = self.chance.choice
        kinds = [
            self._receive, self._receive, self._make, self._split, self._merge, self._move, self._move,
            self._ship, self._ship, self._deliver, self._return, self._adjust, self._destroy, self._count,
            self._status, self._status,
        ]  # fmt: skip
        if self.lines and self.chance.random() < 0.08:
            return {"do": "void", "movement": pick(self.lines)["id"]}
        return {"do": (kind := pick(kinds)).__name__[1:], **kind(stock)}

    def _unit(self, stock: Stock, *states: str) -> Key:
        """Return a unit in one of these states, mostly."""
        found = sorted((u.key for u in stock.units.values() if u.state in states), key=str)
        if found and self.chance.random() < 0.95:
            return self.chance.choice(found)
        product, lot = self.chance.choice(LOTS)
        return product, lot, self.chance.choice([None, "1", "2"])

    def _new(self) -> str:
        return f"u{self.number}" if self.chance.random() < 0.95 else self.chance.choice(["1", "u1"])

    def _place(self) -> str:
        return self.chance.choice(PLACES)

    def _item(self, stock: Stock, key: Key, *, may_name: bool = True, part: bool = False) -> Row:
        """Return an item: all of the unit, said or not, or a part of it, which gets a name."""
        item, there = _named(key), stock.units[key].quantity if key in stock.units else Decimal(1)
        how = self.chance.random()
        if how < 0.3:
            return item
        if how < 0.4:
            return item | {"quantity": there or Decimal(1)}
        quantity = self._part(there)
        if part:
            return item | {"quantity": quantity}
        return item | {"quantity": quantity, "as": self._new()} if may_name else item

    def _part(self, there: Decimal) -> Decimal:
        share = self.chance.choice(["0.1", "0.5", "0.25", "1", "1", "1.01"])
        return (there * Decimal(share)).quantize(Decimal("0.000001")).normalize() or Decimal(1)

    def _quantity(self, product: str) -> Row:
        amount = self.chance.choice([Decimal("0.5"), Decimal(1), Decimal("2.25"), Decimal(40), Decimal("100.000001")])
        uom = self.chance.choice([None, None, None, *UOMS[product]])
        return {"quantity": amount} | ({} if uom is None or amount.as_tuple().exponent < -5 else {"uom": uom})  # type: ignore[operator]

    def _receive(self, stock: Stock) -> Row:
        lot = self.chance.choice(LOTS)
        name = self.chance.choice([None, None, "1", self._new()])
        party = {"from": "MAKER"} if self.chance.random() < 0.7 else {}
        return _named((*lot, name)) | self._quantity(lot[0]) | {"location": self._place()} | party

    def _make(self, stock: Stock) -> Row:
        inputs = [
            self._item(stock, self._unit(stock, "in_stock"), may_name=False, part=True)
            for _ in range(self.chance.choice([0, 1, 1, 2]))
        ]
        outputs = []
        for number in range(self.chance.choice([1, 1, 2])):
            lot = self.chance.choice(LOTS)
            outputs.append(
                _named((*lot, f"o{self.number}-{number}")) | self._quantity(lot[0]) | {"location": self._place()}
            )
        return {"inputs": inputs, "outputs": outputs} if inputs else {"outputs": outputs}

    def _split(self, stock: Stock) -> Row:
        key = self._unit(stock, "in_stock")
        there = stock.units[key].quantity if key in stock.units else Decimal(1)
        into = [
            {"unit": f"s{self.number}-{n}", "quantity": self._part(there)} for n in range(self.chance.choice([1, 1, 2]))
        ]
        return _named(key) | {"into": into}

    def _merge(self, stock: Stock) -> Row:
        together: dict[tuple[Any, ...], list[str | None]] = {}
        for key, unit in sorted(stock.units.items(), key=str):
            if unit.state == "in_stock":
                together.setdefault((*key[:2], unit.where), []).append(key[2])
        several = [key for key, names in together.items() if len(names) > 1]
        if not several or self.chance.random() < 0.1:
            return {"product": "VAX", "lot": "A", "units": [None, "1"], "as": self._new()}
        where = self.chance.choice(several)
        names = self.chance.sample(together[where], min(self.chance.choice([2, 3]), len(together[where])))
        return {"product": where[0], "lot": where[1], "units": names, "as": self._new()}

    def _items(self, stock: Stock, *states: str) -> list[Row]:
        keys = dict.fromkeys(self._unit(stock, *states) for _ in range(self.chance.choice([1, 1, 2])))
        items = [self._item(stock, key) for key in keys]
        for number, item in enumerate(items):
            if "as" in item and number:
                item["as"] += f"-{number}"
        return items

    def _move(self, stock: Stock) -> Row:
        return {"units": self._items(stock, "in_stock"), "to": self._place()}

    def _ship(self, stock: Stock) -> Row:
        shipment = self.chance.choice(["s1", "s2", f"s{self.number}"])
        party = stock.party_of.get(shipment) or self.chance.choice(["CITY", "FARM"])
        via = self.chance.choice([{}, {"via": "TRUCK"}, {"via": "BOX"}])
        return {"shipment": shipment, "to": party, "units": self._items(stock, "in_stock"), **via}

    def _deliver(self, stock: Stock) -> Row:
        unit = stock.units.get(self._unit(stock, "on_its_way"))
        if unit is None or unit.shipment is None:
            return {"shipment": "s1"}
        all_of_it = self.chance.random() < 0.5
        return {"shipment": unit.shipment} | ({} if all_of_it else {"units": [_named(unit.key)]})

    def _return(self, stock: Stock) -> Row:
        key = self._unit(stock, "on_its_way", "delivered")
        shipment = stock.units[key].shipment if key in stock.units else None
        party = stock.party_of.get(shipment or "", "CITY")
        return {"units": [self._item(stock, key)], "location": self._place(), "from": party}

    def _adjust(self, stock: Stock) -> Row:
        unit = stock.units.get(self._unit(stock, "in_stock", "ended"))
        if unit is None:
            return _named(("VAX", "A", "1")) | {"by": Decimal(1)}
        by = self.chance.choice([Decimal("0.5"), Decimal(3), Decimal(-1), -unit.quantity or Decimal(2)])
        again = unit.state == "ended" or self.chance.random() < 0.05
        return _named(unit.key) | {"by": by} | ({"location": self._place()} if again else {})

    def _destroy(self, stock: Stock) -> Row:
        key = self._unit(stock, "in_stock", "on_its_way")
        return {"units": [self._item(stock, key, may_name=False, part=True)]}

    def _count(self, stock: Stock) -> Row:
        keys = [self._unit(stock, "in_stock") for _ in range(self.chance.choice([0, 1, 2, 3]))]
        lines = [
            _named(key) | {"quantity": self.chance.choice([Decimal(0), Decimal(1), Decimal("40.5")])} for key in keys
        ]
        unit = stock.units.get(keys[0]) if keys else None
        where = self._place() if unit is None or unit.where is None else unit.where
        complete = {"complete": True} if self.chance.random() < 0.5 else {}
        return {"location": where, **({"lines": lines} if lines else {}), **complete}

    def _status(self, stock: Stock) -> Row:
        status = self.chance.choice(["released", "released", "quarantined", "rejected", "recalled"])
        if self.chance.random() < 0.5:
            product, lot = self.chance.choice(LOTS)
            of_lot = self.chance.choice([status, status, "unreleased"])
            return {"product": product, "lot": lot, "status": of_lot}
        return _named(self._unit(stock, "in_stock", "on_its_way", "delivered", "ended")) | {"status": status}

    # --- readings ---

    def watch(self) -> "RandomSite":
        """Let three sensors say something every ten minutes, mostly; often too warm."""
        for place in _SENSORS:
            value, self.readings[place] = Decimal(5), {}
            for number in range(6 * HOURS):
                if self.chance.random() < 0.1:
                    value = self.chance.choice([Decimal(5), Decimal(8), Decimal("8.1"), Decimal(9)])
                if self.chance.random() < 0.9 or value == 8:
                    self.readings[place][BEGIN + timedelta(minutes=10 * number)] = value
            for _ in range(2):  # a pause
                since = BEGIN + timedelta(minutes=10 * self.chance.randint(0, 6 * HOURS))
                for number in range(self.chance.choice([2, 3, 4, 9])):
                    self.readings[place].pop(since + timedelta(minutes=10 * number), None)
        return self

    @property
    def readings_file(self) -> str:
        """The readings as `judge` takes them."""
        rows = [
            f"{_SENSORS[place]},{printed(at)},{value}"
            for place, each in self.readings.items()
            for at, value in each.items()
        ]
        return "\n".join(["sensor,measured_at,temperature", *rows]) + "\n"

    # --- questions ---

    def questions(self, lines: Sequence[Row] | None = None) -> Iterator[tuple[Row, datetime]]:
        """Yield questions of every sort about any instant, each with the one it is about."""
        lines = self.lines if lines is None else lines
        last = last_instant(lines, NOW)
        instants = [place[0] for place, _ in in_order(lines)] or [last]
        for asked in self._asked(lines):
            at = self.chance.choice([None, self.chance.choice(instants), last + timedelta(hours=3)])
            if asked["ask"] == "count":
                at = None
            yield (asked if at is None else asked | {"at": printed(at)}), (last if at is None else at)

    def _asked(self, lines: Sequence[Row]) -> Iterator[Row]:
        pick = self.chance.choice
        known = stock_at(self.world, lines, NOW).units
        keys = sorted(known, key=str) or [("VAX", "A", None)]
        place = pick([{}, {"location": self._place()}])
        yield {"ask": "stock", **place}
        yield {"ask": "stock", "product": (lot := pick(LOTS))[0], "lot": lot[1], **place}
        yield {"ask": "balance", "product": (lot := pick(LOTS))[0], "lot": lot[1]}
        for direction in ("back", "forward"):
            yield {"ask": "trace", "direction": direction, **self._of(pick(keys))}
        yield {"ask": "recall", "units": [self._of(pick(keys)) for _ in range(pick([1, 2]))]}
        counts = [line["id"] for line in lines if line["do"] == "count" and line["id"] not in voided(lines)]
        if counts:
            last = last_instant(lines, NOW)
            early = [each["id"] for each in lines if each["id"] in counts and instant(each["at"]) <= last]
            yield from ({"ask": "count", "movement": name} for name in early[:2])
        for product in UOMS:
            wanted = {"quantity": pick([Decimal("0.5"), Decimal(30), Decimal(100), Decimal(10_000)])}
            narrow = pick([{}, {"location": self._place()}]) | pick([{}, {"for": "CITY"}, {"for": "FARM"}])
            strategy = pick([{}, *({"strategy": each} for each in ("fefo", "fifo", "lifo"))])
            uom = {"uom": "case"} if product == "VAX" and pick([0, 0, 1]) else {}
            yield {"ask": "pick", "product": product, **wanted, **narrow, **strategy, **uom}

    def _of(self, key: Key) -> Row:
        named = _named(key)
        if self.chance.random() < 0.4:
            del named["unit"]
        elif self.chance.random() < 0.1:
            named["unit"] = None
        return named


def _named(key: Key) -> Row:
    return {"product": key[0], "lot": key[1], "unit": key[2]}


def _dated(parent: str | None, since: str | None) -> dict[str, Any]:
    return {"value": parent} | ({} if since is None else {"from": since})


def as_text(value: Any) -> str:
    """Write JSON with Decimals as numbers, without exponent."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {as_text(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_text, value)) + "]"
    return json.dumps(value)
