"""A batch read once: its units with verdicts, exposures and holds as one person may see them, now or as known then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from sqlalchemy import select

from api.access import require_batch
from api.deps import View
from api.reads.finality import Finalities
from api.reads.history import stays_of_batch
from api.reads.known import what_is_known
from api.reads.verdict_finality import VerdictFinality, entered_at
from api.snapshot import Snapshot
from domain.model import QUANTITIES, BatchKey
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.finality import Finality
from ledger.models.hold import Hold, hold_of
from ledger.models.unit import Unit
from rules.alarms.was_revised import Statement
from rules.batch_judge import judge_batch
from rules.messages.verdict import reason_of, reason_of_batch
from rules.subjects.whereabouts import UnitKey
from rules.unit_verdict import BatchVerdict
from store.known_at import in_force
from store.series import series_of
from store.tables import exposures, hold_revisions, holds

Item = TypeVar("Item", Exposure, Hold)


@dataclass(frozen=True, slots=True)
class BatchState:
    """What is said of a batch at an instant, and of each of its units."""

    verdict: BatchVerdict
    reason: str
    finality: Finality
    units: Sequence[Unit]


class BatchReader:
    """Reads a batch, each table once at most. Raises NotFoundError for one that is not there for this person."""

    def __init__(self, view: View, batch: BatchKey, known_at: int | None = None) -> None:
        self._view = view
        self._batch = batch
        self._known_at = known_at
        self._known = what_is_known(view, known_at)
        self._snapshot = view.snapshot if known_at is None else Snapshot(self._known.site)
        require_batch(view.policy, self._snapshot, batch)
        self._finalities = Finalities(view, known_at, self._known)

    @cached_property
    def exposure_revisions(self) -> list[Exposure]:
        """Everything that was ever said of the batch's exposures, in order of time."""
        of_batch = (exposures.c.product == self._batch[0], exposures.c.lot == self._batch[1])
        rows = select(exposures).where(*of_batch).order_by(exposures.c.since, exposures.c.id, exposures.c.row)
        found = (exposure_of(row._mapping, self._known_at) for row in self._view.connection.execute(rows))
        return [seen for each in found if (seen := self._view.policy.exposure(each)) is not None]

    @cached_property
    def exposures(self) -> list[Exposure]:
        """The exposures in force."""
        before: dict[int, list[Statement]] = defaultdict(list)
        for each in self.exposure_revisions:
            if each.superseded_at is not None and (self._known_at is None or each.superseded_at <= self._known_at):
                before[each.id].append(each.said)
        in_force = (each for each in self.exposure_revisions if each.was_in_force(self._known_at))
        return [self._finalities.marked(each, before[each.id]) for each in in_force]

    @cached_property
    def holds(self) -> list[Hold]:
        """The holds, disposed of or not, in the order in which they were placed."""
        table = holds if self._known_at is None else hold_revisions
        then = () if self._known_at is None else in_force(hold_revisions, self._known_at)
        query = select(table).where(table.c.product == self._batch[0], table.c.lot == self._batch[1], *then)
        rows = self._view.connection.execute(query.order_by(table.c.placed_at, table.c.id))
        found = (self._view.policy.hold(hold_of(row._mapping, self._known_at)) for row in rows)
        return self._finalities.mark([each for each in found if each is not None])

    def load_series(self) -> None:
        """Read the series of all sensors that ever spoke for where the batch was, whole and at once."""
        site, places = self._snapshot.site, self._snapshot.places
        locations = {stay.location for stay in self._snapshot.stays(self._batch)}
        spans = (span for each in locations for quantity in QUANTITIES for span in places.speaking(each, quantity))
        probes = [site.sensors[sensor] for sensor in sorted({span.sensor for span in spans})]
        keys = [series_of(probe, quantity) for probe in probes for quantity in QUANTITIES]
        self._view.series.load(keys)

    def state(self, until: int, entered: int | None = None) -> BatchState:
        """Judge the batch at an instant. `entered`: when it was entered, if that is known already."""
        site = self._known.site
        judged = judge_batch(site, self._batch, self._known.load(until + 1), until)
        reasons = [reason_of(site, self._batch[0], unit) for unit in judged.units]
        if entered is None:
            entered = entered_at(self._view.connection, self._batch)
        final = VerdictFinality(self._finalities, judged, until, entered)
        is_expired = site.batches[self._batch].is_expired(self._view.snapshot.date(until))
        outside, held = _by_unit(self.exposures), _by_unit(self.holds)
        units = [
            Unit(
                key=UnitKey(*self._batch, said.unit),
                now=until,
                verdict=said,
                reason=reason,
                finality=self._told(final.units[said.unit]),
                stays=stays_of_batch(self._view, self._batch, said.unit, self._snapshot),
                exposures=outside[said.unit],
                holds=held[said.unit],
                is_expired=is_expired,
            )
            for said, reason in zip(judged.units, reasons, strict=True)
        ]
        reason = reason_of_batch(judged.units, reasons, judged.verdict)
        return BatchState(judged, reason, self._told(final.batch), units)

    def _told(self, finality: Finality) -> Finality:
        return finality if self._view.policy.knows_authors else replace(finality, outstanding=None)


def _by_unit(found: Sequence[Item]) -> dict[str | None, list[Item]]:
    units: dict[str | None, list[Item]] = defaultdict(list)
    for each in found:
        units[each.key.unit].append(each)
    return units
