"""Taking a block of readings from a file: a journal row, its readings and what the engine hears, all by columns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import Refused
from domain.faults import SHIFT, fault_of, in_flags
from domain.gating import fault_at
from domain.model import QUANTITIES
from domain.readings import FAULT, LAST_FAULT, NOT_JUDGED
from ledger.readings.intake import Intake, Key, Series, is_storable
from ledger.readings.notices import Odd
from ledger.readings.packing import Block, unpack
from ledger.requests import Import
from ledger.step import Step
from rules.engine import Engine
from store import fault_numbers, journal, readings, state
from store.dedup import new_rows
from store.fault_numbers import FaultNumber
from store.rows import Row

IMPORT = "import"  # stands for the topic of readings that came in a file

NOT_JUDGED_BITS = int(NOT_JUDGED)


def take(step: Step, who: str, request: Import, intake: Intake, engine: Engine) -> dict[str, Any]:
    """Take a block; what is known already is left alone. Return the answer but for what waits.

    Raises Refused naming every unknown sensor and quantity: then nothing of the block is taken.
    """
    block = unpack(request)
    keys = _keys_of(step, block)
    series = intake.learn(step.connection, keys)
    rows, stopped = _rows(block, series, intake, step.now)
    fresh = new_rows(step.connection, rows)
    answer = {"readings": len(rows), "faults": 0, "not_judged": 0, "conflicts": 0, "known": len(rows) - len(fresh)}
    if fresh:
        names = {each.id: key for key, each in zip(keys, series, strict=True)}
        records = [_record(row, names, stopped) for row in fresh]
        number = journal.append(step.connection, "readings", step.now, records)
        _tell(engine, series, names, fresh)
        strange = [row for row in fresh if row[2] is None or row[4] & NOT_JUDGED_BITS]
        odd = [Odd(row, names[row[0]], None, stopped.get(row[:2])) for row in strange]
        if odd:
            intake.notices.readings(step.connection, odd, number)
        clashes = readings.insert(step.connection, fresh, number)
        kept = [FaultNumber(*r[:2], stopped[r[:2]], r[3], number) for r in fresh if r[:2] in stopped and r[2] is None]
        fault_numbers.add(step.connection, kept)
        answer["faults"] = sum(1 for row in fresh if row[2] is None)
        sensors = {each.id: each.sensor for each in series}
        new = intake.add_conflicts(step.connection, clashes)
        told = ((clash, names[clash.series], sensors[clash.series], None) for clash in new)
        state.mark_outside(step.connection, intake.notices.conflicts(told))
        answer["not_judged"] = sum(1 for row in fresh if row[4] & NOT_JUDGED_BITS)
        answer["conflicts"] = len(clashes)
        after = answer if request.instrument is None else {**answer, "instrument": request.instrument}
        subject = {"journal": number}
        step.event_log.action(who, "imported", "readings", str(number), subject, after=after, reason=request.reason)
    return answer


def _rows(
    block: Block, series: Sequence[Series], intake: Intake, received_at: int
) -> tuple[list[Row], dict[tuple[int, int], int]]:
    """Return the readings, and by series and instant the numbers that are faults by their sensor's gate."""
    numbers = np.array([each.id for each in series], np.int64)[block.places] if len(block) else block.instants
    values: list[int | None] = block.values.tolist()
    flags = intake.flags_of(block.instants, received_at)
    stopped: dict[tuple[int, int], int] = {}
    for place in np.flatnonzero(block.values <= LAST_FAULT).tolist():
        values[place] = None
        flags[place] |= (int(block.values[place]) - FAULT) << SHIFT
    for place in np.flatnonzero(_doubtful(block, series)).tolist():
        value, at = int(block.values[place]), int(block.instants[place])
        fault = fault_at(series[block.places[place]].gates, value, at)
        if fault is not None:
            values[place] = None
            flags[place] |= in_flags(fault)
            stopped.setdefault((int(numbers[place]), at), value)
    received = [received_at] * len(block)
    rows = list(zip(numbers.tolist(), block.instants.tolist(), values, received, flags.tolist(), strict=True))
    return rows, stopped


def _doubtful(block: Block, series: Sequence[Series]) -> NDArray[np.bool_]:
    """Tell of each number whether it may be none that its sensor can say."""
    if not len(block):
        return np.zeros(0, bool)
    low = np.array([each.low for each in series])[block.places]
    high = np.array([each.high for each in series])[block.places]
    faults = np.array(sorted({number for each in series for number in each.known}))
    outside = (block.values < low) | (block.values > high) | np.isin(block.values, faults)
    return outside & (block.values > LAST_FAULT)


def _record(row: Row, names: Mapping[int, Key], stopped: Mapping[tuple[int, int], int]) -> tuple[object, ...]:
    """Return what the journal keeps: the number as it was sent, and the kind of a fault that the file names."""
    number = stopped.get(row[:2]) if row[2] is None else row[2]
    kind = int(fault_of(row[4])) if number is None else 0
    return (*names[row[0]], number, row[1], 0, kind) if kind else (*names[row[0]], number, row[1])


def _tell(engine: Engine, series: Sequence[Series], names: dict[int, Key], rows: Sequence[Row]) -> None:
    """Let the engine hear what it may judge, each series by itself, the first received of each instant first."""
    by_series: dict[int, list[Row]] = {}
    for row in rows:
        if not row[4] & NOT_JUDGED_BITS:
            by_series.setdefault(row[0], []).append(row)
    sensors = {each.id: each.sensor for each in series}
    for number, heard in by_series.items():
        sensor, quantity = sensors[number], names[number][2]
        if sensor is None:
            continue
        instants = [row[1] for row in heard]
        if all(map(int.__lt__, instants, instants[1:])):
            engine.add_run(sensor, quantity, instants, [FAULT if row[2] is None else row[2] for row in heard])
        else:
            for row in heard:
                engine.add(sensor, quantity, row[1], row[2])


def _keys_of(step: Step, block: Block) -> list[Key]:
    """Return series by device and probe. Raises Refused naming every unknown sensor and quantity."""
    probes = {sensor.id: (sensor.device, sensor.probe or "") for sensor in step.histories.site.sensors.values()}
    wrong = dict.fromkeys(_wrong(block, probes))
    if wrong:
        raise Refused(list(wrong))
    return [(*(probes.get(sensor) or _probe(sensor)), quantity) for sensor, quantity in block.series]


def _wrong(block: Block, probes: dict[str, tuple[str, str]]) -> Iterator[str]:
    for quantity in sorted({quantity for _, quantity in block.series} - set(QUANTITIES)):
        yield f"no quantity {json.dumps(quantity)}; known: {', '.join(QUANTITIES)}"
    for sensor, _ in block.series:
        if sensor not in probes and not (_probe(sensor)[0] and is_storable(sensor)):
            yield f"no sensor {json.dumps(sensor, ensure_ascii=False)}"


def _probe(name: str) -> tuple[str, str]:
    """Return device and probe of `device/probe`; no device if it is not of that form."""
    device, _, probe = name.rpartition("/")
    return device, probe
