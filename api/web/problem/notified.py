"""Who was told what, and whether it arrived. Pure."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from api.web.frame import formats
from api.web.frame.formats import Clock
from api.web.frame.sentences import listed, say
from api.web.problem.item import Item
from api.web.problem.record import Fields, Record
from domain.times import SECOND


def notified(record: Record, clock: Clock) -> Iterator[Item]:
    """Yield an item for each event that was told, with what became of it on each channel."""
    groups: dict[tuple[int, str], list[Fields]] = {}
    for message in record.messages:
        groups.setdefault((message["created_at"], message["event"]), []).append(message)
    for (at, event), messages in groups.items():
        sent = [message for message in messages if message["state"] != "skipped"]
        if not sent:
            continue
        title = say(f"timeline.notified_{event}", channels=listed([message["channel"] for message in sent]))
        details = [line for message in sent for line in _lines(message, record.attempts.get(message["id"], ()), clock)]
        tone = "warn" if any(message["state"] == "failed" for message in sent) else "plain"
        yield Item(at, title, details, None, tone, 3)


def _lines(message: Fields, attempts: Sequence[Fields], clock: Clock) -> Iterator[Markup]:
    channel = message["channel"]
    if message["state"] == "delivered":
        yield say("timeline.delivered", channel=channel, after=_after(message["done_at"] - message["created_at"]))
    elif message["state"] == "failed":
        yield say("timeline.failed", channel=channel, error=message["last_error"] or "")
    elif failed := sum(attempt["error"] is not None for attempt in attempts):
        yield say("timeline.retrying", channel=channel, count=failed, error=message["last_error"] or "")
    else:  # an attempt that has begun has not failed
        yield say("timeline.waiting", channel=channel)
    for attempt in attempts:
        if attempt["error"] is not None and attempt["error"] != message["last_error"]:
            yield say("timeline.attempt", at=clock.at(attempt["at"]), channel=channel, error=attempt["error"])


def _after(length: int) -> str:
    return f"{formats.number(round(length / SECOND, 2), 2)} s" if length < 10 * SECOND else formats.duration(length)
