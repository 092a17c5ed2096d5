"""Real loggers' records, judged by the command: as a whole, in order as received, and fully shuffled as received.

    python -m benchmarks.judge [FOLDER [DAYS]]

The folder has `data/*.csv` as Berlinger's loggers write them (columns timestamp_device_local, temperature_c); default:
COLDCHAIN_SHARED. Seconds of the whole process; all three must print the same bytes. Then a file of so many days (100)
of four sensors that read each minute: readings a second of the processor to read it, and to judge what was read.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import year
from rules.batch_judge import judge_table
from sites.build import build
from sites.file import load
from sites.readings import read_file

_SITE = """
site: {name: Test fridge}
sensors: [{id: logger}]
locations: [{id: FRIDGE, profile: cold}]
mounts: [{sensor: logger, location: FRIDGE, from: 2000-01-01T00:00:00Z}]
products: [{id: VAX, profile: cold}]
batches: [{product: VAX, lot: A}]
placements: [{product: VAX, lot: A, location: FRIDGE, from: 2000-01-01T00:00:00Z}]
profiles:
  - id: cold
    version: 1
    effective_from: 2000-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}
      - {id: too-cold, kind: limit, below: 2.0, deadband: 0.2, for: 15min, action: hold}
      - {id: warm-total, kind: cumulative, above: 8.0, total: 12h, action: hold}
      - {id: silent, kind: silence, after: 30min}
"""
Row = tuple[str, str]  # measured_at, temperature


def rows_of(record: Path) -> list[Row]:
    """Return a logger's rows as `coldchain judge` reads them."""
    with record.open() as file:
        return [
            (f"{row['timestamp_device_local']}:00Z", row["temperature_c"] or "fault") for row in csv.DictReader(file)
        ]


def judged(directory: Path, rows: Sequence[Row], *options: str) -> tuple[float, bytes]:
    """Return the seconds that it takes, and what is printed."""
    site, readings = directory / "site.yaml", directory / "readings.csv"
    site.write_text(_SITE)
    readings.write_text("\n".join(["sensor,measured_at,temperature", *(f"logger,{at},{value}" for at, value in rows)]))
    command = [sys.executable, "-m", "coldchain", "judge", "--site", str(site), "--readings", str(readings), *options]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began, done.stdout


def measure(record: Path) -> tuple[int, float, float, float]:
    """Return rows, and seconds as a whole, in order, and shuffled. Raises RuntimeError if the answers differ."""
    rows = rows_of(record)
    shuffled = random.Random(1).sample(rows, len(rows))
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        whole, answer = judged(folder, rows)
        in_order, same = judged(folder, rows, "--as-received")
        mixed, also = judged(folder, shuffled, "--as-received")
    if not answer == same == also:
        raise RuntimeError(f"{record.name}: not the same answer in another order")
    return len(rows), whole, in_order, mixed


def of_a_file(days: int) -> tuple[int, float, float]:
    """Return readings, and how many a second of the processor are read and judged."""
    site = build(load(year.SITE, "site.yaml"))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "readings.csv"
        year.write_readings(path, days * 24 * 60)
        began = time.process_time()
        rows = read_file(path, site)
        read = time.process_time()
    judge_table(site, rows, rows.last or 0)
    return len(rows), len(rows) / (read - began), len(rows) / (time.process_time() - read)


def main() -> None:
    """Print the table."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("COLDCHAIN_SHARED")
    records = sorted((Path(folder) / "data").glob("*.csv")) if folder else []
    if not records:
        sys.exit("no loggers' records: name the folder that has data/*.csv, or set COLDCHAIN_SHARED")
    print(f"{'seconds for':>32} {'readings':>9} {'whole':>6} {'in order':>9} {'shuffled':>9}")
    for record in records:
        count, whole, in_order, mixed = measure(record)
        print(f"{record.stem:>32} {count:>9,} {whole:>6.2f} {in_order:>9.2f} {mixed:>9.2f}", flush=True)
    count, read, said = of_a_file(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    print(f"\na file of {count:,} readings: {read:,.0f} a second are read, {said:,.0f} a second are judged")


if __name__ == "__main__":
    main()
