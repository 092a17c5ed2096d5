"""What a correction reaches and is judged in the background, a few subjects in each step, and how far it is.

A row says so from the transaction of the correction on. Who dies before its end judges everything at the next start,
and writes what differs for the same cause.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from ledger.corrections.causes import Cause
from ledger.step import Step
from store.tables import judgings

_KEPT = 100  # rows of what is over
_TOLD_OFTEN = 100  # times at most, as events, of one


@dataclass(slots=True)
class _Open:
    """One that is not over: `total` units and locations, of which so many are `done`."""

    cause: Cause
    total: int
    done: int


class Judgings:
    """What is not over, by number."""

    def __init__(self, connection: Connection) -> None:
        self._open: dict[int, _Open] = {}
        for row in connection.execute(select(judgings).where(judgings.c.ended_at.is_(None)).order_by(judgings.c.id)):
            self._open[row.id] = _Open(row.cause, row.total, row.done)

    @property
    def are_open(self) -> bool:
        """Whether there is any."""
        return bool(self._open)

    def cause_of(self, number: int | None = None) -> Cause | None:
        """Return why one is done; of the oldest if none is named; None if there is no such."""
        found = self._open.get(next(iter(self._open), 0) if number is None else number)
        return None if found is None else found.cause

    def begin(self, step: Step, cause: Cause, total: int) -> int:
        """Write that so many subjects are to be judged; return the number."""
        row = {"begun_at": step.now, "cause": cause, "total": total}
        number = int(step.connection.execute(insert(judgings).values(row).returning(judgings.c.id)).scalar_one())
        self._open[number] = _Open(cause, total, 0)
        _forget(step.connection, number)
        step.event_log.event("judging.begun", {"judging": number, "total": total})
        return number

    def go_on(self, step: Step, left: Callable[[int], int]) -> None:
        """Write how far each is: `left` says of how many subjects nothing is said yet."""
        for number, known in list(self._open.items()):
            done = known.total - left(number)
            if done == known.done:
                continue
            before, known.done = known.done, done
            self._write(step, number, known)
            if done < known.total and done * _TOLD_OFTEN // known.total > before * _TOLD_OFTEN // known.total:
                step.event_log.event("judging.went_on", {"judging": number, "done": done, "total": known.total})

    def end_all(self, step: Step) -> None:
        """Write that everything is judged."""
        self.go_on(step, lambda _: 0)

    def _write(self, step: Step, number: int, known: _Open) -> None:
        ended = known.done >= known.total
        values = {"done": known.done, "ended_at": step.now if ended else None}
        step.connection.execute(update(judgings).where(judgings.c.id == number).values(values))
        if ended:
            del self._open[number]
            step.event_log.event("judging.ended", {"judging": number, "total": known.total})


def _forget(connection: Connection, newest: int) -> None:
    old = judgings.c.id <= newest - _KEPT
    connection.execute(delete(judgings).where(old, judgings.c.ended_at.is_not(None)))
