"""A batch read once: its units with verdicts, exposures and holds as one person may see them, now or as known then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from api.access import require_batch
from api.deps import View
from api.reads.decisions import with_decisions
from api.reads.finality import Finalities
from api.reads.history import stays_of_batch
from api.reads.known import what_is_known
from api.reads.moved import with_movements
from api.reads.units import by_unit, read_exposures, read_holds
from api.reads.verdict_finality import VerdictFinality, entered_at
from domain.model import QUANTITIES, BatchKey
from ledger.models.exposure import Exposure
from ledger.models.finality import Finality
from ledger.models.hold import Hold
from ledger.models.in_use import expired_in_use
from ledger.models.unit import Unit
from rules.alarms.was_revised import Statement
from rules.batch_judge import judge_batch
from rules.messages.verdict import reason_of, reason_of_batch
from rules.subjects.whereabouts import UnitKey
from rules.unit_verdict import BatchVerdict, UnitVerdict
from store.series import series_of


@dataclass(frozen=True, slots=True)
class BatchState:
    """What is said of a batch at an instant, and of each of its units."""

    verdict: BatchVerdict
    reason: str
    finality: Finality
    units: Sequence[Unit]


class BatchReader:
    """Reads a batch, each table once at most. Raises NotFoundError for one that is not there for this person."""

    def __init__(self, view: View, batch: BatchKey) -> None:
        require_batch(view.policy, view.snapshot, batch)
        self._view = view = with_movements(view, batch)
        self._batch = batch
        self._known = what_is_known(view)
        self._finalities = Finalities(view, self._known)

    @cached_property
    def exposure_revisions(self) -> list[Exposure]:
        """Everything that was ever said of the batch's exposures, in order of time."""
        return read_exposures(self._view, self._batch)

    @cached_property
    def exposures(self) -> list[Exposure]:
        """The exposures in force."""
        before: dict[int, list[Statement]] = defaultdict(list)
        for each in self.exposure_revisions:
            if each.superseded_at is not None:
                before[each.id].append(each.reported)
        in_force = (each for each in self.exposure_revisions if each.is_in_force)
        return [self._finalities.marked(each, before[each.id]) for each in in_force]

    @cached_property
    def holds(self) -> list[Hold]:
        """The holds, disposed of or not, in the order in which they were placed."""
        found = self._finalities.mark(read_holds(self._view, self._batch))
        return with_decisions(self._view, found)

    def load_series(self) -> None:
        """Read the series of all sensors that ever spoke for where the batch was, whole and at once."""
        site, places = self._view.snapshot.site, self._view.snapshot.places
        locations = {stay.location for stay in self._view.snapshot.stays(self._batch)}
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
        in_use = expired_in_use(self._view.connection, [self._batch], site.products, until, self._view.known_at)
        blocked = self._view.blocked([self._batch]) if self._view.snapshot.is_moved else {}
        outside, held = by_unit(self.exposures), by_unit(self.holds)
        keys = [UnitKey(*self._batch, said.unit) for said in judged.units]
        units = [
            Unit(
                key=key,
                now=until,
                verdict=said,
                reason=reason,
                finality=self._as_known_to_them(final.units[said.unit]),
                stays=stays_of_batch(self._view, self._batch, said.unit),
                exposures=[self._to_the_full(each, said) for each in outside.get(key, [])],
                holds=held.get(key, []),
                is_expired=is_expired or key in in_use,
                blocked=blocked.get(key),
            )
            for key, said, reason in zip(keys, judged.units, reasons, strict=True)
        ]
        reason = reason_of_batch(judged.units, reasons, judged.verdict)
        return BatchState(judged, reason, self._as_known_to_them(final.batch), units)

    def _to_the_full(self, exposure: Exposure, said: UnitVerdict) -> Exposure:
        """Return an exposure that was in progress at the instant that is looked at with its numbers of that instant.

        What is on record of them has been brought up to date since, or was not yet then.
        """
        if self._view.known_at is None or exposure.until is not None:
            return exposure
        named = exposure.rule, exposure.since
        judged = next((each for each in said.exposures if (each.rule, each.since) == named), None)
        if judged is None:
            return exposure
        return replace(exposure, minutes=judged.minutes, degree_minutes=judged.degree_minutes, peak=judged.peak)

    def _as_known_to_them(self, finality: Finality) -> Finality:
        return finality if self._view.policy.knows_authors else replace(finality, outstanding=None)
