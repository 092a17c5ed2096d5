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
    "sentence": "2 units of VAX A1 on hold: above 8.0 °C for 75 min, peak 9.6 °C, ROOM-1, since 09:38Z",
    "place": "ROOM-1",
    "quantity": "temperature",
    "direction": "high",
    "since": "2026-01-01T09:38:00Z",
    "until": None,
    "worst": {
        **{"rule": "too-warm", "kind": "limit", "limit": "above 8.0 °C for 60min", "minutes": 75.0, "peak": 9.6},
        "sentence": "too-warm: above 8.0 °C for 75 min, limit 60 min, peak 9.6 °C, unit PALLET-7 in ROOM-1",
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
TEST = {"id": "7b1c", "event": "test", "sentence": "This is a test of the channel qa-mail."}


def message(**fields: Any) -> Message:
    payload = {**PAYLOAD, **fields}
    return Message("7b1c", payload["event"], payload, "thread-12")
