"""An excursion: an interval in which a location was outside a rule."""

from dataclasses import dataclass

from ledger.models.interval import Interval, Row, interval_fields
from rules.subjects.whereabouts import LocationKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion(Interval):
    """An interval in which a location was outside a rule of its own profile."""

    location: str

    @property
    def key(self) -> LocationKey:
        """The subject that was outside."""
        return LocationKey(self.location)


def excursion_of(row: Row, known_at: int | None = None) -> Excursion:
    """Return the excursion that a row of `excursions` tells of, as known at an instant (default: now)."""
    return Excursion(location=row["location"], **interval_fields(row, known_at))
