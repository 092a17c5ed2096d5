"""From the lines of a movements file to movements: what is wrong in itself is refused here.

Whether a movement was possible where it stands is another question (`batches.history`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from batches.fields import DoubleError, Fields, read_json, shown
from batches.movements import (
    STATUSES,
    Adjust,
    Count,
    Deliver,
    Destroy,
    Done,
    Item,
    Make,
    Merge,
    Move,
    Movement,
    Output,
    Receive,
    Return,
    SetStatus,
    Ship,
    Split,
    Status,
    Void,
    show_unit,
)
from batches.names import Names
from domain.errors import InvalidError, Refused
from domain.model import BatchKey, UnitKey

T = TypeVar("T")

_OWN_STATUSES = tuple(status for status in STATUSES if status != "unreleased")  # of a unit


def read_movements(lines: Iterable[str], names: Names, file: str) -> list[Movement]:
    """Return the movements of a file in the order of its lines; blank lines are skipped.

    Raises Refused with the first line of wrong form, e.g. `M.jsonl:14 M0007: location "X" is no location of the site`.
    """
    found: list[Movement] = []
    known: dict[str, int] = {}  # the line of each id
    for number, line in enumerate(lines, 1):
        if line.strip():
            given: dict[str, Any] = {}
            try:
                given = read_json(line)
                movement = read_movement(given, names, number)
                if (first := known.setdefault(movement.id, number)) != number:
                    raise InvalidError(f"the id is already that of line {first}")
            except InvalidError as error:
                given = error.read if isinstance(error, DoubleError) else given
                raise Refused([f"{file}:{number}{_named(given)}: {error}"]) from error
            found.append(movement)
    return found


def _named(given: Mapping[str, Any]) -> str:
    name = given.get("id")
    return "" if name is None else f" {name if isinstance(name, str) else shown(name)}"


def read_movement(given: dict[str, Any], names: Names, line: int) -> Movement:
    """Return the movement that a JSON object says. Raises InvalidError naming the field and the value."""
    fields = Fields(given, names)
    name = fields.needed("id")
    at, do = fields.instant("at"), fields.word("do", tuple(_READERS))
    for free in ("who", "reason", "document"):
        fields.text(free)
    fields.instant("recorded_at")
    if at is None or do is None:
        raise fields.wrong("at" if at is None else "do", "is missing")
    done = _READERS[do](fields)
    fields.done()
    for unit in units_of(done):
        if (how := names.placed.get((unit.product, unit.lot))) is not None:
            raise InvalidError(f"{show_unit(unit)}: the lot {how} in the site file, so movements cannot tell of it")
    return Movement(line, name, at, done)


def units_of(done: Done) -> Iterator[UnitKey]:
    """Yield the units that a movement names, new ones included."""
    match done:
        case Receive(unit) | Adjust(unit):
            yield unit
        case Make(inputs, outputs):
            yield from (item.unit for item in inputs)
            yield from (output.unit for output in outputs)
        case Split(unit, into):
            yield unit
            yield from _made_by(into)
        case Merge(units, new):
            yield from units
            yield new
        case Move() | Ship() | Return() | Destroy():
            yield from (item.unit for item in done.units)
            yield from _made_by(done.units)
        case Deliver(_, named):
            yield from named or ()
        case Count():
            yield from done.counted
        case SetStatus(_, of_unit, _):
            yield from () if of_unit is None else (of_unit,)
        case Void():
            pass


def _made_by(items: Iterable[Item]) -> Iterator[UnitKey]:
    return (item.new for item in items if item.new is not None)


def _needed(fields: Fields, name: str, value: T | None) -> T:
    if value is None:
        raise fields.wrong(name, "is missing")
    return value


def _needed_quantity(fields: Fields, product: str, or_none: bool = False) -> int:
    return _needed(fields, "quantity", fields.quantity(product, or_none=or_none))


def _needed_location(fields: Fields, name: str = "location") -> str:
    return _needed(fields, name, fields.location(name))


def _needed_party(fields: Fields, name: str) -> str:
    return _needed(fields, name, fields.party(name))


def _each(fields: Fields, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
    """Read a list of at least one object, each with the fields that `read` asks for and no others."""
    return _all_read(_needed(fields, name, fields.objects(name, 1)), read)


def _all_read(listed: Iterable[Fields], read: Callable[[Fields], T]) -> tuple[T, ...]:
    return tuple(_read_whole(each, read) for each in listed)


def _read_whole(fields: Fields, read: Callable[[Fields], T]) -> T:
    found = read(fields)
    fields.done()
    return found


def _item(fields: Fields) -> Item:
    unit = fields.unit()
    return Item(unit, fields.quantity(unit.product))


def _item_or_part(fields: Fields) -> Item:
    item, name = _item(fields), fields.text("as")
    if name is not None and item.quantity is None:
        raise fields.wrong("as", "is given without quantity")
    return Item(item.unit, item.quantity, name)


def _receive(fields: Fields) -> Receive:
    unit = fields.unit()
    return Receive(unit, _needed_quantity(fields, unit.product), _needed_location(fields), fields.party("from"))


def _make(fields: Fields) -> Make:
    inputs = _all_read(fields.objects("inputs") or (), _item)
    return Make(inputs, _each(fields, "outputs", _output))


def _output(fields: Fields) -> Output:
    unit = fields.unit()
    return Output(unit, _needed_quantity(fields, unit.product), _needed_location(fields))


def _split(fields: Fields) -> Split:
    unit = fields.unit()
    return Split(unit, _each(fields, "into", lambda part: _part(part, unit)))


def _part(fields: Fields, unit: UnitKey) -> Item:
    return Item(unit, _needed_quantity(fields, unit.product), fields.needed("unit"))


def _merge(fields: Fields) -> Merge:
    batch = fields.batch()
    listed = _needed(fields, "units", fields.list_of_names("units", 2))
    if len(set(listed)) < len(listed):
        raise fields.wrong("units", f"names a unit twice: {shown(listed)}")
    return Merge(tuple(UnitKey(*batch, name) for name in listed), UnitKey(*batch, fields.needed("as")))


def _move(fields: Fields) -> Move:
    return Move(_each(fields, "units", _item_or_part), _needed_location(fields, "to"))


def _ship(fields: Fields) -> Ship:
    shipment, party = fields.needed("shipment"), _needed_party(fields, "to")
    return Ship(shipment, party, fields.location("via"), _each(fields, "units", _item_or_part))


def _deliver(fields: Fields) -> Deliver:
    shipment, listed = fields.needed("shipment"), fields.objects("units", 1)
    return Deliver(shipment, None if listed is None else _all_read(listed, Fields.unit))


def _return(fields: Fields) -> Return:
    units = _each(fields, "units", _item_or_part)
    return Return(units, _needed_location(fields), _needed_party(fields, "from"))


def _adjust(fields: Fields) -> Adjust:
    unit = fields.unit()
    return Adjust(unit, fields.difference(unit.product, "by"), fields.location("location"))


def _destroy(fields: Fields) -> Destroy:
    return Destroy(_each(fields, "units", _item))


def _count(fields: Fields) -> Count:
    location, counted = _needed_location(fields), dict[UnitKey, int]()
    for line in fields.objects("lines") or ():
        unit = line.unit()
        counted[unit] = counted.get(unit, 0) + _needed_quantity(line, unit.product, or_none=True)
        line.done()
    return Count(location, counted, fields.flag("complete"))


def _status(fields: Fields) -> SetStatus:
    batch: BatchKey = fields.batch()
    unit = UnitKey(*batch, fields.text("unit")) if fields.has("unit") else None
    status = _needed(fields, "status", fields.word("status", STATUSES if unit is None else _OWN_STATUSES))
    fields.take("unit")
    return SetStatus(batch, unit, cast(Status, status))


def _void(fields: Fields) -> Void:
    return Void(fields.needed("movement"))


_READERS: dict[str, Callable[[Fields], Done]] = {
    "receive": _receive,
    "make": _make,
    "split": _split,
    "merge": _merge,
    "move": _move,
    "ship": _ship,
    "deliver": _deliver,
    "return": _return,
    "adjust": _adjust,
    "destroy": _destroy,
    "count": _count,
    "status": _status,
    "void": _void,
}
