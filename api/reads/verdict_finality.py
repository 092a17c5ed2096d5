"""How settled a verdict is: a hold stands once one of its reasons does; anything else only when nothing is owed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from api.addresses import canonical
from api.deps import View
from api.reads.finality import Settled, Standings
from domain.model import BatchKey
from rules.alarms.was_revised import ReportedFiring, verdict_was_revised
from rules.subjects.finality import Outstanding, finality_of, ground_of_verdict, merged
from rules.subjects.whereabouts import UnitKey
from store.tables import audit, firings

Verdicts = Mapping[str | None, str]  # by unit


class Reason(NamedTuple):
    """A rule that fired for a unit, with action hold or review, as long as that was believed."""

    unit: str | None
    rule: str
    since: int
    fired: ReportedFiring


class OfVerdicts:
    """Answers for the verdicts of one batch at an instant."""

    def __init__(self, view: View, batch: BatchKey, verdicts: Verdicts, until: int, known_at: int | None) -> None:
        self._standings = Standings(view, known_at)
        self._batch = batch
        self._verdicts = verdicts
        self._until = until
        self._reasons = _reasons(view, batch, known_at)
        self._known_from = _known_from(view, batch)
        self.units = {unit: self._of_unit(unit) for unit in verdicts}

    @property
    def batch(self) -> Settled:
        """Return how settled the verdict of the batch is, which is its worst unit's."""
        held = [self.units[unit] for unit, verdict in self._verdicts.items() if verdict == "hold"]
        is_settled = any(each.is_settled for each in held) or all(each.is_settled for each in self.units.values())
        missing = merged(each for unit in self.units.values() for each in unit.owed)
        return self._settled(self._reasons, is_settled, [] if is_settled else missing)

    def _of_unit(self, unit: str | None) -> Settled:
        own = [reason for reason in self._reasons if reason.unit == unit]
        if self._verdicts[unit] == "hold" and any(self._is_certain(reason) for reason in own):
            return self._settled(own, True, [])
        subject = self._standings.subject(UnitKey(*self._batch, unit))
        ground = None if subject is None else ground_of_verdict(subject, self._until)
        missing = [] if subject is None else self._standings.owed_to(subject, ground)
        return self._settled(own, not missing, missing)

    def _is_certain(self, reason: Reason) -> bool:
        """Tell whether it is a reason to hold that no owed data can take away."""
        said = reason.fired
        if said.action != "hold" or said.superseded_at is not None or said.at > self._until:
            return False
        key = UnitKey(*self._batch, reason.unit)
        return not self._standings.owed_to_rule(key, reason.rule, min(reason.since, said.at), said.at)

    def _settled(self, reasons: Sequence[Reason], is_settled: bool, missing: Sequence[Outstanding]) -> Settled:
        until = min(self._until, self._standings.now)
        otherwise = verdict_was_revised([reason.fired for reason in reasons], self._known_from, until)
        return Settled(finality_of(is_settled=is_settled, was_revised=otherwise), missing)


def _reasons(view: View, batch: BatchKey, known_at: int | None) -> list[Reason]:
    table = firings.c
    of_batch = (table.product == batch[0], table.lot == batch[1], table.action.in_(("hold", "review")))
    rows = view.connection.execute(select(firings).where(*of_batch).order_by(table.row))
    found = []
    for row in rows:
        gone = row.superseded_at
        if known_at is not None and gone is not None and gone > known_at:
            gone = None
        if known_at is None or row.known_at <= known_at:
            said = ReportedFiring(row.at, row.action, row.known_at, gone)
            found.append(Reason(row.unit, row.rule, row.because["since"], said))
    return found


def _known_from(view: View, batch: BatchKey) -> int:
    """Return since when there was something to be asked about: when the batch was entered."""
    entered = select(func.min(audit.c.at)).where(audit.c.kind == "batch", audit.c.key == canonical(*batch))
    return view.connection.scalar(entered) or 0
