"""An interval outside a rule, in one of its revisions: what excursions of places and exposures of units share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.times import MINUTE, NEVER
from ledger.models.finality import Cause, Finality
from rules.alarms.was_revised import Statement

Row = Mapping[Any, Any]  # of a table, by the names of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """`until` None: still in progress. Numbers are None where they were not known yet at the instant asked about."""

    id: int  # the same through all revisions
    revision: int
    rule: str
    since: int
    until: int | None
    minutes: float | None
    degree_minutes: float | None
    peak: int | None
    fired_at: int | None
    known_at: int
    superseded_at: int | None = None  # None: in force
    cause: Cause | None = None
    superseded_because: Cause | None = None
    finality: Finality | None = None

    @property
    def is_in_force(self) -> bool:
        """Tell whether it is what is believed now."""
        return self.superseded_at is None

    @property
    def is_open(self) -> bool:
        """Tell whether it is still in progress."""
        return self.until is None

    @property
    def end(self) -> int:
        """Return its end, NEVER while it is in progress."""
        return NEVER if self.until is None else self.until

    @property
    def span(self) -> tuple[int, int]:
        """Return start and end, NEVER while it is in progress."""
        return self.since, self.end

    @property
    def ground(self) -> tuple[int, int | None]:
        """Return the time whose data it rests on."""
        return self.since, self.until

    @property
    def duration(self) -> int:
        """Return how long it lasted, in microseconds."""
        return round((self.minutes or 0) * MINUTE)

    @property
    def numbers(self) -> tuple[float | None, float | None, int | None]:
        """Return minutes, degree-minutes and peak."""
        return self.minutes, self.degree_minutes, self.peak

    @property
    def reported(self) -> Statement:
        """Return what this revision says, to be compared with others."""
        return Statement(self.since, self.until, *self.numbers, self.fired_at)


def interval_fields(row: Row, known_at: int | None) -> dict[str, Any]:
    """Return the fields of a row of `excursions` or `exposures`, as they were known at `known_at`.

    Numbers that grew later are left out, and that something else took its place later.
    """
    fields = {name: row[name] for name in _FIELDS} | still_in_force(row, known_at)
    return fields | dict.fromkeys(_NUMBERS) if grew_after(row, known_at) else fields


def still_in_force(row: Row, known_at: int | None) -> dict[str, None]:
    """Return the fields of a revision that were not known at an instant, if its end was not."""
    ended = row["superseded_at"]
    return dict.fromkeys(_END) if known_at is not None and ended is not None and ended > known_at else {}


def grew_after(row: Row, known_at: int | None) -> bool:
    """Tell whether the numbers of a revision were brought up to date after an instant."""
    return known_at is not None and row["grown_at"] is not None and row["grown_at"] > known_at


_END = ("superseded_at", "superseded_because")
_NUMBERS = ("minutes", "degree_minutes", "peak")
_FIELDS = (
    *("id", "revision", "rule", "since", "until", *_NUMBERS, "fired_at"),
    *("known_at", "superseded_at", "cause", "superseded_because"),
)
