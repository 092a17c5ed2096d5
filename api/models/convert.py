"""From rows as the ledger keeps them to what is shown: microseconds to times, 10⁻⁶ to decimal numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from api.models.base import ResponseBody, show_number, show_time_or_none
from api.models.records import (
    Alert,
    AlertLot,
    Cause,
    Clearing,
    Comment,
    Event,
    Excursion,
    ExcursionRevision,
    Exposure,
    ExposureRevision,
    Hold,
    HoldRevision,
    OutOfReach,
    Owed,
    ReadingsHeard,
    Suppressed,
    Why,
    Worst,
)
from domain.topics import whole
from rules.alarms.lifecycle import state_on_record

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


def alert(row: Fields) -> Alert:
    """Show an alert."""
    lots = {name: [_lot(lot) for lot in row.get(name) or ()] for name in ("lots", "gone")}
    worst = row.get("worst")
    suppressed = row.get("suppressed")
    more = {
        "worst": _shown(Worst, worst) if worst else None,
        **_of_a_batch(row),
        "suppressed": _shown(Suppressed, suppressed) if suppressed else None,
        "clearing": _shown(Clearing, row["clearing"]) if row.get("clearing") else None,
        "state": state_on_record(row) if "suppressed" in row else None,  # how the site runs is no client's business
    }
    return _shown(Alert, {**row, **lots, **more})


def _lot(lot: Fields) -> AlertLot:
    return _shown(AlertLot, {**lot, "out": _shown(OutOfReach, lot["out"]) if lot.get("out") else None})


def _of_a_batch(row: Fields) -> dict[str, Any]:
    """Return which batch an alert is of alone, because that was out of reach."""
    if row.get("lot"):
        return {"kind": "out_of_reach"}
    return {"kind": "problem", "product": None, "lot": None}


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
