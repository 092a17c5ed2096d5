"""`coldchain import`: readings from a file into the live system."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import click

from coldchain import bootstrap
from coldchain.commands.apply import whoever
from coldchain.settings import load_settings
from ledger.desk import Desk
from ledger.histories import Histories
from ledger.requests import Import
from ledger.writer import Options
from sites.devices import with_unassigned
from sites.readings import read_file

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
# A step of so many readings takes about 50 ms.
AT_ONCE = 4_000


@click.group(name="import")
def command() -> None:
    """Take in what others recorded."""


@command.command()
@click.argument("readings_file", metavar="R.csv", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def readings(readings_file: Path, as_json: bool) -> None:
    """Take the readings of R.csv (sensor,measured_at,temperature,humidity), through the journal like any message.

    A sensor that is not in the site is named as `device/probe`. The file is refused whole if a line of it is wrong.
    """
    settings = load_settings()
    database = bootstrap.migrated(settings)
    total: Counter[str] = Counter()
    try:
        with database.read() as connection:
            site = Histories.load(connection).site
        rows = iter(read_file(readings_file, with_unassigned(site, readings_file)))
        options = Options(ahead_at_most=settings.ahead_at_most)
        with Desk(database, whoever(), bootstrap.clock, options) as desk:
            while chunk := list(islice(rows, AT_ONCE)):
                total.update(desk.ask(Import(rows=[(*row,) for row in chunk])))
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps({name: total[name] for name in ("readings", "not_judged", "conflicts")}))
    else:
        click.echo(f"{total['readings']} readings, {total['not_judged']} not judged, {total['conflicts']} conflicts")
