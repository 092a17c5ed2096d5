"""When readings were measured whose stamps leave a doubt. Pure: a function of message, source and what is remembered.

A codec says what is written: a local time without a zone (LOCAL), an hour that came twice (TWICE), one that never was
(SKIPPED). It is decided here, after the pipeline knows what had waited at the broker:

1. Local time, and nobody says the zone. The only time of a live message counts at its arrival (NO_ZONE). Of a retained
   copy, a backlog, several times at once, or a stamp that is not live in any zone (domain.clocks), the readings are
   kept under the time as it is written (UNKNOWN_ZONE) and not judged.
2. An hour that came twice: domain.local_times decides, by the order of the message's readings of the same probe and, if
   the message did not wait, by its arrival. What stays undecided is kept as TWICE and not judged.
3. A clock that is off (ingest.off_clocks), unless the source says `clock: own`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.clocks import OFF, STEADY_AFTER, STEADY_WITHIN, Run, followed, is_live_local, watched
from domain.local_times import Placed, decide
from domain.readings import AHEAD_AT_MOST, Flag, Reading
from ingest.codecs.common.times import LOCAL
from ingest.decoded import Decoded, Message, Source, Status
from ingest.off_clocks import OWN, place_off
from ledger.inputs import Arrived

# By device. What is remembered of a source: msgpack makes lists of the runs.
Clocks = Mapping[str, Sequence[Any]]

_NONE = Flag.NONE
_NOTHING: dict[str, Run] = {}
_UNDECIDED = Flag.UNKNOWN_ZONE | Flag.TWICE | Flag.SKIPPED
# The marks that are set and taken back here; a reading may have others.
_MARKS = LOCAL | _UNDECIDED | Flag.CLOCK_OFF | Flag.CLOCK_REPLACED


def is_doubtful(readings: Sequence[Reading], received_at: int) -> bool:
    """Tell whether anything of what a codec says must be decided: a mark, or a stamp that is not of the arrival."""
    earliest, latest = received_at - OFF, received_at + OFF
    for _, _, _, _, at, flags, _ in readings:  # this runs for every message: a generator costs as much as a codec
        if at is not None and not earliest <= at <= latest:
            return True
        if flags is not _NONE and flags & _MARKS:
            return True
    return False


def _marks(reading: Reading) -> Flag:
    return reading.flags & _MARKS


def _marked(reading: Reading, marks: Flag, at: int | None) -> Reading:
    return reading._replace(measured_at=at, flags=reading.flags & ~_MARKS | marks)


def place(message: Arrived, source: Source, clocks: Clocks) -> dict[str, Run]:
    """Decide when the message's readings were measured; return what is to be remembered of devices from then on."""
    quick = _followed_quickly(message, clocks) if source.clock is None else None
    return _place(message, source, clocks) if quick is None else quick


def _followed_quickly(message: Arrived, clocks: Clocks) -> dict[str, Run] | None:
    """Do the same for the usual late message: one stamp, with a zone, of a device whose clock is not known to be off.

    None: it is not that. Thousands of them come at once when a queue is emptied.
    """
    readings, now = message.readings, message.received_at
    device, _, _, _, at, *_ = readings[0]
    if at is None:
        return None
    for each in readings:
        if each[4] != at or each[5] is not _NONE or each[0] != device:
            return None
    run, ahead = clocks.get(device), at - now
    if message.retained or message.backlog:
        return _NOTHING if run is None else None
    is_in_time = -OFF <= ahead <= OFF
    if run is None:
        return _NOTHING if is_in_time else {device: Run(ahead, now, ahead, ahead)}
    if any(run[4:]):
        return None
    if is_in_time and -OFF <= run[0] <= OFF:
        return _NOTHING
    first, since, low, high = run[:4]
    if not is_in_time and -STEADY_WITHIN <= ahead - first <= STEADY_WITHIN and now - since < STEADY_AFTER:
        if low <= ahead <= high:
            return _NOTHING
        return {device: Run(first, since, min(low, ahead), max(high, ahead))}
    after = watched(Run(*run), ahead, now)
    return _NOTHING if after is None or after == run else {device: after}


def _place(message: Arrived, source: Source, clocks: Clocks) -> dict[str, Run]:
    readings = list(message.readings)
    changed: dict[str, Run] = {}
    _decide_twice(readings, message, source)
    for device, places in _by_device(readings, LOCAL).items():
        run = _place_local(readings, places, message, source, _run_of(clocks, device))
        _remember(changed, clocks, device, run)
    if source.clock != OWN:
        for device, places in _by_device(readings, _NONE).items():
            run = place_off(readings, places, message, source.clock, _run_of(clocks, device))
            _remember(changed, clocks, device, run)
    _keep_apart(readings)
    message.readings = readings
    return changed


