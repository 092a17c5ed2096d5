"""What is delivered, read right before it is sent: the newest state of the alert, the channel as it is set now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from ledger.models.alert import Alert, AlertLot, alert_of
from notify.channels import Message
from notify.outbox import Claimed, delivered_before, is_outdated
from notify.render import (
    Recipient,
    message_id,
    payload_of,
    payload_of_a_notice,
    payload_of_a_test,
    thread_id,
    visible_to,
)
from store import notices
from store.lots import placements
from store.state import installation_id
from store.stock.stood import stays_of_lots
from store.tables import alerts, entries


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and the entry of the channel that sends it."""

    entry: Mapping[str, Any]
    message: Message


@dataclass(frozen=True, slots=True)
class NoDelivery:
    """There is nothing to deliver, and why. `failed`: there should be, but it cannot be delivered any more."""

    reason: str
    failed: bool = False


def prepare(connection: Connection, claimed: Claimed, pages: str = "") -> Delivery | NoDelivery:
    """Render a message for its channel as both are now. `pages` is the address of the pages."""
    entry = _channel(connection, claimed.channel)
    if entry is None:
        return NoDelivery("the site has no such channel any more", failed=True)
    if is_outdated(connection, claimed):
        return NoDelivery("a later message says it")
    installation = installation_id(connection)
    message = message_id(installation, claimed)
    if claimed.notice is not None:
        return _of_notice(connection, claimed.notice, entry, message, pages)
    if claimed.alert is None:
        return Delivery(entry, Message(message, claimed.event, payload_of_a_test(message, claimed.channel)))
    row = connection.execute(select(alerts).where(alerts.c.id == claimed.alert)).one()
    alert = alert_of(row._asdict())
    recipient = _recipient(connection, claimed, entry.get("client"), alert)
    told = visible_to(recipient, alert)
    if told is None:
        return NoDelivery(f"nothing in it for client {entry['client']}")
    payload = payload_of(told, claimed.event, message, pages, _place_name(connection, told.place))
    thread, zone = thread_id(installation, claimed.alert), _zone(connection)
    return Delivery(entry, Message(message, claimed.event, payload, told, thread, zone))


def _of_notice(
    connection: Connection, number: int, entry: Mapping[str, Any], message: str, pages: str
) -> Delivery | NoDelivery:
    row = notices.get(connection, number)
    if row is None or entry.get("client"):  # devices are the house's
        return NoDelivery("nothing in it for this recipient")
    return Delivery(entry, Message(message, "notice", payload_of_a_notice(row, message, pages), zone=_zone(connection)))


def _recipient(connection: Connection, claimed: Claimed, client: str | None, alert: Alert) -> Recipient:
    if not client:
        return Recipient()
    places = _own_places(connection, client, alert.all_lots)
    return Recipient(client, places, delivered_before(connection, claimed))


def _channel(connection: Connection, channel: str) -> Mapping[str, Any] | None:
    query = select(entries.c.doc).where(entries.c.kind == "channel", entries.c.doc["id"].as_string() == channel)
    doc: Mapping[str, Any] | None = connection.scalar(query)
    return doc


def _place_name(connection: Connection, place: str) -> str | None:
    """Return the name of a location, None if it has none."""
    doc = entries.c.doc
    query = select(doc["name"].as_string()).where(entries.c.kind == "location", doc["id"].as_string() == place)
    return connection.scalar(query)


def _zone(connection: Connection) -> str:
    """Return the name of the site's time zone."""
    return connection.scalar(select(entries.c.doc["timezone"].as_string()).where(entries.c.kind == "site")) or "UTC"


def _own_places(connection: Connection, client: str, lots: Sequence[AlertLot]) -> set[str]:
    """Return the locations at which units of the client's lots among these stood."""
    own = {(lot.product, lot.lot) for lot in lots if lot.client == client}
    of_lots = [and_(placements.c.product == product, placements.c.lot == lot) for product, lot in own]
    query = select(placements.c.location).where(or_(False, *of_lots))
    return set(connection.scalars(query)) | {stay.location for stay in stays_of_lots(connection, own)}
