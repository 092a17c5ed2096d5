"""What is drained: a plant of 100 rooms with a device each, and the messages that waited while nobody listened.

Every message says two quantities with a time of its own, all of them in range or a share too warm, at random. In every
room stand batches, under two limits, a cumulative and a silence rule.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from domain.times import MINUTE, SECOND, format_instant
from ingest.decoded import Message
from ingest.decoding import Decoder
from ingest.sources import Sources
from ledger.inputs import Batch
from ledger.requests import Apply, Item, written
from ledger.writer import Writer
from sites.file import load
from store import state
from store.database import Database

DEVICES = 100
TOPIC = "site/+/readings"
_ROOMS = range(DEVICES)

_SITE = """
site: {{name: Plant}}
sources:
  - topic: {topic}
    format: json
    mapping: {{device: device, temperature: temp, humidity: rh, measured_at: ts, epoch: ms}}
sensors: [{sensors}]
locations: [{locations}]
mounts: [{mounts}]
products: [{{id: VAX, profile: cold}}]
batches: [{batches}]
placements: [{placements}]
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 30min
    rules:
      - {{id: too-warm, kind: limit, above: 8.0, for: 60min, action: hold}}
      - {{id: too-cold, kind: limit, below: 2.0, deadband: 0.2, for: 15min, action: hold}}
      - {{id: warm-total, kind: cumulative, above: 8.0, total: 12h, action: hold}}
      - {{id: silent, kind: silence, after: 30min}}
"""


@dataclass(frozen=True)
class Outage:
    """Nobody listened for so long: each device said something every `every` microseconds, the last at `until`.

    `outside`: the share of the temperatures that are above the limit.
    """

    count: int
    until: int
    every: int = SECOND
    batches_a_room: int = 2
    outside: float = 0.0

    @property
    def since(self) -> int:
        """Return when it began."""
        return self.until - self.count * self.every // DEVICES

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """Yield topic and payload of every message that waits."""
        rng = random.Random(1)
        for i in range(1, self.count + 1):
            is_outside = self.outside > 0 and rng.random() < self.outside
            yield message(i, self.since + i * self.every // DEVICES, 5.0 if is_outside else 0.0)

    def prepare(self, database: Database) -> None:
        """Bring the site into an empty database, and what each device said just before."""
        began = self.since - MINUTE
        _apply(database, site(began, self.batches_a_room), began)
        with database.read() as connection:
            decoder = Decoder(Sources((entry.key, entry.doc) for entry in state.load_entries(connection, "source")))
        heard = [Message(*message(i, self.since), received_at=self.since) for i in _ROOMS]
        Writer(database).step(decoder.decode(heard).batch(), self.since)


def site(since: int, batches_a_room: int) -> str:
    """Return the site file of a plant in which everything has been in its place since the instant."""
    when = format_instant(since)
    lots = [(room, f"L{room}-{j}") for room in _ROOMS for j in range(batches_a_room)]
    return _SITE.format(
        topic=TOPIC,
        sensors=", ".join(f"{{id: S{i}, device: '{_device(i)}'}}" for i in _ROOMS),
        locations=", ".join(f"{{id: R{i}, profile: cold}}" for i in _ROOMS),
        mounts=", ".join(f"{{sensor: S{i}, location: R{i}, from: {when}}}" for i in _ROOMS),
        batches=", ".join(f"{{product: VAX, lot: {lot}}}" for _, lot in lots),
        placements=", ".join(f"{{product: VAX, lot: {lot}, location: R{room}, from: {when}}}" for room, lot in lots),
    )


def message(i: int, at: int, warmer: float = 0.0) -> tuple[str, bytes]:
    """Return topic and payload of one message measured at the instant, by so many degrees warmer than usual."""
    device = i % DEVICES
    said = {
        "device": _device(device),
        "temp": round(4 + i % 1009 / 541 + warmer, 2),
        "rh": round(40 + i % 503 / 51, 1),
        "ts": at // 1000,
    }
    return f"site/{device}/readings", json.dumps(said, separators=(",", ":")).encode()


def _device(i: int) -> str:
    return f"A4:C1:38:8D:18:{i:02X}"


def _apply(database: Database, text: str, now: int) -> None:
    items = [Item(entry.kind, entry.doc) for entry in load(text, "plant.yaml")]
    with database.begin() as connection:
        number = state.submit_request(connection, "benchmark", written(Apply(entries=items)), now)
    Writer(database).step(Batch(), now)
    with database.read() as connection:
        answered = state.find_request(connection, number)
    if answered.state != "done":
        raise RuntimeError(f"the site is {answered.state}: {answered.answer}")
