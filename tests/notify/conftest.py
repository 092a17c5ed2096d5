"""Both databases with the schema and an alert in them, a clock that is set by hand."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from domain.times import DAY, SECOND
from notify.channels import Surroundings, build
from notify.notifier import Notifier
from store.database import Database
from store.state import StoredEntry, put_entries
from store.tables import alerts, delivery_attempts, outbox
from tests.thrift import SORTS

T0 = 20_454 * DAY  # 2026-01-01
LOTS = [
    {
        "product": "VAX",
        "lot": "A1",
        "unit": "PALLET-7",
        "client": "acme",
        "hold": 1,
        "state": "held",
        "disposed_by": None,
        "rules": ["too-warm"],
        "since": T0,
        "until": None,
    },
    {
        "product": "VAX",
        "lot": "B2",
        "unit": None,
        "client": "umbra",
        "hold": 2,
        "state": "held",
        "disposed_by": None,
        "rules": ["warm-total"],
        "since": T0,
        "until": None,
    },
]


class Clock:
    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> int:
        return self.now


class Outbox:
    """A database with alerts and their messages, as the ledger writes them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.clock = Clock()

    def put(self, kind: str, key: str, /, **doc: Any) -> None:
        with self.database.begin() as connection:
            put_entries(connection, [StoredEntry(kind, key, doc, "file", "file", T0)])

    def placement(self, key: str, /, **fields: Any) -> None:
        self.put("placement", key, **{"unit": None, "from": "2026-01-01T00:00:00Z", "to": None, **fields})

    def channel(self, id: str, url: str, **fields: Any) -> None:
        self.put("channel", f'["{id}"]', id=id, kind="webhook", url=url, **fields)

    def alert(self, id: int = 1, **fields: Any) -> None:
        row = {
            "id": id,
            "place": "ROOM-1",
            "quantity": "temperature",
            "direction": "high",
            "since": T0,
            "until": None,
            "severity": "critical",
            "rules": ["too-warm", "warm-total"],
            "lots": LOTS,
            "sentence": "2 lots on hold: above 8.0 °C for 75 min, peak 9.6 °C, ROOM-1, since 00:00Z",
            "founded": True,
            "revision": 1,
            "raised_at": T0 + SECOND,
        }
        with self.database.begin() as connection:
            connection.execute(insert(alerts).values({**row, **fields}))

    def message(self, channel: str, event: str = "raised", alert: int | None = 1) -> None:
        row = {"alert": alert, "event": event, "channel": channel, "created_at": self.clock(), "next_at": self.clock()}
        with self.database.begin() as connection:
            connection.execute(insert(outbox).values(row))

    def rows(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(outbox).order_by(outbox.c.id)))

    def attempts(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(delivery_attempts).order_by(delivery_attempts.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def notifier(self, timeout: int = 60 * SECOND, give_up_after: int = 7 * DAY) -> Notifier:
        surroundings = Surroundings(self.clock, timeout, (self.folder,))
        return Notifier(
            self.database,
            lambda entry: build(entry, surroundings),
            self.clock,
            timeout=timeout,
            give_up_after=give_up_after,
            chance=lambda: 0.0,
        )

    def sweep(self, notifier: Notifier | None = None) -> None:
        """Sweep until nothing more is told at this instant."""
        notifier = notifier or self.notifier()
        notifier.sweep()
        notifier.wait(120)


@pytest.fixture
def box(sqlite_database: Database, tmp_path: Path) -> Outbox:
    """On SQLite."""
    return Outbox(sqlite_database, tmp_path)


@pytest.fixture(params=SORTS)
def any_box(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    """On either database."""
    return Outbox(request.getfixturevalue(f"{request.param}_database"), tmp_path)
