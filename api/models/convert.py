"""From rows as the ledger keeps them to what is shown: microseconds to times, 10⁻⁶ to decimal numbers."""

from collections.abc import Mapping
from typing import Any, TypeVar

import ledger.models.alert
from api.models.base import ResponseBody, show_number, show_time, show_time_or_none
from api.models.records import (
    Alert,
    Cause,
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
from ledger import models
from ledger.models.finality import Finality
from rules.subjects.finality import Outstanding

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


def excursion(found: models.Excursion) -> Excursion:
    """Show an excursion."""
    return Excursion(location=found.location, **_interval(found))


def exposure(found: models.Exposure) -> Exposure:
    """Show an exposure."""
    return Exposure(**found.key._asdict(), **_interval(found))


def hold(found: models.Hold) -> Hold:
    """Show a hold."""
    return Hold(**_hold(found))


def finality(found: Finality | None) -> dict[str, Any]:
    """Show how final a statement is, and what is outstanding."""
    assert found is not None, "a statement is shown with its finality"
    outstanding = None if found.outstanding is None else [_owed(each) for each in found.outstanding]
    return {"standing": found.status, "owed": outstanding}


def excursion_revision(found: models.Excursion) -> ExcursionRevision:
    """Show a revision of an excursion."""
    return ExcursionRevision(location=found.location, **_interval(found), **_superseded(found))


def exposure_revision(found: models.Exposure) -> ExposureRevision:
    """Show a revision of an exposure."""
    return ExposureRevision(**found.key._asdict(), **_interval(found), **_superseded(found))


def hold_revision(found: models.Hold) -> HoldRevision:
    """Show a revision of a hold."""
    known_at = show_time_or_none(found.known_at)
    return HoldRevision(**_hold(found), known_at=known_at, cause=_cause(found.cause), **_superseded(found))


def _interval(found: models.Interval) -> dict[str, Any]:
    return {
        "id": found.id,
        "revision": found.revision,
        "rule": found.rule,
        "since": show_time(found.since),
        "until": show_time_or_none(found.until),
        "minutes": found.minutes,
        "degree_minutes": found.degree_minutes,
        "peak": show_number(found.peak),
        "fired_at": show_time_or_none(found.fired_at),
        "known_at": show_time(found.known_at),
        "cause": _cause(found.cause),
        **finality(found.finality),
    }


def _superseded(found: models.Interval | models.Hold) -> dict[str, Any]:
    because = _cause(found.superseded_because)
    return {"superseded_at": show_time_or_none(found.superseded_at), "superseded_because": because}


def _hold(found: models.Hold) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("id", "rule", "state", "founded", "disposed_by", "reason")},
        **found.key._asdict(),
        "fired_at": show_time(found.fired_at),
        "placed_at": show_time(found.placed_at),
        "disposed_at": show_time_or_none(found.disposed_at),
        "why": _why(found),
        **finality(found.finality),
    }


def _why(found: models.Hold) -> Why:
    """Show what a hold rests on; its sentence goes on with the unit, and where, as far as that may be told."""
    why = found.why
    shown = {name: getattr(why, name) for name in Why.model_fields}
    sentence = why.sentence and whole(why.sentence, found.key._asdict(), why.places or ())
    times = {"since": show_time(why.since), "until": show_time_or_none(why.until)}
    return Why(**{**shown, **times, "sentence": sentence, "peak": show_number(why.peak)})


def _owed(each: Outstanding) -> Owed:
    return Owed(sensor=each.sensor, since=show_time(each.since), until=show_time_or_none(each.until))


def _cause(found: Fields | None) -> Cause | None:
    return None if found is None else cause(found)


def alert(told: ledger.models.alert.Alert) -> Alert:
    """Show an alert; in which state it is tells how the site runs, which is no client's business."""
    shown = Alert.model_validate(told)
    return shown if told.recipient is None else shown.model_copy(update={"state": None})


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
    return show_number(value) if name in _VALUES else value
