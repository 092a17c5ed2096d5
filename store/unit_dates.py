"""When units were opened and thawed: what people say of a unit, and what it has from those that it is part of.

What was opened stays opened: a part that is split off or moved away afterwards, and what is merged of several, has the
earliest of these dates. What is made is something else, and has none of them.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Select, delete, exists, select

from domain.model import BatchKey, Handled, UnitKey
from store.database import upsert_into
from store.evidence import UNIT_DATES, note, note_removed
from store.known_at import in_force
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import flows, unit_sources, units
from store.tables import audit, unit_dates

_NOTHING = Handled()


def handled(
    connection: Connection, lots: Collection[BatchKey] | None = None, known_at: int | None = None
) -> dict[UnitKey, Handled]:
    """Return what is known of all units, or of those of some lots; those of which nothing is known are left out.

    `known_at`: what was known at an instant.
    """
    found = said = recorded(connection, lots, known_at)
    while said:
        level: dict[UnitKey, Handled] = {}
        for source, part, began in _parts(connection, said, known_at):
            before = level.get(part) or found.get(part, _NOTHING)
            after = _earliest(before, _until(said[source], began))
            if after != before:
                level[part] = after
        found, said = found | level, level
    return found


def recorded(
    connection: Connection, lots: Collection[BatchKey] | None = None, known_at: int | None = None
) -> dict[UnitKey, Handled]:
    """Return what people said of units themselves.

    `known_at`: what was said later is taken back by what the audit trail has.
    """
    found = _now(connection, lots)
    if known_at is not None:
        later = select(audit.c.before).where(audit.c.kind == "unit", audit.c.at > known_at)
        for before in connection.scalars(later.order_by(audit.c.at.desc(), audit.c.id.desc())):
            unit = UnitKey(before["product"], before["lot"], before["unit"])
            if lots is None or unit[:2] in lots:
                found[unit] = Handled(before["opened_at"], before["thawed_at"])
    return {unit: dates for unit, dates in found.items() if dates != _NOTHING}


class _Part(NamedTuple):
    """A unit that began at an instant from another of its lot."""

    source: UnitKey
    part: UnitKey
    began: int


def _until(dates: Handled, at: int) -> Handled:
    """Return of dates what was so at an instant."""
    return Handled(*(None if each is None or each > at else each for each in dates))


def _earliest(one: Handled, other: Handled) -> Handled:
    pairs = zip(one, other, strict=True)
    return Handled(*(min((each for each in pair if each is not None), default=None) for pair in pairs))


_OF = given(product=TEXT, lot=TEXT, unit=TEXT)
_SOURCE, _PART = units.alias("source"), units.alias("part")
_IS_NAMED = (_SOURCE.c.product == _OF.c.product) & (_SOURCE.c.lot == _OF.c.lot) & (_SOURCE.c.unit == _OF.c.unit)
_IS_PART = (_PART.c.id == unit_sources.c.unit) & (_PART.c.product == _SOURCE.c.product) & (_PART.c.lot == _SOURCE.c.lot)
_WAS_MADE = exists().where(
    flows.c.unit == unit_sources.c.unit, flows.c.number == unit_sources.c.number, flows.c.kind == "made"
)
_ALL_PARTS = (
    select(_SOURCE.c.product, _SOURCE.c.lot, _SOURCE.c.unit, _PART.c.unit.label("part"), unit_sources.c.at)
    .select_from(
        _OF.join(_SOURCE, _IS_NAMED).join(unit_sources, unit_sources.c.source == _SOURCE.c.id).join(_PART, _IS_PART)
    )
    .where(~_WAS_MADE)
)
_PARTS = _ALL_PARTS.where(*in_force(unit_sources, None))


def _parts(connection: Connection, of: Mapping[UnitKey, Handled], known_at: int | None) -> Iterator[_Part]:
    """Yield the units that began from these as a part of them, or merged of them."""
    query: Select[tuple[str, str, str, str, int]] = _PARTS
    if known_at is not None:
        query = _ALL_PARTS.where(*in_force(unit_sources, known_at))
    for row in connection.execute(query, rows_given((key.product, key.lot, key.unit or "") for key in of)):
        lot = row.product, row.lot
        yield _Part(UnitKey(*lot, row.unit or None), UnitKey(*lot, row.part or None), row.at)


_LOTS = given(product=TEXT, lot=TEXT)
_IS_OF_LOTS = (unit_dates.c.product == _LOTS.c.product) & (unit_dates.c.lot == _LOTS.c.lot)
_ALL = select(unit_dates)
_OF_LOTS = select(unit_dates).select_from(_LOTS.join(unit_dates, _IS_OF_LOTS))


def _now(connection: Connection, lots: Collection[BatchKey] | None) -> dict[UnitKey, Handled]:
    if lots is not None and not lots:
        return {}
    rows = connection.execute(_ALL) if lots is None else connection.execute(_OF_LOTS, rows_given(lots))
    return {UnitKey(row.product, row.lot, row.unit or None): Handled(row.opened_at, row.thawed_at) for row in rows}


def write(connection: Connection, unit: UnitKey, dates: Handled) -> None:
    """Write when a unit was opened and thawed; nothing is kept of one that was neither."""
    name = {"product": unit.product, "lot": unit.lot, "unit": unit.unit or ""}
    if dates == _NOTHING:
        same = [unit_dates.c[column] == value for column, value in name.items()]
        if connection.execute(delete(unit_dates).where(*same)).rowcount:
            note_removed(connection, UNIT_DATES, [name])
        return
    statement = upsert_into(connection, unit_dates)
    upsert = statement.on_conflict_do_update(index_elements=list(name), set_=dates._asdict())
    row = {**name, **dates._asdict()}
    connection.execute(upsert, row)
    note(connection, UNIT_DATES, [row])
