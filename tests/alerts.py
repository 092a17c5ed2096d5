"""Rows of alerts as the ledger keeps them, and the alerts that they say; what a test does not give has a preset."""

from typing import Any

from ledger.models.alert import Alert, alert_of


def lot_row(product: str = "VAX", lot: str = "A1", unit: str | None = None, **given: Any) -> dict[str, Any]:
    """Return a lot of an alert; like `since` and `until` of the alert where they are not given."""
    row = {"product": product, "lot": lot, "unit": unit, "client": None, "hold": None, "state": None}
    return {**row, "disposed_by": None, "rules": [], **given}


def alert_row(**given: Any) -> dict[str, Any]:
    """Return all columns of an alert of ROOM-1 that is too warm since 0."""
    row: dict[str, Any] = {
        "id": 5,
        "place": "ROOM-1",
        "quantity": "temperature",
        "direction": "high",
        "since": 0,
        "until": None,
        "severity": "critical",
        "rules": ["too-warm"],
        "lots": [],
        "sentence": "ROOM-1 is too warm",
        "founded": True,
        "revision": 1,
        "raised_at": 0,
        "product": "",
        "lot": "",
    }
    empty = ("ended_at", "acknowledged_by", "acknowledged_at", "comment", "gone", "worst", "suppressed", "clearing")
    return {**row, **dict.fromkeys((*empty, "no_data", "unknown", "pauses", "told_at", "because")), **given}


def alert(**given: Any) -> Alert:
    """Return the alert that such a row says."""
    return alert_of(alert_row(**given))
