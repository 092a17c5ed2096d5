"""Actions: carrying out what requests ask for, inside a step of the writer.

Everything is checked before anything is written: a request that is refused leaves no trace but its answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from domain.errors import InvalidError, NotFoundError, UnavailableError
from ledger.alerts import outbox
from ledger.alerts.alerts import Alerting
from ledger.alerts.out_of_reach import OutOfReach
from ledger.corrections.entries import apply, enter
from ledger.holds.holds import Disposal, Holding
from ledger.inputs import Arrived, Decode
from ledger.readings.intake import Intake
from ledger.requests import (
    Acknowledge,
    Action,
    Activate,
    Apply,
    Comment,
    Correct,
    Dispose,
    Redrive,
    Shelve,
    TryChannel,
    Unshelve,
    written,
)
from ledger.step import Step
from store import journal
from store.tables import alerts, comments, dead_letters

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actions:
    """What requests act on."""

    holding: Holding
    alerting: Alerting
    out_of_reach: OutOfReach
    intake: Intake
    decode: Decode | None

    def do(self, step: Step, who: str, request: Action) -> Answer:
        """Do what is asked and return the answer; the journal has it. Raises an expected error for a refusal."""
        match request:
            case Correct() | Activate():
                return self._recorded(step, who, request, enter(step, who, request))
            case Apply():
                answer = apply(step, who, request)
                return answer if request.dry_run else self._recorded(step, who, request, answer)
            case Dispose():
                return self._recorded(step, who, request, self._dispose(step, who, request))
            case Acknowledge():
                self.alerting.acknowledge(step, request.alert, who, request.comment)
                return self._recorded(step, who, request, {"alert": request.alert})
            case Shelve():
                until = self.alerting.suppression.shelve(step, request.alert, who, request.lasting, request.reason)
                return self._recorded(step, who, request, {"alert": request.alert, "until": until})
            case Unshelve():
                self.alerting.suppression.unshelve(step, request.alert, who, request.reason)
                return self._recorded(step, who, request, {"alert": request.alert})
            case Comment():
                return self._recorded(step, who, request, _comment(step, who, request))
            case Redrive():
                return self._redrive(step, who, request)
            case TryChannel():
                return _test(step, who, request)

    def _recorded(self, step: Step, who: str, request: Action, answer: Answer) -> Answer:
        _record(step, who, written(request))
        return answer

    def _dispose(self, step: Step, who: str, request: Dispose) -> Answer:
        if request.state not in ("released", "rejected"):
            raise InvalidError(f"a hold is released or rejected, not {request.state!r}")
        if not request.reason.strip():
            raise InvalidError("a hold is lifted for a reason, and none is given")
        if not request.holds:
            raise InvalidError("no hold is named")
        disposal = Disposal(who, request.state, request.reason.strip(), request.signature)
        done = self.holding.dispose(step, request.holds, disposal)
        units = {hold.unit for hold in self.holding.of(done)}
        self.alerting.disposed(step, units)
        self.out_of_reach.disposed(step, units)
        return {"holds": done}

    def _redrive(self, step: Step, who: str, request: Redrive) -> Answer:
        letters = _waiting_letters(step, request.letters)
        if self.decode is None:
            raise UnavailableError("this engine does not receive messages: retry unreadable messages where it does")
        decoded = self.decode([Arrived(row.topic, row.payload, row.retained, row.received_at) for row in letters])
        results = list(zip(letters, decoded.messages, strict=True))
        failed = [{"id": row.id, "reason": message.error} for row, message in results if message.error is not None]
        good = [(row, message) for row, message in results if message.error is None]
        for each in failed:
            same = dead_letters.c.id == each["id"]
            step.connection.execute(update(dead_letters).where(same).values(reason=each["reason"]))
        if not good:
            return {"redriven": 0, "failed": failed, "readings": 0}
        ids = [row.id for row, _ in good]
        gone = dead_letters.c.id.in_(ids)
        step.connection.execute(update(dead_letters).where(gone).values(state="redriven"))
        number = _record(step, who, written(Redrive(letters=ids)))
        counts = self.intake.take(step.connection, [message for _, message in good], number)
        step.event_log.action(who, "redriven", "dead_letter", "", {"letters": ids}, after={"readings": counts.readings})
        return {"redriven": len(good), "failed": failed, "readings": counts.readings}


def _test(step: Step, who: str, request: TryChannel) -> Answer:
    if request.channel not in {doc["id"] for doc in step.histories.docs("channel")}:
        raise NotFoundError(f"no channel {request.channel!r}")
    delivery = outbox.put(step, request.channel, "test", None)
    step.event_log.action(who, "tested", "channel", request.channel, {"channel": request.channel})
    return {"channel": request.channel, "delivery": delivery}


def _comment(step: Step, who: str, request: Comment) -> Answer:
    text = request.text.strip()
    if not text:
        raise InvalidError("a comment says something, and this one says nothing")
    if step.connection.scalar(select(alerts.c.id).where(alerts.c.id == request.alert)) is None:
        raise NotFoundError(f"no alert {request.alert}")
    row = {"alert": request.alert, "at": step.now, "who": who, "text": text}
    number = step.connection.execute(insert(comments).values(row).returning(comments.c.id)).scalar_one()
    subject = {"alert": request.alert, "comment": number}
    step.event_log.action(who, "commented", "alert", str(request.alert), subject, after={"text": text})
    return subject


def _record(step: Step, who: str, request: Any) -> int:
    return journal.append(step.connection, "correction", step.now, [{"who": who, "request": request}])


def _waiting_letters(step: Step, ids: Sequence[int] | None) -> list[Row[Any]]:
    query = select(dead_letters).where(dead_letters.c.state == "waiting").order_by(dead_letters.c.id)
    letters = list(step.connection.execute(query if ids is None else query.where(dead_letters.c.id.in_(ids))))
    missing = set(ids or ()) - {row.id for row in letters}
    if missing:
        raise NotFoundError(f"no unreadable message waiting: {', '.join(map(str, sorted(missing)))}")
    return letters
