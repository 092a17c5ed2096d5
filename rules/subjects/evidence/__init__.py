"""What happened to one subject: its stays cut out of the timelines of the places, as the rule kinds want it."""

from rules.subjects.evidence.heard import Heard
from rules.subjects.evidence.known import Known, part_known
from rules.subjects.evidence.outside import Outside, Part
from rules.subjects.evidence.warm import Warm

__all__ = ["Part", "SubjectEvidence", "part_known"]


class SubjectEvidence(Outside, Known, Warm, Heard):
    """Implements `rules.kinds.base.Evidence` for one subject at one present instant."""
