"""Numbers for Prometheus: of this process its requests, of the installation what the database says when asked.

Engine, notifier and API are processes of their own; what they share is the database, so one address tells of all.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Connection, Table, func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.reads.alarm_rate import read_load
from api.reads.underway import read_underway
from domain.notices import KINDS
from domain.times import MINUTE, NEVER
from ledger.inbox import is_running
from store.database import Database
from store.device_clocks import count_unplaced, estimates
from store.notices import totals
from store.open_alerts import OPEN
from store.tables import alerts, dead_letters, events, holds, inbox, journal, outbox, parked_points

_CLOCKS_EVERY = 10 * MINUTE
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All numbers of one application."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "coldchain_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "coldchain_http_request_seconds", "Time to answer", ("method", "route"), registry=self._registry
        )
        self._registry.register(_Installation(database, now))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Installation:
    """Asked anew at every scrape; each number is one look at an index."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now
        self._clocks = -NEVER, 0  # when devices' clocks were looked at, and how many were off

    def describe(self) -> Iterator[Metric]:
        """Say nothing beforehand: registering must not need a database."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers."""
        with self._database.read() as connection:
            yield from _numbers(connection, self._now())
            yield self._clocks_off(connection, self._now())
        yield _gauge("engine_running", "Whether the one writer runs", is_running(self._database))

    def _clocks_off(self, connection: Connection, now: int) -> Metric:
        """Return how many devices' clocks are off: a look at every device, so not at every scrape."""
        looked_at, off = self._clocks
        if now - looked_at >= _CLOCKS_EVERY:
            off = sum(each.is_off for each in estimates(connection, now).values())
            self._clocks = now, off
        return _gauge("device_clocks_off", "Devices whose clock is off by more than 5 minutes, every 10 minutes", off)


def _load(connection: Connection, now: int) -> Iterator[Metric]:
    """Yield the load of alarms of the last day, see `rules.alarms.alarm_rate`."""
    load = read_load(connection, now, 1)
    yield _gauge("alarms_day", "Alarms that people were told in the last 24 hours", load.alarms)
    yield _gauge("alarms_peak", "The most alarms in any ten minutes of the last 24 hours", load.peak)
    yield _gauge("alarms_flood", "Whether a flood of alarms goes on", any(f.until is None for f in load.floods))
    yield _gauge(
        "alarms_chattering", "Sources that were raised again and again in the last 24 hours", len(load.chattering)
    )
    yield _gauge("alarms_stale", "Alarms that have been going on for more than a day", load.stale)
    silent = (alerts.c.until.is_(None), alerts.c.founded, alerts.c.suppressed.is_not(None))
    yield _gauge(
        "alarms_suppressed", "Ongoing problems whose notifications are suspended", _count(connection, alerts, *silent)
    )


def _numbers(connection: Connection, now: int) -> Iterator[Metric]:
    yield _gauge("events", "Number of the last event", connection.scalar(select(func.max(events.c.number))))
    newest = connection.execute(select(journal.c.id, journal.c.at).order_by(journal.c.id.desc()).limit(1)).first()
    yield _gauge("journal_rows", "Rows of the journal", newest.id if newest else 0)
    yield _gauge(
        "journal_newest_seconds", "When the journal was last written, Unix time", newest.at / 1e6 if newest else 0
    )
    yield _gauge(
        "inbox_waiting", "Requests the engine has not answered", _count(connection, inbox, inbox.c.state == "waiting")
    )
    underway = read_underway(connection)
    yield _gauge(
        "judging_waiting",
        "Units and places that corrections reach and that are not judged yet",
        underway.total - underway.done if underway else 0,
    )
    waiting = _count(connection, dead_letters, dead_letters.c.state == "waiting")
    yield _gauge("dead_letters_waiting", "Messages that could not be decoded", waiting)
    yield _unplaced(connection)
    yield from _notices(connection)
    yield from _load(connection, now)
    yield _gauge("problems_open", "Problems going on", _count(connection, alerts, OPEN))
    yield _gauge("parked_points", "Points that InfluxDB refused", _count(connection, parked_points))
    yield _by_state(connection, holds, "holds", "Holds by state")
    yield _by_state(connection, outbox, "outbox", "Messages about alerts by state")


def _unplaced(connection: Connection) -> Metric:
    gauge = GaugeMetricFamily(
        "coldchain_unplaced_readings", "Readings whose time is uncertain: kept, not judged", labels=("mark",)
    )
    for mark, count in count_unplaced(connection).items():
        gauge.add_metric(((mark.name or "").lower(),), count)
    return gauge


def _notices(connection: Connection) -> Iterator[Metric]:
    """Yield what devices sent and no verdict rests on: by kind, every kind that there is."""
    found = totals(connection)
    count = CounterMetricFamily(
        "coldchain_notices", "What devices sent and no evaluation uses, by kind", labels=("kind",)
    )
    fresh = GaugeMetricFamily("coldchain_notices_unreviewed", "Of that, what nobody has looked at", labels=("kind",))
    for kind in KINDS:
        number, unseen, _ = found.get(kind, (0, 0, 0))
        count.add_metric((kind,), number)
        fresh.add_metric((kind,), unseen)
    yield count
    yield fresh


def _count(connection: Connection, table: Table, *conditions: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _gauge(name: str, help_: str, value: float | None) -> Metric:
    return GaugeMetricFamily(f"coldchain_{name}", help_, value=float(value or 0))


def _by_state(connection: Connection, table: Table, name: str, help_: str) -> Metric:
    gauge = GaugeMetricFamily(f"coldchain_{name}", help_, labels=("state",))
    for state, count in connection.execute(select(table.c.state, func.count()).group_by(table.c.state)):
        gauge.add_metric((state,), count)
    return gauge


def install_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Count and time every request."""
    app.add_middleware(_Counting, metrics=metrics)


class _Counting:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = _template(scope)
            self._metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - start)
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()


def _template(scope: Scope) -> str:
    """Return the route, never the address itself: lots are nobody's business and would be labels without end."""
    return str(getattr(scope.get("route"), "path", "none"))
