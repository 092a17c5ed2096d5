"""What a message says: an alert's row as the JSON that receivers get."""

import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from domain.numbers import show_value
from domain.recipients import alert_for
from domain.times import format_instant
from notify.outbox import Claimed

_INSTANTS = ("since", "until", "at", "raised_at", "ended_at", "acknowledged_at")
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
    *("worst", "rules", "lots", "gone", "raised_at", "ended_at", "acknowledged_by", "acknowledged_at", "comment"),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. Without a client it is the house, which reads everything."""

    client: str | None = None
    own_places: Container[str] = ()  # locations where the client's own goods stood
    told_before: int = 0  # messages of the alert that it has had; others' revisions are none of a client's business


def render(
    alert: Mapping[str, Any], event: str, message: str, recipient: Recipient, pages: str = ""
) -> dict[str, Any] | None:
    """Return the payload as this recipient may read it; None if there is nothing in it for him.

    `id` is that of the message; what a client may not know is missing. `pages` is the address before `/problems`.
    """
    told = alert_for(alert, recipient.client, recipient.own_places)
    if told is None:
        return None
    told = {"revision": recipient.told_before + 1, **told, "event": event, "alert": told["id"]}
    shown = {name: _shown(name, told[name]) for name in _FIELDS if name in told}
    if told.get("lot"):  # of stock that was out of reach when it became known
        shown |= {"kind": "out_of_reach", "because": _shown("because", told["because"])}
    return {"id": message, **shown, "link": pages + _page(told, recipient.client)}


def payload_of_a_test(message: str, channel: str) -> dict[str, Any]:
    """Return what a test of a channel says."""
    return {"id": message, "event": "test", "sentence": f"This is a test of the channel {channel}."}


def message_id(installation: str, claimed: Claimed) -> str:
    """Return the id that a message keeps through all its attempts and shares with no other of any installation."""
    what = (installation, claimed.id, claimed.alert, claimed.event, claimed.channel)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "coldchain/" + "/".join(map(str, what))))


def thread_id(installation: str, alert: int | None) -> str | None:
    """Return the id that all messages of an alert share on any channel."""
    return None if alert is None else str(uuid.uuid5(uuid.NAMESPACE_OID, f"coldchain/{installation}/{alert}"))


def _page(told: Mapping[str, Any], client: str | None) -> str:
    """Return where more is to be read: of the problem, for a client of its first batch in it."""
    if client is None:
        return f"/problems/{told['id']}"
    lot = (told["lots"] or told["gone"])[0]
    return f"/batches/{quote(lot['product'], safe='')}/{quote(lot['lot'], safe='')}"


def _shown(name: str, value: Any) -> Any:
    """Return times as text and peaks as decimal numbers, however deep they lie."""
    if name in ("lots", "gone"):
        return [_fields(lot) for lot in value or ()]
    if name in ("worst", "out", "because"):
        return value and _fields(value)
    if name == "readings" and isinstance(value, list):
        return [_fields(each) for each in value]
    if name == "peak":
        return None if value is None else show_value(value)
    return format_instant(value) if name in _INSTANTS and isinstance(value, int) else value


def _fields(of: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(name, value) for name, value in of.items()}
