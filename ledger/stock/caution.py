"""What is possible but not done without a reason: stock on hold or blocked is moved, used up, merged or shipped.

And stock is put where the limits do not suit it, or received although it has expired. Decided over what is recorded
already, inside the same transaction: who refuses undoes it whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import update

from batches.movements import Make, Move, Receive, Return, Ship, show_unit
from batches.names import Names
from batches.status import REASON_WORDS
from domain.errors import ConflictError
from domain.language import gettext
from domain.model import Location, UnitKey
from domain.times import MINUTE, datetime_of
from ledger.alerts import stock as stock_alerts
from ledger.alerts.alerts import Alerting
from ledger.models.stock.breaches import Breach, UnitRecords, breaches
from ledger.step import Step
from ledger.stock.given import Line
from ledger.stock.reserving import Reserved, Reserving
from rules.suited import Clash, clash
from store.stock.tables import movements

HAPPENED_BEFORE = 5 * MINUTE  # what is told so much later has happened, whether it should have or not
QUARANTINE = "quarantine"  # a kind of location: stock on hold may go there

_REASON, _OVERRIDE = "give a reason", "override it with a reason"
_DATED = "it is received only where that is overridden"
_DONE = {
    "ship": "shipped",
    "make": "used up",
    "merge": "merged",
    "destroy": "destroyed",
    "move": "moved",
    "split": "split",
}
_TOPICS: dict[str, stock_alerts.Topic] = {
    "receive": "forced_receive",
    "move": "forced_move",
    "make": "forced_make",
    "merge": "forced_merge",
    "ship": "forced_ship",
    "destroy": "forced_destroy",
}
_NAMED_AT_MOST = 5


class Misdated(NamedTuple):
    """A unit that is received although its dates say that it is not fit, or cannot be true; `why` in words."""

    unit: UnitKey
    reason: Literal["expired", "impossible_date"]
    why: str


class Unsuited(NamedTuple):
    """A unit that is put at a location whose limits leave nothing of what its product allows."""

    unit: UnitKey
    location: str
    clash: Clash

    @property
    def reason(self) -> str:
        """Return the word for it on record."""
        return "unsuited"


Against: TypeAlias = Breach | Misdated | Unsuited | Reserved


@dataclass(frozen=True, slots=True)
class Forced:
    """A movement that was recorded although there is something against it, and the reason."""

    line: Line
    breaches: Sequence[Breach]
    misdated: Sequence[Misdated]
    unsuited: Sequence[Unsuited]
    reserved: Sequence[Reserved]
    said: dict[str, Any]  # as it is kept with the movement

    @property
    def units(self) -> list[UnitKey]:
        """Return the units that there is something against."""
        found = [each.unit for each in self.breaches]
        found += [each.unit for each in self.misdated] + [each.unit for each in self.unsuited]
        return [*found, *(each.unit for each in self.reserved)]


def check(step: Step, names: Names, lines: Sequence[Line], order: str | None = None) -> list[Forced]:
    """Refuse what needs a reason and has none. Return what is recorded nevertheless.

    Stock on hold is moved to a quarantine location, or with a reason; stock is put where the limits do not suit it with
    a reason, and what is reserved for orders (but for `order`) is taken with one. Stock that is on hold or blocked is
    used up, merged, destroyed or shipped only where that is overridden; a shipment that left earlier is recorded with a
    reason. Raises ConflictError naming unit and reason.
    """
    found: list[Forced] = []
    reserved = Reserving(step.connection, lines, order)
    records = UnitRecords(step.connection, names, [line.movement for line in lines])
    for line in lines:
        override = line.override
        breached = [] if _goes_to_quarantine(names, line) else breaches(step.connection, names, line.movement, records)
        misdated, unsuited = _misdated(names, line), _unsuited(step, line)
        if override is None and misdated:
            raise ConflictError(f"{line.name}: {_misdated_refusal(misdated[0])}".removeprefix(": "))
        if override is None and breached and not _is_explained(line, step.now):
            raise ConflictError(f"{line.name}: {_refusal(line, breached)}".removeprefix(": "))
        if override is None and unsuited and not _reason(line):
            raise ConflictError(f"{line.name}: {_unsuited_refusal(unsuited)}".removeprefix(": "))
        kept = reserved.of(line)
        if override is None and kept and not _reason(line):
            raise ConflictError(f"{line.name}: {_reserved_refusal(line, kept)}".removeprefix(": "))
        against: list[Against] = [*breached, *misdated, *unsuited, *kept]
        if against:
            found.append(Forced(line, breached, misdated, unsuited, kept, _noted(line, against)))
    for each in found:
        same = movements.c.number == each.line.movement.line
        step.connection.execute(update(movements).where(same).values(forced=each.said))
    return found


def way_out(refusal: str) -> Literal["override", "reason"] | None:
    """Return what would let a movement be recorded that was refused in these words; None: nothing would."""
    if refusal.endswith(_DATED) or f"; {_OVERRIDE}" in refusal:
        return "override"
    return "reason" if f"; {_REASON}" in refusal else None


def note(step: Step, forced: Iterable[Forced]) -> None:
    """Note who recorded what nevertheless."""
    for each in forced:
        who, movement = each.line.who, each.line.movement
        units = [list(unit) for unit in dict.fromkeys(each.units)]
        subject = {"movement": movement.id, "do": each.line.do, "units": units}
        reason = each.said["reason"]
        step.event_log.action(who, "forced", "movement", movement.id, subject, after=each.said, reason=reason)


def tell(step: Step, forced: Iterable[Forced], alerting: Alerting) -> None:
    """Alert people to what was recorded nevertheless."""
    told: dict[stock_alerts.Topic, list[stock_alerts.Done]] = {}
    for each in forced:
        said = {"by": each.line.who, "reason": each.said["reason"]}
        at, to = each.line.movement.at, _to(each.line)
        told_of = [(unit, gettext(REASON_WORDS[reason])) for unit, reason in each.breaches]
        told_of += [(unit, why) for unit, _, why in each.misdated]
        for unit, why in told_of:
            told.setdefault(_TOPICS[each.line.do], []).append(stock_alerts.Done(unit, at, why, to, **said))
        for unit, location, clashing in each.unsuited:
            told.setdefault("unsuited", []).append(stock_alerts.Done(unit, at, clashing.words, location, **said))
    for topic, done in told.items():
        stock_alerts.tell(step, alerting, topic, done)


def is_quarantine(locations: Mapping[str, Location], location: str, at: int) -> bool:
    """Tell whether stock on hold may go to a location: it, or one around it, is for quarantine."""
    place: str | None = location
    seen: set[str] = set()
    while place is not None and place not in seen:
        seen.add(place)
        if locations[place].kind == QUARANTINE:
            return True
        place = locations[place].parent.at(at)
    return False


def _is_explained(line: Line, now: int) -> bool:
    """Tell whether a movement gives a reason, where that is enough."""
    happened = line.movement.at <= now - HAPPENED_BEFORE
    is_enough = isinstance(line.movement.done, Move) or (isinstance(line.movement.done, Ship) and happened)
    return is_enough and bool(_reason(line))


def _reason(line: Line) -> str:
    return str(line.fields.get("reason") or "").strip()


def _refusal(line: Line, found: Sequence[Breach]) -> str:
    done = line.movement.done
    named = ", ".join(f"{show_unit(each.unit)} ({each.reason})" for each in found[:_NAMED_AT_MOST])
    more = f" and {len(found) - _NAMED_AT_MOST} more" if len(found) > _NAMED_AT_MOST else ""
    way = _OVERRIDE
    if isinstance(done, Move):
        way = f"{_REASON}, or move it to a location of kind quarantine"
    elif isinstance(done, Ship):
        way = f"{_OVERRIDE}, or give the reason if it has left already"
    return f"{named}{more} may not be {_DONE[line.do]}; {way}"


def _reserved_refusal(line: Line, found: Sequence[Reserved]) -> str:
    named = ", ".join(f"{show_unit(each.unit)} is reserved for order {each.order}" for each in found[:_NAMED_AT_MOST])
    return f"{named}; {_REASON} to have it {_DONE[line.do]} nevertheless"


def _unsuited_refusal(found: Sequence[Unsuited]) -> str:
    unit, location, why = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{location} does not suit {show_unit(unit)}{more}: {why.words}; {_REASON}"


def _goes_to_quarantine(names: Names, line: Line) -> bool:
    done = line.movement.done
    return isinstance(done, Move) and is_quarantine(names.locations, done.to, line.movement.at)


def _misdated(names: Names, line: Line) -> list[Misdated]:
    """Return what is received although it had expired by then, or although its dates cannot be true."""
    done = line.movement.done
    if not isinstance(done, Receive):
        return []
    batch, zone = names.batches[done.unit[:2]], names.zone
    expires_on, made_at = batch.expires_on, batch.made_at
    if made_at is not None:
        made_on = datetime_of(made_at).astimezone(zone).date().isoformat()
        if expires_on is not None and expires_on < made_on:
            why = gettext(
                "it expires on {expires_on}, before it was made on {made_on}", expires_on=expires_on, made_on=made_on
            )
            return [Misdated(done.unit, "impossible_date", why)]
        if line.movement.at < made_at:
            return [Misdated(done.unit, "impossible_date", gettext("it was made later, on {made_on}", made_on=made_on))]
    today = datetime_of(line.movement.at).astimezone(zone).date().isoformat()
    if expires_on is not None and expires_on < today:
        return [Misdated(done.unit, "expired", gettext("expired on {day}", day=expires_on))]
    return []


def _misdated_refusal(found: Misdated) -> str:
    return f"{show_unit(found.unit)}: {found.why}; {_DATED}"


def _unsuited(step: Step, line: Line) -> list[Unsuited]:
    """Return the units that a movement puts at locations that do not suit them."""
    clashes: dict[tuple[str, str], Clash | None] = {}
    found = []
    for unit, location in _put(line):
        key = unit.product, location
        if key not in clashes:
            clashes[key] = clash(step.histories.site, *key, line.movement.at)
        why = clashes[key]
        if why is not None:
            found.append(Unsuited(unit, location, why))
    return found


def _put(line: Line) -> Iterator[tuple[UnitKey, str]]:
    """Yield the units that a movement puts somewhere, each with the location."""
    match line.movement.done:
        case Receive(unit=unit, location=location):
            yield unit, location
        case Make(outputs=outputs):
            yield from ((each.unit, each.location) for each in outputs)
        case Move(units=items, to=location) | Return(units=items, location=location):
            yield from ((item.new or item.unit, location) for item in items)
        case Ship(units=items, via=str(location)):
            yield from ((item.new or item.unit, location) for item in items)


def _to(line: Line) -> str | None:
    """Return where or to whom a movement takes stock."""
    match line.movement.done:
        case Ship(party=to) | Move(to=to) | Receive(location=to):
            return to
    return None


def _noted(line: Line, against: Iterable[Against]) -> dict[str, Any]:
    override = line.override
    reason = override.reason if override is not None else _reason(line)
    units = [{**each.unit._asdict(), "reason": each.reason} for each in against]
    signature = None if override is None or override.signature is None else msgspec.to_builtins(override.signature)
    return {"reason": reason, "who": line.who, "units": units} | ({} if signature is None else {"signature": signature})
