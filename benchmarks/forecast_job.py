"""What it costs to foresee a whole site in the background: CPU to learn what is normal, and of a round after that.

    python -m benchmarks.forecast_job [SENSORS [FAILING]]

Each sensor hangs in a room of its own with one lot in it, and has said something each minute for seven days; the
cooling of the last ones failed 20 minutes ago. A round is made every half minute.
"""

import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
from sqlalchemy import insert

from api.forecast.cache import KEPT_FOR, LEARNED_A_ROUND, ForecastCache
from api.forecast.job import LOOK_EVERY_S
from api.snapshot import Snapshots
from domain.numbers import SCALE
from domain.times import DAY, MINUTE, SECOND, parse_instant
from ledger.inputs import Batch
from ledger.requests import Apply, Item, written
from ledger.writer import Writer
from sites.file import load
from store.database import Database, open_database
from store.migrate import migrate
from store.series import SeriesIds
from store.state import submit_request
from store.tables import readings

START = parse_instant("2026-03-01T00:00:00Z")
MINUTES = 7 * DAY // MINUTE
NOW = START + MINUTES * MINUTE
FAILED_MINUTES = 20
# A thermostat's cycle of half an hour between 4.3 and 5.7 °C; a failed one warms at this rate.
CYCLE_MINUTES, LOW, HIGH, NOISE, WARMS = 30, 4.3, 5.7, 0.04, 0.06

HEAD = "site: {name: North, timezone: UTC}\nsources: [{topic: n, format: json}]\nproducts: [{id: VAX, profile: cold}]\n"
PROFILE = """
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}
      - {id: too-cold, kind: limit, below: 2.0, for: 15min, action: hold}
      - {id: budget, kind: cumulative, above: 8.0, total: 12h, action: review}
"""
LISTS = {
    "sensors": "{{id: S{i}, device: d{i}, quantities: [temperature]}}",
    "locations": "{{id: R{i}, profile: cold}}",
    "mounts": "{{sensor: S{i}, location: R{i}, from: 2026-01-01T00:00:00Z}}",
    "batches": "{{product: VAX, lot: L{i}}}",
    "placements": "{{product: VAX, lot: L{i}, location: R{i}, from: 2026-01-01T00:00:00Z}}",
}


def main() -> None:
    """Print a line for learning and one for a round."""
    given = dict(enumerate(map(int, sys.argv[1:])))
    sensors, failing = given.get(0, 200), given.get(1, 0)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        migrate(database)
        _apply(database, sensors)
        _write(database, sensors, failing)
        forecasts = ForecastCache(database, Snapshots(), lambda: NOW)
        learning = sum(_cpu(forecasts.look) for _ in range(-(-sensors // LEARNED_A_ROUND)))
        rounds = min(_cpu(forecasts.look) for _ in range(3))
        database.close()
    print(f"{sensors} sensors, {failing} failing: {len(forecasts.found)} foreseen")
    print(f"learning: {learning:.2f} s CPU, {learning / (KEPT_FOR / SECOND):.2%} of a core")
    print(f"a round:  {rounds:.2f} s CPU, {rounds / LOOK_EVERY_S:.2%} of a core")


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _apply(database: Database, sensors: int) -> None:
    lists = [f"{name}:\n" + "".join(f"  - {row.format(i=i)}\n" for i in range(sensors)) for name, row in LISTS.items()]
    entries = [Item(entry.kind, entry.doc) for entry in load(HEAD + "".join(lists) + PROFILE, "site.yaml")]
    with database.begin() as connection:
        submit_request(connection, "benchmark", written(Apply(entries=entries)), START)
    Writer(database).step(Batch(), START)


def _write(database: Database, sensors: int, failing: int) -> None:
    with database.begin() as connection:
        numbers = SeriesIds(database).get(connection, [(f"d{i}", "", "temperature") for i in range(sensors)])
    for i, number in enumerate(numbers):
        values = _values(i, fails=i >= sensors - failing)
        rows = [(START + minute * MINUTE, round(float(value) * SCALE)) for minute, value in enumerate(values)]
        kept = {"series": number, "flags": 0, "journal": 1}
        with database.begin() as connection:
            many = [{**kept, "measured_at": at, "received_at": at, "value": value} for at, value in rows]
            connection.execute(insert(readings), many)


def _values(seed: int, *, fails: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    chance = np.random.default_rng(seed)
    minutes = np.arange(MINUTES + 1)
    phase = (minutes + int(chance.integers(CYCLE_MINUTES))) % CYCLE_MINUTES / CYCLE_MINUTES
    values = LOW + (HIGH - LOW) * (1 - np.abs(2 * phase - 1))
    if fails:
        after = np.maximum(0, minutes - (MINUTES - FAILED_MINUTES))
        values = np.where(after > 0, values[MINUTES - FAILED_MINUTES] + WARMS * after, values)
    return np.asarray(np.round(values + chance.normal(0, NOISE, len(values)), 1))


if __name__ == "__main__":
    main()
