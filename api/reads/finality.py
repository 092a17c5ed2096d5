"""How settled what is on record is (`rules.subjects.finality`), now or as it was known at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from api.deps import View
from api.reads.heard import Hearing
from api.reads.known import what_is_known, what_was_known
from domain.times import NEVER
from rules.alarms.was_revised import Statement, was_revised
from rules.subjects.finality import Finality, Ground, Outstanding, finality_of, ground_of, outstanding
from rules.subjects.places import Places
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts
from store.compaction import horizon
from store.series import AT_ONCE
from store.tables import hold_revisions, holds

Fields = Mapping[str, Any]
Key = UnitKey | LocationKey


@dataclass(frozen=True, slots=True)
class Settled:
    """How settled a statement is, and what is still owed to it."""

    standing: Finality
    owed: Sequence[Outstanding] = ()

    @property
    def is_settled(self) -> bool:
        """Tell whether it stays as it is."""
        return self.standing != "provisional"


class Standings:
    """Answers for one look at the database; what is known of a sensor is read once."""

    def __init__(self, view: View, known_at: int | None = None) -> None:
        known = what_is_known(view) if known_at is None else what_was_known(view, known_at)
        self.view = view
        self.now = view.now if known_at is None else min(known_at, view.now)
        self.known_at = known_at
        self._site = known.site
        self._places = view.snapshot.places if known_at is None else Places(known.site)
        self._whereabouts = Whereabouts(known.site, self._places)
        self._hearing = Hearing(known, self.now)
        self._kept_from = horizon(view.connection) or -NEVER
        self._subjects: dict[Key, Subject | None] = {}

    def mark(self, table: Table, rows: Sequence[Fields]) -> list[Fields]:
        """Return rows of intervals or holds with their `standing` and, as far as it may be told, what is `owed`."""
        before = self._earlier(hold_revisions if table is holds else table, [row["id"] for row in rows])
        return [self.marked(row, before[row["id"]]) for row in rows]

    def marked(self, row: Fields, before: Iterable[Statement]) -> Fields:
        """Return a row with its `standing`: `before` is what earlier revisions said."""
        settled = self._of_row(row, before)
        told = [each._asdict() for each in settled.owed] if self.view.policy.knows_authors else None
        return {**row, "standing": settled.standing, "owed": told}

    def owed_to(self, subject: Subject, ground: Ground | None) -> list[Outstanding]:
        """Return what is still owed to a ground; nothing where there is none."""
        if ground is None:
            return []
        return outstanding(ground, subject, self._places, self._hearing.of, self.now, self._kept_from)

    def owed_to_rule(self, key: Key, rule: str, since: int, until: int | None) -> list[Outstanding]:
        """Return what is still owed to an interval outside a rule (None: it goes on), or to its firing at the end."""
        subject = self.subject(key)
        if subject is None:
            return []
        end = self.now if until is None else until
        return self.owed_to(subject, ground_of(subject, rule, min(since, end), end, is_ongoing=until is None))

    def subject(self, key: Key) -> Subject | None:
        """Return where it was and what was required of it; None if there is no such thing any more."""
        if key not in self._subjects:
            self._subjects[key] = self._find(key)
        return self._subjects[key]

    def _find(self, key: Key) -> Subject | None:
        if isinstance(key, LocationKey):
            return self._whereabouts.location(key.location) if key.location in self._site.locations else None
        return self._whereabouts.unit(key, self.now) if key[:2] in self._site.batches else None

    def _of_row(self, row: Fields, before: Iterable[Statement]) -> Settled:
        since, until = (row["since"], row["until"]) if "why" not in row else (row["why"]["since"], row["fired_at"])
        missing = self.owed_to_rule(_key_of(row), row["rule"], since, until)
        is_settled = until is not None and not missing
        word = finality_of(is_settled=is_settled, was_revised=is_settled and was_revised(before, statement_of(row)))
        return Settled(word, missing)

    def _earlier(self, table: Table, numbers: Sequence[int]) -> dict[int, list[Statement]]:
        """Return what was said of each before, by id."""
        found: dict[int, list[Statement]] = defaultdict(list)
        known = table.c.superseded_at.is_not(None) if self.known_at is None else table.c.superseded_at <= self.known_at
        for start in range(0, len(numbers), AT_ONCE):
            query = select(table).where(table.c.id.in_(numbers[start : start + AT_ONCE]), known)
            for row in self.view.connection.execute(query):
                found[row.id].append(statement_of(dict(row._mapping)))
        return found


def mark_revisions(view: View, rows: Sequence[Fields]) -> list[Fields]:
    """Return all revisions of one thing, oldest first, each as settled as it was last."""
    said = [statement_of(row) for row in rows]
    marked = []
    for i, row in enumerate(rows):
        ended = row["superseded_at"]
        marked.append(Standings(view, None if ended is None else ended - 1).marked(row, said[:i]))
    return marked


def statement_of(row: Fields) -> Statement:
    """Return what a row says of an interval, or of a hold: its minutes are those of several intervals."""
    if "why" not in row:
        return Statement(*(row[name] for name in Statement._fields[:-1]))
    told = row["why"]
    numbers = (told["degree_minutes"], told["peak"])
    return Statement(told["since"], told["until"], None, *numbers, row["fired_at"], row["founded"])


def _key_of(row: Fields) -> Key:
    if "location" in row:
        return LocationKey(row["location"])
    return UnitKey(row["product"], row["lot"], row["unit"])
