"""When units were opened and thawed."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from domain.model import BatchKey, Handled, UnitKey
from store.database import upsert_into
from store.stock.given import TEXT, given, rows_given
from store.tables import audit, unit_dates

_NOTHING = Handled()


def handled(
    connection: Connection, lots: Collection[BatchKey] | None = None, known_at: int | None = None
) -> dict[UnitKey, Handled]:
    """Return what is known of all units, or of those of some lots; those of which nothing is known are left out.

    `known_at`: what was known at an instant; what was said later is taken back by what the audit trail has.
    """
    found = _now(connection, lots)
    if known_at is not None:
        later = select(audit.c.before).where(audit.c.kind == "unit", audit.c.at > known_at)
        for before in connection.scalars(later.order_by(audit.c.at.desc(), audit.c.id.desc())):
            unit = UnitKey(before["product"], before["lot"], before["unit"])
            if lots is None or unit[:2] in lots:
                found[unit] = Handled(before["opened_at"], before["thawed_at"])
    return {unit: dates for unit, dates in found.items() if dates != _NOTHING}


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
        connection.execute(delete(unit_dates).where(*same))
        return
    statement = upsert_into(connection, unit_dates)
    upsert = statement.on_conflict_do_update(index_elements=list(name), set_=dates._asdict())
    connection.execute(upsert, {**name, **dates._asdict()})
