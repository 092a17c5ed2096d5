"""What the profile says of units and of a batch at an instant, as data; `rules.report` writes it as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.numbers import SCALE, show_ratio
from rules.judgement import Exposure, Firing, Judgement, version_at_end
from rules.subjects.evidence.coverage import watched_and_unknown
from rules.subjects.evidence.subject import SubjectEvidence

Verdict = Literal["hold", "review", "unknown", "ok"]

VERDICTS: tuple[Verdict, ...] = ("hold", "review", "unknown", "ok")  # worst first


@dataclass(frozen=True, slots=True)
class UnitVerdict:
    """Of one unit (None: the lot is one unit); durations in microseconds."""

    unit: str | None
    verdict: Verdict
    watched: int
    unknown: int
    longest_gap: int
    exposures: tuple[Exposure, ...] = ()
    firings: tuple[Firing, ...] = ()

    @property
    def coverage(self) -> float:
        """Return known time ÷ time under watch, 4 decimals."""
        return show_ratio(self.watched - self.unknown, self.watched)


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """Of a batch: that of its worst unit."""

    product: str
    lot: str
    units: Sequence[UnitVerdict]

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of its units."""
        return min((unit.verdict for unit in self.units), key=VERDICTS.index)


def unit_verdict(evidence: SubjectEvidence, judged: Judgement) -> UnitVerdict:
    """Return the judgement of the unit that the evidence is of."""
    watched, unknown, longest = watched_and_unknown(evidence)
    key = evidence.subject.key
    name = key[2] if len(key) == 3 else None
    verdict = verdict_of(evidence, judged, watched, unknown)
    return UnitVerdict(name, verdict, watched, unknown, longest, judged.exposures, judged.firings)


def verdict_of(evidence: SubjectEvidence, judged: Judgement, watched: int, unknown: int) -> Verdict:
    """Return the worst action that triggered, else whether enough is known."""
    actions = {firing.action for firing in judged.firings}
    if "hold" in actions:
        return "hold"
    if "review" in actions:
        return "review"
    version = version_at_end(evidence.subject, evidence.until)
    least = version.min_coverage if version else 0
    known = watched - unknown
    return "unknown" if known == 0 or known * SCALE < least * watched else "ok"
