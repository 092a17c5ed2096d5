"""Stock by CONTRACTS 5 and 6 alone, as plainly as it can be written: everything happens again for each question.

Movements and questions are the objects of their lines, quantities Decimals; a unit is `(product, lot, unit)`. Nothing
of the product is used, and nothing is remembered between two questions.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Key = tuple[str, str, str | None]
Lot = tuple[str, str]
Place = tuple[datetime, int]  # in the order of happening: instant and line
Row = dict[str, Any]

NEVER: Place = (datetime.min.replace(tzinfo=ZoneInfo("UTC")), -1)
WORST = ("rejected", "recalled", "quarantined", "released")
KINDS = ("received", "made", "returned", "adjusted", "used", "shipped", "destroyed", "lost")
LARGEST = 10**9


class Impossible(Exception):
    """A movement that is not possible where it stands."""


@dataclass
class World:
    """What the site file says, as far as stock is concerned."""

    parents: Mapping[str, Sequence[tuple[str | None, str | None]]]  # of a location: its parent from each instant on
    uoms: Mapping[str, Mapping[str, Decimal]]
    release_required: Collection[str]
    strategies: Mapping[str, str]
    min_remaining_days: Mapping[str, int]
    expires_on: Mapping[Lot, str | None]
    zone: str


@dataclass
class Own:
    """A status: what it is, when that was set, and when it was last set to what blocks or releases."""

    status: str | None = None
    since: Place = NEVER
    blocked: Place = NEVER
    released: Place = NEVER

    def set(self, status: str, at: Place) -> None:
        self.status, self.since = status, at
        if status in ("rejected", "recalled"):
            self.blocked = at
        if status == "released":
            self.released = at


@dataclass
class Unit:
    """One unit; `where`: in stock or on its way there."""

    key: Key
    began: datetime
    sources: list[Key]
    quantity: Decimal
    state: str = "in_stock"
    where: str | None = None
    shipment: str | None = None
    own: Own = field(default_factory=Own)
    stays: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)

    def go(self, state: str, where: str | None, shipment: str | None, at: datetime) -> None:
        """Be elsewhere from an instant on."""
        if self.where is not None:
            place, since, _ = self.stays.pop()
            self.stays.append((place, since, at))
        if where is not None:
            self.stays.append((where, at, None))
        self.state, self.where, self.shipment = state, where, shipment


@dataclass
class Flow:
    """So much of a unit came or went."""

    unit: Key
    kind: str
    quantity: Decimal
    at: datetime
    party: str | None = None
    shipment: str | None = None


def instant(text: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(text)


def printed(at: datetime) -> str:
    """Write an instant of whole seconds."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def key_of(item: Mapping[str, Any]) -> Key:
    """Return the unit that an object names."""
    return item["product"], item["lot"], item.get("unit")


def voided(lines: Sequence[Row]) -> set[str]:
    """Return the ids of movements that never happened."""
    return {line["movement"] for line in lines if line["do"] == "void"}


def in_order(lines: Sequence[Row]) -> list[tuple[Place, Row]]:
    """Return what happened, in the order of happening."""
    gone = voided(lines)
    return sorted(((instant(line["at"]), i), line) for i, line in enumerate(lines) if line["id"] not in gone)


def sound_voids(lines: Sequence[Row]) -> bool:
    """Tell whether each void names an earlier movement that is none and was not voided before."""
    seen: dict[str, str] = {}
    for line in lines:
        if line["do"] == "void" and seen.get(line["movement"], "void") == "void":
            return False
        if line["do"] == "void":
            seen[line["movement"]] = "void"
        seen[line["id"]] = line["do"]
    return True


def first_impossible(world: World, lines: Sequence[Row], now: datetime) -> str | None:
    """Return the id of the first movement that is not possible where it stands; None: all are."""
    stock = Stock(world)
    for place, line in in_order(lines):
        try:
            if place[0] > now:
                raise Impossible
            stock.happen(place, line)
        except Impossible:
            return str(line["id"])
    return None


def stock_at(world: World, lines: Sequence[Row], at: datetime) -> "Stock":
    """Return the stock of an instant."""
    stock = Stock(world, at)
    for place, line in in_order(lines):
        if place[0] <= at:
            stock.happen(place, line)
    return stock


