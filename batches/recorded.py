"""Movements as they are kept: with what was left out, and as the JSON object that says the same.

Quantities are in the product's unit of measure, so what is kept goes on meaning the same if that has other `uoms`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

from batches.movements import (
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
    Receive,
    Return,
    SetStatus,
    Ship,
    Split,
    Void,
)
from batches.quantities import number_of
from batches.stock import Flow
from domain.model import UnitKey
from domain.times import format_instant

_FREE = ("who", "reason", "document", "recorded_at")


def filled(done: Done, noted: Sequence[Flow]) -> Done:
    """Return what was done with the quantities that were left out, as they were: what came and went, item by item."""
    match done:
        case Make(inputs, _):
            return replace(done, inputs=_filled(inputs, noted))
        case Ship() | Return() | Destroy():
            return replace(done, units=_filled(done.units, noted))
    return done


def _filled(items: Sequence[Item], noted: Sequence[Flow]) -> tuple[Item, ...]:
    return tuple(
        item if item.quantity is not None else replace(item, quantity=flow.quantity)
        for item, flow in zip(items, noted, strict=False)
    )


def to_json(movement: Movement, do: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object that says a movement; texts that may be added freely are as they were given."""
    free = {name: given[name] for name in _FREE if given.get(name) is not None}
    return {"id": movement.id, "at": format_instant(movement.at), "do": do, **_document(movement.done), **free}


@singledispatch
def _document(done: Done) -> dict[str, Any]:
    raise TypeError(type(done))


@_document.register
def _(done: Receive) -> dict[str, Any]:
    more = _present(**{"from": done.party})
    return _unit(done.unit) | {"quantity": number_of(done.quantity), "location": done.location} | more


@_document.register
def _(done: Make) -> dict[str, Any]:
    outputs = [
        _unit(each.unit) | {"quantity": number_of(each.quantity), "location": each.location} for each in done.outputs
    ]
    return {"inputs": _items(done.inputs), "outputs": outputs}


@_document.register
def _(done: Split) -> dict[str, Any]:
    parts = [{"unit": each.name, "quantity": number_of(each.quantity or 0)} for each in done.into]
    return _unit(done.unit) | {"into": parts}


@_document.register
def _(done: Merge) -> dict[str, Any]:
    names = [each.unit for each in done.units]
    return {"product": done.new.product, "lot": done.new.lot, "units": names, "as": done.new.unit}


@_document.register
def _(done: Move) -> dict[str, Any]:
    return {"units": _items(done.units), "to": done.to}


@_document.register
def _(done: Ship) -> dict[str, Any]:
    return _present(shipment=done.shipment, to=done.party, via=done.via) | {"units": _items(done.units)}


@_document.register
def _(done: Deliver) -> dict[str, Any]:
    listed = None if done.units is None else [_unit(each) for each in done.units]
    return _present(shipment=done.shipment, units=listed)


@_document.register
def _(done: Return) -> dict[str, Any]:
    return {"units": _items(done.units), "location": done.location, "from": done.party}


@_document.register
def _(done: Adjust) -> dict[str, Any]:
    return _unit(done.unit) | _present(by=number_of(done.by), location=done.location)


@_document.register
def _(done: Destroy) -> dict[str, Any]:
    return {"units": _items(done.units)}


@_document.register
def _(done: Count) -> dict[str, Any]:
    lines = [_unit(unit) | {"quantity": number_of(quantity)} for unit, quantity in done.counted.items()]
    return {"location": done.location, "lines": lines, "complete": done.is_complete}


@_document.register
def _(done: SetStatus) -> dict[str, Any]:
    product, lot = done.batch
    unit = {} if done.unit is None else {"unit": done.unit.unit}
    return {"product": product, "lot": lot, **unit, "status": done.status}


@_document.register
def _(done: Void) -> dict[str, Any]:
    return {"movement": done.movement}


def _unit(unit: UnitKey) -> dict[str, Any]:
    return _present(product=unit.product, lot=unit.lot, unit=unit.unit)


def _items(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [_unit(each.unit) | _present(**{"quantity": _number(each.quantity), "as": each.name}) for each in items]


def _number(quantity: int | None) -> Any:
    return None if quantity is None else number_of(quantity)


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
