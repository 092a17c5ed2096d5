"""What counts of a device whose clock is off. Pure: a function of message, source and what is remembered.

A clock is off where the newest stamp of a message that did not wait is further from its arrival than OFF; it is known
to be off once that has gone on for a while (domain.clocks.watched). The source's `clock` says what then counts:

- nothing said: live messages by their stamps. All others of a device whose clock is known to be off, a backlog, are
  kept as CLOCK_OFF, not judged: nobody knows which clock made their stamps. So are those that were stamped before the
  clock was set and come after it.
- `arrival`: live messages at their arrival (CLOCK_REPLACED); the others are CLOCK_OFF.
- `refuse`: all are CLOCK_OFF.
- `own`: stamps count whatever their age; nobody asks here.
"""

from collections.abc import Sequence

from domain.clocks import OFF, STEADY_WITHIN, Run, watched
from domain.readings import Flag, Reading
from ledger.inputs import Arrived

ARRIVAL, OWN, REFUSE = "arrival", "own", "refuse"
POLICIES = (OWN, ARRIVAL, REFUSE)


def place_off(
    readings: list[Reading], places: Sequence[int], message: Arrived, clock: str | None, run: Run | None
) -> Run | None:
    """Mark a device's readings, those at `places`, as its clock asks for; return what is known of that afterwards."""
    instants = {_time_of(readings[i]) for i in places}
    newest, now = max(instants), message.received_at
    waited = message.retained or message.backlog or any(readings[i].flags & Flag.HISTORICAL for i in places)
    after = run if waited else watched(run, newest - now, now)
    if clock == ARRIVAL and len(instants) == 1 and not waited and _is_steadily_off(run, newest - now, now):
        for i in places:
            readings[i] = _marked(readings[i], Flag.ARRIVAL_TIME | Flag.CLOCK_REPLACED, None)
        return after
    is_in_time = abs(newest - now) <= OFF
    refused = not is_in_time if clock in (ARRIVAL, REFUSE) else _is_backlog(run, newest - now, waited)
    refused |= is_in_time and _may_be_old(run, after, waited)
    for i in places:
        is_live = is_in_time and not waited and readings[i].measured_at == newest
        if refused or (not is_live and _is_of_time_before(after, _time_of(readings[i]))):
            readings[i] = _marked(readings[i], Flag.CLOCK_OFF, readings[i].measured_at)
    return after


def _is_steadily_off(run: Run | None, ahead: int, now: int) -> bool:
    return abs(ahead) > OFF and run is not None and run.goes_on(ahead) and run.is_steady(now)


def _is_backlog(run: Run | None, ahead: int, waited: bool) -> bool:
    """Tell whether a message comes from a device whose clock is known to be off, and is not live by that clock."""
    off = None if run is None else run.off
    if off is None or abs(ahead) <= OFF:
        return False
    return waited or abs(ahead - off) > STEADY_WITHIN


def _may_be_old(run: Run | None, after: Run | None, waited: bool) -> bool:
    """Tell whether a stamp in time may have waited: that of a clock that is ahead does so once it is old enough."""
    off = None if run is None else run.off
    return off is not None and off > 0 and (waited or after is None or after.off is not None)


def _is_of_time_before(run: Run | None, at: int) -> bool:
    """Tell whether a stamp may have been made before the clock was set that was off."""
    return run is not None and run.wrong_until is not None and at < run.wrong_until


def _marked(reading: Reading, marks: Flag, at: int | None) -> Reading:
    return reading._replace(measured_at=at, flags=reading.flags | marks)


def _time_of(reading: Reading) -> int:
    assert reading.measured_at is not None
    return reading.measured_at
