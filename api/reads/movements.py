"""Movements on record as one person may see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import Field
from sqlalchemy import ColumnElement, Row, Select, Table, and_, exists, or_, select

from api.deps import View
from api.models.base import When
from api.models.movements import Movement, ShipmentBreach, ShippedUnit
from api.paging import Page, Paging, collect, decode
from api.resources import ROOT
from batches.fields import read_json
from batches.form import read_movement
from batches.movements import Kind, Ship
from batches.movements import Movement as StockMovement
from batches.names import ON_RECORD, Names
from domain.errors import NotFoundError
from domain.zones import zone_named
from ledger.models.stock.breaches import Breach, UnitRecords, breaches
from store.stock.tables import lot_statuses, movement_units, movements, unit_states, units

Fields = Mapping[str, Any]
_PARTS = ("units", "inputs", "outputs", "lines")  # lists of units, perhaps of several lots
_WRITTEN_BY_PEOPLE = ("who", "reason", "document")


class OfMovements(Paging):
    """How movements are asked for."""

    product: str | None = Field(None, description="of this product", examples=["VAX"])
    lot: str | None = Field(None, description="of this lot", examples=["A1-B"])
    unit: str | None = Field(None, description="of units of this name", examples=["PALLET-9"])
    location: str | None = Field(
        None, description="what brought units there or took them away, and counts", examples=["ROOM-2"]
    )
    do: Kind | None = Field(None, description="of this kind", examples=["receive"])
    since: When | None = Field(
        None, alias="from", description="happened at this instant or later", examples=["2026-01-01T00:00:00Z"]
    )
    until: When | None = Field(
        None, alias="to", description="happened before this instant", examples=["2026-02-01T00:00:00Z"]
    )


def page_of(view: View, query: OfMovements) -> Page[Movement]:
    """Return movements, those recorded last first."""
    conditions = [*_about(query), *_during(query.since, query.until), _own(view)]

    def fetch(before: int | None, count: int) -> Sequence[Row[Any]]:
        found = _select().where(*conditions).order_by(movements.c.number.desc()).limit(count)
        return view.connection.execute(found if before is None else found.where(movements.c.number < before)).all()

    start = decode(query.cursor, int)
    return collect(query, start, fetch, lambda row: int(row.number), lambda row: _shown(view, row))


class OfBreaches(Paging):
    """Which shipments are asked about."""

    since: When | None = Field(
        None, alias="from", description="shipped at this instant or later", examples=["2026-01-01T00:00:00Z"]
    )
    until: When | None = Field(
        None, alias="to", description="shipped before this instant", examples=["2026-02-01T00:00:00Z"]
    )


def breaches_of(view: View, query: OfBreaches) -> Page[ShipmentBreach]:
    """Return what was shipped although it would have been passed over then, by what is known now; newest first."""
    site = view.snapshot.site
    names = Names(site.products, site.batches, site.locations, site.parties, {}, zone_named(view.snapshot.zone))
    conditions = [movements.c.do == "ship", movements.c.voided_by.is_(None), *_during(query.since, query.until)]

    def fetch(before: int | None, count: int) -> Sequence[Row[Any]]:
        found = select(movements).where(*conditions).order_by(movements.c.number.desc()).limit(count)
        return view.connection.execute(found if before is None else found.where(movements.c.number < before)).all()

    def show(row: Row[Any]) -> ShipmentBreach | None:
        movement = read_movement(read_json(row.recorded), ON_RECORD, row.number)
        found = breaches(view.connection, names, movement, UnitRecords(view.connection, names, [movement]))
        return _breach(row, movement, found) if found else None

    return collect(query, decode(query.cursor, int), fetch, lambda row: int(row.number), show)


def _breach(row: Row[Any], movement: StockMovement, found: Sequence[Breach]) -> ShipmentBreach:
    assert isinstance(movement.done, Ship)
    forced = row.forced or {}
    return ShipmentBreach(
        id=movement.id,
        at=movement.at,
        shipment=movement.done.shipment,
        to=movement.done.party,
        units=[ShippedUnit(**each.unit._asdict(), reason=each.reason) for each in found],
        because=forced.get("reason"),
        who=forced.get("who"),
        href=address(movement.id),
    )


def find(view: View, name: str) -> Movement:
    """Return one movement. Raises NotFoundError, also for what is another's."""
    row = view.connection.execute(_select().where(movements.c.id == name, _own(view))).first()
    if row is None:
        raise NotFoundError(f"no movement {name}")
    return _shown(view, row)


