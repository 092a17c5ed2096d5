"""What people do with counts, inside a step of the writer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from batches.counting import KINDS, CountRules, Sheet, count_movement, may_approve, outcome
from batches.fields import Fields, read_json
from batches.movements import show_unit
from batches.names import Names
from batches.quantities import show_quantity
from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.model import UnitKey
from domain.times import format_instant
from ledger.counts.reading import discrepancies, find_count, find_sheet
from ledger.requests import (
    CloseCount,
    CountUnit,
    DecideAdjustment,
    OpenCount,
    ProposeAdjustments,
    Record,
)
from ledger.step import Step
from store.stock import counts as stored

Answer = dict[str, Any]
Take = Callable[[Record], Answer]  # records movements in this step
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def rules_of(site: Mapping[str, Any]) -> CountRules:
    """Return how a site counts, as its entry says; of versions before 0.4 it says nothing."""
    return CountRules(
        site.get("blind_counts", False), site.get("counted_by_two", False), site.get("adjustments_approved", False)
    )


@dataclass(frozen=True, slots=True)
class Counting:
    """Does what is asked with counts. Every method raises an expected error for a refusal; then nothing is done."""

    step: Step
    who: str
    names: Names
    take: Take

    @property
    def _connection(self) -> Connection:
        return self.step.connection

    def open(self, request: OpenCount) -> Answer:
        """Begin a count at a location; one at a time there."""
        if request.location not in self.names.locations:
            raise InvalidError(f"no location {request.location!r}")
        if request.kind not in KINDS:
            raise InvalidError(f"a count is {' or '.join(KINDS)}, not {request.kind!r}")
        if request.kind == "full" and request.units:
            raise InvalidError("a full count is of all that stands there; units are for a cycle count")
        going_on = stored.open_at(self._connection, request.location)
        if going_on is not None:
            raise ConflictError(f"{request.location} is being counted already: sheet {going_on.id}")
        asked = [UnitKey(*each) for each in request.units]
        for unit in asked:
            self._known(unit)
        rules = self._rules()
        number = stored.open_sheet(
            self._connection,
            location=request.location,
            kind=request.kind,
            blind=rules.blind,
            two_persons=rules.two_persons,
            approved=rules.approved,
            asked=[list(each) for each in asked],
            opened_by=self.who,
            opened_at=self.step.now,
        )
        self._note("opened", "count", str(number), {"location": request.location, "kind": request.kind})
        return {"sheet": number}

    def _rules(self) -> CountRules:
        return rules_of(next(iter(self.step.histories.docs("site")), {}))

    def _known(self, unit: UnitKey) -> None:
        if unit[:2] not in self.names.batches:
            raise InvalidError(f"no batch {unit.product} {unit.lot}")

    def count(self, request: CountUnit) -> Answer:
        """Write what somebody counted of a unit; told again it replaces what that person said."""
        sheet, _ = self._going_on(request.sheet)
        fields = Fields(read_json(request.line), self.names)
        unit = fields.unit()
        quantity = fields.quantity(unit.product, or_none=True)
        if quantity is None:
            raise fields.wrong("quantity", "is missing")
        fields.done()
        line = {"sheet": sheet.id, "who": self.who, **unit._asdict(), "quantity": quantity, "at": self.step.now}
        stored.add_line(self._connection, **line)
        self.step.event_log.event("count.counted", {"sheet": sheet.id})
        return {"sheet": sheet.id, "unit": list(unit), "quantity": show_quantity(quantity)}

    def _going_on(self, number: int) -> tuple[Sheet, Any]:
        sheet, row = find_sheet(self._connection, number)
        if row.closed_at is not None:
            raise ConflictError(f"sheet {number} is closed since {format_instant(row.closed_at)}")
        return sheet, row

    def close(self, request: CloseCount) -> Answer:
        """Record what was counted, or give the count up. Raises ConflictError while something keeps it open."""
        sheet, _ = self._going_on(request.sheet)
        if request.give_up:
            self._close(sheet, None)
            self._note("given_up", "count", str(sheet.id), {"location": sheet.location})
            return {"sheet": sheet.id, "count": None}
        found = outcome(sheet)
        if found.needs_second:
            raise ConflictError(f"sheet {sheet.id} needs a second person's count")
        if found.differing:
            units = ", ".join(map(show_unit, found.differing))
            raise ConflictError(f"two people counted differently, count again: {units}")
        if found.uncounted:
            raise ConflictError(f"not counted yet: {', '.join(map(show_unit, found.uncounted))}")
        name = f"count {sheet.id}"
        at = format_instant(self.step.now)
        movement = {"id": name, "at": at, "who": ", ".join(sheet.persons) or self.who}
        self._take(movement | count_movement(sheet, found.lines))
        self._close(sheet, name)
        self._note("closed", "count", str(sheet.id), {"movement": name, "location": sheet.location})
        differing = find_count(self._connection, name).rows
        return {"sheet": sheet.id, "count": name, "differing": sum(row.counted != row.expected for row in differing)}

    def _close(self, sheet: Sheet, movement: str | None) -> None:
        closed = {"closed_by": self.who, "closed_at": self.step.now, "movement": movement}
        stored.close_sheet(self._connection, sheet.id, **closed)

    def _take(self, *movements: dict[str, Any]) -> None:
        """Record movements, all or none."""
        self.take(Record(movements=[(each["id"], _ENCODER.encode(each).decode()) for each in movements]))

    # --- putting it right ---

    def propose(self, request: ProposeAdjustments) -> Answer:
        """Propose what would put differences of a count right; where no second person is needed it is done at once."""
        reason = request.reason.strip()
        if not reason:
            raise InvalidError("stock is adjusted for a reason, and none is given")
        wanted = self._wanted(request)
        needs_second = self._approved(request.count)
        if not needs_second:
            self._take(*(_movement(request.count, unit, move, reason, self._signed()) for unit, move in wanted.items()))
        proposed = {"of_count": request.count, "reason": reason, "needs_second": needs_second}
        proposed |= {"proposed_by": self.who, "proposed_at": self.step.now, "state": "proposed"}
        numbers = {
            unit: stored.propose(
                self._connection, **proposed, **unit._asdict(), proposed=_ENCODER.encode(movement).decode()
            )
            for unit, movement in wanted.items()
        }
        for unit, number in numbers.items():
            after = {"count": request.count, "unit": show_unit(unit)}
            self._note("proposed", "adjustment", str(number), after, reason)
            if not needs_second:
                self._decided_as(number, "recorded", None, _name(request.count, unit))
        return {
            "adjustments": [
                {"id": number, "unit": list(unit), "recorded": not needs_second} for unit, number in numbers.items()
            ]
        }

    def _wanted(self, request: ProposeAdjustments) -> dict[UnitKey, dict[str, Any]]:
        """Return the movements that would put right what is asked for. Raises an expected error where none would."""
        count = find_count(self._connection, request.count)
        found = {each.found.unit: each for each in discrepancies(self._connection, count)}
        done = {
            UnitKey(row.product, row.lot, row.unit)
            for row in stored.adjustments(self._connection, stored.of_count(request.count))
            if row.state != "refused"
        }
        asked = [UnitKey(*each) for each in request.units] or [
            unit for unit, each in found.items() if each.remedy.movement is not None and unit not in done
        ]
        if not asked:
            raise ConflictError(f"{request.count} found nothing that a movement would put right")
        wanted = {}
        for unit in asked:
            if unit not in found:
                raise InvalidError(f"{request.count} found no difference of {show_unit(unit)}")
            if unit in done:
                raise ConflictError(f"an adjustment of {show_unit(unit)} for {request.count} is there already")
            meant = found[unit].remedy
            if meant.movement is None:
                raise ConflictError(f"{show_unit(unit)} is {meant.cause}: record what happened to it instead")
            wanted[unit] = meant.movement
        return wanted

    def _approved(self, count: str) -> bool:
        """Tell whether a second person must approve: as the sheet says, or for a count without one the site."""
        sheet = stored.sheet_of(self._connection, count)
        return self._rules().approved if sheet is None else bool(sheet.approved)

    def decide(self, request: DecideAdjustment) -> Answer:
        """Approve an adjustment, which records it, or refuse it."""
        row = stored.find_adjustment(self._connection, request.adjustment)
        if row is None:
            raise NotFoundError(f"no adjustment {request.adjustment}")
        if row.state != "proposed":
            raise ConflictError(f"adjustment {row.id} is {row.state} already")
        if not request.approve:
            if not (request.reason or "").strip():
                raise InvalidError("an adjustment is refused for a reason, and none is given")
            self._decided_as(row.id, "refused", request.reason, None)
            return {"adjustment": row.id, "state": "refused"}
        if not may_approve(row.proposed_by, self.who, CountRules(approved=row.needs_second)):
            raise ConflictError(f"adjustment {row.id} needs the approval of somebody else than {row.proposed_by}")
        unit = UnitKey(row.product, row.lot, row.unit)
        said = self._signed() | {"who": row.proposed_by}
        self._take(_movement(row.of_count, unit, read_json(row.proposed), row.reason, said))
        self._decided_as(row.id, "recorded", request.reason, _name(row.of_count, unit))
        return {"adjustment": row.id, "state": "recorded"}

    def _signed(self) -> dict[str, Any]:
        return {"at": format_instant(self.step.now), "who": self.who}

    def _decided_as(self, number: int, state: str, because: str | None, movement: str | None) -> None:
        said = {"state": state, "decided_by": self.who, "decided_at": self.step.now}
        stored.decide(self._connection, number, **said, decided_because=because, movement=movement)
        self._note(state, "adjustment", str(number), {"movement": movement}, because)

    def _note(self, what: str, kind: str, key: str, after: dict[str, Any], reason: str | None = None) -> None:
        subject = {kind: int(key), **after}
        self.step.event_log.action(self.who, what, kind, key, subject, after=after, reason=reason)


def _name(count: str, unit: UnitKey) -> str:
    return f"{count}: {show_unit(unit)}"


def _movement(
    count: str, unit: UnitKey, proposed: Mapping[str, Any], reason: str, said: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the movement that is recorded: what was proposed, with its reason and its count."""
    return {"id": _name(count, unit), **said, **proposed, "reason": reason, "document": count}
