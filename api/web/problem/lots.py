"""The units that went through a problem: for how long, how far, and what became of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from api.reads.units import by_unit
from api.web.frame.naming import UnitName, batch_address, in_order
from api.web.problem.record import Record
from domain.model import BatchKey
from domain.times import MINUTE
from ledger.models.alert import Alert, AlertLot
from ledger.models.exposure import Exposure
from ledger.models.hold import Hold
from rules.alarms.problems import near

Clients = Mapping[BatchKey, str | None]
NOBODYS: Clients = MappingProxyType({})

# worst first: how the rows are sorted, and what a unit with several holds counts as
STATES = ("held", "rejected", "review", "unfounded", "released", "noted", "silent", "allowed", "gone")


class Outside(NamedTuple):
    """By how much a unit was outside; None: not known."""

    minutes: float
    degree_minutes: float | None
    peak: int | None


class _Asked(NamedTuple):
    """Of which problem, as of when."""

    alert: Alert
    now: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """One unit. The numbers are of the rule by which it was outside for longest; None: it was not there."""

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
    asked, holds = _Asked(record.alert, now), by_unit(record.holds)
    exposures = by_unit(record.exposed_now)
    actions = [{f.subject for f in record.firings if f.firing.action == action} for action in ("review", "hold")]
    review = actions[0] - actions[1]  # what called for a hold was decided as a whole
    rows = [
        _row(
            lot, holds.get(lot.key, []), exposures.get(lot.key, []), _called_for(asked.alert, lot.key in review), asked
        )
        for lot in record.alert.lots
    ]
    rows += [_allowed(own, clients, asked) for own in by_unit(allowed).values()]
    rows += [_gone(lot, holds.get(lot.key, [])) for lot in record.alert.gone]
    return sorted(rows, key=lambda row: (STATES.index(row.state), in_order(row.name)))


def _called_for(alert: Alert, review: bool) -> str:
    """Return what a unit without a hold counts as: of one that is without data nobody knows of an exposure."""
    return "review" if review else "silent" if alert.direction == "silent" else "noted"


def _row(lot: AlertLot, holds: Sequence[Hold], exposures: Iterable[Exposure], called_for: str, asked: _Asked) -> LotRow:
    minutes, degree_minutes, peak = _numbers(lot, holds, exposures, asked)
    return LotRow(
        *lot.key,
        client=lot.client,
        minutes=minutes,
        degree_minutes=degree_minutes,
        peak=peak,
        state=_state(holds, called_for),
        is_going_on=lot.until is None,
        holds=holds,
    )


def _allowed(exposures: Sequence[Exposure], clients: Clients, asked: _Asked) -> LotRow:
    """Return a unit that was exposed for no longer than its profile allows."""
    key, worst = exposures[0].key, max((_outside([each], asked) for each in exposures), key=_minutes)
    going = any(exposure.is_open for exposure in exposures)
    return LotRow(*key, clients.get(key[:2]), *worst, "allowed", going, ())


def _gone(lot: AlertLot, holds: Sequence[Hold]) -> LotRow:
    """Return a unit that corrected data took out of the problem: it was not there, perhaps its hold still is."""
    state = _state(holds, "noted") if holds else "gone"
    return LotRow(*lot.key, lot.client, None, None, None, state, False, holds)


def _numbers(lot: AlertLot, holds: Sequence[Hold], exposures: Iterable[Exposure], asked: _Asked) -> Outside:
    """Return by how much a unit was outside in this problem by the rules of its holds, or in all that one adds up.

    By any rule where there is no hold; the length alone where nothing was measured. A hold since a release also counts
    what was accepted then, maybe of another problem.
    """
    by_rule: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        if exposure.rule in lot.rules and near(exposure.span, lot.span, 0):
            by_rule.setdefault(exposure.rule, []).append(exposure)
    founded = [hold for hold in holds if hold.founded and hold.why.exposures]
    reasons = [hold.why for hold in founded if hold.after is None or not by_rule]
    found = [Outside(why.minutes, why.degree_minutes, why.peak) for why in reasons if why.minutes is not None]
    of_holds = by_rule.keys() & {hold.rule for hold in founded}
    found += [_outside(alike, asked) for rule, alike in by_rule.items() if rule in of_holds or not of_holds]
    whole = ((asked.now if lot.until is None else lot.until) - lot.since) / MINUTE
    return max(found, key=_minutes, default=Outside(whole, None, None))


def _outside(exposures: Sequence[Exposure], asked: _Asked) -> Outside:
    """Return the numbers of exposures to one rule; what goes on counts to now, as all on the page."""
    lengths = [asked.now - each.since if each.is_open else each.duration for each in exposures]
    degrees = [each.degree_minutes for each in exposures if each.degree_minutes is not None]
    peaks = [each.peak for each in exposures if each.peak is not None]
    whole = round(sum(degrees), 3) if len(degrees) == len(exposures) else None
    return Outside(sum(lengths) / MINUTE, whole, asked.alert.farthest(peaks) if peaks else None)


def _minutes(outside: Outside) -> float:
    return outside.minutes


def _state(holds: Sequence[Hold], called_for: str) -> str:
    """Return what became of a unit: what is held without reason any more still waits for a person."""
    found: set[str] = {hold.status for hold in holds}
    if called_for == "review" and found <= {"released"}:  # what was released was for another rule
        return called_for
    return next(state for state in STATES if state in found or (not found and state == called_for))