def recorded_by(view: View, who: str, since: int, limit: int) -> list[Movement]:
    """Return what somebody recorded since an instant, last first; voids aside."""
    own = movements.c.who == who, movements.c.recorded_at >= since, movements.c.do != "void", _own(view)
    rows = view.connection.execute(_select().where(*own).order_by(movements.c.number.desc()).limit(limit))
    return [_shown(view, row) for row in rows]


def address(name: str) -> str:
    """Return where a movement is."""
    return f"{ROOT}/movements/{quote(name, safe='')}"


def _select() -> Select[Any]:
    void = movements.alias()
    return select(movements, void.c.id.label("void")).outerjoin(void, void.c.number == movements.c.voided_by)


def _during(since: int | None, until: int | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(movements.c.at >= since)
    if until is not None:
        found.append(movements.c.at < until)
    return found


def _about(query: OfMovements) -> list[ColumnElement[bool]]:
    """Return the conditions that a movement is about what was asked for."""
    found: list[ColumnElement[bool]] = []
    if query.do is not None:
        found.append(movements.c.do == query.do)
    if query.product is not None or query.lot is not None or query.unit is not None:
        of_unit = _equal(units, {"product": query.product, "lot": query.lot, "unit": query.unit})
        about: ColumnElement[bool] = movements.c.number.in_(_of_units(and_(*of_unit)))
        if query.unit is None:
            of_lot = _equal(lot_statuses, {"product": query.product, "lot": query.lot})
            about = or_(about, movements.c.number.in_(select(lot_statuses.c.number).where(*of_lot)))
        found.append(about)
    if query.location is not None:
        found.append(_at_location(query.location))
    return found


def _at_location(location: str) -> ColumnElement[bool]:
    there = (unit_states.c.location == location) & unit_states.c.superseded_at.is_(None)
    named = f'%"location":{msgspec.json.encode(location).decode()}%'
    return or_(
        movements.c.number.in_(select(unit_states.c.number).where(there)),
        movements.c.number.in_(select(unit_states.c.until_number).where(there)),
        (movements.c.do == "count") & movements.c.recorded.like(named),
    )


def _equal(table: Table, asked: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in asked.items() if value is not None]


def _of_units(condition: ColumnElement[bool]) -> Select[Any]:
    joined = movement_units.join(units, units.c.id == movement_units.c.unit)
    return select(movement_units.c.number).select_from(joined).where(condition)


def _own(view: View) -> ColumnElement[bool]:
    """Return the condition that a movement is about something that this person may see."""
    if view.policy.knows_authors:  # staff: all of them
        return movements.c.number > 0
    status = select(lot_statuses.c.number).where(lot_statuses.c.number == movements.c.number, view.own(lot_statuses))
    return or_(movements.c.number.in_(_of_units(view.own(units))), exists(status))


def _shown(view: View, row: Row[Any]) -> Movement:
    said = msgspec.json.decode(row.recorded)
    knows_all = view.policy.knows_authors
    return Movement(
        id=row.id,
        number=row.number,
        at=row.at,
        do=row.do,
        movement=said if knows_all else _for_client(view, said),
        who=row.who if knows_all else None,
        recorded_at=row.recorded_at,
        voided_by=row.void,
        voided_at=row.voided_at,
        href=address(row.id),
    )


def _for_client(view: View, said: Fields) -> dict[str, Any]:
    """Leave out others' units, and what people wrote."""
    shown = {name: value for name, value in said.items() if name not in _WRITTEN_BY_PEOPLE}
    for name in _PARTS:
        parts = shown.get(name, ())
        if any(isinstance(each, Mapping) for each in parts):
            shown[name] = [each for each in parts if view.policy.may_see((each["product"], each["lot"]))]
    return shown
