"""What the profile says of units and of a batch at an instant, as data; `rules.report` writes it as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.intervals import Interval
from domain.model import MIN_COVERAGE
from domain.numbers import SCALE, show_ratio
from rules.judgement import Exposure, Firing, Judgement, version_at_end
from rules.subjects.evidence.coverage import in_storage_and_unknown
from rules.subjects.evidence.subject import SubjectEvidence

Verdict = Literal["hold", "review", "unknown", "ok"]

VERDICTS: tuple[Verdict, ...] = ("hold", "review", "unknown", "ok")  # worst first


SHOWN_GAPS = 10  # of a unit, the longest ones: what is listed


@dataclass(frozen=True, slots=True)
class Lacking:
    """What is not known of a unit's time under watch, and how much its profile asks for.

    `gaps` are the longest intervals without data, in order of time; `count` is how many there are.
    """

    gaps: tuple[Interval, ...] = ()
    count: int = 0
    min_coverage: int = MIN_COVERAGE  # 10⁻⁶
    longest_gap: int | None = None  # microseconds; None: any is tolerated


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
    lacking: Lacking = Lacking()

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
    watched, unknown, longest = in_storage_and_unknown(evidence)
    key = evidence.subject.key
    name = key[2] if len(key) == 3 else None
    verdict = verdict_of(evidence, judged, watched, unknown, longest)
    return UnitVerdict(name, verdict, watched, unknown, longest, judged.exposures, judged.firings, _lacking(evidence))


def verdict_of(evidence: SubjectEvidence, judged: Judgement, watched: int, unknown: int, longest: int) -> Verdict:
    """Return the worst action that triggered, else whether enough is known: enough in all, and no gap too long."""
    actions = {firing.action for firing in judged.firings}
    if "hold" in actions:
        return "hold"
    if "review" in actions:
        return "review"
    least, tolerated = _asked(evidence)
    known = watched - unknown
    is_enough = known > 0 and known * SCALE >= least * watched
    return "ok" if is_enough and (tolerated is None or longest <= tolerated) else "unknown"


def _asked(evidence: SubjectEvidence) -> tuple[int, int | None]:
    """Return the least coverage and the longest gap of the version in force just before the end of the watch."""
    version = version_at_end(evidence.subject, evidence.until)
    return (MIN_COVERAGE, None) if version is None else (version.min_coverage, version.longest_gap)


def _lacking(evidence: SubjectEvidence) -> Lacking:
    gaps = evidence.unknown_in_coverage()
    longest = sorted(gaps, key=lambda gap: (gap[0] - gap[1], gap))[:SHOWN_GAPS]
    return Lacking(tuple(sorted(longest)), len(gaps), *_asked(evidence))
