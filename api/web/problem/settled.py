"""How final a problem is: as what has fired, and until when it was outside."""

from collections.abc import Sequence
from itertools import chain

from api.reads.finality import Finalities
from api.web.problem.record import Record
from api.web.problem.revisions import intervals
from domain.times import NEVER
from ledger.models import Finality, Interval
from rules.alarms.problems import Fired
from rules.alarms.was_revised import was_revised
from rules.subjects.finality import Outstanding, finality_of, merged


def settled_of(finalities: Finalities, record: Record) -> Finality:
    """Return how final a problem is: not while it is ongoing, nor while data are outstanding that it rests on."""
    missing = merged(each for fired in record.firings for each in _outstanding_for(finalities, fired))
    is_settled = record.alert.until is not None and not missing
    return Finality(finality_of(is_settled=is_settled, was_revised=_was_revised(record)), missing)


def _outstanding_for(finalities: Finalities, fired: Fired) -> Sequence[Outstanding]:
    subject, firing = fired
    until = None if firing.until is None else max(firing.until, firing.at)
    return finalities.outstanding_for_rule(subject, firing.rule, min(firing.since, firing.at), until)


def _was_revised(record: Record) -> bool:
    """Tell whether something else was said before of its intervals, or that it was none."""
    found: list[Interval] = list(chain(record.excursions, record.exposures))
    return not record.alert.founded or any(map(_is_revised, intervals(found)))


def _is_revised(revisions: Sequence[Interval]) -> bool:
    *before, last = sorted(revisions, key=lambda each: NEVER if each.superseded_at is None else each.superseded_at)
    return not last.is_in_force or was_revised([each.reported for each in before], last.reported)
