"""From rows as the ledger keeps them to what is shown: microseconds to times, 10⁻⁶ to decimal numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import ledger.models.alert
from api.models.base import ResponseBody, show_number, show_time_or_none
from api.models.records import (
    Alert,
    Cause,
    Comment,
    Event,
    Excursion,
    ExcursionRevision,
    Exposure,
    ExposureRevision,
    Hold,
    HoldRevision,
    Owed,
    ReadingsHeard,
    Why,
)
from domain.topics import whole

Fields = Mapping[str, Any]
Model = TypeVar("Model", bound=ResponseBody)

_TIMES = frozenset(
    (
        *("since", "until", "at", "fired_at", "known_at", "superseded_at", "placed_at", "disposed_at"),
        *("raised_at", "ended_at", "acknowledged_at"),
    )
)
_VALUES = frozenset(("peak",))
_CAUSES = frozenset(("cause", "superseded_because", "because"))


def excursion(row: Fields) -> Excursion:
    """Show an excursion."""
    return _shown(Excursion, row)


def exposure(row: Fields) -> Exposure:
    """Show an exposure."""
    return _shown(Exposure, row)


def hold(row: Fields) -> Hold:
    """Show a hold."""
    return _shown(Hold, {**row, "why": _why(row)})


def owed(told: Iterable[Fields] | None) -> list[Owed] | None:
    """Show what is still owed; None where it may not be told."""
    return None if told is None else [_shown(Owed, each) for each in told]


def excursion_revision(row: Fields) -> ExcursionRevision:
    """Show a revision of an excursion."""
    return _shown(ExcursionRevision, row)


def exposure_revision(row: Fields) -> ExposureRevision:
    """Show a revision of an exposure."""
    return _shown(ExposureRevision, row)


def hold_revision(row: Fields) -> HoldRevision:
    """Show a revision of a hold."""
    return _shown(HoldRevision, {**row, "why": _why(row)})


def _why(row: Fields) -> Why:
    """Show what a hold rests on; its sentence goes on with the unit, and where, as far as that may be told."""
    why = row["why"]
    said = why.get("sentence") and whole(why["sentence"], row, why.get("places") or ())
    return _shown(Why, {**why, "sentence": said})


def alert(told: ledger.models.alert.Alert) -> Alert:
    """Show an alert; in which state it is tells how the site runs, which is no client's business."""
    shown = Alert.model_validate(told)
    return shown if told.recipient is None else shown.model_copy(update={"state": None})


def comment(row: Fields) -> Comment:
    """Show a comment."""
    return _shown(Comment, row)


def event(row: Fields) -> Event:
    """Show an event."""
    return _shown(Event, row)


def _shown(model: type[Model], row: Fields) -> Model:
    """Take the fields that the model has."""
    return model(**{name: _field(name, row[name]) for name in model.model_fields if name in row})


def cause(row: Fields) -> Cause:
    """Show why something is said."""
    heard = [_shown(ReadingsHeard, each) for each in row["readings"]] if "readings" in row else None
    return _shown(Cause, {**row, "readings": heard})


def _field(name: str, value: Any) -> Any:
    if name in _TIMES:
        return show_time_or_none(value)
    if name in _CAUSES:
        return None if value is None else cause(value)
    if name == "owed":
        return owed(value)
    return show_number(value) if name in _VALUES else value
