"""The one place that builds things from the settings."""

import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import start_http_server
from sqlalchemy.exc import DBAPIError

from api.people.sessions import forget_ended
from coldchain import supervisor
from coldchain.addresses import split_address
from coldchain.broker import EmbeddedBroker
from coldchain.checks import (
    Finding,
    check_broker,
    check_client_library,
    check_database,
    check_disk,
    check_influx,
    is_unreadable,
    look_into,
)
from coldchain.engine import Engine, Leading
from coldchain.jobs import Sweep
from coldchain.settings import PREFIX, Settings
from coldchain.supervisor import Program
from domain.errors import InvalidError, Refused
from domain.times import HOUR, MINUTE, SECOND
from ingest.batch_client import refuse_untested
from ingest.probe import probe
from ingest.subscriber import Subscriber
from ledger.inbox import is_running
from notify import channels, outbox
from notify.channels import Surroundings
from notify.notifier import Notifier
from store import compaction
from store.database import Database, open_database
from store.forward import forward
from store.history import History
from store.influx import Influx
from store.lock import Lock
from store.migrate import migrate
from store.state import installation_id
from store.window import LocalHistory

FORWARDED_AT_ONCE = 20  # steps of the forwarder in one sweep


def clock() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def migrated(settings: Settings) -> Database:
    """Open the database, with the schema of this version.

    Raises InvalidError where no database can be made, or where something else lies; UnavailableError if it is away.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = open_database(settings.database_url)
        migrate(database)
    except OSError as error:
        raise InvalidError(f"{error.filename or settings.data_dir} cannot be used: {error.strerror}") from error
    except DBAPIError as error:
        if not is_unreadable(error):
            raise
        raise InvalidError(f"database {settings.database_url} cannot be used: {error.orig}") from error
    return database


def stopping_signals() -> threading.Event:
    """Return an event that SIGTERM, SIGINT and SIGHUP set."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def engine(settings: Settings, database: Database, leading: Leading) -> Engine:
    """Build what hears and judges."""
    with database.read() as connection:
        client_id = f"coldchain-{installation_id(connection)}"
    subscriber = Subscriber(
        settings.broker_url,
        client_id,
        version=settings.mqtt_version,
        ca_file=settings.mqtt_ca_file,
        max_payload=settings.max_payload_bytes,
    )
    return Engine(
        database,
        leading,
        subscriber,
        clock,
        max_payload=settings.max_payload_bytes,
        ahead_at_most=settings.ahead_at_most,
        broker_marks_repeats=not settings.embedded_broker,
        hold_off=settings.hold_off,
        shelve_at_most=settings.shelve_at_most,
    )


def show_metrics(settings: Settings) -> None:
    """Serve this process's counters to Prometheus, if an address is set. Raises Refused if it cannot be listened on."""
    if settings.metrics_address is None:
        return
    refuse_taken({"metrics_address": settings.metrics_address})
    host, port = split_address(settings.metrics_address)
    start_http_server(port, host)


def influx(settings: Settings) -> Influx | None:
    """Build what talks to InfluxDB, if one is set."""
    if settings.influx_url is None:
        return None
    token = settings.influx_token.get_secret_value()
    return Influx(settings.influx_url, token, settings.influx_org, settings.influx_bucket)


def history(settings: Settings, database: Database) -> History:
    """Build what answers about readings over time."""
    return influx(settings) or LocalHistory(database)


def notifier(settings: Settings, database: Database) -> Notifier:
    """Build what delivers alerts."""
    channels.load()
    secrets = (settings.data_dir, Path.cwd())
    surroundings = Surroundings(clock, settings.delivery_timeout, secrets)
    return Notifier(
        database,
        lambda entry: channels.build(entry, surroundings),
        clock,
        timeout=settings.delivery_timeout,
        give_up_after=settings.give_up_after,
        pages=settings.pages,
    )


def sweeps(settings: Settings, database: Database, notifier: Notifier) -> Sequence[Sweep]:
    """Return what `coldchain work` does again and again."""
    forwarding = influx(settings)
    return [
        Sweep("notifier", SECOND // 5, notifier.sweep, wait=outbox.changes(database).wait),
        *([Sweep("forwarder", SECOND // 2, lambda: _forward(database, forwarding))] if forwarding else []),
        Sweep(
            "compaction",
            10 * MINUTE,
            lambda: compaction.sweep(database, clock() - settings.compact_after),
            Lock(database, "compaction"),
        ),
        Sweep(
            "retention",
            HOUR,
            lambda: compaction.expire(database, clock() - settings.keep_readings),
            Lock(database, "retention"),
        ),
        Sweep("sessions", HOUR, lambda: forget_ended(database, clock()), Lock(database, "sessions")),
    ]


def _forward(database: Database, influx: Influx) -> None:
    """Catch up, but let a stop come through now and then."""
    for _ in range(FORWARDED_AT_ONCE):
        if forward(database, influx) == 0:
            return


def programs(settings: Settings) -> Sequence[Program]:
    """Return what `coldchain run` keeps running, in the order of starting."""
    own: list[Program] = [supervisor.command("ingest"), supervisor.command("work"), supervisor.command("serve")]
    if not settings.embedded_broker:
        return own
    host, port = split_address(settings.broker_address)
    return [EmbeddedBroker(host, port, settings.max_payload_bytes), *own]


def refuse_taken_addresses(settings: Settings) -> None:
    """Raise Refused with a sentence for each address of `coldchain run` that cannot be listened on."""
    wanted = {"http_address": settings.http_address}
    if settings.embedded_broker:
        wanted["broker_address"] = settings.broker_address
    refuse_taken(wanted)


def refuse_taken(addresses: Mapping[str, str]) -> None:
    """Raise Refused with a sentence for each address, by the name of its setting, that cannot be listened on."""
    reasons = {name: _taken(address) for name, address in addresses.items()}
    problems = [f"{PREFIX}{name.upper()}={addresses[name]!r} {why}" for name, why in reasons.items() if why]
    if problems:
        raise Refused(problems)


def _taken(address: str) -> str | None:
    host, port = split_address(address)
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        return f"cannot be listened on: {error.strerror or error}"
    return None


def diagnosis(settings: Settings) -> list[Finding]:
    """Return what the doctor finds."""
    look = look_into(lambda: _engine_runs(settings), settings.influx_url is not None, clock())
    return [
        check_client_library(refuse_untested),
        *check_broker(settings, lambda: probe(settings.broker_url, settings.mqtt_ca_file)),
        *check_database(settings.database_url, look),
        *check_influx(influx(settings)),
        check_disk(settings.data_dir),
    ]


def _engine_runs(settings: Settings) -> bool:
    database = open_database(settings.database_url)
    try:
        return is_running(database)
    finally:
        database.close()
