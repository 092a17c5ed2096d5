"""An alert as it was known at an instant: from the revision that was in force then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger.models.alert import Alert, alert_of
from ledger.models.interval import Row, grew_after
from ledger.models.recipients import sentence_for

Columns = Mapping[str, Any]

# What changes with every reading while a rule goes on being broken: of a lot, and of the worst rule.
_NUMBERS = ("minutes", "peak", "sentence", "why")
_OF_THE_REVISION = ("row", "known_at", "superseded_at", "grown_at")


def alert_as_known(row: Row, at: int) -> Alert:
    """Return the alert that a row of `alert_revisions` tells of, as known at an instant.

    Numbers that grew later are left out, and its sentence then is made of what is left.
    """
    columns = {name: value for name, value in row.items() if name not in _OF_THE_REVISION}
    if not grew_after(row, at):
        return alert_of(columns)
    told = alert_of(without_numbers(columns))
    return replace(told, sentence=sentence_for(told))


def without_numbers(columns: Columns) -> dict[str, Any]:
    """Return the columns of an alert without its sentence and the numbers of what goes on; what ended keeps its own."""
    lots = [_without(lot) if lot.get("until") is None else lot for lot in columns["lots"]]
    worst = columns["worst"] and _without(columns["worst"])
    return {**columns, "sentence": "", "lots": lots, "worst": worst}


def _without(fired: Columns) -> dict[str, Any]:
    left = {**fired, **dict.fromkeys(name for name in _NUMBERS if name in fired)}
    if "unstudied" in (fired.get("why") or {}):  # it tells what is wrong, and is no number
        left["why"] = {"unstudied": None}
    return left
