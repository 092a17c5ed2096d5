"""Parts of an alert as JSON: what webhooks send and exports print. Times as text, values as decimal numbers."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.numbers import show_value
from domain.times import format_instant
from ledger.models.alert import AlertLot, Missing, UnknownLot, Without, WorstRule
from rules.alarms.problems import NoData
from rules.messages.words import UNITS

_FIRED = ("limit", "minutes", "peak")
_WHY = ("at", "kind", "profile", "version", "places", "sentence", "why")
_LOT = ("product", "lot", "unit", "client", "hold", "state", "disposed_by", "rules", "since", "until")
_HIDDEN_FROM_CLIENTS = frozenset(("disposed_by", "at", "places"))
_OUT = ("how", "at", "place", "to", "by", "then")
_OUT_FOR_CLIENTS = ("how", "at", "then", "place", "to")


def lot_as_json(lot: AlertLot, *, for_client: bool = False) -> dict[str, Any]:
    """Return a lot; `for_client`: without what no client is told."""
    shown = {**_values(lot, _LOT), **_fired(lot)}
    if for_client:
        shown = {name: value for name, value in shown.items() if name not in _HIDDEN_FROM_CLIENTS}
    return {**shown, "out": _values(lot.out, _OUT_FOR_CLIENTS if for_client else _OUT)} if lot.out else shown


def worst_as_json(worst: WorstRule) -> dict[str, Any]:
    """Return the worst rule that fired, with for whom."""
    named = ("location",) if worst.location is not None else ("product", "lot", "unit") if worst.product else ()
    return {"rule": worst.rule, **_fired(worst, named)}


def cause_as_json(cause: Mapping[str, Any]) -> dict[str, Any]:
    """Return why something became known (`ledger.corrections.causes`)."""
    shown = {name: _value(name, value) for name, value in cause.items()}
    if isinstance(cause.get("readings"), list):
        shown["readings"] = [cause_as_json(each) for each in cause["readings"]]
    return shown


def no_data_as_json(no_data: NoData, quantity: str, *, for_client: bool = False) -> dict[str, Any]:
    """Return since when there are no data, from when the record knows nothing, until when, and the last that was heard.

    `last` is null where it is no one value; `for_client`: without the sensor.
    """
    shown: dict[str, Any] = {name: _value("at", getattr(no_data, name)) for name in ("since", "unknown_since", "until")}
    shown["last"] = None if no_data.value is None or quantity not in UNITS else show_value(no_data.value)
    return shown if for_client else {**shown, "sensor": no_data.sensor}


def unknown_as_json(lot: UnknownLot) -> dict[str, Any]:
    """Return a unit of which nothing is known, since when, and which hours are missing if its verdict is `unknown`."""
    shown = _values(lot, ("product", "lot", "unit", "client", "since", "until"))
    return {**shown, "missing": lot.missing and missing_as_json(lot.missing)}


def missing_as_json(missing: Missing) -> dict[str, Any]:
    """Return which hours are missing of a unit, in numbers and in words."""
    lengths = {"unknown_minutes": missing.unknown_minutes, "watched_minutes": missing.watched_minutes}
    return {
        **lengths,
        "gaps": without_as_json(missing.gaps),
        "at": format_instant(missing.at),
        "sentence": missing.sentence,
    }


def without_as_json(times: Iterable[Without]) -> list[dict[str, Any]]:
    """Return times without data, or in which nothing was outside."""
    return [{"from": format_instant(since), "to": format_instant(until)} for since, until in times]


def _fired(fired: AlertLot | WorstRule, named: Iterable[str] = ()) -> dict[str, Any]:
    """Return what is known of the rule; what older versions did not record is left out."""
    measured = _values(fired, _FIRED) if fired.limit is not None else {}
    why = _values(fired, _WHY) if fired.kind is not None else {}
    return {**measured, **_values(fired, named), **why}


def _values(of: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: _value(name, getattr(of, name)) for name in names}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if name == "peak":
        return None if value is None else show_value(value)
    return format_instant(value) if name in ("at", "since", "until") and isinstance(value, int) else value
