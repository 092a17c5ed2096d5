"""What `pick` has to look at, found in the database: of 100,000 units in stock only those that matter become objects.

Units that are passed over are loaded by conditions that let through at least all of them, and `batches.picking` says
why. Of the others whole lots are loaded, in the order of taking, until there is enough.
"""

from collections.abc import Collection, Generator, Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import ColumnElement

from batches.names import Names
from batches.questions import AskPick
from domain.model import BatchKey, UnitKey
from domain.times import datetime_of
from ledger.lots import look_up
from ledger.models.stock.loading import Loading
from store.stock import as_of as rows
from store.stock.as_of import AsOf, Dated
from store.stock.given import TEXT, given, rows_given
from store.stock.tables import unit_states, units

_NEVER_EXPIRES = "9999-99-99"
_FEW_LOTS = 2000
_LOTS_AT_FIRST = 32  # of those that are taken from; then twice as many, and so on


def load_for_pick(
    loading: Loading,
    names: Names,
    asked: AskPick,
    at: int,
    *,
    locations: Collection[str] | None,
    named: Collection[UnitKey],
) -> None:
    """Load what `pick` takes and passes over. `named`: units of which something is known beside the stock.

    They are on hold, reserved, or open or thawed too long, or have used some of their stability.
    """
    standing = rows.in_stock(asked.product, locations=locations)
    if asked.unit is not None:
        _load_named(loading, asked, standing, [asked.unit])
        load_blocked(loading)
    else:
        _load_candidates(loading, names, asked, at, locations, standing, named)
    lots = {unit.lot for unit in loading.by_number.values()}
    loading.add_first_in(lots)
    loading.add_statuses(lots)
    look_up(names.batches, lots)


def _load_candidates(
    loading: Loading,
    names: Names,
    asked: AskPick,
    at: int,
    locations: Collection[str] | None,
    standing: Sequence[ColumnElement[bool]],
    named: Collection[UnitKey],
) -> None:
    """Load all that is passed over, and enough of what is taken."""
    connection, as_of, dated = loading.connection, loading.as_of, _dated(loading.as_of, names, asked.product)
    of_lot = rows.in_stock(locations=locations)
    last_day = _last_day(names, asked, at)
    expiring = rows.states(as_of, rows.expiring(asked.product, last_day, dated), *of_lot)
    loading.add(connection.execute(expiring, dated.rows))
    passed_over = [
        *rows.unusable_lots(connection, as_of, asked.product),
        *_not_for(loading, names, asked),
    ]
    loading.add(rows.states_of_lots(connection, as_of, passed_over, *of_lot))
    if names.products[asked.product].release_required:
        loading.add(connection.execute(rows.states(as_of, rows.unreleased(as_of), *standing)))
    loading.add(connection.execute(rows.unusable_units(as_of, asked.product, locations)))
    _load_named(loading, asked, standing, named)
    load_blocked(loading)
    _load_enough(loading, names, asked, locations, dated, last_day)


def _dated(as_of: AsOf, names: Names, product: str) -> Dated:
    """Return when lots expire: as the database has it, or as it was known at another instant."""
    if as_of.known_at is None:
        return Dated()
    known = [(*key, lot.expires_on) for key, lot in names.batches.items() if key[0] == product]
    return Dated(given(product=TEXT, lot=TEXT, expires_on=TEXT), rows_given(known))


def _last_day(names: Names, asked: AskPick, at: int) -> str:
    """Return the first day on which a lot may expire that is picked."""
    remaining = 0 if asked.party is None else names.parties[asked.party].min_remaining_days
    return (datetime_of(at).astimezone(names.zone).date() + timedelta(days=remaining)).isoformat()


def _not_for(loading: Loading, names: Names, asked: AskPick) -> list[BatchKey]:
    """Return the lots of the product that may not go to the market of who gets it."""
    if asked.party is None:
        return []
    market, product = names.parties[asked.party].market, asked.product
    if loading.as_of.known_at is None:
        limited = rows.lots_with_markets(loading.connection, product)
        return [(product, lot) for lot, markets in limited if market not in markets]
    known = names.batches.items()
    return [key for key, lot in known if lot.markets and key[0] == product and market not in lot.markets]


def _load_named(
    loading: Loading, asked: AskPick, standing: Sequence[ColumnElement[bool]], named: Collection[UnitKey]
) -> None:
    of_product = [unit for unit in named if unit.product == asked.product]
    numbers = rows.numbers_of(loading.connection, (), of_product)
    loading.add(rows.states_of(loading.connection, loading.as_of, numbers, *standing))


def load_blocked(loading: Loading) -> None:
    """Load what blocks and all that came from it; of what this was made only where a release may lift the block."""
    connection, as_of = loading.connection, loading.as_of
    own = connection.scalars(rows.blocking_units(as_of).with_only_columns(units.c.id))
    blocking = {*own, *rows.numbers_of(connection, rows.blocking_lots(connection, as_of), ())}
    edges = rows.edges_forward(connection, as_of, blocking)
    loading.connect(edges)
    blocked = {number for number, _ in edges}
    lots = {loading.by_number[number].lot for number in blocked}
    released = rows.states_of_lots(connection, as_of, sorted(lots), unit_states.c.released_at.is_not(None))
    with_release = {unit.lot for unit in loading.add(released)}
    loading.add_back(number for number in blocked if loading.by_number[number].lot in with_release)


def _load_enough(
    loading: Loading, names: Names, asked: AskPick, locations: Collection[str] | None, dated: Dated, last_day: str
) -> None:
    """Load lots whole, in the order of taking, until there is enough of them besides what was loaded for a reason."""
    ordered = _ordered(loading, names, asked, locations, dated, last_day)
    known = set(loading.by_number)
    missing, most = asked.quantity, _LOTS_AT_FIRST
    while missing > 0 and (some := [(asked.product, lot) for lot in islice(ordered, most)]):
        standing = rows.in_stock(locations=locations)
        loading.add(rows.states_of_lots(loading.connection, loading.as_of, some, *standing))
        new = loading.by_number.keys() - known
        known |= new
        missing -= sum(loading.by_number[number].quantity for number in new)
        most *= 2
    ordered.close()


def _ordered(
    loading: Loading, names: Names, asked: AskPick, locations: Collection[str] | None, dated: Dated, last_day: str
) -> Generator[str, None, None]:
    """Yield the lots in stock in the order of taking: few are sorted here, many are found in order."""
    connection, as_of, product = loading.connection, loading.as_of, asked.product
    by_expiry, newest = asked.strategy in ("fefo", "stability"), asked.strategy == "lifo"
    few = rows.lots_in_stock(connection, as_of, product, locations, _FEW_LOTS + 1)
    if len(few) > _FEW_LOTS:
        if by_expiry:
            yield from rows.lots_by_expiry(connection, as_of, product, locations, last_day, dated)
        else:
            yield from rows.lots_by_first_in(connection, as_of, product, locations, newest=newest)
        return
    first = dict(rows.first_in(connection, as_of, few))
    look_up(names.batches, few)

    def order(lot: BatchKey) -> tuple[str, int, BatchKey]:
        expires_on = names.batches[lot].expires_on or _NEVER_EXPIRES
        return expires_on if by_expiry else "", -first[lot] if newest else first[lot], lot

    for _, lot in sorted(first, key=order):
        yield lot
