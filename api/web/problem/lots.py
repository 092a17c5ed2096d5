"""The units that went through a problem: for how long, how far, and what became of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from api.web.frame.naming import UnitName, batch_address, in_order
from api.web.problem.record import Record, in_force
from domain.model import BatchKey
from domain.times import MINUTE
from ledger.models.alert import AlertLot
from ledger.models.exposure import Exposure
from ledger.models.hold import Hold, Reason
from rules.alarms.problems import near

OfUnit = TypeVar("OfUnit", Hold, Exposure)
Clients = Mapping[BatchKey, str | None]
NOBODYS: Clients = MappingProxyType({})

# worst first: how the rows are sorted, and what a unit with several holds counts as
STATES = ("held", "rejected", "review", "unfounded", "released", "noted", "allowed", "gone")


@dataclass(frozen=True, slots=True)
class LotRow:
    """One unit. The numbers are those of its hold, else of its longest exposure; None: it was not there."""

    product: str
    lot: str
    unit: str | None
    client: str | None
    minutes: float | None
    degree_minutes: float | None
    peak: int | None
    state: str  # one of STATES
    is_going_on: bool
    holds: Sequence[Hold]

    @property
    def address(self) -> str:
        """Where its batch is shown."""
        return batch_address(self.product, self.lot)

    @property
    def name(self) -> UnitName:
        """Which unit it is."""
        return self.product, self.lot, self.unit


def lot_rows(record: Record, now: int, allowed: Iterable[Exposure] = (), clients: Clients = NOBODYS) -> list[LotRow]:
    """Return the units of a problem, those on hold first, those that corrected data took out of it last.

    `allowed`: exposures of units no rule of which has fired; `clients`: of their batches.
    """
    holds = _by_unit(record.holds)
    exposures = _by_unit(in_force(record.exposures))
    review = {fired.subject for fired in record.firings if fired.firing.action == "review"}
    rows = [
        _row(lot, holds.get(lot.key, []), exposures.get(lot.key, []), lot.key in review, now)
        for lot in record.alert.lots
    ]
    rows += [_allowed(own, clients) for own in _by_unit(allowed).values()]
    rows += [_gone(lot, holds.get(lot.key, [])) for lot in record.alert.gone]
    return sorted(rows, key=lambda row: (STATES.index(row.state), in_order(row.name)))


def _row(lot: AlertLot, holds: Sequence[Hold], exposures: Iterable[Exposure], review: bool, now: int) -> LotRow:
    minutes, degree_minutes, peak = _numbers(lot, holds, exposures, now)
    return LotRow(
        *lot.key,
        client=lot.client,
        minutes=minutes,
        degree_minutes=degree_minutes,
        peak=peak,
        state=_state(holds, review),
        is_going_on=lot.until is None,
        holds=holds,
    )


def _allowed(exposures: Sequence[Exposure], clients: Clients) -> LotRow:
    """Return a unit that was exposed for no longer than its profile allows."""
    worst = max(exposures, key=_length)
    going = any(exposure.is_open for exposure in exposures)
    return LotRow(*worst.key, clients.get(worst.key[:2]), *worst.numbers, "allowed", going, ())


def _gone(lot: AlertLot, holds: Sequence[Hold]) -> LotRow:
    """Return a unit that corrected data took out of the problem: it was not there, perhaps its hold still is."""
    state = _state(holds, False) if holds else "gone"
    return LotRow(*lot.key, lot.client, None, None, None, state, False, holds)


def _numbers(
    lot: AlertLot, holds: Sequence[Hold], exposures: Iterable[Exposure], now: int
) -> tuple[float, float | None, int | None]:
    """Return minutes, degree-minutes and peak: the hold's, the longest exposure's, or the length alone."""
    mine = [e for e in exposures if e.rule in lot.rules and near(e.span, lot.span, 0)]
    reasons = [hold.why for hold in holds if hold.founded and hold.why.exposures]
    worst: Reason | Exposure | None = max(reasons, key=_length, default=None) or max(mine, key=_length, default=None)
    if worst is None or worst.minutes is None:
        return ((now if lot.until is None else lot.until) - lot.since) / MINUTE, None, None
    return worst.minutes, worst.degree_minutes, worst.peak


def _length(outside: Reason | Exposure) -> float:
    return outside.minutes or 0


def _state(holds: Sequence[Hold], review: bool) -> str:
    """Return what became of a unit: what is held without reason any more still waits for a person."""
    found: set[str] = {hold.status for hold in holds} or {"review" if review else "noted"}
    return next(state for state in STATES if state in found)


def _by_unit(found: Iterable[OfUnit]) -> dict[UnitName, list[OfUnit]]:
    units: dict[UnitName, list[OfUnit]] = {}
    for each in found:
        units.setdefault(each.key, []).append(each)
    return units
