"""A correction that reaches everything, beside live messages: judged in its own step, and in the background.

    python -m benchmarks.correcting [--batches 10000] [--days 7]

One process, no broker, a new SQLite: batches in 100 rooms with a sensor each, a reading a minute. A stricter version of
their profile comes into force at the beginning of it all; a room that no batch stands in gets too warm again and again
meanwhile. What is told of it is timed from the message's arrival to the commit; a message that arrives during a step
waits for its end. Every batch is on hold in the end. Seconds are those of this process's CPU, whatever else the machine
does.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from domain.readings import Reading
from domain.times import DAY, MINUTE, SECOND, format_instant, parse_instant
from ledger.inputs import Arrived, Batch
from ledger.readings.packing import pack
from ledger.requests import Apply, Correct, Item, Request, written
from ledger.writer import Options, Writer
from sites.file import load
from store import state
from store.database import Database, open_database
from store.migrate import migrate

ROOMS = 100
EVERY_S = 0.1  # a live message
START = parse_instant("2026-01-01T00:00:00Z")
_BEGIN = format_instant(START)
_SITE = """
site: {{name: Plant}}
sensors: [{sensors}, {{id: HOT, device: hot}}]
locations: [{locations}, {{id: HOT, profile: hall}}]
mounts: [{mounts}, {{sensor: HOT, location: HOT, from: "{begin}"}}]
products: [{{id: VAX, profile: cold}}]
batches: [{batches}]
placements: [{placements}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{{id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}}]
  - id: hall
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules: [{{id: hot, kind: limit, above: 30.0, severity: critical}}]
"""
STRICTER = {
    "id": "cold",
    "version": 2,
    "effective_from": _BEGIN,
    "rules": [{"id": "too-warm", "kind": "limit", "above": "6.0", "for": "60min", "action": "hold"}],
}


class Clock:
    """This process's CPU time, and what was skipped of it because there was nothing to do."""

    def __init__(self) -> None:
        self._skipped = -time.process_time()

    def now(self) -> float:
        """Return the seconds since it was made."""
        return time.process_time() + self._skipped

    def skip_to(self, then: float) -> None:
        """Let no time pass until then."""
        self._skipped += max(0.0, then - self.now())


class Measured(NamedTuple):
    """Seconds: until the correction was answered, until all was judged, each alert, and the longest step."""

    answered: float
    judged: float
    alerts: Sequence[float]
    longest: float


def site(batches: int) -> str:
    """Return the site file."""

    def each(text: str, count: int) -> str:
        return ", ".join(text.format(n=n, room=n % ROOMS, begin=_BEGIN) for n in range(count))

    return _SITE.format(
        begin=_BEGIN,
        sensors=each("{{id: S{n}, device: dev{n}}}", ROOMS),
        locations=each("{{id: ROOM-{n}}}", ROOMS),
        mounts=each('{{sensor: S{n}, location: ROOM-{n}, from: "{begin}"}}', ROOMS),
        batches=each("{{product: VAX, lot: L{n}}}", batches),
        placements=each('{{product: VAX, lot: L{n}, location: ROOM-{room}, from: "{begin}"}}', batches),
    )


def history(days: int) -> Iterator[Request]:
    """Yield a reading a minute of each room: 5 °C, and 7 °C for two hours a day."""
    for room in range(ROOMS):
        minutes = range(days * DAY // MINUTE)
        values = (7_000_000 if 600 <= minute % 1440 < 720 else 5_000_000 for minute in minutes)
        rows = [(f"S{room}", "temperature", START + i * MINUTE, value) for i, value in enumerate(values)]
        yield pack(rows, more=room < ROOMS - 1)


def prepare(database: Database, batches: int, days: int, options: Options) -> tuple[Writer, int]:
    """Return a writer over a plant that all is said of, and the present instant."""
    writer, now = Writer(database, options=options), START + days * DAY
    entries = [Item(entry.kind, entry.doc) for entry in load(site(batches), "S.yaml")]
    for request in (Apply(entries=entries), *history(days)):
        submit(database, request, now)
        writer.step(Batch(), now)
    while writer.due_at is not None and writer.due_at <= now:
        now += 3 * SECOND
        writer.step(Batch(), now)
    return writer, now


def submit(database: Database, request: Request, now: int) -> int:
    """Leave a request in the inbox."""
    with database.begin() as connection:
        return state.submit_request(connection, "quinn", written(request), now)


def hot(now: int, value: float) -> Batch:
    """Return what the room without batches says."""
    said = Reading("hot", "", "temperature", round(value * 1e6), now)
    return Batch([Arrived("t", b"{}", False, now, "src", [said])])


def measure(writer: Writer, database: Database, now: int) -> Measured:
    """Correct, and let a message come every so often until all is judged and some have come."""
    submit(database, Correct(put=[Item("profile", STRICTER)]), now)
    clock = Clock()
    answered = judged = arrived = longest = 0.0
    alerts: list[float] = []
    warm = False
    while not judged or len(alerts) < 20:
        start = clock.now()
        waits = start >= arrived
        at = now + round(start * SECOND)
        batch = Batch()
        if waits:
            warm = not warm
            batch = hot(at, 31 if warm else 20)
        writer.step(batch, at)
        end = clock.now()
        longest = max(longest, end - start)
        answered = answered or end
        if waits:
            alerts.append(end - arrived)
            arrived += EVERY_S
        if not judged and (writer.due_at is None or writer.due_at > at):
            judged = end
        if judged:
            clock.skip_to(arrived)
    return Measured(answered, judged, alerts, longest)


def run(batches: int, days: int, options: Options) -> Measured:
    """Measure on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder)}/coldchain.db")
        migrate(database)
        try:
            return measure(*prepared(database, batches, days, options))
        finally:
            database.close()


def prepared(database: Database, batches: int, days: int, options: Options) -> tuple[Writer, Database, int]:
    """Prepare, and return what `measure` takes."""
    writer, now = prepare(database, batches, days, options)
    return writer, database, now


def main() -> None:
    """Print both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=7)
    given: Any = parser.parse_args()
    found = {}
    for name, options in (("in its own step", Options(at_once=10**9)), ("in the background", Options())):
        found[name] = measured = run(given.batches, given.days, options)
        ordered = sorted(measured.alerts)
        print(
            f"{name:18} answered {measured.answered:6.2f} s, all judged {measured.judged:6.2f} s, "
            f"longest step {measured.longest * 1000:7.0f} ms, message to commit: median "
            f"{statistics.median(ordered) * 1000:6.0f} ms, worst {ordered[-1] * 1000:7.0f} ms",
            flush=True,
        )
    before, after = found.values()
    print(f"worst message: {max(before.alerts) / max(after.alerts):.1f} times sooner in the background")


if __name__ == "__main__":
    main()
