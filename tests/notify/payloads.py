"""An alert's message as it leaves for a channel."""

from typing import Any

from domain.times import parse_instant
from ledger.models.alert import alert_of
from notify.channels import Message
from notify.render import payload_of
from tests.alerts import alert_row, lot_row

LOTS = [
    lot_row(unit="PALLET-7", hold=3, state="held", limit="above 8.0 °C", minutes=75.0, peak=9_600_000),
    lot_row(unit="PALLET-8", hold=4, state="released", disposed_by="quinn", minutes=75.0, peak=9_600_000),
]
ROW: dict[str, Any] = {
    **alert_row(id=12, since=parse_instant("2026-01-01T09:38:00Z"), lots=LOTS),
    "raised_at": parse_instant("2026-01-01T10:53:00Z"),
    "sentence": "Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC). 2 units of VAX A1 are on hold: "
    "above 8.0 °C for 1 h 15 min, allowed 1 h. Move the stock, then review it.",
    "worst": {
        **{"rule": "too-warm", "kind": "limit", "limit": "above 8.0 °C for 1 h or more", "minutes": 75.0},
        **{"peak": 9_600_000, "product": "VAX", "lot": "A1", "unit": "PALLET-7", "places": ["ROOM-1"]},
        "sentence": "too-warm: above 8.0 °C for 1 h 15 min, allowed 1 h, peak 9.6 °C",
    },
}
TEST = {"id": "7b1c", "event": "test", "sentence": "This is a test of channel qa-mail."}


def message(event: str = "raised", **columns: Any) -> Message:
    """Return a message of an alert with these columns."""
    alert = alert_of({**ROW, **columns})
    payload = payload_of(alert, event, "7b1c", "https://cold.example.org")
    return Message("7b1c", event, payload, alert, "thread-12")
