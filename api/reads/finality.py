"""How final what is on record is (`rules.subjects.finality`), now or as it was known at an instant."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Table, select

from api.deps import View
from api.reads.known import Known, look_back, what_is_known
from api.reads.reading_times import ReadingTimesBySensor
from domain.times import NEVER
from ledger.models.excursion import Excursion, excursion_of
from ledger.models.exposure import Exposure, exposure_of
from ledger.models.finality import Finality
from ledger.models.hold import Hold, hold_of
from rules.alarms.was_revised import Statement, was_revised
from rules.subjects.finality import Ground, Outstanding, finality_of, ground_of, ground_of_verdict, outstanding
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts
from store.series import AT_ONCE
from store.tables import excursions, exposures, hold_revisions

Key = UnitKey | LocationKey
Item = TypeVar("Item", Excursion, Exposure, Hold)

_REVISIONS: Mapping[type, tuple[Table, Any]] = {
    Excursion: (excursions, excursion_of),
    Exposure: (exposures, exposure_of),
    Hold: (hold_revisions, hold_of),
}


class Finalities:
    """Answers for one look at the database; what is known of a sensor is read once."""

    def __init__(self, view: View, known: Known | None = None) -> None:
        known = known or what_is_known(view)
        self.view = view
        self.now = view.now
        self.known_at = view.known_at
        self._site = known.site
        self._places = view.snapshot.places
        self._whereabouts = Whereabouts(known.site, self._places)
        self._reading_times = ReadingTimesBySensor(known, self.now)
        self._kept_from = view.series.kept_from or -NEVER
        self._subjects: dict[Key, Subject | None] = {}  # kept, so that versions are told apart by identity
        self._outstanding: dict[object, Sequence[Outstanding]] = {}

    def mark(self, found: Sequence[Item]) -> list[Item]:
        """Return intervals or holds with their finality; what is outstanding as far as this person may know."""
        before = self._earlier(type(found[0]), [each.id for each in found]) if found else {}
        return [self.marked(each, before.get(each.id, ())) for each in found]

    def marked(self, statement: Item, before: Iterable[Statement]) -> Item:
        """Return a statement with its finality: `before` is what earlier revisions said."""
        since, until = statement.ground
        missing = self.outstanding_for_rule(statement.key, statement.rule, since, until)
        is_settled = until is not None and not missing
        status = finality_of(is_settled=is_settled, was_revised=is_settled and was_revised(before, statement.reported))
        return replace(statement, finality=Finality(status, missing if self.view.policy.knows_authors else None))

    def outstanding_for_rule(self, key: Key, rule: str, since: int, until: int | None) -> Sequence[Outstanding]:
        """Return what is outstanding for an interval outside a rule (None: in progress), or its firing at the end."""
        end = self.now if until is None else until
        start = min(since, end)
        return self._worked_out(
            key,
            (rule, start, end, until is None),
            lambda subject: ground_of(subject, rule, start, end, is_ongoing=until is None),
        )

    def outstanding_for_verdict(self, key: Key, until: int) -> Sequence[Outstanding]:
        """Return what is outstanding for a verdict at an instant."""
        return self._worked_out(key, until, lambda subject: ground_of_verdict(subject, until))

    def _worked_out(
        self, key: Key, asked: object, ground_of_it: Callable[[Subject], Ground | None]
    ) -> Sequence[Outstanding]:
        """Ask once for all subjects that were in the same places by the same rules."""
        subject = self.subject(key)
        if subject is None:
            return []
        same = (subject.stays, id(subject.versions), asked)
        if same not in self._outstanding:
            ground = ground_of_it(subject)
            heard_of, now, kept_from = self._reading_times.of, self.now, self._kept_from
            self._outstanding[same] = (
                [] if ground is None else outstanding(ground, subject, self._places, heard_of, now, kept_from)
            )
        return self._outstanding[same]

    def subject(self, key: Key) -> Subject | None:
        """Return where it was and what was required of it; None if there is no such thing any more."""
        if key not in self._subjects:
            self._subjects[key] = self._find(key)
        return self._subjects[key]

    def _find(self, key: Key) -> Subject | None:
        if isinstance(key, LocationKey):
            return self._whereabouts.location(key.location) if key.location in self._site.locations else None
        return self._whereabouts.unit(key, self.now) if key[:2] in self._site.batches else None

    def _earlier(self, kind: type, numbers: Sequence[int]) -> dict[int, list[Statement]]:
        """Return what was said of each before, by id."""
        table, model_of = _REVISIONS[kind]
        found: dict[int, list[Statement]] = defaultdict(list)
        ended = table.c.superseded_at
        known = ended.is_not(None) if self.known_at is None else ended <= self.known_at
        for start in range(0, len(numbers), AT_ONCE):
            query = select(table).where(table.c.id.in_(numbers[start : start + AT_ONCE]), known)
            for row in self.view.connection.execute(query.order_by(table.c.row)):
                found[row.id].append(model_of(row._mapping).reported)
        return found


def mark_revisions(view: View, found: Sequence[Item]) -> list[Item]:
    """Return all revisions of one thing, oldest first, each as final as it was last."""
    said = [each.reported for each in found]
    marked = []
    for i, each in enumerate(found):
        ended = each.superseded_at
        marked.append(Finalities(view if ended is None else look_back(view, ended - 1)).marked(each, said[:i]))
    return marked
