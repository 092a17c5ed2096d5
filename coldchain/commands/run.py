"""`coldchain run`: everything in one process tree."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from coldchain import bootstrap, logs, site_file
from coldchain.answering import tell_address
from coldchain.settings import load_settings
from coldchain.supervisor import Supervisor
from domain.errors import ColdchainError
from ingest.batch_client import refuse_untested
from sites.schema import Entry

log = logging.getLogger(__name__)


@click.command(name="run")
@click.option(
    "--site",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Bring the database to what this site file says, as `coldchain apply` does.",
)
def command(site: Path | None) -> None:
    """Run all of it: ingest, jobs, notifier, API and pages; with a broker if no COLDCHAIN_MQTT_URL is set.

    Stops cleanly on SIGTERM, SIGINT and SIGHUP.
    """
    refuse_untested()
    settings = load_settings()
    logs.set_up(settings.log_level)
    entries = site_file.read(site) if site else None
    bootstrap.refuse_taken_addresses(settings)
    bootstrap.migrated(settings).close()
    stopping = bootstrap.stopping_signals()
    supervisor = Supervisor(bootstrap.programs(settings))
    failures: list[ColdchainError] = []

    def apply(path: Path, entries: Sequence[Entry]) -> None:
        try:
            site_file.apply_when_running(settings.database_url, entries, stopping)
        except ColdchainError as error:
            failures.append(site_file.located(path, error))
            stopping.set()

    supervisor.start()
    try:
        tell_address(settings.http_address, *settings.http_bind, stopping)
        if site is not None and entries is not None:
            threading.Thread(target=apply, args=(site, entries), name="site file", daemon=True).start()
        supervisor.watch(stopping)
    finally:
        supervisor.stop()
    if failures:
        raise failures[0]
