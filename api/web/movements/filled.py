"""A form that was filled in, as the movement that it means; what is wrong is said at its field."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from api.deps import View
from api.web.frame.forms import written
from api.web.frame.moment import read_moment
from api.web.frame.texts import text
from api.web.movements.kinds import KINDS, STATUSES
from api.web.movements.scans import location_of, lot_of, names_of, names_unit, unit_meant, unit_that_begins
from batches.scanning import expiry_on_label
from domain.errors import InvalidError
from domain.times import format_instant
from domain.zones import zone_named

Said = dict[str, Any]
Read = TypeVar("Read")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
# What the record refuses, by the field that a person would change; the first that the form has.
_AT_FIELD = (
    (re.compile(r"needs a name \(as\)"), ("part",)),
    (re.compile(r"cannot begin"), ("part", "unit")),
    (re.compile(r"has only|not have|must be below|at most 6 decimals|a number"), ("quantity", "by")),
    (re.compile(r"does not suit"), ("location", "via")),
    (re.compile(r"say at which location|a location is only"), ("location",)),
    (re.compile(r"is after now"), ("when",)),
    (re.compile(r'shipment "'), ("shipment",)),
    (re.compile(r"is not with"), ("party",)),
    (re.compile(r"stands at"), ("units",)),
    (re.compile(r"not in stock|does not exist|may not be|expired|rejected|lot "), ("unit", "units")),
)


class FieldError(InvalidError):
    """What is wrong with a field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def field_of(kind: str, message: str) -> str | None:
    """Return the field of the form that a refusal is about; None: it is about none, or about several."""
    fields = KINDS[kind].fields
    named = (name for pattern, names in _AT_FIELD if pattern.search(message) for name in names if name in fields)
    return next(named, None)


