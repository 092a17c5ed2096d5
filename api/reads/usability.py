"""May these units be used, and if not, why: by movements and statuses, holds, and expiry."""

from collections.abc import Iterable

from api.deps import View
from api.reads.stock import names_of
from domain.model import UnitKey
from ledger.models.stock.stock_now import StockNow
from store.stock.units import ids_of


def why_not_used(view: View, units: Iterable[UnitKey]) -> dict[UnitKey, str | None]:
    """Return why each unit may not be used now, as `pick` words it; None: it may.

    Of units of which storage records tell it is their holds, alarms and expiry date that do.
    """
    units = list(units)
    moved = ids_of(view.connection, units)
    stock = StockNow(view.connection, names_of(view.policy, view.snapshot), view.now, lambda _: {})
    why_not = stock.why_not(moved, None)
    on_record = view.usability({unit[:2] for unit in units})
    found: dict[UnitKey, str | None] = {}
    for unit in units:
        if unit in moved:
            found[unit] = why_not(unit)
        else:
            usability = on_record.of_unit(unit)
            found[unit] = None if usability.may_be_used else usability.code
    return found
