"""May a unit be used, and if not, why: one answer for picking, shipping, API and pages (CONTRACTS, section 6)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from batches.genealogy import outcomes, sources
from batches.names import Names
from batches.stock import NEVER_SET, Position, Stock, Unit
from domain.language import mark
from domain.model import UnitKey
from domain.times import datetime_of

Reason: TypeAlias = Literal[
    "rejected", "recalled", "quarantined", "blocked_source", "not_released", "held", "expired", "too_short",
    "wrong_market", "reserved",
]  # fmt: skip

# What a status blocks, or one that is missing: whatever holds and dates say.
BlockedBy: TypeAlias = Literal["rejected", "recalled", "quarantined", "blocked_source", "not_released"]

REASON_WORDS: Mapping[str, str] = {
    "rejected": mark("rejected"),
    "recalled": mark("recalled"),
    "quarantined": mark("quarantined"),
    "blocked_source": mark("made from rejected or recalled stock"),
    "not_released": mark("not released"),
    "held": mark("on hold"),
    "expired": mark("expired"),
    "too_short": mark("remaining shelf life too short for the customer"),
    "wrong_market": mark("not for the customer's market"),
    "reserved": mark("reserved for another order"),
    "not_in_stock": mark("not in stock any more"),
}
# In the order in which they are asked: the first that is true is told.
REASONS: tuple[Reason, ...] = get_args(Reason)
# What forbids any use of a unit, whoever it is for and whatever its age.
BLOCKING: frozenset[Reason] = frozenset(
    ("rejected", "recalled", "quarantined", "blocked_source", "not_released", "held")
)
NOTHING: Mapping[UnitKey, int] = MappingProxyType({})
_BY_STATUS: tuple[Literal["rejected", "recalled", "quarantined"], ...] = ("rejected", "recalled", "quarantined")


class Statuses:
    """Which units may be used at an instant.

    `held`: units that are on hold then; `expired_in_use`: those that were opened or thawed too long ago by then;
    `reserved`: how much of units is reserved by others.
    """

    def __init__(
        self,
        stock: Stock,
        names: Names,
        at: int,
        held: Collection[UnitKey] = (),
        *,
        expired_in_use: Collection[UnitKey] = (),
        reserved: Mapping[UnitKey, int] = NOTHING,
    ) -> None:
        self._stock = stock
        self._names = names
        self._held = held
        self._expired_in_use = expired_in_use
        self._reserved = reserved
        self._today = datetime_of(at).astimezone(names.zone).date()
        self._blocked_at = _blocked_at(stock)

    def free(self, unit: Unit) -> int:
        """Return how much of a unit nobody has reserved."""
        return max(unit.quantity - self._reserved.get(unit.key, 0), 0)

    def why_not(self, unit: Unit, party: str | None = None) -> Reason | None:
        """Return why a unit may not be used (by a party, if one is named); None: it may."""
        reason = self.why_unusable(unit, party)
        return "reserved" if reason is None and not self.free(unit) else reason

    def why_unusable(self, unit: Unit, party: str | None = None) -> Reason | None:
        """Return why a unit may not be used, whoever has reserved it; None: it may."""
        blocked = self.why_blocked(unit)
        if blocked is not None:
            return blocked
        if unit.key in self._held:
            return "held"
        return self._too_old(unit, party) or self._wrong_market(unit, party)

    def why_blocked(self, unit: Unit) -> BlockedBy | None:
        """Return by which status a unit may not be used; None: by none."""
        lot = self._stock.lots[unit.lot].status
        for status in _BY_STATUS:
            if status in (lot.status, unit.own.status):
                return status
        if self._has_blocked_source(unit):
            return "blocked_source"
        if self._names.products[unit.key.product].release_required and lot.status != "released":
            return "not_released"
        return None

    def _wrong_market(self, unit: Unit, party: str | None) -> Reason | None:
        """Tell of a lot that may go to some markets only: a party that says none is in none of them."""
        markets = self._names.batches[unit.lot].markets
        if not markets or party is None or self._names.parties[party].market in markets:
            return None
        return "wrong_market"

    def _too_old(self, unit: Unit, party: str | None) -> Reason | None:
        if unit.key in self._expired_in_use:
            return "expired"
        expires_on = self._names.batches[unit.lot].expires_on
        if expires_on is None:
            return None
        last_day = date.fromisoformat(expires_on)
        if last_day < self._today:
            return "expired"
        remaining = 0 if party is None else self._names.parties[party].min_remaining_days
        return "too_short" if last_day - self._today < timedelta(days=remaining) else None

    def _has_blocked_source(self, unit: Unit) -> bool:
        """A unit of another lot that it came from is blocked, and nothing that covers it was released after that."""
        blocked_at = self._blocked_at.get(unit)
        if blocked_at is None:
            return False
        same_lot = (each.own.released_at for each in sources([unit]) if each.lot == unit.lot)
        return max(self._stock.lots[unit.lot].status.released_at, *same_lot) < blocked_at


def _blocked_at(stock: Stock) -> dict[Unit, Position]:
    """Return the units that came from a blocked one of another lot, each with when the last such block was set."""
    found: dict[Unit, Position] = {}
    for source in stock.blocking_sources():
        set_at = max(source.own.blocked_at, stock.lots[source.lot].status.blocked_at)
        for unit in outcomes([source]):
            if unit.lot != source.lot:
                found[unit] = max(found.get(unit, NEVER_SET), set_at)
    return found
