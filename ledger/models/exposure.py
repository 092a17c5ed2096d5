"""An exposure: an interval in which one unit was outside a rule."""

from dataclasses import dataclass
from typing import Any

from ledger.models.finality import CAUSES, cause_for_client
from ledger.models.interval import Interval, Row, interval_fields
from ledger.models.of_unit import OfUnit
from rules.subjects.whereabouts import UnitKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure(OfUnit, Interval):
    """An interval in which one unit was outside a rule of its product's profile."""

    key: UnitKey


def exposure_of(row: Row, known_at: int | None = None) -> Exposure:
    """Return the exposure that a row of `exposures` tells of, as known at an instant (default: now)."""
    return Exposure(key=UnitKey(row["product"], row["lot"], row["unit"]), **interval_fields(row, known_at))


def exposure_for_client(exposure: Exposure) -> Exposure:
    """Return an exposure as the client that owns the unit may read it."""
    fields: dict[str, Any] = {name: getattr(exposure, name) for name in _OF_A_CLIENT}
    causes: dict[str, Any] = {name: cause_for_client(getattr(exposure, name)) for name in CAUSES}
    return Exposure(**fields, **causes)


_OF_A_CLIENT = (
    *("id", "key", "revision", "rule", "since", "until", "minutes", "degree_minutes", "peak", "fired_at"),
    *("known_at", "superseded_at"),
)
