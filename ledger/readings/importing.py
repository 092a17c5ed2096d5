"""Taking a block of readings from a file: a journal row, its readings and what the engine hears, all by columns."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from domain.errors import Refused
from domain.model import QUANTITIES
from domain.readings import FAULT, NOT_JUDGED
from ledger.readings.intake import Intake, Key, Series, is_storable
from ledger.readings.packing import Block, unpack
from ledger.requests import Import
from ledger.step import Step
from rules.engine import Engine
from store import journal, readings, state
from store.dedup import new_rows
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
    rows = _rows(block, series, intake, step.now)
    fresh = new_rows(step.connection, rows)
    answer = {"readings": len(rows), "not_judged": 0, "conflicts": 0, "known": len(rows) - len(fresh)}
    if fresh:
        names = {each.id: key for key, each in zip(keys, series, strict=True)}
        number = journal.append(step.connection, "readings", step.now, [(*names[r[0]], r[2], r[1]) for r in fresh])
        _tell(engine, series, names, fresh)
        clashes = readings.insert(step.connection, fresh, number)
        state.add_conflicts(step.connection, [clash._asdict() for clash in clashes])
        answer["not_judged"] = sum(1 for row in fresh if row[4] & NOT_JUDGED_BITS)
        answer["conflicts"] = len(clashes)
        step.event_log.action(who, "imported", "readings", str(number), {"journal": number}, after=answer)
    return answer


def _rows(block: Block, series: Sequence[Series], intake: Intake, received_at: int) -> list[Row]:
    numbers = np.array([each.id for each in series], np.int64)[block.places] if len(block) else block.instants
    values: list[int | None] = block.values.tolist()
    for place in np.flatnonzero(block.values == FAULT).tolist():
        values[place] = None
    flags = intake.flags_of(block.instants, received_at)
    received = [received_at] * len(block)
    return list(zip(numbers.tolist(), block.instants.tolist(), values, received, flags.tolist(), strict=True))


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
