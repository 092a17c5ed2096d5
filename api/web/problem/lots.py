"""The units that went through a problem: for how long, how far, and what became of them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from api.web.frame.naming import UnitName, batch_address, in_order, unit_of
from api.web.problem.record import Fields, Record, in_force, span_of
from domain.times import MINUTE
from ledger.models.alert import AlertLot
from ledger.models.hold import hold_of
from rules.alarms.problems import near

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
    holds: Sequence[Fields]

    @property
    def address(self) -> str:
        """Where its batch is shown."""
        return batch_address(self.product, self.lot)

    @property
    def name(self) -> UnitName:
        """Which unit it is."""
        return self.product, self.lot, self.unit


def lot_rows(record: Record, now: int, allowed: Iterable[Fields] = ()) -> list[LotRow]:
    """Return the units of a problem, those on hold first, those that corrected data took out of it last.

    `allowed`: exposures of units no rule of which has fired.
    """
    holds = _by_unit(record.holds)
    exposures = _by_unit(in_force(record.exposures))
    review = {unit_of(row) for row in record.firings if row["location"] is None and row["action"] == "review"}
    rows = [
        _row(lot, holds.get(lot.key, []), exposures.get(lot.key, []), lot.key in review, now)
        for lot in record.alert.lots
    ]
    rows += [_allowed(own) for own in _by_unit(allowed).values()]
    rows += [_gone(lot, holds.get(lot.key, [])) for lot in record.alert.gone]
    return sorted(rows, key=lambda row: (STATES.index(row.state), in_order(row.name)))


def _row(lot: AlertLot, holds: Sequence[Fields], exposures: Iterable[Fields], review: bool, now: int) -> LotRow:
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


def _allowed(exposures: Sequence[Fields]) -> LotRow:
    """Return a unit that was exposed for no longer than its profile allows."""
    worst = max(exposures, key=_length)
    going = any(exposure["until"] is None for exposure in exposures)
    numbers = (worst["minutes"], worst["degree_minutes"], worst["peak"])
    return LotRow(*unit_of(worst), worst["client"], *numbers, "allowed", going, ())


def _gone(lot: AlertLot, holds: Sequence[Fields]) -> LotRow:
    """Return a unit that corrected data took out of the problem: it was not there, perhaps its hold still is."""
    state = _state(holds, False) if holds else "gone"
    return LotRow(*lot.key, lot.client, None, None, None, state, False, holds)


def _numbers(
    lot: AlertLot, holds: Sequence[Fields], exposures: Iterable[Fields], now: int
) -> tuple[float, float | None, int | None]:
    """Return minutes, degree-minutes and peak: the hold's, the longest exposure's, or the length alone."""
    mine = [e for e in exposures if e["rule"] in lot.rules and near(span_of(e), lot.span, 0)]
    reasons = (hold["why"] for hold in holds if hold["founded"] and hold["why"]["exposures"])
    worst: Fields | None = max(reasons, key=_length, default=None)
    worst = worst or max(mine, key=_length, default=None)
    if worst is None:
        return ((now if lot.until is None else lot.until) - lot.since) / MINUTE, None, None
    return worst["minutes"], worst["degree_minutes"], worst["peak"]


def _length(row: Fields) -> Any:
    return row["minutes"]


def _state(holds: Sequence[Fields], review: bool) -> str:
    """Return what became of a unit: what is held without reason any more still waits for a person."""
    found: set[str] = {hold_of(hold).status for hold in holds} or {"review" if review else "noted"}
    return next(state for state in STATES if state in found)


def _by_unit(rows: Iterable[Fields]) -> dict[UnitName, list[Fields]]:
    found: dict[UnitName, list[Fields]] = {}
    for row in rows:
        found.setdefault(unit_of(row), []).append(row)
    return found
