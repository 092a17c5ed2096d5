"""`coldchain verify`: whether what is stored is what was put on record, and what follows from it."""

import json
import sys
from collections.abc import Iterable, Sequence

import click
from sqlalchemy import Connection

from coldchain import bootstrap
from coldchain.settings import Settings, load_settings
from domain.errors import InvalidError
from store import journal, proof
from store.database import Database
from store.proof import Wrong

RECORD = "record:"


@click.command()
@click.option(
    "--noted",
    metavar="HEAD",
    multiple=True,
    help="A head printed earlier, ID:HASH of the journal or record:ID:HASH, which must be in its chain.",
)
@click.option("--quick", is_flag=True, help="Only the two chains and the rows they cover: nothing is derived again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(noted: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Hold everything stored against the record; print the heads of its chains, to be noted elsewhere.

    The journal's chain and that of the record (corrections, movements, decisions, signatures, people, audit trail);
    each row that it covers; readings as the journal's messages give them; verdicts, holds and alerts as they follow
    from the readings. Nothing is written. Exit 1 naming each row that is wrong or missing.
    """
    settings = load_settings()
    of_journal, of_record = _heads(noted)
    database = bootstrap.migrated(settings)
    try:
        with database.read() as connection:
            bad_row = journal.verify(connection, of_journal)
            wrong = list(_wrong(database, connection, settings, of_record, quick=quick or bad_row is not None))
            heads = journal.head(connection), proof.head(connection)
    finally:
        database.close()
    (_print_json if as_json else _print)(bad_row, wrong, *heads, quick)
    sys.exit(0 if bad_row is None and not wrong else 1)


def _wrong(
    database: Database, connection: Connection, settings: Settings, noted: journal.Head | None, *, quick: bool
) -> Iterable[Wrong]:
    from coldchain.engine import load_sources
    from ingest.decoding import Decoder
    from ledger.proof import everything

    if quick:
        return everything.wrong_record(connection, noted)
    decoder = Decoder(load_sources(database), max_payload=settings.max_payload_bytes)
    return everything.wrong(connection, decoder.again, settings.ahead_at_most, noted)


def _print_json(
    bad_row: int | None, wrong: Sequence[Wrong], journal_head: journal.Head, record_head: journal.Head, quick: bool
) -> None:
    said = {
        "first_bad_row": bad_row,
        "rows": journal_head.id,
        "head": _shown(journal_head),
        "links": record_head.id,
        "record_head": RECORD + _shown(record_head),
        "derived": not quick and bad_row is None,
        "differences": [each._asdict() for each in wrong],
    }
    click.echo(json.dumps(said))


def _print(
    bad_row: int | None, wrong: Sequence[Wrong], journal_head: journal.Head, record_head: journal.Head, quick: bool
) -> None:
    if bad_row is None:
        click.echo(f"the journal is whole: {journal_head.id} rows, head {_shown(journal_head)}")
    else:
        click.echo(f"the journal is wrong from row {bad_row} on; what follows from it was not derived", err=True)
    for each in wrong:
        click.echo(str(each), err=True)
    if not wrong:
        click.echo(f"the record is whole: {record_head.id} links, head {RECORD}{_shown(record_head)}")
        if bad_row is None and not quick:
            click.echo("readings, verdicts, holds and alerts are what follows from them")


def _shown(head: journal.Head) -> str:
    return f"{head.id}:{head.hash.hex()}"


def _heads(noted: Sequence[str]) -> tuple[journal.Head | None, journal.Head | None]:
    """Return the heads that were noted, of the journal and of the record."""
    found: dict[bool, journal.Head] = {}
    for text in noted:
        number, _, digest = text.removeprefix(RECORD).partition(":")
        try:
            found[text.startswith(RECORD)] = journal.Head(int(number), bytes.fromhex(digest))
        except ValueError:
            raise InvalidError(f"--noted: not a head such as 12:9f86d0… or record:12:9f86d0…: {text!r}") from None
    return found.get(False), found.get(True)
