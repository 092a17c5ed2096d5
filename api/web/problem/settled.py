"""How settled a problem is: as what has fired, and until when it was outside."""

from collections.abc import Sequence

from api.reads.finality import Finalities, statement_of
from api.web.problem.record import Fields, Record
from domain.times import NEVER
from ledger.models import Finality
from rules.alarms.was_revised import was_revised
from rules.subjects.finality import Outstanding, finality_of, merged
from rules.subjects.whereabouts import LocationKey, UnitKey


def settled_of(finalities: Finalities, record: Record) -> Finality:
    """Return how settled a problem is: what goes on is not, nor what a sensor still owes something to."""
    missing = merged(each for firing in record.firings for each in _outstanding_for(finalities, firing))
    is_settled = record.alert.until is not None and not missing
    return Finality(finality_of(is_settled=is_settled, was_revised=_was_revised(record)), missing)


def _outstanding_for(finalities: Finalities, firing: Fields) -> Sequence[Outstanding]:
    because = firing["because"]
    until = None if because["until"] is None else max(because["until"], firing["at"])
    place = firing["location"]
    key = UnitKey(firing["product"], firing["lot"], firing["unit"]) if place is None else LocationKey(place)
    return finalities.outstanding_for_rule(key, firing["rule"], min(because["since"], firing["at"]), until)


def _was_revised(record: Record) -> bool:
    """Tell whether something else was said before of its intervals, or that it was none."""
    revisions: dict[tuple[bool, int], list[Fields]] = {}
    for row in (*record.excursions, *record.exposures):
        revisions.setdefault(("location" in row, row["id"]), []).append(row)
    return not record.alert.founded or any(_is_revised(rows) for rows in revisions.values())


def _is_revised(rows: list[Fields]) -> bool:
    ordered = sorted(rows, key=lambda row: NEVER if row["superseded_at"] is None else row["superseded_at"])
    *before, last = ordered
    return last["superseded_at"] is not None or was_revised(map(statement_of, before), statement_of(last))
