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

    def was_in_force(self, at: int | None) -> bool:
        """Tell whether it is what was believed at an instant (None: what is believed now)."""
        if at is None:
            return self.superseded_at is None
        return self.known_at <= at and (self.superseded_at is None or self.superseded_at > at)

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
    def said(self) -> Statement:
        """Return what this revision says, to be compared with others."""
        return Statement(self.since, self.until, *self.numbers, self.fired_at)


def interval_fields(row: Row, known_at: int | None) -> dict[str, Any]:
    """Return the fields of a row of `excursions` or `exposures`, without numbers that grew after `known_at`."""
    fields = {name: row[name] for name in _FIELDS}
    return fields | dict.fromkeys(_NUMBERS) if grew_after(row, known_at) else fields


def grew_after(row: Row, known_at: int | None) -> bool:
    """Tell whether the numbers of a revision were brought up to date after an instant."""
    return known_at is not None and row["grown_at"] is not None and row["grown_at"] > known_at


_NUMBERS = ("minutes", "degree_minutes", "peak")
_FIELDS = (
    *("id", "revision", "rule", "since", "until", *_NUMBERS, "fired_at"),
    *("known_at", "superseded_at", "cause", "superseded_because"),
)
