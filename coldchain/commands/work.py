"""`coldchain work`: the sweeps."""

import logging

import click

from coldchain import bootstrap, logs, parts
from coldchain.jobs import Jobs
from coldchain.settings import load_settings

log = logging.getLogger(__name__)


@click.command(name="work")
def command() -> None:
    """Deliver alerts, forward readings to InfluxDB, compact and expire old ones. Any number of these may run."""
    settings = load_settings()
    logs.set_up(settings.log_level)
    stopping = bootstrap.stopping_signals()
    database = bootstrap.migrated(settings)
    notifier = parts.notifier(settings, database)
    jobs = Jobs(parts.sweeps(settings, database, notifier))
    jobs.start()
    stopping.wait()
    jobs.stop()
    notifier.close()
    database.close()