def last_instant(lines: Sequence[Row], now: datetime) -> datetime:
    """Return the instant that a question without one is about."""
    return max((place[0] for place, line in in_order(lines) if line["do"] != "void"), default=now)


class Stock:
    """What movements came to."""

    def __init__(self, world: World, asked: datetime = NEVER[0]) -> None:
        self.world = world
        self.asked = asked  # the instant of the question
        self.units: dict[Key, Unit] = {}
        self.flows: list[Flow] = []
        self.lots: dict[Lot, Own] = {}
        self.party_of: dict[str, str] = {}  # by shipment
        self.counts: dict[str, list[Row]] = {}
        self.first_in: dict[Lot, datetime] = {}

    def happen(self, place: Place, line: Row) -> None:
        """Let a movement happen. Raises Impossible."""
        self.place, self.at = place, place[0]
        getattr(self, "do_" + line["do"])(line)

    # --- each movement ---

    def do_receive(self, line: Row) -> None:
        key, quantity = key_of(line), self.said(line)
        unit = self.units.get(key)
        if key[2] is None and unit is not None and unit.state == "in_stock" and unit.where == line["location"]:
            self.grow(unit, quantity)
        else:
            self.begin(key, quantity, line["location"], [])
        self.flow(key, "received", quantity, line.get("from"))
        self.first_in.setdefault(key[:2], self.at)

    def do_make(self, line: Row) -> None:
        inputs = []
        for item in line.get("inputs") or []:
            unit = self.in_stock(key_of(item))
            quantity = self.said(item, unit)
            self.take(unit, quantity)
            self.flow(unit.key, "used", quantity)
            inputs.append(unit.key)
        for item in line["outputs"]:
            self.begin(key_of(item), self.said(item), item["location"], inputs)
            self.flow(key_of(item), "made", self.said(item))
            self.first_in.setdefault(key_of(item)[:2], self.at)

    def do_split(self, line: Row) -> None:
        for item in line["into"]:
            unit = self.in_stock(key_of(line))
            where = unit.where
            self.part(unit, (*unit.key[:2], item["unit"]), self.said(item | {"product": unit.key[0]}), where)

    def do_merge(self, line: Row) -> None:
        units = [self.in_stock((line["product"], line["lot"], name)) for name in line["units"]]
        if len({unit.where for unit in units}) != 1:
            raise Impossible
        where, total = units[0].where, sum(unit.quantity for unit in units)
        if total >= LARGEST:
            raise Impossible
        merged = self.begin((line["product"], line["lot"], line["as"]), Decimal(total), where, [u.key for u in units])
        self.inherit(merged)
        for unit in units:
            self.take(unit, unit.quantity)

    def do_move(self, line: Row) -> None:
        for item in line["units"]:
            self.moved(item).go("in_stock", line["to"], None, self.at)

    def do_ship(self, line: Row) -> None:
        if self.party_of.get(line["shipment"], line["to"]) != line["to"]:
            raise Impossible
        self.party_of[line["shipment"]] = line["to"]
        for item in line["units"]:
            unit = self.moved(item)
            unit.go("on_its_way", line.get("via"), line["shipment"], self.at)
            self.flow(unit.key, "shipped", unit.quantity, line["to"], line["shipment"])

    def do_deliver(self, line: Row) -> None:
        going = [u.key for u in self.units.values() if (u.state, u.shipment) == ("on_its_way", line["shipment"])]
        named = line.get("units")
        if not going:
            raise Impossible
        for key in going if named is None else map(key_of, named):
            unit = self.units.get(key)
            if unit is None or (unit.state, unit.shipment) != ("on_its_way", line["shipment"]):
                raise Impossible
            unit.go("delivered", None, line["shipment"], self.at)

    def do_return(self, line: Row) -> None:
        for item in line["units"]:
            unit = self.units.get(key_of(item))
            if unit is None or unit.shipment is None or self.party_of[unit.shipment] != line["from"]:
                raise Impossible
            if item.get("as") is None:
                self.must_be_all(unit, item)
                unit.go("in_stock", line["location"], None, self.at)
            else:
                unit = self.part(unit, (*unit.key[:2], item["as"]), self.said(item), line["location"])
            self.flow(unit.key, "returned", unit.quantity)
            if unit.own.status not in ("rejected", "recalled", "quarantined"):
                unit.own.set("quarantined", self.place)

    def do_adjust(self, line: Row) -> None:
        unit = self.units.get(key_of(line))
        wanted = "in_stock" if line.get("location") is None else "ended"
        if unit is None or unit.state != wanted:
            raise Impossible
        by = self.said(line | {"quantity": line["by"]})
        if unit.quantity + by < 0:
            raise Impossible
        self.grow(unit, by)
        if wanted == "ended":
            unit.go("in_stock", line["location"], None, self.at)
        self.take(unit, Decimal(0))
        self.flow(unit.key, "adjusted", by)

    def do_destroy(self, line: Row) -> None:
        for item in line["units"]:
            unit = self.units.get(key_of(item))
            if unit is None or unit.state not in ("in_stock", "on_its_way"):
                raise Impossible
            quantity = self.said(item, unit)
            self.flow(unit.key, "destroyed" if unit.state == "in_stock" else "lost", quantity)
            self.take(unit, quantity)

    def do_count(self, line: Row) -> None:
        counted: dict[Key, Decimal] = {}
        for item in line.get("lines") or []:
            counted[key_of(item)] = counted.get(key_of(item), Decimal(0)) + self.said(item)
        there = {u.key: u.quantity for u in self.units.values() if (u.state, u.where) == ("in_stock", line["location"])}
        if line.get("complete"):
            counted = {key: counted.get(key, Decimal(0)) for key in {*counted, *there}}
        rows = []
        for key, found in counted.items():
            expected = there.get(key, Decimal(0))
            rows.append(named(key) | {"expected": expected, "counted": found, "difference": found - expected})
        self.counts[line["id"]] = in_rows(rows)

    def do_status(self, line: Row) -> None:
        if "unit" not in line:
            self.lots.setdefault((line["product"], line["lot"]), Own()).set(line["status"], self.place)
        elif key_of(line) in self.units:
            self.units[key_of(line)].own.set(line["status"], self.place)
        else:
            raise Impossible

    def do_void(self, line: Row) -> None:
        pass

    # --- what they have in common ---

    def said(self, item: Row, all_of: Unit | None = None) -> Decimal:
        """Return the quantity that an object says; none: all of a unit."""
        if item.get("quantity") is None:
            assert all_of is not None
            return all_of.quantity
        uom = item.get("uom")
        return Decimal(item["quantity"]) * self.world.uoms[item["product"]].get(uom or "", Decimal(1))

    def flow(self, key: Key, kind: str, quantity: Decimal, party: str | None = None, to: str | None = None) -> None:
        self.flows.append(Flow(key, kind, quantity, self.at, party, to))

    def in_stock(self, key: Key) -> Unit:
        unit = self.units.get(key)
        if unit is None or unit.state != "in_stock":
            raise Impossible
        return unit

    def begin(self, key: Key, quantity: Decimal, where: str | None, sources: list[Key]) -> Unit:
        if key in self.units:
            raise Impossible
        unit = self.units[key] = Unit(key, self.at, list(dict.fromkeys(sources)), quantity)
        unit.go("in_stock", where, None, self.at)
        return unit

    def inherit(self, unit: Unit) -> None:
        """Let a unit have the worst own status of those it is from, set when theirs was."""
        owns = [self.units[source].own for source in unit.sources]
        for status in WORST:
            since = [own.since for own in owns if own.status == status]
            if since:
                unit.own.set(status, max(since))
                return

    def grow(self, unit: Unit, quantity: Decimal) -> None:
        if unit.quantity + quantity >= LARGEST:
            raise Impossible
        unit.quantity += quantity

    def take(self, unit: Unit, quantity: Decimal) -> None:
        if quantity > unit.quantity:
            raise Impossible
        unit.quantity -= quantity
        if not unit.quantity:
            unit.go("ended", None, None, self.at)

    def part(self, unit: Unit, key: Key, quantity: Decimal, where: str | None) -> Unit:
        if quantity > unit.quantity:
            raise Impossible
        part = self.begin(key, quantity, where, [unit.key])
        self.inherit(part)
        self.take(unit, quantity)
        return part

    def must_be_all(self, unit: Unit, item: Row) -> None:
        if self.said(item, unit) != unit.quantity:
            raise Impossible

    def moved(self, item: Row) -> Unit:
        """Return the unit that moves: the one named, or what a part of it becomes."""
        unit = self.in_stock(key_of(item))
        if item.get("as") is None:
            self.must_be_all(unit, item)
            return unit
        return self.part(unit, (*unit.key[:2], item["as"]), self.said(item), unit.where)

    # --- where units were ---

    def stays_of(self, key: Key) -> set[tuple[str, datetime, datetime | None]]:
        """Return where a unit was, and before it began where those were that it is from."""
        unit = self.units[key]
        found = set(unit.stays)
        for source in unit.sources:
            for place, since, until in self.stays_of(source):
                if since < unit.began:
                    found.add((place, since, unit.began if until is None else min(until, unit.began)))
        return found

    # --- genealogy ---

    def related(self, keys: Iterable[Key], *, forward: bool) -> dict[Key, int]:
        """Return units and all they came from, or all that came from them, with the least number of steps."""
        found: dict[Key, int] = {}
        level, depth = set(keys), 0
        while level:
            found |= dict.fromkeys(level, depth)
            nearest = {s for key in level for s in self.units[key].sources}
            if forward:
                nearest = {u.key for u in self.units.values() if level & set(u.sources)}
            level, depth = nearest - found.keys(), depth + 1
        return found

    def meant(self, item: Row) -> list[Key]:
        """Return the units of a question that have begun: all of the lot, where it names none."""
        of_lot = [key for key in self.units if key[:2] == (item["product"], item["lot"])]
        return [key for key in of_lot if "unit" not in item or key[2] == item["unit"]]

    # --- answers ---

    def answer(self, asked: Row, held: Collection[Key] = (), reserved: Mapping[Key, Decimal] | None = None) -> Row:
        """Return the answer as JSON shows it, numbers as Decimals."""
        if asked["ask"] == "pick":
            return self.pick(asked, held, reserved or {})
        answer: Row = getattr(self, "ask_" + asked["ask"])(asked)
        return answer

    def inside(self, location: str | None) -> Iterator[Unit]:
        """Yield what is in stock at a location or below it; None: anywhere."""
        for unit in self.units.values():
            if unit.state == "in_stock" and (location is None or self.is_below(unit.where, location)):
                yield unit

    def is_below(self, place: str | None, location: str) -> bool:
        while place is not None and place != location:
            dated = [
                parent for parent, since in self.world.parents[place] if since is None or instant(since) <= self.asked
            ]
            place = dated[-1] if dated else None
        return place == location

    def ask_stock(self, asked: Row) -> Row:
        wanted = [
            unit
            for unit in self.inside(asked.get("location"))
            if asked.get("product") in (None, unit.key[0]) and asked.get("lot") in (None, unit.key[1])
        ]
        return {"rows": in_rows([named(u.key) | {"location": u.where, "quantity": u.quantity} for u in wanted])}

    def ask_balance(self, asked: Row) -> Row:
        lot = asked["product"], asked["lot"]
        sums: Row = {k: sum(f.quantity for f in self.flows if f.kind == k and f.unit[:2] == lot) for k in KINDS}
        return sums | {"in_stock": sum(u.quantity for u in self.inside(None) if u.key[:2] == lot)}

    def ask_trace(self, asked: Row) -> Row:
        forward = asked["direction"] == "forward"
        found = self.related(self.meant(asked), forward=forward)
        units = {"units": in_rows([named(key) | {"depth": depth} for key, depth in found.items()])}
        flows = [f for f in self.flows if f.unit in found and f.party is not None]
        if forward:
            return units | {"customers": in_rows([gone(f) for f in flows if f.kind == "shipped"])}
        return units | {"suppliers": in_rows([came(f) for f in flows if f.kind == "received"])}

    def ask_recall(self, asked: Row) -> Row:
        rows = []
        for key in self.related([key for item in asked["units"] for key in self.meant(item)], forward=True):
            unit = self.units[key]
            if unit.state != "ended":
                where = unit.where if unit.state == "in_stock" else self.party_of[unit.shipment or ""]
                rows.append((key, unit.state, where, unit.shipment, unit.quantity))
            for state, kinds in (("used", ("used",)), ("destroyed", ("destroyed", "lost"))):
                total = sum(f.quantity for f in self.flows if f.unit == key and f.kind in kinds)
                if total:
                    rows.append((key, state, None, None, Decimal(total)))
        totals: dict[tuple[str, str], Decimal] = {}
        for key, state, _, _, quantity in rows:
            totals[key[0], state] = totals.get((key[0], state), Decimal(0)) + quantity
        shown = [
            named(key) | {"state": state, "where": where, "shipment": shipment, "quantity": quantity}
            for key, state, where, shipment, quantity in rows
        ]
        summed = [{"product": k[0], "state": k[1], "quantity": total} for k, total in totals.items()]
        return {"rows": in_rows(shown), "totals": in_rows(summed)}

    def ask_count(self, asked: Row) -> Row:
        return {"rows": self.counts[asked["movement"]]}

    # --- picking ---

    def pick(self, asked: Row, held: Collection[Key], reserved: Mapping[Key, Decimal]) -> Row:
        found = [unit for unit in self.inside(asked.get("location")) if unit.key[0] == asked["product"]]
        why = {unit.key: self.why_not(unit, asked.get("for"), held, reserved) for unit in found}
        usable = [unit for unit in found if why[unit.key] is None]
        usable.sort(key=lambda unit: self.turn(unit, asked.get("strategy")))
        left, lines = self.said(asked), []
        for unit in usable:
            taken = min(left, unit.quantity - reserved.get(unit.key, 0))
            if taken > 0:
                where = {"lot": unit.key[1], "unit": unit.key[2], "location": unit.where}
                lines.append(where | {"quantity": taken})
                left -= taken
        over = [{"lot": key[1], "unit": key[2], "reason": reason} for key, reason in why.items() if reason is not None]
        return {"lines": lines, "short": left, "passed_over": in_rows(over)}

    def turn(self, unit: Unit, strategy: str | None) -> tuple[Any, ...]:
        """Return what decides when a unit is taken."""
        product, lot, name = unit.key
        expires = self.world.expires_on[product, lot]
        first = self.first_in[product, lot].timestamp()
        by_name = lot, name is not None, name or ""
        match strategy or self.world.strategies.get(product, "fefo"):
            case "fefo":
                return expires is None, expires or "", first, *by_name
            case "fifo":
                return first, *by_name
        return -first, *by_name

    def why_not(
        self, unit: Unit, party: str | None, held: Collection[Key], reserved: Mapping[Key, Decimal]
    ) -> str | None:
        lot = self.lots.get(unit.key[:2], Own())
        for status in WORST[:3]:
            if status in (unit.own.status, lot.status):
                return status
        if self.has_blocked_source(unit):
            return "blocked_source"
        if unit.key[0] in self.world.release_required and lot.status != "released":
            return "not_released"
        if unit.key in held:
            return "held"
        expires = self.world.expires_on[unit.key[:2]]
        if expires is not None:
            last, today = date.fromisoformat(expires), self.asked.astimezone(ZoneInfo(self.world.zone)).date()
            if last < today:
                return "expired"
            days = 0 if party is None else self.world.min_remaining_days[party]
            if today + timedelta(days=days) > last:
                return "too_short"
        return "reserved" if reserved.get(unit.key, 0) >= unit.quantity else None

    def has_blocked_source(self, unit: Unit) -> bool:
        before = self.related([unit.key], forward=False)
        mine = [self.units[key].own.released for key in before if key[:2] == unit.key[:2]]
        released = max([*mine, self.lots.get(unit.key[:2], Own()).released])
        for key in before:
            own, lot = self.units[key].own, self.lots.get(key[:2], Own())
            is_blocked = key[:2] != unit.key[:2] and {own.status, lot.status} & {"rejected", "recalled"}
            if is_blocked and released < max(own.blocked, lot.blocked):
                return True
        return False


def named(key: Key) -> Row:
    """Return a unit's name as answers show it."""
    return {"product": key[0], "lot": key[1], "unit": key[2]}


def gone(flow: Flow) -> Row:
    """Return what was shipped as a trace shows it."""
    return {"party": flow.party, "shipment": flow.shipment} | named(flow.unit) | _much(flow)


def came(flow: Flow) -> Row:
    """Return what was received as a trace shows it."""
    return {"party": flow.party} | named(flow.unit) | _much(flow)


def _much(flow: Flow) -> Row:
    return {"quantity": flow.quantity, "at": printed(flow.at)}


def in_rows(rows: list[Row]) -> list[Row]:
    """Sort rows by their keys in the order shown, null first."""
    return sorted(rows, key=lambda row: [(value is not None, value) for value in row.values()])
