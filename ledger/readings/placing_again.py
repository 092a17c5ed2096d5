"""Readings that were kept because nobody knew when they were measured take their places once their source says more.

Their messages are read again from the journal with the sources as they are, as a rebuild would. What is old enough to
be packed by days stays as it is until one is made.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from domain.readings import UNPLACED as UNPLACED_MARKS
from domain.readings import Flag
from ledger.inputs import Arrived, Decode
from ledger.readings.intake import Intake
from ledger.readings.replay import arrived
from ledger.requests import PlaceAgain, written
from ledger.step import Step
from store import journal, state
from store.forward import rewind
from store.tables import UNPLACED, readings

ROWS_AT_ONCE = 20  # of the journal, in one step


def take(step: Step, who: str, request: PlaceAgain, intake: Intake, decode: Decode) -> dict[str, Any]:
    """Place what can be placed of the next rows of the journal, and ask for the rest. Answer: how many readings."""
    rows = select(readings.c.journal).where(UNPLACED, readings.c.journal > request.after).distinct()
    numbers = list(step.connection.scalars(rows.order_by(readings.c.journal).limit(ROWS_AT_ONCE)))
    placed = {number: count for number in numbers if (count := _place_row(step, number, intake, decode))}
    if placed:
        first = min(placed)
        rewind(step.connection, first)
        after = {"placed": sum(placed.values())}
        step.event_log.action(who, "rebuilt", "readings", str(first), {"journal": first}, after=after)
    if len(numbers) == ROWS_AT_ONCE:
        state.submit_request(step.connection, who, written(PlaceAgain(after=numbers[-1])), step.now)
    return {"placed": sum(placed.values())}


def _place_row(step: Step, number: int, intake: Intake, decode: Decode) -> int:
    found = journal.read(step.connection, number)
    if found is None or found.entry.kind != "messages":
        return 0
    kept = _kept(step, number)
    heard = [arrived(record) for record in found.entry.records if record.received_at in kept]
    better = [message for message in decode(heard).messages if _is_placed(message)]
    for message in better:
        for series, at in kept.pop(message.received_at, ()):
            one = (readings.c.series == series, readings.c.measured_at == at, readings.c.journal == number)
            step.connection.execute(delete(readings).where(UNPLACED, *one))
    return intake.take(step.connection, better, number).readings if better else 0


def _kept(step: Step, number: int) -> dict[int, list[tuple[int, int]]]:
    """Return series and instants of what a row of the journal brought and nobody could place, by arrival.

    Messages whose values may be another probe's are left out: those before them say so, and are not read here.
    """
    query = select(readings.c.received_at, readings.c.series, readings.c.measured_at, readings.c.flags)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    moved = set()
    query = query.where(UNPLACED, readings.c.journal == number)
    order = readings.c.received_at, readings.c.series, readings.c.measured_at
    for received_at, series, at, flags in step.connection.execute(query.order_by(*order)):
        found[received_at].append((series, at))
        if flags & Flag.MOVED:
            moved.add(received_at)
    return {received_at: rows for received_at, rows in found.items() if received_at not in moved}


def _is_placed(message: Arrived) -> bool:
    """Tell whether anything of the message can be placed now."""
    said: Sequence[Any] = message.readings
    return message.error is None and any(not reading.flags & UNPLACED_MARKS for reading in said)
