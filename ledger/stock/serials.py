"""Serials of a lot are recorded: each in one lot of its product for ever, and in one unit of that at a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row

from batches.movements import show_unit
from batches.serials import SerialRange, joined, one_serial, read_range
from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.model import UnitKey
from ledger.requests import RecordSerials
from ledger.step import Step
from store.stock import serials as stored
from store.stock import units as stored_units
from store.stock.orders import units_called

_RANGES_AT_MOST = 10_000


def record_serials(step: Step, who: str, request: RecordSerials) -> dict[str, Any]:
    """Record serials; those that are in another unit of the lot are in this one since.

    Raises NotFoundError for a lot that is not there, InvalidError for what cannot be a serial or is given twice, and
    ConflictError for one that is another lot's, or that can be taken for one on record.
    """
    unit = UnitKey(request.product, request.lot, request.unit)
    _check_unit(step, unit)
    if not 0 < len(request.serials) <= _RANGES_AT_MOST:
        raise InvalidError(f"serials: 1 to {_RANGES_AT_MOST} at once, not {len(request.serials)}")
    wanted = joined(read_range(first, last) for first, last in request.serials)
    new: list[tuple[SerialRange, str]] = []
    gone: list[int] = []
    for each in wanted:
        left = [each]
        for row, known in _met(step.connection, unit, each):
            if row.unit == (unit.unit or ""):
                left = [part for one in left for part in (one.without(known) if one.meets(known) else [one])]
                continue
            gone.append(row.row)
            new += [(rest, row.unit) for rest in _rest(known, wanted)]
        new += [(part, unit.unit or "") for part in left]
    if new or gone:
        stored.supersede(step.connection, gone, step.now)
        stored.add(step.connection, [_row(unit, each, name, who, step.now) for each, name in dict.fromkeys(new)])
        said = {"unit": request.unit, "serials": ["–".join(dict.fromkeys(each.ends)) for each in wanted]}
        key = " ".join(part for part in unit if part)
        step.event_log.action(who, "recorded", "serials", key, unit._asdict(), after=said, reason=request.reason)
    return {**unit._asdict(), "count": sum(each.count for each in wanted)}


def range_of(row: Row[Any]) -> SerialRange:
    """Return the range that a row says."""
    return SerialRange(row.prefix, row.width, row.first, row.last)


def find_serial(connection: Connection, product: str, serial: str) -> UnitKey | None:
    """Return the unit that a serial of a product is in; None: there is no such serial."""
    return next(iter(units_of_serial(connection, serial, product)), None)


def units_of_serial(connection: Connection, serial: str, product: str | None = None) -> list[UnitKey]:
    """Return the units that a serial is in, of one product or of any."""
    wanted = one_serial(serial)
    alike = wanted.alike
    found = stored.meeting(connection, product, alike.prefix, alike.width, alike.first, alike.last)
    return [UnitKey(row.product, row.lot, row.unit or None) for row in found if range_of(row).meets(wanted)]


def units_meant(connection: Connection, text: str, limit: int = 3) -> list[UnitKey]:
    """Return the units that are called so, a few at most; where none is, those that a serial is in."""
    called = [UnitKey(*key) for key in units_called(connection, text, limit)]
    return called or units_of_serial(connection, text)


def _check_unit(step: Step, unit: UnitKey) -> None:
    if unit[:2] not in step.histories.lots.batches:
        raise NotFoundError(f"no batch {unit.product} {unit.lot}")
    if unit.unit is None:
        return
    is_placed = any(each.unit == unit.unit for each in step.histories.lots.records_of(unit[:2]).values())
    if not is_placed and not stored_units.ids_of(step.connection, [unit]):
        raise ConflictError(f"there is no unit {show_unit(unit)}: receive or make it first, or leave unit out")


def _met(connection: Connection, unit: UnitKey, wanted: SerialRange) -> Iterator[tuple[Row[Any], SerialRange]]:
    """Yield the ranges of the lot that are in a range. Raises ConflictError for what is of another, or looks alike."""
    alike = wanted.alike
    for row in stored.meeting(connection, unit.product, alike.prefix, alike.width, alike.first, alike.last):
        known, lot = range_of(row), f"{row.product} {row.lot}"
        if not known.meets(wanted):
            serial = wanted.serial(wanted.first + max(row.alike_first - alike.first, 0))
            like = known.serial(known.first + max(alike.first - row.alike_first, 0))
            raise ConflictError(f"serial {serial!r} can be taken for {like!r} of {lot}")
        if row.lot != unit.lot:
            serial = wanted.serial(max(known.first, wanted.first))
            raise ConflictError(f"serial {serial!r} is of {lot} already")
        yield row, known


def _rest(known: SerialRange, wanted: Iterable[SerialRange]) -> list[SerialRange]:
    """Return what of a range on record is in none of those that are wanted."""
    left = [known]
    for each in wanted:
        left = [part for one in left for part in (one.without(each) if one.meets(each) else [one])]
    return left


def _row(unit: UnitKey, each: SerialRange, name: str, who: str, now: int) -> Mapping[str, Any]:
    alike = each.alike
    exact = {"prefix": each.prefix, "width": each.width, "first": each.first, "last": each.last}
    said = {"alike_prefix": alike.prefix, "alike_width": alike.width}
    said |= {"alike_first": alike.first, "alike_last": alike.last}
    by = {"recorded_by": who, "recorded_at": now}
    return {"product": unit.product, "lot": unit.lot, "unit": name, **exact, **said, **by}
