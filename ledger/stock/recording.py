"""A request to record movements is decided and written inside a step: all of them or none (docs/adr/0016)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import json
from sqlalchemy import Connection

from batches.form import units_of
from batches.movements import Count, Deliver, Done, Movement, SetStatus, Ship, Void
from batches.recorded import to_json
from batches.stock import Shipment, Stock
from domain.errors import ConflictError
from domain.model import BatchKey, UnitKey
from domain.times import format_instant
from ledger.stock import statuses
from ledger.stock.differences import Differences
from ledger.stock.folding import Check, Folded, fold
from ledger.stock.given import Given, Line, on_record
from ledger.stock.reach import Reach, first
from ledger.stock.restoring import Restored
from store.stock import movements as stored
from store.stock import units as stored_units
from store.stock.movements import StoredMovement
from store.stock.units import Position

_ENCODER = json.Encoder(decimal_format="number")


@dataclass(slots=True)
class Recorded:
    """What was recorded: what is new, what was on record, and what that concerns."""

    lines: list[Line]
    known: list[StoredMovement]
    texts: dict[int, str]  # by number, as recorded
    differing: dict[UnitKey, int]  # units of which something else is so, from which instant on
    lots: list[BatchKey]  # whose status is another
    numbers: dict[UnitKey, int]  # of the units that differ, and others
    named: dict[int, list[UnitKey]] = field(default_factory=dict)  # units that each is about, by number


class ReachesOthersError(ConflictError):
    """Something that happened later must be done again, so what else is asked in the same step may not be apart."""


def record(connection: Connection, given: Given, now: int, check: Check, *, alone: bool = True) -> Recorded:
    """Record movements that were read (`ledger.stock.given`), and all that follows from them.

    Raises ConflictError, naming the first that is not possible or that would become so; then nothing is written. Where
    they are of several requests (not `alone`), also if what happened later would have to be done again.
    """
    _refuse_future(given.lines, now)
    statuses.refuse_voids(given)
    recording = _Recording(connection, given, now)
    folded = recording.decide(check, alone)
    lots = statuses.write(connection, given, now)
    return recording.write(folded, lots)


def _refuse_future(lines: Iterable[Line], now: int) -> None:
    for line in lines:
        if line.movement.at > now:
            at = format_instant(line.movement.at)
            raise ConflictError(f"{line.name}: {at} is after now, {format_instant(now)}")


class _Recording:
    def __init__(self, connection: Connection, given: Given, now: int) -> None:
        self._connection = connection
        self._given = given
        self._now = now
        self._reach = Reach(connection, frozenset(given.voided))
        self._ids: dict[UnitKey, int] = {}

    def decide(self, check: Check, alone: bool) -> Folded:
        """Let what is new happen among what happened later already."""
        new = [line.movement for line in self._given.happening]
        named = {each.line: list(units_of(each.done)) for each in new if _changes_units(each.done)}
        keys = list(dict.fromkeys(key for keys in named.values() for key in keys))
        self._ids = stored_units.ids_of(self._connection, keys)
        starts = first(
            (self._ids[key], each.position) for each in new for key in named.get(each.line, ()) if key in self._ids
        )
        voided = {each.number: each for each in self._given.voided_on_record if each.do not in stored.CHANGING_NOTHING}
        of_voided = stored.units_of(self._connection, voided)
        starts = first([*starts.items(), *((unit, voided[number].position) for number, unit in of_voided)])
        whole = first(
            (each.done.shipment, each.position)
            for each in new
            if isinstance(each.done, Deliver) and each.done.units is None
        )
        for shipment, unit in stored_units.on_their_way(self._connection, whole):
            starts[unit] = min(starts.get(unit, whole[shipment]), whole[shipment])
        ships = first((each.done.shipment, each.position) for each in new if isinstance(each.done, Ship))
        self._reach.take(starts, ships)
        if self._reach.again and not alone:
            raise ReachesOthersError("what happened later is done again")
        again = [on_record(each) for each in stored.by_number(self._connection, self._reach.again).values()]
        known = {unit: key for key, unit in self._ids.items()}
        known |= stored_units.keys_of(self._connection, self._reach.starts.keys() - known.keys())
        self._ids |= {key: unit for unit, key in known.items()}
        before = Restored(self._reach.before, known, self._reach.starts)
        order = sorted([*new, *again], key=lambda each: each.position)
        names = {line.movement.line: line.name for line in self._given.happening}
        return fold(self._with_shipments(order), before, order, names, check)

    def _with_shipments(self, movements: Iterable[Movement]) -> Stock:
        """Return a stock that knows to whom shipments go that are on record."""
        stock = Stock()
        named = {each.done.shipment for each in movements if isinstance(each.done, Ship | Deliver)}
        for shipment, text in stored.shipping(self._connection, named, self._reach.voided):
            stock.shipments[shipment] = Shipment(json.decode(text)["to"])
        return stock

    def write(self, folded: Folded, lots: list[BatchKey]) -> Recorded:
        """Write movements and what they came to."""
        lines = self._given.lines
        named = self._named(folded)
        self._ids |= stored_units.with_ids(
            self._connection,
            list(dict.fromkeys(key for keys in named.values() for key in keys if key not in self._ids)),
        )
        texts = {line.movement.line: self._text(line, folded) for line in lines}
        stored.add(self._connection, [self._row(line, texts[line.movement.line]) for line in lines])
        stored.void(self._connection, {**self._given.voided, **self._given.voided_new}, self._now)
        positions = {line.movement.line: line.movement.at for line in lines}
        positions |= {number: at for number, (at, _) in self._reach.again.items()}
        links = [(self._ids[key], (positions[number], number)) for number, keys in named.items() for key in keys]
        shipped = [
            (line.movement.done.shipment, line.movement.position)
            for line in lines
            if isinstance(line.movement.done, Ship | Deliver)
        ]
        stored.link(self._connection, [*links, *self._of_voids()], shipped)
        has_later = bool(self._reach.again or self._given.voided)
        differing = Differences(self._reach, self._ids, self._now, has_later).write(folded, self._reasons(folded))
        return Recorded(lines, self._given.known, texts, differing, lots, self._ids, named)

    def _named(self, folded: Folded) -> dict[int, list[UnitKey]]:
        """Return the units that movements name, make or change: of those that are new, or were done again."""
        found: dict[int, dict[UnitKey, None]] = {
            line.movement.line: dict.fromkeys(units_of(line.movement.done)) for line in self._given.lines
        }
        for key, (_, number), _ in folded.states:
            found.setdefault(number, {})[key] = None
        return {number: list(keys) for number, keys in found.items()}

    def _of_voids(self) -> list[tuple[int, Position]]:
        """Return the units of what is voided, as those that the void is about."""
        by = {line.movement.line: line.movement.at for line in self._given.lines}
        of = stored.units_of(self._connection, self._given.voided)
        return [(unit, (by[void], void)) for number, unit in of for void in (self._given.voided[number],)]

    def _reasons(self, folded: Folded) -> dict[int, str | None]:
        reasons = {line.movement.line: line.fields.get("reason") for line in self._given.lines}
        again = stored.by_number(self._connection, {at[1] for _, at, _ in folded.flows} - reasons.keys())
        return reasons | {number: json.decode(each.recorded).get("reason") for number, each in again.items()}

    def _text(self, line: Line, folded: Folded) -> str:
        movement = line.movement
        done: Done = folded.done.get(movement.line, movement.done)
        whole = Movement(movement.line, movement.id, movement.at, done)
        return _ENCODER.encode(to_json(whole, line.do, line.fields)).decode()

    def _row(self, line: Line, text: str) -> Mapping[str, object]:
        movement = line.movement
        said = {"number": movement.line, "id": movement.id, "at": movement.at, "do": line.do}
        return {
            **said,
            "given": line.text,
            "recorded": text,
            "who": line.who,
            "recorded_at": self._now,
            "forced": None,
        }


def _changes_units(done: Done) -> bool:
    return not isinstance(done, Count | Void) and not (isinstance(done, SetStatus) and done.unit is None)
