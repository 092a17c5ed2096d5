"""`coldchain import`: readings and movements from files into the live system."""

import json
from collections import Counter
from pathlib import Path

import click

from coldchain import bootstrap
from coldchain.commands.apply import whoever
from coldchain.file_options import file_options
from coldchain.progress import Progress, progress
from coldchain.settings import load_settings
from coldchain.stock_files import lines_of
from domain.errors import Refused
from domain.model import Site
from ledger.histories import Histories
from ledger.offline_client import OfflineClient
from ledger.readings.packing import Spool
from ledger.requests import Import, Override, Record
from ledger.writer import Options
from sites.readings import read_parts
from sites.tables.form import Form
from sites.tables.plain import as_plain, explained
from sites.untimely import Untimely
from store import compaction
from store.database import Database

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
# A step of so many readings takes less than 50 ms.
AT_ONCE = 4_000
_TOTALS = ("readings", "faults", "not_judged", "conflicts", "known")


@click.group(name="import")
def command() -> None:
    """Import readings or movements recorded elsewhere."""


@command.command()
@click.argument("readings_file", metavar="R.csv", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@file_options()
def readings(readings_file: Path, as_json: bool, form: Form) -> None:
    """Take the readings of R.csv (sensor,measured_at,temperature,humidity), through the journal like any message.

    A sensor that is not in the site is named as `device/probe`. The file is refused whole if a line of it is wrong.
    Readings that are there already stay as they are, so an import that was interrupted is simply run again.
    A file in another form, such as a logger's export, is read as the options say.
    """
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with Spool(AT_ONCE) as spool, progress() as shown:
            untimely = Untimely(bootstrap.clock())
            _read(readings_file, form, _site(database), spool, shown, untimely)
            options = Options(ahead_at_most=settings.ahead_at_most)
            with OfflineClient(database, whoever(), bootstrap.clock, options) as client:
                total = _take(client, spool, shown)
            for said in untimely.warnings(readings_file.name):
                click.echo(said, err=True)
            _pack(database, bootstrap.clock() - settings.compact_after, total["readings"], shown)
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps({name: total[name] for name in _TOTALS}))
    else:
        known = f", {total['known']} of them known already" if total["known"] else ""
        faults = f" ({total['faults']} of them faults)" if total["faults"] else ""
        heard = (
            f"{total['readings']} readings{faults}, {total['not_judged']} not judged, {total['conflicts']} conflicts"
        )
        click.echo(heard + known)


@command.command()
@click.argument("movements_file", metavar="M.jsonl", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def movements(movements_file: Path, as_json: bool) -> None:
    """Record the movements of M.jsonl, one JSON object a line, as one: all of them or none.

    Movements that are on record with the same content stay as they are. The first line of wrong form, or else the first
    movement that is not possible, is named.
    """
    texts = [
        (f"{movements_file.name}:{number}", line)
        for number, line in enumerate(lines_of(movements_file), 1)
        if line.strip()
    ]
    settings = load_settings()
    database = bootstrap.migrated(settings)
    try:
        with OfflineClient(database, whoever(), bootstrap.clock) as client:
            override = Override(f"imported from {movements_file.name}")  # what is told in files has happened
            found = client.ask(Record(movements=texts, override=override))["movements"]
    finally:
        database.close()
    new = sum(each["is_new"] for each in found)
    if as_json:
        click.echo(json.dumps({"recorded": new, "known": len(found) - new}))
    else:
        known = f", {len(found) - new} known already" if new < len(found) else ""
        click.echo(f"{new} movements recorded{known}")


def _site(database: Database) -> Site:
    with database.read() as connection:
        return Histories.load(connection).configuration


def _read(path: Path, form: Form, site: Site, spool: Spool, shown: Progress, untimely: Untimely) -> None:
    """Read all of the file before any of it is taken. Raises Refused."""
    try:
        with as_plain(path, form, site) as plain_file:
            shown.begin(f"reading {path.name}", plain_file.stat().st_size, "bytes")
            for rows in read_parts(plain_file, site, untimely):
                spool.put(rows.series, rows.codes, rows.times, rows.values)
                shown.reached(rows.read_to)
    except Refused as error:
        raise Refused(explained(path, form, error.problems)) from error


def _take(client: OfflineClient, spool: Spool, shown: Progress) -> Counter[str]:
    """Have all of it taken, and then judged. Return the sums."""
    total: Counter[str] = Counter()
    shown.begin("taking", spool.readings, "readings")
    for answer in client.ask_all(request for _, request in spool.requests()):
        total.update({name: answer[name] for name in _TOTALS})
        shown.reached(total["readings"])
    _judge(client, shown)
    return total


def _judge(client: OfflineClient, shown: Progress) -> None:
    """Wait until everything that the readings reach is judged."""
    waiting = most = client.ask(Import())["waiting"]
    shown.begin("judging", most, "units and locations")
    while waiting:
        waiting = client.ask(Import())["waiting"]
        most = max(most, waiting)
        shown.reached(most - waiting)


def _pack(database: Database, before: int, readings: int, shown: Progress) -> None:
    """Pack the days that are old enough at once, not at the next sweep: until then questions about them are slow."""
    if readings:
        shown.begin("packing", readings, "readings")
        compaction.sweep(database, before, lambda moved: shown.reached(min(moved, readings)))
