"""`coldchain verify`: the journal's hash chain."""

import json
import sys

import click

from coldchain import bootstrap
from coldchain.settings import load_settings
from domain.errors import InvalidError
from store import journal


@click.command()
@click.option("--noted", metavar="ID:HASH", help="A head printed earlier, which must be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(noted: str | None, as_json: bool) -> None:
    """Check every row of the journal against the one before it; print the head, to be noted elsewhere.

    Exit 1 naming the first row that is wrong or missing.
    """
    known = None if noted is None else _head(noted)
    database = bootstrap.migrated(load_settings())
    try:
        with database.read() as connection:
            wrong = journal.verify(connection, known)
            head = journal.head(connection)
    finally:
        database.close()
    shown = f"{head.id}:{head.hash.hex()}"
    if as_json:
        click.echo(json.dumps({"first_bad_row": wrong, "rows": head.id, "head": shown}))
    elif wrong is None:
        click.echo(f"the journal is whole: {head.id} rows, head {shown}")
    else:
        click.echo(f"the journal is wrong from row {wrong} on", err=True)
    sys.exit(0 if wrong is None else 1)


def _head(text: str) -> journal.Head:
    number, _, digest = text.partition(":")
    try:
        return journal.Head(int(number), bytes.fromhex(digest))
    except ValueError:
        raise InvalidError(f"--noted: not a head such as 12:9f86d0…: {text!r}") from None
