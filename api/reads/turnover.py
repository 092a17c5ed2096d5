"""Turnover of products: what is read for it."""

from sqlalchemy import ColumnElement, func, select

from api.deps import View
from batches.turnover import Age as Age
from batches.turnover import InStock, Turnover, Went, ages, slices, turnover
from batches.turnover import Slice as Slice
from domain.errors import InvalidError
from domain.times import DAY
from store.stock import as_of as rows
from store.stock.as_of import AsOf
from store.stock.tables import flows, unit_states, units

LONGEST = 1830 * DAY
PRESET = 90 * DAY
_PARTS = 26


class TurnoverOf:
    """What a period says of a product, of the lots that may be seen."""

    def __init__(self, view: View, product: str, since: int, until: int, lead_time: int | None) -> None:
        went = _flows(view, product, since, until)
        self.product = product
        self.turnover: Turnover = turnover(went, since, until, lead_time)
        self.slices = slices(went, since, until, min(_PARTS, max((until - since) // DAY, 1)))
        self.ages = ages(_in_stock(view, product, until), until)


def period(now: int, since: int | None, until: int | None) -> tuple[int, int]:
    """Return the period that is asked about; preset: the last 90 days. Raises InvalidError if it is none."""
    end = now if until is None else until
    begin = end - PRESET if since is None else since
    if begin >= end:
        raise InvalidError("from: must be before `to`")
    if end - begin > LONGEST:
        raise InvalidError("from: at most five years before `to`")
    return begin, end


def products_in(view: View) -> list[str]:
    """Return the products of which anything that may be seen came or went."""
    query = select(units.c.product).where(*_own(view)).distinct().order_by(units.c.product)
    return list(view.connection.scalars(query))


def _own(view: View) -> list[ColumnElement[bool]]:
    return [view.own(units)]


def _flows(view: View, product: str, since: int, until: int) -> list[Went]:
    """Return what came and went in order of time; all before the period as one of each kind."""
    joined = flows.join(units, units.c.id == flows.c.unit)
    of = (units.c.product == product, flows.c.superseded_at.is_(None), *_own(view))
    before = (
        select(flows.c.kind, func.sum(flows.c.quantity))
        .select_from(joined)
        .where(*of, flows.c.at < since)
        .group_by(flows.c.kind)
    )
    within = (
        select(flows.c.at, flows.c.kind, flows.c.quantity, flows.c.reason)
        .select_from(joined)
        .where(*of, flows.c.at >= since, flows.c.at < until)
        .order_by(flows.c.at, flows.c.number, flows.c.row)
    )
    connection = view.connection
    earlier = [Went(since - 1, kind, int(total)) for kind, total in connection.execute(before)]
    return [*earlier, *(Went(*row) for row in connection.execute(within))]


def _in_stock(view: View, product: str, at: int) -> list[InStock]:
    as_of = AsOf(at)
    query = (
        select(units.c.lot, func.sum(unit_states.c.quantity))
        .select_from(unit_states.join(units, units.c.id == unit_states.c.unit))
        .where(*as_of.is_last(), *rows.in_stock(product), *_own(view))
        .group_by(units.c.lot)
    )
    quantities = {(product, lot): int(total) for lot, total in view.connection.execute(query)}
    first = dict(rows.first_in(view.connection, as_of, list(quantities)))
    return [InStock(quantity, first[lot]) for lot, quantity in quantities.items()]
