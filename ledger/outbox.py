"""What is to be told, channel by channel. Delivering is somebody else's: he renders the alert as it is by then."""

from sqlalchemy import insert, select

from ledger.step import Step
from rules.problems import SEVERITIES
from store.tables import outbox


def tell(step: Step, alert: int, event: str, severity: str, before: str | None = None) -> None:
    """Put an event of an alert into the outbox of every channel that wants its severity.

    A channel for which the alert was not severe enough `before` hears of it as raised. An update is left out where the
    channel still waits for what came before: one burst gives one message.
    """
    for doc in step.histories.docs("channel"):
        if not _wants(doc["min_severity"], severity):
            continue
        new_to_it = before is not None and not _wants(doc["min_severity"], before)
        what = "raised" if event == "updated" and new_to_it else event
        if what != "updated" or not _is_waiting(step, alert, doc["id"]):
            put(step, doc["id"], what, alert)


def put(step: Step, channel: str, event: str, alert: int | None) -> int:
    """Put one message into the outbox and return its id; without an alert it is a test of the channel."""
    row = {"alert": alert, "event": event, "channel": channel, "created_at": step.now, "next_at": step.now}
    return int(step.connection.execute(insert(outbox).values(row).returning(outbox.c.id)).scalar_one())


def _is_waiting(step: Step, alert: int, channel: str) -> bool:
    """Tell whether a message waits that nobody has begun to send: begun means rendered, perhaps."""
    same = (outbox.c.channel == channel) & (outbox.c.alert == alert) & outbox.c.event.in_(("raised", "updated"))
    waiting = same & (outbox.c.state == "waiting") & (outbox.c.attempts == 0)
    # Locked until the commit: whoever takes it before that would render the alert without what is left out here.
    query = select(outbox.c.id).where(waiting).limit(1).with_for_update()
    return step.connection.scalar(query) is not None


def _wants(at_least: str, severity: str) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(at_least)
