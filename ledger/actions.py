"""Actions: carrying out what requests ask for, inside a step of the writer.

Everything is checked before anything is written: a request that is refused leaves no trace but its answer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from domain.errors import InvalidError, NotFoundError, UnavailableError
from domain.times import MINUTE
from ledger.alerts import outbox
from ledger.alerts.alerts import Alerting
from ledger.alerts.out_of_reach import OutOfReach
from ledger.corrections.entries import apply, enter
from ledger.corrections.lot_numbers import draw
from ledger.handling import date_unit
from ledger.holds.decisions import Signed, Signing
from ledger.holds.holds import Holding, StoredHold
from ledger.holds.signing import check_allowed, check_known, check_shown, signed
from ledger.inputs import Arrived, Decode
from ledger.readings.intake import Intake
from ledger.requests import (
    Acknowledge,
    Action,
    Activate,
    Apply,
    Comment,
    Correct,
    DateUnit,
    Deciding,
    Dispose,
    DrawNumber,
    Entering,
    RecordSerials,
    Redrive,
    Review,
    Shelve,
    TryChannel,
    UndoRejection,
    Unshelve,
    written,
)
from ledger.step import Step
from ledger.stock import storage_records
from ledger.stock.serials import record_serials
from ledger.verdicts.verdicts import Verdicts
from rules.decisions.release import Allow
from rules.engine import Engine
from rules.subjects.whereabouts import UnitKey
from store import journal, notices
from store.evidence import COMMENTS, note
from store.tables import alerts, comments, dead_letters

Answer = dict[str, Any]

MINUTES_AT_MOST = 5_256_000  # ten years


@dataclass(frozen=True, slots=True)
class Actions:
    """What requests act on."""

    holding: Holding
    alerting: Alerting
    out_of_reach: OutOfReach
    intake: Intake
    decode: Decode | None
    engine: Engine
    verdicts: Verdicts
    bring_up_to_date: Callable[[Step, Iterable[UnitKey]], None]

    def do(self, step: Step, who: str, request: Action) -> Answer:
        """Do what is asked and return the answer; the journal has it. Raises an expected error for a refusal."""
        match request:
            case Correct() | Activate() | DrawNumber():
                return self._enter(step, who, request)
            case Apply():
                answer = apply(step, who, request)
                return answer if request.dry_run else self._recorded(step, who, request, answer)
            case Dispose() | UndoRejection():
                return self._recorded(step, who, request, self._decide(step, who, request))
            case Acknowledge():
                self.alerting.acknowledge(step, request.alert, who, request.comment)
                return self._recorded(step, who, request, {"alert": request.alert})
            case Shelve():
                until = self.alerting.suppression.shelve(step, request.alert, who, request.lasting, request.reason)
                return self._recorded(step, who, request, {"alert": request.alert, "until": until})
            case Unshelve():
                self.alerting.suppression.unshelve(step, request.alert, who, request.reason)
                return self._recorded(step, who, request, {"alert": request.alert})
            case Comment() | Review() | DateUnit() | RecordSerials():
                return self._recorded(step, who, request, _note(step, who, request))
            case Redrive():
                return self._redrive(step, who, request)
            case TryChannel():
                return _test(step, who, request)

    def _recorded(self, step: Step, who: str, request: Action, answer: Answer) -> Answer:
        _record(step, who, written(request))
        return answer

    def _enter(self, step: Step, who: str, request: Entering | DrawNumber) -> Answer:
        if isinstance(request, Correct):
            stood = storage_records.where_held_stands(step, request)
            answer = enter(step, who, request)
            storage_records.tell(step, who, request, stood, self.alerting)
            return self._recorded(step, who, request, answer)
        if isinstance(request, Activate):
            return self._recorded(step, who, request, enter(step, who, request))
        asked, drawn = draw(step, request)
        answer = enter(step, who, asked)
        drawn.keep(step)
        return self._recorded(step, who, asked, answer)

    def _decide(self, step: Step, who: str, request: Deciding) -> Answer:
        if not request.reason.strip():
            what = "a hold is lifted" if isinstance(request, Dispose) else "a rejection is undone"
            raise InvalidError(f"{what} for a reason, and none is given")
        if not request.holds:
            raise InvalidError("no hold is named")
        return self._dispose(step, who, request) if isinstance(request, Dispose) else self._undo(step, who, request)

    def _dispose(self, step: Step, who: str, request: Dispose) -> Answer:
        if request.state not in ("released", "rejected"):
            raise InvalidError(f"a hold is released or rejected, not {request.state!r}")
        signing = Signing(who, step.now, request.state, request.reason.strip(), request.signature, _allow(request))
        self.bring_up_to_date(step, [stored.unit for stored in self.holding.find_held(request.holds)])
        found = self.holding.find_held(request.holds)
        self.holding.dispose(
            step, [(stored, self._signed(step, stored, signing, request)) for stored in found], signing
        )
        self._disposed(step, {stored.unit for stored in found})
        return {"holds": [stored.id for stored in found]}

    def _signed(self, step: Step, stored: StoredHold, signing: Signing, request: Dispose) -> Signed:
        """Return what is signed of a hold. Raises ConflictError if it is not what was shown, or not all is known."""
        shown = next((each for each in request.shown if each.hold == stored.id), None)
        if shown is not None:
            check_shown(step.connection, stored, shown, signing)
        firing, evidence = self.holding.firing_of(stored, self.verdicts), self.engine.evidence(stored.unit)
        if signing.state == "released" and firing is not None and evidence is not None:
            if signing.allow is not None:
                check_allowed(stored, evidence, firing, signing.allow)
            else:
                check_known(step.connection, step.histories.site, stored, evidence, firing)
        return signed(evidence, firing, step.judged_at)

    def _undo(self, step: Step, who: str, request: UndoRejection) -> Answer:
        signing = Signing(who, step.now, "undone", request.reason.strip(), request.signature)
        undone = self.holding.undo_rejections(step, request.holds, signing)
        self._disposed(step, {stored.unit for stored in undone})
        return {"holds": list(dict.fromkeys(request.holds)), "undone": bool(undone)}

    def _disposed(self, step: Step, units: set[UnitKey]) -> None:
        for unit in units:
            self.engine.cover(unit, self.holding.decisions.releases(unit))
        self.alerting.disposed(step, units)
        self.out_of_reach.disposed(step, units)

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


def _allow(request: Dispose) -> Allow | None:
    """Return how much more is allowed. Raises InvalidError if that is no time, or is said of a rejection."""
    if request.allow is None:
        return None
    if request.state != "released":
        raise InvalidError("allow: only a release allows more")
    if not 0 < request.allow.minutes <= MINUTES_AT_MOST:
        raise InvalidError(f"allow.minutes: must be above 0, at most {MINUTES_AT_MOST}, not {request.allow.minutes:g}")
    return Allow(round(request.allow.minutes * MINUTE), request.allow.up_to)


def _test(step: Step, who: str, request: TryChannel) -> Answer:
    if request.channel not in {doc["id"] for doc in step.histories.docs("channel")}:
        raise NotFoundError(f"no channel {request.channel!r}")
    delivery = outbox.put(step, request.channel, "test", None)
    step.event_log.action(who, "tested", "channel", request.channel, {"channel": request.channel})
    return {"channel": request.channel, "delivery": delivery}


def _note(step: Step, who: str, request: Comment | Review | DateUnit | RecordSerials) -> Answer:
    if isinstance(request, RecordSerials):
        return record_serials(step, who, request)
    if isinstance(request, DateUnit):
        return date_unit(step, who, request)
    return _review(step, who, request) if isinstance(request, Review) else _comment(step, who, request)


def _review(step: Step, who: str, request: Review) -> Answer:
    row = notices.get(step.connection, request.notice)
    if row is None:
        raise NotFoundError(f"no notice {request.notice}")
    notices.review(step.connection, request.notice, who, step.now)
    subject = {"notice": request.notice, "device": row.device, "source": row.source}
    step.event_log.action(who, "reviewed", "notice", str(request.notice), subject, after={row.kind: row.count})
    return subject


def _comment(step: Step, who: str, request: Comment) -> Answer:
    text = request.text.strip()
    if not text:
        raise InvalidError("a comment says something, and this one says nothing")
    if step.connection.scalar(select(alerts.c.id).where(alerts.c.id == request.alert)) is None:
        raise NotFoundError(f"no alert {request.alert}")
    row = {"alert": request.alert, "at": step.now, "who": who, "text": text}
    number = step.connection.execute(insert(comments).values(row).returning(comments.c.id)).scalar_one()
    note(step.connection, COMMENTS, [{**row, "id": number}])
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
