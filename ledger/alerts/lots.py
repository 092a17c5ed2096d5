"""The lots of an alert: every unit that went through its problem, with its numbers and what became of its hold."""

from domain.intervals import Interval
from domain.language import gettext
from ledger.alerts.rows import Lot, StoredAlert, unit_of
from ledger.holds.holds import Holding, StoredHold
from ledger.lots import look_up
from ledger.step import Step
from ledger.verdicts.rows import name_of
from ledger.verdicts.supporting import numbers
from ledger.verdicts.verdicts import Verdicts
from rules.alarms.problems import Fired, Problem
from rules.judgement import Firing
from rules.messages.problem import worst_of
from rules.subjects.whereabouts import UnitKey


class Lots:
    """What is said of units, by what fired for them and the holds it placed."""

    def __init__(self, verdicts: Verdicts, holding: Holding) -> None:
        self._verdicts = verdicts
        self._holding = holding

    def of(self, step: Step, problem: Problem, within: Interval) -> list[Lot]:
        """Return every unit that went through a problem; `within`: its span."""
        firings: dict[UnitKey, list[Firing]] = {unit: [] for unit in problem.units}
        for subject, firing in problem.fired:
            if isinstance(subject, UnitKey):
                firings[subject].append(firing)
        look_up(step.histories.site.batches, {unit[:2] for unit in firings})
        return [self._lot(step, unit, fired, within) for unit, fired in firings.items()]

    def _lot(self, step: Step, unit: UnitKey, fired: list[Firing], within: Interval) -> Lot:
        mine = [hold for firing in fired if (hold := self._holding.of_firing(unit, firing)) is not None]
        hold = next((hold for hold in mine if hold.state == "held"), mine[0] if mine else None)
        ends = [None if firing.is_unknown else firing.until for firing in fired]
        worst = worst_of([Fired(unit, firing) for firing in fired])
        return {
            **name_of(unit),
            "client": step.histories.client_of(unit),
            "hold": hold and hold.id,
            "state": hold and _status(hold),
            "disposed_by": hold and hold.disposed_by,
            "rules": sorted({firing.rule for firing in fired}),
            "since": min(firing.since for firing in fired),
            "until": None if None in ends else max(end for end in ends if end is not None),
            **numbers(step.histories.site, self._verdicts, worst, within),
        }

    def gone(self, before: StoredAlert | None, problem: Problem) -> list[Lot]:
        """Return the units that were reported but left the problem, with what became of their holds."""
        told = {unit_of(lot): lot for lot in (*before.gone, *before.lots)} if before else {}
        return [self.with_disposition(lot) for unit, lot in told.items() if unit not in problem.units]

    def with_disposition(self, lot: Lot) -> Lot:
        """Return a lot of an alert with what has become of its hold."""
        if lot["hold"] is None:
            return {**lot, "state": None}
        [hold] = self._holding.of([lot["hold"]])
        return {**lot, "state": _status(hold), "disposed_by": hold.disposed_by}


def _status(hold: StoredHold) -> str:
    """Return what became of a hold: one that is not supported any more waits for a person until one has decided."""
    return "unfounded" if hold.state == "held" and not hold.founded else hold.state


def decided(lot: Lot) -> str:
    """Return what a person decided of a lot's hold, and who: `released by quinn`."""
    if lot["state"] == "rejected":
        return gettext("rejected by {who}", who=lot["disposed_by"])
    return gettext("released by {who}", who=lot["disposed_by"])


def owned(step: Step, lot: Lot) -> Lot:
    """Return a lot with who owns it now."""
    return {**lot, "client": step.histories.client_of(unit_of(lot))}
