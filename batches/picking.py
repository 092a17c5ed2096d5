"""What to take of a product, in which order, and why units are passed over (CONTRACTS, section 6, `pick`)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from batches.names import Names
from batches.questions import AskPick
from batches.status import NOTHING, Reason, Statuses
from batches.stock import Stock, Unit
from domain.model import Strategy, UnitKey


class Line(NamedTuple):
    """So much of a unit is taken."""

    unit: Unit
    quantity: int


class PassedOver(NamedTuple):
    """A unit that may not be taken, and the first reason."""

    unit: Unit
    reason: Reason


@dataclass(frozen=True, slots=True)
class Picked:
    """What to take, in the order of taking, what is missing, and what is passed over."""

    lines: list[Line]
    short: int
    passed_over: list[PassedOver]


class Picking:
    """Takes what may be used at an instant, in the order of a strategy.

    `held`, `expired_in_use` and `reserved` are what `batches.status` says; `life_used`: how much of their stability
    units have used, in 10⁻⁶ of a life: of those not named, nothing.
    """

    def __init__(
        self,
        stock: Stock,
        names: Names,
        at: int,
        held: Collection[UnitKey],
        *,
        expired_in_use: Collection[UnitKey] = (),
        reserved: Mapping[UnitKey, int] = NOTHING,
        life_used: Mapping[UnitKey, int] = NOTHING,
    ) -> None:
        self._stock = stock
        self._names = names
        self._life_used = life_used
        self.statuses = Statuses(stock, names, at, held, expired_in_use=expired_in_use, reserved=reserved)

    def pick(self, asked: AskPick, candidates: Iterable[Unit]) -> Picked:
        """Take from the candidates, units of the product in stock, until the quantity is reached."""
        usable, passed_over = [], []
        for unit in candidates:
            reason = self.statuses.why_not(unit, asked.party)
            if reason is None:
                usable.append(unit)
            else:
                passed_over.append(PassedOver(unit, reason))
        lines, short = [], asked.quantity
        for unit in sorted(usable, key=self._order(asked.strategy)):
            if not short:
                break
            taken = min(self.statuses.free(unit), short)
            lines.append(Line(unit, taken))
            short -= taken
        return Picked(lines, short, sorted(passed_over, key=lambda each: _by_name(each.unit)))

    def _order(self, strategy: Strategy) -> Callable[[Unit], tuple[object, ...]]:
        def first_in(unit: Unit) -> int:
            return self._stock.lots[unit.lot].first_in

        def expiry(unit: Unit) -> str:
            return self._names.batches[unit.lot].expires_on or "9999-99-99"

        orders: dict[Strategy, Callable[[Unit], tuple[object, ...]]] = {
            "fefo": lambda unit: (expiry(unit), first_in(unit), *_by_name(unit)),
            "fifo": lambda unit: (first_in(unit), *_by_name(unit)),
            "lifo": lambda unit: (-first_in(unit), *_by_name(unit)),
            "stability": lambda unit: (
                -self._life_used.get(unit.key, 0),
                expiry(unit),
                first_in(unit),
                *_by_name(unit),
            ),
        }
        return orders[strategy]


def _by_name(unit: Unit) -> tuple[str, bool, str]:
    return unit.key.lot, unit.key.unit is not None, unit.key.unit or ""
