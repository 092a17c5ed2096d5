"""`coldchain export`: what is on record, as CSV or JSON."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import click
from sqlalchemy import Connection

from coldchain import bootstrap
from coldchain.settings import load_settings
from domain.errors import InvalidError
from domain.times import NEVER, parse_instant
from ledger.exports.cells import as_it_is, cell, harmless
from ledger.exports.rows import COLUMNS, EXPORTS
from ledger.exports.selection import Wanted
from store.known_at import require_alerts_known, require_on_record
from store.stock.movements import texts

# What each export can be selected by, besides the time.
SELECTED_BY = {
    "readings": ("sensor", "location", "product", "lot"),
    "excursions": ("location", "known-at"),
    "exposures": ("product", "lot", "known-at"),
    "holds": ("product", "lot", "known-at"),
    "alerts": ("location", "product", "lot", "known-at"),
    "verdicts": ("product", "lot"),
    "journal": (),
    "audit": ("who", "action", "kind", "key"),
}


@click.command()
@click.argument("what", type=click.Choice([*EXPORTS, "movements"]))
@click.option("--from", "since", metavar="T", help="From this instant on.")
@click.option("--to", "until", metavar="T", help="Before this instant.")
@click.option("--sensor", help="Readings of this sensor.")
@click.option("--location", help="Records of this location; readings: of its sensors.")
@click.option("--product", help="Records of lots of this product.")
@click.option("--lot", help="Records of this lot; readings: of its locations, while its units were there.")
@click.option("--who", help="Audit: what this person, token or program did.")
@click.option("--action", help="Audit: this action, e.g. released.")
@click.option("--kind", help="Audit: what was done to records of this type, e.g. hold.")
@click.option("--key", help="Audit: what was done to the record with this ID, e.g. 3 or VAX / A1.")
@click.option("--known-at", metavar="T", help="As it was on record at this instant.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    what: str, since: str | None, until: str | None, known_at: str | None, as_json: bool, **by: str | None
) -> None:
    """Print WHAT is on record as CSV. Exported readings are accepted by `judge` and `import`.

    Movements are printed as JSON, one a line, all of them in the order of recording, as `ask` and `import` take them.
    """
    if what == "movements":
        _export_movements(
            [name for name, value in {**by, "known-at": known_at, "from": since, "to": until}.items() if value]
        )
        return
    for name, value in {**by, "known-at": known_at}.items():
        if value is not None and name not in SELECTED_BY[what]:
            known = ", ".join(f"--{each}" for each in ("from", "to", *SELECTED_BY[what]))
            raise click.UsageError(f"{what} cannot be selected by --{name}; known: {known}")
    at = None if known_at is None else _instant("--known-at", known_at, NEVER)
    wanted = Wanted(_instant("--from", since, -NEVER), _instant("--to", until, NEVER), **by, known_at=at)
    if what == "verdicts" and wanted.until == NEVER:
        wanted = replace(wanted, until=time.time_ns() // 1000)
    database = bootstrap.migrated(load_settings())
    try:
        if at is not None:
            with database.read() as connection:
                _require_known(connection, at, alerts=what == "alerts")
        # Closed first, because whoever reads the output may stop (`| head`) while rows are still to come.
        with database.read() as connection, closing(EXPORTS[what](connection, wanted)) as rows:
            _print_json(rows) if as_json else _print_csv(
                COLUMNS[what], rows, as_it_is if what == "readings" else harmless
            )
    finally:
        database.close()


def _export_movements(selected_by: Sequence[str]) -> None:
    if selected_by:
        raise click.UsageError(f"movements are exported whole: they cannot be selected by --{selected_by[0]}")
    database = bootstrap.migrated(load_settings())
    try:
        with database.read() as connection, closing(texts(connection)) as lines:
            for line in lines:
                click.echo(line)
    finally:
        database.close()


def _require_known(connection: Connection, at: int, *, alerts: bool) -> None:
    """Raise InvalidError where what was known at an instant is not on record."""
    try:
        require_on_record(connection, at, time.time_ns() // 1000)
        if alerts:
            require_alerts_known(connection, at)
    except InvalidError as error:
        raise InvalidError(f"--known-at: {error}") from None


def _instant(option: str, text: str | None, default: int) -> int:
    try:
        return default if text is None else parse_instant(text)
    except InvalidError as error:
        raise InvalidError(f"{option}: {error}") from None


def _print_csv(columns: Sequence[str], rows: Iterable[dict[str, Any]], text: Callable[[str], str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row[column], text) for column in columns] for row in rows)


def _print_json(rows: Iterable[dict[str, Any]]) -> None:
    """Print one array, a row a line, however many rows there are."""
    start = "["
    for row in rows:
        click.echo(f"{start}\n {json.dumps(row, ensure_ascii=False, default=bytes.hex)}", nl=False)
        start = ","
    click.echo("[]" if start == "[" else "\n]")
