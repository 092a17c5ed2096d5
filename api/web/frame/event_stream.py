"""What happened, read from the database for those who follow along, and how it is written to them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from api.web.frame.shared import READINGS
from domain.model import BatchKey
from store.open_alerts import OPEN
from store.state import Event
from store.tables import alerts, events


def line(event: Event) -> str:
    """Return an event as it is sent."""
    return f"id: {event.number}\ndata: {json.dumps(event._asdict(), ensure_ascii=False)}\n\n"


def happened(connection: Connection, after: int, until: int, most: int) -> list[Event]:
    """Return what happened in `(after, until]` besides readings, so many at most."""
    query = select(events).where(events.c.number > after, events.c.number <= until, events.c.kind != READINGS)
    rows = connection.execute(query.order_by(events.c.number).limit(most))
    return [Event(*row) for row in rows]


def newest_readings(connection: Connection, after: int, until: int) -> Event | None:
    """Return the newest of the readings that came in `(after, until]`."""
    query = select(events).where(events.c.number > after, events.c.number <= until, events.c.kind == READINGS)
    row = connection.execute(query.order_by(events.c.number.desc()).limit(1)).first()
    return Event(*row) if row else None


def count_problems(connection: Connection) -> int:
    """Return how many problems go on."""
    going = select(func.count()).select_from(alerts).where(OPEN)
    return connection.scalar(going) or 0


def batches_about(connection: Connection, found: Sequence[Event]) -> dict[int, frozenset[BatchKey]]:
    """Return the batches that each event is about."""
    numbers = {event.subject["alert"] for event in found if _of_alert(event)}
    rows = connection.execute(select(alerts.c.id, alerts.c.lots).where(alerts.c.id.in_(numbers))) if numbers else ()
    lots = {number: list(_pairs(lots)) for number, lots in rows}
    return {event.number: frozenset(_batches_of(event, lots)) for event in found}


def _batches_of(event: Event, lots: Mapping[int, Sequence[BatchKey]]) -> Iterable[BatchKey]:
    subject = event.subject
    if _of_alert(event):
        return lots.get(subject["alert"], ())
    if subject.get("kind") in ("batch", "placement"):
        key: list[str] = json.loads(subject["key"])
        return [(key[0], key[1])] if len(key) > 1 else []  # a placement may have an id of its own
    return _pairs([subject])


def _of_alert(event: Event) -> bool:
    return event.kind.startswith("alert.") and "alert" in event.subject


def _pairs(items: Iterable[Mapping[str, Any]]) -> Iterator[BatchKey]:
    for item in items:
        if item.get("product") is not None and item.get("lot") is not None:
            yield item["product"], item["lot"]