class Filled:
    """The fields of a form. What each method reads is checked; it raises FieldError."""

    def __init__(self, view: View, kind: str, sent: Mapping[str, str]) -> None:
        self._view = view
        self._kind = kind
        self._sent = sent

    def text(self, name: str) -> str | None:
        """Return a text; None where it may be left out and is."""
        given = self._at(name, lambda: written(self._sent.get(name, "")))
        if not given and not KINDS[self._kind].may_be_empty(name):
            raise FieldError(name, text(f"movements.needs_{name}"))
        return given or None

    def number(self, name: str) -> Said:
        """Return a quantity as it is written, with its unit of measure; nothing where it is left out."""
        given = self.text(name)
        if given is None:
            return {}
        digits = given.replace(",", ".").replace("−", "-").replace(" ", "")
        if not _NUMBER.fullmatch(digits):
            raise FieldError(name, text("movements.no_number", given=given))
        return {name: float(digits) if "." in digits else int(digits), "uom": self.text("uom")}

    def unit(self) -> Said:
        """Return a unit that there is."""
        given = self.text("unit") or ""
        return self._at("unit", lambda: unit_meant(self._view, given))._asdict()

    def new_unit(self) -> Said:
        """Return a unit that begins."""
        given = self.text("unit") or ""
        return self._at("unit", lambda: unit_that_begins(self._view, given))._asdict()

    def received_unit(self) -> Said:
        """Return a unit that begins; what its label tells of its expiry must be what is on record of the lot."""
        unit, given = self.new_unit(), self.text("unit") or ""
        label = self._at("unit", lambda: expiry_on_label(given))
        known = self._view.snapshot.site.batches[unit["product"], unit["lot"]].expires_on
        if label is not None and known is not None and label != known:
            lot = f"{unit['product']} {unit['lot']}"
            raise FieldError("unit", text("movements.other_expiry", lot=lot, known=known, label=label))
        return unit

    def lot_or_unit(self) -> Said:
        """Return a lot, where a scan names no unit."""
        given = self.text("unit") or ""
        if self._at("unit", lambda: names_unit(self._view, given)):
            return self.unit()
        product, lot = self._at("unit", lambda: lot_of(self._view, given))
        return {"product": product, "lot": lot}

    def units(self, name: str) -> list[Said]:
        """Return the units of a list, one a line."""
        lines = [line for line in (self.text(name) or "").splitlines() if line.strip()]
        return [self._at(name, partial(unit_meant, self._view, line))._asdict() for line in lines]

    def item(self) -> Said:
        """Return a unit, or the part of it that becomes a new one."""
        part = self.text("part") if "part" in KINDS[self._kind].fields else None
        return {**self.unit(), **self.number("quantity"), "as": part}

    def location(self, name: str = "location") -> str | None:
        """Return a location."""
        given = self.text(name)
        return None if given is None else self._at(name, lambda: location_of(self._view, given))

    def party(self) -> str | None:
        """Return a business partner, by id or name."""
        given = self.text("party")
        parties = names_of(self._view, "party")
        if given is None or given in parties:
            return given
        found = [id for id, name in parties.items() if given.casefold() in (id.casefold(), name.casefold())]
        if len(found) != 1:
            known = ", ".join(sorted(parties)) or "–"
            raise FieldError("party", text("movements.no_party", given=given, parties=known))
        return found[0]

    def status(self) -> str:
        """Return a status."""
        given = self.text("status")
        if given not in STATUSES:
            raise FieldError("status", text("movements.needs_status"))
        return given

    def at(self, filled_at: str) -> str:
        """Return when it happened: as it is said, else when the form was filled in."""
        given = self.text("when") or filled_at
        zone = zone_named(self._view.snapshot.zone)
        return format_instant(self._at("when", lambda: read_moment(given, zone)) or self._view.now)

    def _at(self, name: str, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except FieldError:
            raise
        except InvalidError as error:
            raise FieldError(name, str(error)) from error


def movement_of(view: View, kind: str, sent: Mapping[str, str]) -> Said:
    """Return the movement that a form means. Raises FieldError for what is missing or unclear."""
    filled = Filled(view, kind, sent)
    said = {"at": filled.at(sent.get("filled_at", "")), "do": kind, **_DONE[kind](filled)}
    said |= {name: filled.text(name) for name in ("reason", "document")}
    return {name: value for name, value in said.items() if value is not None}


def _merge(filled: Filled) -> Said:
    found = filled.units("units")
    lots = {(each["product"], each["lot"]) for each in found}
    if len(lots) != 1 or len(found) < 2:
        raise FieldError("units", text("movements.two_of_one_lot"))
    product, lot = lots.pop()
    return {"product": product, "lot": lot, "units": [each["unit"] for each in found], "as": filled.text("part")}


def _make(filled: Filled) -> Said:
    output = {**filled.new_unit(), **filled.number("quantity"), "location": filled.location()}
    return {"inputs": filled.units("inputs"), "outputs": [output]}


def _split(filled: Filled) -> Said:
    return {**filled.unit(), "into": [{"unit": filled.text("part"), **filled.number("quantity")}]}


def _ship(filled: Filled) -> Said:
    shipment, via = filled.text("shipment"), filled.location("via")
    return {"shipment": shipment, "to": filled.party(), "via": via, "units": [filled.item()]}


def _deliver(filled: Filled) -> Said:
    return {"shipment": filled.text("shipment"), "units": filled.units("units") or None}


def _receive(filled: Filled) -> Said:
    unit, location = filled.received_unit(), filled.location()
    return {**unit, "location": location, **filled.number("quantity"), "from": filled.party()}


_DONE: Mapping[str, Callable[[Filled], Said]] = {
    "receive": _receive,
    "make": _make,
    "move": lambda filled: {"units": [filled.item()], "to": filled.location()},
    "split": _split,
    "merge": _merge,
    "ship": _ship,
    "deliver": _deliver,
    "return": lambda filled: {"units": [filled.item()], "location": filled.location(), "from": filled.party()},
    "adjust": lambda filled: {**filled.unit(), **filled.number("by"), "location": filled.location()},
    "destroy": lambda filled: {"units": [filled.item()]},
    "status": lambda filled: {**filled.lot_or_unit(), "status": filled.status()},
}