def place_alone(decoded: Decoded, message: Message, source: Source) -> Decoded:
    """Return what a message says where nothing is known of what came before it."""
    if source.clock is None and not is_doubtful(decoded.readings, message.received_at):
        return decoded
    arrived = Arrived(message.topic, message.payload, message.retained, message.received_at, readings=decoded.readings)
    place(arrived, source, {})
    status = list(_moved(decoded.status, decoded.readings, arrived.readings))
    return msgspec.structs.replace(decoded, readings=arrived.readings, status=status)


def _moved(status: Sequence[Status], before: Sequence[Reading], after: Sequence[Reading]) -> Iterator[Status]:
    """Yield what is said of devices at the times of the readings that stand beside it."""
    times: dict[tuple[str, int | None], list[int | None]] = {}
    for was, reading in zip(before, after, strict=True):
        found = times.setdefault((was.device, was.measured_at), [])
        if reading.measured_at not in found:
            found.append(reading.measured_at)
    for each in status:
        moved = times.get((each.device, each.measured_at))
        yield msgspec.structs.replace(each, measured_at=moved.pop(0) if len(moved) > 1 else moved[0]) if moved else each


def _by_device(readings: Sequence[Reading], marks: Flag) -> dict[str, list[int]]:
    """Return the places of readings that have just these marks and a time, by device."""
    found: dict[str, list[int]] = {}
    for i, reading in enumerate(readings):
        if reading.measured_at is not None and _marks(reading) == marks:
            found.setdefault(reading.device, []).append(i)
    return found


# --- local time without a zone ---


def _place_local(
    readings: list[Reading], places: Sequence[int], message: Arrived, source: Source, run: Run | None
) -> Run | None:
    walls = {_time_of(readings[i]) for i in places}
    may_be_live = not message.retained and not message.backlog
    ahead, now = max(walls) - message.received_at, message.received_at
    if may_be_live and len(walls) == 1 and is_live_local(run, ahead, now, ZoneInfo(source.site_timezone)):
        for i in places:
            readings[i] = _marked(readings[i], LOCAL, None)
        return followed(run, ahead, now, is_local=True).was_live()
    for i in places:
        readings[i] = _marked(readings[i], Flag.UNKNOWN_ZONE, readings[i].measured_at)
    return followed(run, ahead, now, is_local=True) if may_be_live else run


# --- an hour that came twice ---


def _decide_twice(readings: list[Reading], message: Arrived, source: Source) -> None:
    doubtful = {reading[:2] for reading in readings if reading.flags & Flag.TWICE}
    if not doubtful or source.timezone is None:
        return
    waited = message.retained or message.backlog
    for probe in doubtful:
        rows = list(_rows(readings, probe))
        decided = decide(
            [Placed(_time_of(readings[row[0]]), readings[row[0]].flags & Flag.TWICE) for row in rows],
            ZoneInfo(source.timezone),
            values=[[readings[i].value for i in row] for row in rows],
            latest=message.received_at + AHEAD_AT_MOST,
            live_at=None if waited else message.received_at,
        )
        for row, placed in zip(rows, decided, strict=True):
            for i in row:
                if readings[i].flags & Flag.TWICE and not placed.doubt:
                    readings[i] = _marked(readings[i], _NONE, placed.at)


def _rows(readings: Sequence[Reading], probe: tuple[str, str]) -> Iterator[list[int]]:
    """Yield the places of a probe's readings, those of one row of the message together."""
    row: list[int] = []
    for i, reading in enumerate(readings):
        if reading[:2] != probe or reading.measured_at is None:
            continue
        if row and not _is_of_row(reading, [readings[j] for j in row]):
            yield row
            row = []
        row.append(i)
    if row:
        yield row


def _is_of_row(reading: Reading, row: Sequence[Reading]) -> bool:
    is_same_time = (row[0].measured_at, _marks(row[0])) == (reading.measured_at, _marks(reading))
    return is_same_time and all(each.quantity != reading.quantity for each in row)


# --- what is kept and not judged ---


def _keep_apart(readings: list[Reading]) -> None:
    """Move what is undecided by microseconds where two readings would be kept as one."""
    taken: dict[tuple[str, str, str, int], int | None] = {}
    for i, reading in enumerate(readings):
        if not reading.flags & _UNDECIDED:
            continue
        at = _time_of(reading)
        while taken.setdefault((*reading[:3], at), reading.value) != reading.value:
            at += 1
        readings[i] = reading._replace(measured_at=at)


def _time_of(reading: Reading) -> int:
    assert reading.measured_at is not None
    return reading.measured_at


def _run_of(clocks: Clocks, device: str) -> Run | None:
    found = clocks.get(device)
    return None if found is None else Run(*found)


def _remember(changed: dict[str, Run], clocks: Clocks, device: str, run: Run | None) -> None:
    if run is not None and run != _run_of(clocks, device):
        changed[device] = run
