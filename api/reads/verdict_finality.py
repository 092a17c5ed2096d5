"""How final a verdict is: a hold once one of its reasons is; anything else only when no data are outstanding."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from api.addresses import canonical
from api.reads.finality import Finalities
from domain.model import BatchKey
from ledger.models.finality import Finality
from rules.alarms.was_revised import ReportedFiring, verdict_was_revised
from rules.subjects.finality import Outstanding, finality_of, merged
from rules.subjects.whereabouts import UnitKey
from rules.unit_verdict import BatchVerdict, UnitVerdict
from store.tables import audit, firings


class Reason(NamedTuple):
    """A rule that fired for a unit, with action hold or review, as long as that was believed."""

    unit: str | None
    rule: str
    since: int
    fired: ReportedFiring


class VerdictFinality:
    """Answers for the verdict of one batch at an instant. `entered_at`: when the batch was entered."""

    def __init__(self, finalities: Finalities, judged: BatchVerdict, until: int, entered_at: int) -> None:
        self._finalities = finalities
        self._judged = judged
        self._until = until
        self._entered_at = entered_at
        self._reasons = _reasons(finalities, judged)
        self.units = {unit.unit: self._of_unit(unit) for unit in judged.units}

    @property
    def batch(self) -> Finality:
        """Return how final the verdict of the batch is, which is its worst unit's."""
        held = [self.units[unit.unit] for unit in self._judged.units if unit.verdict == "hold"]
        is_final = any(each.is_final for each in held) or all(each.is_final for each in self.units.values())
        missing = merged(each for unit in self.units.values() for each in unit.outstanding or ())
        return self._finality(self._reasons, is_final, [] if is_final else missing)

    def _of_unit(self, unit: UnitVerdict) -> Finality:
        own = [reason for reason in self._reasons if reason.unit == unit.unit]
        if unit.verdict == "hold" and any(self._is_certain(reason) for reason in own):
            return self._finality(own, True, [])
        missing = self._finalities.outstanding_for_verdict(self._key(unit.unit), self._until)
        return self._finality(own, not missing, missing)

    def _is_certain(self, reason: Reason) -> bool:
        """Tell whether it is a reason to hold that no outstanding data can take away."""
        said = reason.fired
        if said.action != "hold" or said.superseded_at is not None or said.at > self._until:
            return False
        since = min(reason.since, said.at)
        return not self._finalities.outstanding_for_rule(self._key(reason.unit), reason.rule, since, said.at)

    def _key(self, unit: str | None) -> UnitKey:
        return UnitKey(self._judged.product, self._judged.lot, unit)

    def _finality(self, reasons: Sequence[Reason], is_final: bool, missing: Sequence[Outstanding]) -> Finality:
        until = min(self._until, self._finalities.now)
        otherwise = verdict_was_revised([reason.fired for reason in reasons], self._entered_at, until)
        return Finality(finality_of(is_settled=is_final, was_revised=otherwise), missing)


def _reasons(finalities: Finalities, judged: BatchVerdict) -> list[Reason]:
    table, known_at = firings.c, finalities.known_at
    of_batch = (table.product == judged.product, table.lot == judged.lot, table.action.in_(("hold", "review")))
    rows = finalities.view.connection.execute(select(firings).where(*of_batch).order_by(table.row))
    found = []
    for row in rows:
        gone = row.superseded_at
        if known_at is not None and gone is not None and gone > known_at:
            gone = None
        if known_at is None or row.known_at <= known_at:
            said = ReportedFiring(row.at, row.action, row.known_at, gone)
            found.append(Reason(row.unit, row.rule, row.because["since"], said))
    return found


def entered_at(connection: Connection, batch: BatchKey) -> int:
    """Return since when there is something to be asked about: when the batch was entered."""
    entered = select(func.min(audit.c.at)).where(audit.c.kind == "batch", audit.c.key == canonical(*batch))
    return connection.scalar(entered) or 0
