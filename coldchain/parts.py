"""The parts that run, and the doctor's look at them, built from the settings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prometheus_client import start_http_server

from api.people.sessions import forget_ended
from coldchain.addresses import split_address
from coldchain.bootstrap import clock, refuse_taken, secret_folders
from coldchain.checks import (
    Finding,
    check_broker,
    check_client_library,
    check_database,
    check_disk,
    check_influx,
    look_into,
)
from coldchain.engine import Engine, Leading
from coldchain.history import influx
from coldchain.jobs import Sweep
from coldchain.settings import Settings
from domain.times import HOUR, MINUTE, SECOND
from ingest import secret_files
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
from store.lock import Lock
from store.state import installation_id

if TYPE_CHECKING:
    from store.influx import Influx

FORWARDED_AT_ONCE = 20  # steps of the forwarder in one sweep


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
        four_eyes=settings.four_eyes,
        read_secret=secret_files.reader(secret_folders(settings)),
    )


def show_metrics(settings: Settings) -> None:
    """Serve this process's counters to Prometheus, if an address is set. Raises Refused if it cannot be listened on."""
    if settings.metrics_address is None:
        return
    refuse_taken({"metrics_address": settings.metrics_address})
    host, port = split_address(settings.metrics_address)
    start_http_server(port, host)


def notifier(settings: Settings, database: Database) -> Notifier:
    """Build what delivers alerts."""
    channels.load()
    surroundings = Surroundings(clock, settings.delivery_timeout, secret_folders(settings))
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


def _forward(database: Database, influx: "Influx") -> None:
    """Catch up, but let a stop come through now and then."""
    for _ in range(FORWARDED_AT_ONCE):
        if forward(database, influx) == 0:
            return


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
