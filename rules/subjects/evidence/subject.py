"""What happened to one subject: all that the rule kinds may ask of it."""

from rules.subjects.evidence.coverage import CoverageEvidence
from rules.subjects.evidence.readings import ReadingsEvidence
from rules.subjects.evidence.returned import ReturnEvidence
from rules.subjects.evidence.warmth import WarmthEvidence


class SubjectEvidence(ReturnEvidence, CoverageEvidence, WarmthEvidence, ReadingsEvidence):
    """Implements `rules.kinds.common.evidence.Evidence` for one subject at one present instant."""
