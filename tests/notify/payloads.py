"""An alert's message as it leaves for a channel."""

from typing import Any

from notify.channels import Message

PAYLOAD: dict[str, Any] = {
    "id": "7b1c",
    "event": "raised",
    "alert": 12,
    "revision": 1,
    "founded": True,
    "severity": "critical",
    "sentence": "Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC). 2 units of VAX A1 are on hold: "
    "above 8.0 °C for 1 h 15 min, allowed 1 h. Move the stock, then review it.",
    "place": "ROOM-1",
    "quantity": "temperature",
    "direction": "high",
    "since": "2026-01-01T09:38:00Z",
    "until": None,
    "worst": {
        **{"rule": "too-warm", "kind": "limit", "limit": "above 8.0 °C for 1 h or more", "minutes": 75.0, "peak": 9.6},
        "sentence": "too-warm: above 8.0 °C for 1 h 15 min, allowed 1 h, peak 9.6 °C, unit PALLET-7 in ROOM-1",
    },
    "rules": ["too-warm"],
    "lots": [
        {
            **{"product": "VAX", "lot": "A1", "unit": "PALLET-7", "hold": 3, "state": "held", "disposed_by": None},
            **{"minutes": 75.0, "peak": 9.6},
        },
        {
            **{"product": "VAX", "lot": "A1", "unit": "PALLET-8", "hold": 4, "state": "released"},
            **{"disposed_by": "quinn", "minutes": 75.0, "peak": 9.6},
        },
    ],
    "gone": [],
    "raised_at": "2026-01-01T10:53:00Z",
    "ended_at": None,
    "acknowledged_by": None,
    "acknowledged_at": None,
    "comment": None,
    "link": "https://cold.example.org/problems/12",
}
TEST = {"id": "7b1c", "event": "test", "sentence": "This is a test of channel qa-mail."}


def message(**fields: Any) -> Message:
    payload = {**PAYLOAD, **fields}
    return Message("7b1c", payload["event"], payload, "thread-12")
