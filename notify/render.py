"""What a message says: an alert's row as the JSON that receivers get."""

import uuid
from collections.abc import Container, Mapping
from typing import Any

from domain.recipients import alert_for
from domain.times import format_instant
from notify.outbox import Claimed

_INSTANTS = ("since", "until", "raised_at", "ended_at", "acknowledged_at")
_FIELDS = (
    *(
        "event",
        "alert",
        "revision",
        "founded",
        "severity",
        "sentence",
        "place",
        "quantity",
        "direction",
        "since",
        "until",
    ),
    *("rules", "lots", "raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment"),
)


def render(
    alert: Mapping[str, Any], event: str, message: str, client: str | None, own_places: Container[str]
) -> dict[str, Any] | None:
    """Return the payload as this recipient may read it; None if there is nothing in it for him.

    `id` is that of the message; what a client may not know is missing.
    """
    told = alert_for(alert, client, own_places)
    if told is None:
        return None
    told = {**told, "event": event, "alert": told["id"]}
    shown = {name: _shown(name, told[name]) for name in _FIELDS if name in told}
    return {"id": message, **shown}


def payload_of_a_test(message: str, channel: str) -> dict[str, Any]:
    """Return what a test of a channel says."""
    return {"id": message, "event": "test", "sentence": f"This is a test of the channel {channel}."}


def message_id(installation: str, claimed: Claimed) -> str:
    """Return the id that a message keeps through all its attempts and shares with no other of any installation."""
    what = (installation, claimed.id, claimed.alert, claimed.event, claimed.channel)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "coldchain/" + "/".join(map(str, what))))


def _shown(name: str, value: Any) -> Any:
    if name == "lots":
        return [{key: _shown(key, item) for key, item in lot.items()} for lot in value]
    return format_instant(value) if name in _INSTANTS and isinstance(value, int) else value
