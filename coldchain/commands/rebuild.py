"""`coldchain rebuild`: derive again what is stored, and print what differed."""

import sys
from typing import NoReturn

import click
from sqlalchemy import Connection

from coldchain import bootstrap
from coldchain.commands.apply import whoever
from coldchain.engine import load_sources
from coldchain.settings import Settings, load_settings
from domain.errors import UnavailableError
from ingest.decoding import Decoder
from ingest.secret_files import reader
from ledger.offline_client import OfflineClient
from ledger.proof.derived import wrong_verdicts
from ledger.readings.repair import Difference, differences, put_right
from ledger.readings.replay import replay
from ledger.verdicts.differences import recorded
from ledger.writer import Options
from store.audit import write_audit
from store.database import Database
from store.forward import lag, restart
from store.series import SeriesIds


@click.group(name="rebuild")
def command() -> None:
    """Derive again what is stored. In a healthy system nothing differs."""


@command.command()
def verdicts() -> None:
    """Judge all readings from scratch; print and write what was stored otherwise, on a terminal after asking."""
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        if is_terminal():
            with database.read() as connection:
                wrong = list(wrong_verdicts(connection, settings.ahead_at_most))
            if wrong:
                _print([str(each) for each in wrong])
                _ask()
        with _client(settings, database) as client:
            _print(client.rebuild())
    finally:
        database.close()


@command.command()
def readings() -> None:
    """Decode the journal again with the sources as they are; print and write what was stored otherwise, on a terminal
    after asking.

    Exit 1 if what differs is not written: an engine runs, or a message that was understood is not any more.
    """
    settings = load_settings()
    database = bootstrap.migrated(settings)
    decoder = Decoder(
        load_sources(database, reader(bootstrap.secret_folders(settings))), max_payload=settings.max_payload_bytes
    )
    try:
        with (
            _client(settings, database) as client,
            database.read() as ours,
            replay(ours, decoder.again, settings.ahead_at_most) as replayed,
            replayed.database.read() as derived,
        ):
            wrong = list(differences(ours, derived))
            _print([str(each) for each in wrong])
            if replayed.undecodable:
                _refuse([f"not understood any more: {line}" for line in replayed.undecodable])
            if wrong:
                if is_terminal():
                    _ask()
                _write(client, database, derived, wrong)
    finally:
        database.close()


@command.command()
def influx() -> None:
    """Send all readings to InfluxDB again, after its bucket was lost; `coldchain work` does the sending."""
    database = bootstrap.migrated(load_settings())
    try:
        restart(database)
        with database.read() as connection:
            click.echo(f"{lag(connection).rows} journal rows will be sent again")
    finally:
        database.close()


def _write(client: OfflineClient, database: Database, derived: Connection, wrong: list[Difference]) -> None:
    try:
        with client.writing() as connection:
            put_right(connection, derived, SeriesIds(database), wrong)
            line = {"at": bootstrap.clock(), "who": whoever(), "what": "rebuilt", "kind": "readings", "key": ""}
            write_audit(connection, [{**line, "after": recorded([str(each) for each in wrong])}])
    except UnavailableError as error:
        _refuse([f"nothing is written: {error}"])
    click.echo("written; judged again:")
    _print(client.rebuild())


def is_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty()


def _ask() -> None:
    """Go on only if a person says so: what stands otherwise may be evidence."""
    click.confirm("write what the record gives in its place?", abort=True)


def _client(settings: Settings, database: Database) -> OfflineClient:
    return OfflineClient(database, whoever(), bootstrap.clock, Options(ahead_at_most=settings.ahead_at_most))


def _refuse(lines: list[str]) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
    click.echo(f"{len(lines)} differences" if lines else "nothing differed")
