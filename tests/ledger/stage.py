"""A small site on a stage: one writer over a real database, driven by hand."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from domain.readings import Reading
from domain.times import DAY, MINUTE, parse_instant
from ledger.inbox import answer_of
from ledger.inputs import Arrived, Batch
from ledger.requests import Allow, Apply, Item, Request, written
from ledger.writer import Done, Writer
from rules.batch_judge import judge
from sites.build import build
from sites.file import load
from sites.schema import Entry
from store import state
from store.database import Database
from store.tables import alerts, conflicts, events, excursions, exposures, firings, holds, readings, series
from tests.thrift import Copied

START = parse_instant("2026-01-01T00:00:00Z")
# What a person allows who releases although something is still outside or still to come: hardly anything.
A_MINUTE = Allow(minutes=1.0, up_to=50_000_000)

SITE = """
site: {name: Plant North}
channels:
  - {id: all, kind: webhook, url: "https://example.org/a", secret_file: a.key}
  - {id: worst, kind: webhook, url: "https://example.org/b", secret_file: b.key, min_severity: critical}
sensors:
  - {id: S1, device: dev1}
  - {id: S2, device: dev2, probe: ext}
locations:
  - {id: SITE-A}
  - {id: ROOM-1, parent: SITE-A, profile: cold}
  - {id: ROOM-2, parent: SITE-A, profile: cold}
mounts:
  - {sensor: S1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {sensor: S2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
clients: [{id: acme, name: Acme Pharma}]
products: [{id: VAX, profile: cold}]
batches:
  - {product: VAX, lot: A1, client: acme}
  - {product: VAX, lot: A2}
placements:
  - {product: VAX, lot: A1, unit: P1, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {product: VAX, lot: A1, unit: P2, location: ROOM-1, from: 2026-01-01T00:00:00Z}
  - {product: VAX, lot: A2, location: ROOM-2, from: 2026-01-01T00:00:00Z}
profiles:
  - id: cold
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 10min, severity: critical, action: hold}
      - {id: warm-total, kind: cumulative, above: 8.0, total: 30min, action: review}
"""


def minute(number: float) -> int:
    """The instant so many minutes after the start."""
    return START + round(number * MINUTE)


def message(*said: Reading, at: int, error: str | None = None, **more: Any) -> Arrived:
    """A message that says these readings."""
    return Arrived("t", repr(said).encode(), more.pop("retained", False), at, "src", said, error, **more)


def reading(number: float, value: float | None, device: str = "dev1", probe: str = "", **more: Any) -> Reading:
    """A temperature measured so many minutes after the start."""
    scaled = None if value is None else round(value * 1_000_000)
    return Reading(device, probe, more.pop("quantity", "temperature"), scaled, minute(number), **more)


def series_of(values: Sequence[float | None], since: float = 0, **more: Any) -> list[Reading]:
    """One reading a minute."""
    return [reading(since + i, value, **more) for i, value in enumerate(values)]


_sites = Copied()


class Stage:
    """One writer and what can be asked of the database."""

    def __init__(self, database: Database, site: str = SITE, **options: Any) -> None:
        self.database = database
        self.options = options
        self.restart()
        if site and database.is_sqlite and not options:
            _sites.fill(database, site, lambda: self.apply(site))
            self.restart()
        elif site:
            self.apply(site)

    def restart(self) -> None:
        """Let the process die, if there is one, and another take over."""
        self.writer = Writer(self.database, **self.options)

    def apply(self, site: str, now: int = START, dry_run: bool = False) -> Any:
        items = [Item(entry.kind, entry.doc) for entry in load(site, "S.yaml")]
        return self.ask(Apply(entries=items, dry_run=dry_run), now, "apply")

    def hear(self, *said: Reading, at: float | None = None) -> Done:
        """Let readings arrive, each in a message of its own, as they are measured or all at once."""
        messages = [message(each, at=minute(at) if at is not None else each.measured_at) for each in said]
        return self.writer.step(Batch(messages), max(each.received_at for each in messages))

    def tick(self, number: float) -> Done:
        return self.writer.step(Batch(), minute(number))

    def submit(self, request: Request, now: int, who: str = "quinn") -> int:
        """Leave a request in the inbox."""
        with self.database.begin() as connection:
            return state.submit_request(connection, who, written(request), now)

    def ask(self, request: Request, now: int = START + DAY, who: str = "quinn") -> Any:
        """Ask as the API does, with the answer at once; raises as `submit` does."""
        number = self.submit(request, now, who)
        self.writer.step(Batch(), now)
        with self.database.read() as connection:
            return answer_of(state.find_request(connection, number))

    # --- what is on record ---

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table).where(*where).order_by(*table.primary_key.columns)))

    def holds(self, founded: bool = True) -> list[tuple[str, str | None, str, float]]:
        rows = self.rows(holds, holds.c.founded == founded)
        found = [(r.lot, r.unit, r.rule, (r.fired_at - START) / MINUTE) for r in rows]
        return sorted(found, key=lambda each: (each[0], each[1] or "", *each[2:]))

    def alerts(self, founded: bool = True) -> list[Any]:
        return self.rows(alerts, alerts.c.founded == founded)

    def outcome(self) -> dict[str, list[Any]]:
        """Everything that must not depend on the order in which it became known, or on crashes."""
        in_force = {
            table: self.rows(table, table.c.superseded_at.is_(None)) for table in (exposures, excursions, firings)
        }
        return {
            "exposures": sorted((r.product, r.lot, r.unit or "", *_numbers(r)) for r in in_force[exposures]),
            "excursions": sorted((r.location, *_numbers(r)) for r in in_force[excursions]),
            "firings": sorted((str((r.location, r.product, r.lot, r.unit)), r.rule, r.at) for r in in_force[firings]),
            "holds": self.holds(),
            "alerts": sorted((_told(row) for row in self.alerts()), key=str),
            "readings": [(r.series, r.measured_at, r.value, r.flags) for r in self.rows(readings)],
            "conflicts": [(r.series, r.measured_at, r.refused, r.kept) for r in self.rows(conflicts)],
            "series": [tuple(row) for row in self.rows(series)],
        }

    def judged(self, said: Iterable[Reading], until: int) -> dict[str, Any]:
        """The plain judgement of readings, by the entries as they are now."""
        site = build(self.entries())
        names = {(sensor.device, sensor.probe or ""): sensor.id for sensor in site.sensors.values()}

        class Row:
            def __init__(self, said: Reading) -> None:
                self.sensor = names[said.device, said.probe]
                self.quantity, self.measured_at, self.value = said.quantity, said.measured_at, said.value

        return judge(site, [Row(each) for each in said], until)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """The entries on record, those of lots and placements included."""
        with self.database.read() as connection:
            return [Entry(each.kind, each.key, each.doc) for each in state.load_entries(connection, kind)]

    def event_numbers(self) -> list[int]:
        return [row.number for row in self.rows(events)]


def _numbers(row: Any) -> tuple[Any, ...]:
    # minutes of what goes on may lag a few seconds behind
    closed = () if row.until is None else (row.minutes, row.degree_minutes, row.peak or 0)
    return (row.rule, row.since, row.until or 0, row.fired_at or 0, *closed)


# Of a lot: its numbers may lag behind, and a hold's depends on what came first.
_GROWING = ("hold", "minutes", "peak", "sentence", "why")


def _told(row: Any) -> tuple[Any, ...]:
    lots = [tuple((k, v) for k, v in lot.items() if k not in _GROWING) for lot in row.lots]
    return (row.place, row.quantity, row.direction, row.since, row.until, row.severity, row.rules, lots)
