"""What a message says: an alert as the JSON that receivers get."""

import uuid
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from domain.language import gettext
from domain.times import format_instant
from ledger.models.alert import Alert
from ledger.models.alert_json import (
    cause_as_json,
    lot_as_json,
    no_data_as_json,
    unknown_as_json,
    without_as_json,
    worst_as_json,
)
from ledger.models.notice import sentence_of
from ledger.models.recipients import alert_for_client
from notify.outbox import Claimed
from store.notices import NoticeRow

_HIDDEN_FROM_CLIENTS = frozenset(("worst", "acknowledged_by", "comment"))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. Without a client it is the house, which reads everything."""

    client: str | None = None
    own_places: Container[str] = ()  # locations where the client's own goods stood
    sent_before: int = 0  # messages of the alert that it has had; others' revisions are none of a client's business


def visible_to(recipient: Recipient, alert: Alert) -> Alert | None:
    """Return the alert as this recipient may read it; None if there is nothing in it for them."""
    client = recipient.client
    if client is None:
        return alert
    told = alert_for_client(alert, client, lambda lot: lot.client == client, recipient.own_places)
    return told and replace(told, revision=recipient.sent_before + 1)


def payload_of(told: Alert, event: str, message: str, pages: str = "", place_name: str | None = None) -> dict[str, Any]:
    """Return the payload of an alert as its recipient may read it.

    `id` is that of the message; what a client may not know is missing. `pages` is the address before `/problems`.
    `place_name`: what people call the place; None: as its id.
    """
    for_client = told.recipient is not None
    payload = {
        "id": message,
        "event": event,
        "alert": told.id,
        "revision": told.revision,
        "founded": told.founded,
        "severity": told.severity,
        "sentence": told.sentence,
        "place": told.place or None,
        "place_name": (place_name or told.place) if told.place else None,
        "quantity": told.quantity,
        "direction": told.direction,
        "since": format_instant(told.since),
        "until": _time(told.until),
        "condition": told.condition,
        "no_data": told.no_data and no_data_as_json(told.no_data, told.quantity, for_client=for_client),
        "unknown": [unknown_as_json(lot) for lot in told.unknown],
        "pauses": without_as_json(told.pauses),
        "worst": told.worst and worst_as_json(told.worst),
        "rules": list(told.rules),
        "lots": [lot_as_json(lot, for_client=for_client) for lot in told.lots],
        "gone": [lot_as_json(lot, for_client=for_client) for lot in told.gone],
        "raised_at": format_instant(told.raised_at),
        "ended_at": _time(told.ended_at),
        "acknowledged_by": told.acknowledged_by,
        "acknowledged_at": _time(told.acknowledged_at),
        "comment": told.comment,
    }
    if for_client:
        payload = {name: value for name, value in payload.items() if name not in _HIDDEN_FROM_CLIENTS}
    if told.batch:  # of stock that was out of reach when it became known
        payload |= {"kind": told.kind, "because": told.because and cause_as_json(told.because)}
    return {**payload, "link": pages + _page(told)}


def payload_of_a_test(message: str, channel: str) -> dict[str, Any]:
    """Return what a test of a channel says."""
    return {
        "id": message,
        "event": "test",
        "sentence": gettext("This is a test of channel {channel}.", channel=channel),
    }


def payload_of_a_notice(row: NoticeRow, message: str, pages: str = "") -> dict[str, Any]:
    """Return the payload of a notice of a device: what it sent and what does not count, though it may matter."""
    return {
        "id": message,
        "event": "notice",
        "sentence": sentence_of(row),
        "device": row.device or None,
        "kind": row.kind,
        "count": row.count,
        "first_at": format_instant(row.first_at),
        "last_at": format_instant(row.last_at),
        "link": f"{pages}/setup/devices/{quote(row.device, safe='')}",
    }


def message_id(installation: str, claimed: Claimed) -> str:
    """Return the id that a message keeps through all its attempts and shares with no other of any installation."""
    what = (installation, claimed.id, claimed.alert, claimed.event, claimed.channel)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "coldchain/" + "/".join(map(str, what))))


def thread_id(installation: str, alert: int | None) -> str | None:
    """Return the id that all messages of an alert share on any channel."""
    return None if alert is None else str(uuid.uuid5(uuid.NAMESPACE_OID, f"coldchain/{installation}/{alert}"))


def _page(told: Alert) -> str:
    """Return where more is to be read: of the problem, for a client of its first batch in it."""
    if told.recipient is None:
        return f"/problems/{told.id}"
    lot = told.all_lots[0]
    return f"/batches/{quote(lot.product, safe='')}/{quote(lot.lot, safe='')}"


def _time(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)
