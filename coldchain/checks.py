"""What `coldchain doctor` looks at: each check is a function that finds one thing and changes nothing."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, func, make_url, select, text
from sqlalchemy.exc import DBAPIError

from coldchain.addresses import redacted
from coldchain.settings import Settings
from domain.errors import ColdchainError
from domain.times import MINUTE, SECOND, format_instant
from ingest import codecs
from rules.messages.words import duration
from store.database import open_database
from store.forward import lag
from store.migrate import is_current
from store.state import count_dead_letters, count_parked_points, load_entries
from store.tables import journal, outbox

State = Literal["ok", "note", "fail"]

LEAST_DISK = 1 << 30
LITTLE_DISK = 5 << 30
CLOCK_TOLERANCE = MINUTE
LATE = 5 * MINUTE
_UNREADABLE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; only `fail` makes the doctor say no."""

    name: str
    state: State
    text: str


def check_disk(folder: Path) -> Finding:
    """Free space where files are kept."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    state: State = "fail" if free < LEAST_DISK else "note" if free < LITTLE_DISK else "ok"
    return Finding("disk", state, f"{free / (1 << 30):.1f} GiB free in {folder}")


def check_database(url: str, look: Callable[[Connection], Iterable[Finding]]) -> Iterator[Finding]:
    """Whether the database answers, and what is to be seen in it."""
    file = make_url(url).database
    if url.startswith("sqlite") and not Path(file or "").exists():
        yield Finding("database", "note", f"{url} does not exist yet; the first start creates it")
        return
    database = open_database(url)
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
            yield Finding("database", "ok", f"{database.shown_url} answers")
            yield from look(connection)
    except ColdchainError as error:
        yield Finding("database", "fail", str(error))
    except DBAPIError as error:
        if not is_unreadable(error):
            raise
        yield Finding("database", "fail", f"{database.shown_url} cannot be used: {error.orig}")
    finally:
        database.close()


def is_unreadable(error: DBAPIError) -> bool:
    """Tell whether the file of the database is damaged, or is none."""
    return isinstance(error.orig, sqlite3.Error) and error.orig.sqlite_errorcode & 0xFF in _UNREADABLE


def look_into(
    engine_runs: Callable[[], bool], uses_influx: bool, now: int
) -> Callable[[Connection], Iterator[Finding]]:
    """Return the checks that read the database."""

    def look(connection: Connection) -> Iterator[Finding]:
        if not is_current(connection):
            yield Finding(
                "migrations", "fail", "the schema is not this version's; `coldchain run` or `work` migrates it"
            )
            return
        yield Finding("migrations", "ok", "the schema is this version's")
        yield check_engine(engine_runs)
        yield check_clock(connection, now)
        yield check_sources(connection)
        yield check_dead_letters(connection)
        yield check_deliveries(connection, now)
        if uses_influx:
            yield check_forwarding(connection, now)

    return look


def check_engine(runs: Callable[[], bool]) -> Finding:
    """Whether anybody hears and judges."""
    if runs():
        return Finding("engine", "ok", "running")
    return Finding("engine", "fail", "not running: start `coldchain run` or `coldchain ingest`")


def check_clock(connection: Connection, now: int) -> Finding:
    """Whether this machine's clock agrees with the newest record and with the database server."""
    newest = connection.scalar(select(journal.c.at).order_by(journal.c.id.desc()).limit(1)) or 0
    if newest > now + CLOCK_TOLERANCE:
        return Finding("clock", "fail", f"{duration(newest - now)} behind the newest record")
    if connection.dialect.name != "postgresql":
        return Finding("clock", "ok", "not behind the newest record")
    server = int(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000000")) or 0)
    apart = abs(server - now)
    state: State = "fail" if apart > CLOCK_TOLERANCE else "note" if apart > 5 * SECOND else "ok"
    return Finding("clock", state, f"{apart / SECOND:.1f} s from the database server's")


def check_sources(connection: Connection) -> Finding:
    """Whether something is listened to, in formats that this version knows."""
    sources = [entry.doc for entry in load_entries(connection, "source")]
    unknown = sorted({source["format"] for source in sources} - set(codecs.names()))
    if unknown:
        return Finding(
            "sources", "fail", f"unknown gateway format {', '.join(unknown)}; known: {', '.join(codecs.names())}"
        )
    if not sources:
        return Finding("sources", "note", "no sources yet: no messages are received; `coldchain apply` a site file")
    return Finding("sources", "ok", f"{len(sources)}: " + ", ".join(sorted(source["topic"] for source in sources)))


def check_dead_letters(connection: Connection) -> Finding:
    """Messages that could not be decoded."""
    count = count_dead_letters(connection)
    return Finding("unreadable messages", "note" if count else "ok", f"{count} waiting")


def check_deliveries(connection: Connection, now: int) -> Finding:
    """Alerts that did not reach their channel."""
    counted = select(outbox.c.state, func.count(), func.min(outbox.c.created_at)).group_by(outbox.c.state)
    found = {state: (count, oldest) for state, count, oldest in connection.execute(counted)}
    waiting, oldest = found.get("waiting", (0, now))
    failed = found.get("failed", (0, now))[0]
    late = waiting and now - oldest > LATE
    since = f", the oldest for {duration((now - oldest) // MINUTE * MINUTE)}" if late else ""
    state: State = "fail" if late else "note" if failed else "ok"
    return Finding("notifications", state, f"{waiting} waiting{since}, {failed} failed")


def check_forwarding(connection: Connection, now: int) -> Finding:
    """How far InfluxDB is behind, and what it refused."""
    behind, parked = lag(connection), count_parked_points(connection)
    late = behind.since is not None and now - behind.since > LATE
    since = f" since {format_instant(behind.since)}" if behind.since is not None and late else ""
    state: State = "fail" if late else "note" if parked else "ok"
    return Finding("forwarder", state, f"{behind.rows} journal rows behind{since}, {parked} points rejected")


def check_broker(settings: Settings, ask: Callable[[], None]) -> Iterator[Finding]:
    """Whether the broker lets us in; `ask` raises ColdchainError if it does not."""
    where = redacted(settings.broker_url)
    try:
        ask()
    except ColdchainError as error:
        hint = "; it runs with `coldchain run`" if settings.embedded_broker else ""
        yield Finding("broker", "fail", f"{where} {error}{hint}")
    else:
        yield Finding("broker", "ok", f"{where} connected")
    if settings.embedded_broker:
        told = "embedded, for trying out: queued messages are lost when it stops (COLDCHAIN_MQTT_URL: a real one)"
        yield Finding("broker", "note", told)


def check_client_library(installed: Callable[[], str]) -> Finding:
    """Whether the library that talks to the broker was tested in this version; `installed` raises ColdchainError."""
    try:
        return Finding("libraries", "ok", f"paho-mqtt {installed()} is a tested version")
    except ColdchainError as error:
        return Finding("libraries", "fail", str(error))


class Reachable(Protocol):
    """What is asked of InfluxDB."""

    def check(self) -> None:
        """Raise UnavailableError if points could not be written and read now."""

    def close(self) -> None:
        """Close all connections."""


def check_influx(influx: Reachable | None) -> Iterator[Finding]:
    """Whether InfluxDB answers and lets us in, if it is used."""
    if influx is None:
        return
    try:
        influx.check()
        yield Finding("influx", "ok", "InfluxDB answers")
    except ColdchainError as error:
        yield Finding("influx", "fail", str(error))
    finally:
        influx.close()
