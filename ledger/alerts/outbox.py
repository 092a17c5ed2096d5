"""What is to be told, channel by channel. Delivering is somebody else's: he renders the alert as it is by then."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, exists, insert, select, update

from domain.times import MINUTE
from ledger.step import Step
from rules.alarms.problems import SEVERITIES
from store.changes import announce
from store.metadata import word
from store.tables import outbox

OUTBOX = "outbox"  # the topic by which who delivers is woken

# A message that tells of something which happened longer ago than LATE is held off for a while: what is late is
# followed by more that is late, and may be unnecessary by then. Each change begins it anew, up to the longest.
LATE = 5 * MINUTE
LONGEST_HOLD_OFF = 3 * MINUTE

ALARMS = ("raised", "updated")  # what calls for somebody; the other events are good news of what was told
_SUPPRESSED = {"SHLVD": "shelved", "DSUPR": "suppressed by design", "OOSRV": "out of service"}


def tell(
    step: Step,
    alert: int,
    event: str,
    severity: str,
    before: str | None = None,
    *,
    hold_off: bool = False,
    suppressed: Mapping[str, Any] | None = None,
) -> None:
    """Put an event of an alert into the outbox of every channel that wants its severity.

    A channel for which the alert was not severe enough `before` hears of it as raised. What nobody has begun to send is
    not told twice: an update is left out where the channel still waits for what came before, and what is unfounded
    before it was told is told to nobody. `hold_off`: it waits a while for what makes it unnecessary. `suppressed`: why
    nobody is told; only who has heard of it before hears that it is over.
    """
    for doc in step.histories.docs("channel"):
        if not _wants(doc["min_severity"], severity):
            continue
        new_to_it = before is not None and not _wants(doc["min_severity"], before)
        what = "raised" if event == "updated" and new_to_it else event
        waiting = _waiting(step, alert, doc["id"])
        if suppressed is not None and (what in ALARMS or not _was_notified(step, alert, doc["id"], waiting)):
            _skip(step, waiting, _why(suppressed))
            _put_skipped(step, doc["id"], what, alert, _why(suppressed))
            continue
        _move(step, waiting, hold_off)
        left = _left(step, alert, doc["id"], what, waiting)
        if left is not None:
            put(step, doc["id"], left, alert, step.hold_off if hold_off else 0)


def suppress(step: Step, alert: int, severity: str, suppressed: Mapping[str, Any]) -> None:
    """Let nobody be told what nobody has begun to send of an alert."""
    for doc in step.histories.docs("channel"):
        if _wants(doc["min_severity"], severity):
            _skip(step, _waiting(step, alert, doc["id"]), _why(suppressed))


def resume(step: Step, alert: int, severity: str) -> None:
    """Tell of an alert that goes on and is suppressed no more, if there is anything that a channel has not heard."""
    for doc in step.histories.docs("channel"):
        if not _wants(doc["min_severity"], severity):
            continue
        if not _was_notified(step, alert, doc["id"], ()):
            put(step, doc["id"], "raised", alert)
        elif _last_is_skipped(step, alert, doc["id"]):
            put(step, doc["id"], "updated", alert)


def put(step: Step, channel: str, event: str, alert: int | None, hold_off: int = 0) -> int:
    """Put one message into the outbox and return its id; without an alert it is a test of the channel."""
    due = {"created_at": step.now, "next_at": step.now + hold_off}
    row = {"alert": alert, "event": event, "channel": channel, **due}
    announce(step.connection, OUTBOX)
    return int(step.connection.execute(insert(outbox).values(row).returning(outbox.c.id)).scalar_one())


def tell_of_notice(step: Step, notice: int, severity: str) -> None:
    """Put a notice of a device into the outbox of every channel of the house that wants its severity."""
    for doc in step.histories.docs("channel"):
        if _wants(doc["min_severity"], severity) and not doc.get("client"):
            row = {"notice": notice, "event": "notice", "channel": doc["id"], "created_at": step.now}
            announce(step.connection, OUTBOX)
            step.connection.execute(insert(outbox).values({**row, "next_at": step.now}))


def _put_skipped(step: Step, channel: str, event: str, alert: int, why: str) -> None:
    at = {"created_at": step.now, "next_at": step.now, "done_at": step.now}
    row = {"alert": alert, "event": event, "channel": channel, "state": "skipped", "last_error": why, **at}
    step.connection.execute(insert(outbox).values(row))


def _why(suppressed: Mapping[str, Any]) -> str:
    return f"{_SUPPRESSED[suppressed['state']]}: {suppressed['reason']}"


def _last_is_skipped(step: Step, alert: int, channel: str) -> bool:
    same = (outbox.c.channel == channel) & (outbox.c.alert == alert)
    query = select(outbox.c.state).where(same).order_by(outbox.c.id.desc()).limit(1)
    return step.connection.scalar(query) == "skipped"


def _left(step: Step, alert: int, channel: str, event: str, waiting: Sequence[Row[Any]]) -> str | None:
    """Return what there is left to tell, given what waits; None: nothing."""
    events = {row.event for row in waiting}
    if event == "updated" and events & {"raised", "updated"}:
        return None
    if event == "unfounded" and waiting and not _was_notified(step, alert, channel, waiting):
        _skip(step, waiting, "unfounded before it was told")
        return None
    if event == "raised" and "unfounded" in events:
        _skip(step, [row for row in waiting if row.event == "unfounded"], "founded again before it was told")
        return "updated"
    return event


def _waiting(step: Step, alert: int, channel: str) -> Sequence[Row[Any]]:
    """Return messages that wait and that nobody has begun to send: begun means rendered, perhaps."""
    same = (outbox.c.channel == channel) & (outbox.c.alert == alert)
    waiting = same & (outbox.c.state == word("waiting")) & (outbox.c.attempts == 0)
    # Locked until the commit: whoever takes it before that would render the alert without what is left out here.
    return step.connection.execute(select(outbox).where(waiting).order_by(outbox.c.id).with_for_update()).all()


def _was_notified(step: Step, alert: int, channel: str, waiting: Sequence[Row[Any]]) -> bool:
    """Tell whether the channel was told of the alert, or may have been, beside what waits."""
    same = (outbox.c.channel == channel) & (outbox.c.alert == alert) & (outbox.c.state != "skipped")
    others = same & outbox.c.id.not_in([row.id for row in waiting])
    return bool(step.connection.scalar(select(exists().where(others))))


def _skip(step: Step, waiting: Sequence[Row[Any]], why: str) -> None:
    those = outbox.c.id.in_([row.id for row in waiting])
    done = {"state": "skipped", "done_at": step.now, "last_error": why}
    step.connection.execute(update(outbox).where(those).values(done))


def _move(step: Step, waiting: Sequence[Row[Any]], hold_off: bool) -> None:
    """Begin the hold-off of what waits anew, within limits; end it where there is news that is not late."""
    for row in waiting:
        next_at = min(row.next_at, step.now)
        if hold_off:
            next_at = max(row.next_at, min(step.now + step.hold_off, row.created_at + LONGEST_HOLD_OFF))
        step.connection.execute(update(outbox).where(outbox.c.id == row.id).values(next_at=next_at))


def _wants(at_least: str, severity: str) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(at_least)
