"""`coldchain ingest`: the part that hears and judges."""

import click

from coldchain import bootstrap, logs, parts
from coldchain.engine import Leading, await_lead
from coldchain.settings import load_settings
from domain.errors import UnavailableError
from ingest.batch_client import refuse_untested
from ledger.inbox import LOCK
from store.lock import Leader


@click.command(name="ingest")
def command() -> None:
    """Receive messages, evaluate them and write the records. One process is active; others wait as standby."""
    refuse_untested()
    settings = load_settings()
    logs.set_up(settings.log_level)
    stopping = bootstrap.stopping_signals()
    parts.show_metrics(settings)
    database = bootstrap.migrated(settings)
    leader = Leader(database, LOCK)
    if await_lead(leader, stopping):
        with Leading(leader, stopping) as leading:
            parts.engine(settings, database, leading).run(stopping)
        if leading.lost:
            raise UnavailableError("another process leads; started again, this one is its standby")
    database.close()
