"""`coldchain backtest`: what would another version of a profile have said of the past?"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from coldchain import bootstrap
from coldchain.progress import progress
from coldchain.settings import load_settings
from domain.errors import InvalidError
from domain.times import parse_instant
from ledger.backtest.outcome import Report
from ledger.backtest.run import backtest
from ledger.backtest.trial import Trial, trial
from ledger.histories import Histories
from sites import convert
from sites.file import load_file

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_LEFT_OUT = ("location", "product", "lot", "unit", "rule", "severity", "from", "to")
_WIDEST = {"at": 20, "was_at": 20}  # an instant on one line
_STYLES = {"hold": "bold red", "review": "yellow", "unknown": "magenta", "ok": "green"}


@click.command()
@click.argument("path", metavar="PROFILE.yaml", type=_FILE)
@click.option(
    "--from", "since", metavar="T", help="From when the new version counts; default: as long as any was active."
)
@click.option("--to", "until", metavar="T", help="Evaluate up to this time; default: now.")
@click.option("--product", metavar="ID", help="Only batches of this product; also tests a profile that is new to it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(path: Path, since: str | None, until: str | None, product: str | None, as_json: bool) -> None:
    """Evaluate stored data with the profile version of a file, compared with the active ones. Nothing is changed."""
    versions = [convert.profile(entry.doc) for entry in load_file(path) if entry.kind == "profile"]
    database = bootstrap.migrated(load_settings())
    try:
        with database.read() as connection:
            site = Histories.load(connection).whole
            tried = trial(
                site,
                versions,
                since=_instant("--from", since),
                until=_instant("--to", until) or bootstrap.clock(),
                product=product,
            )
            answer = _judge(connection, tried)
    finally:
        database.close()
    if as_json:
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        show(answer, Console() if sys.stdout.isatty() else Console(width=200, no_color=True))


def _instant(option: str, text: str | None) -> int | None:
    try:
        return None if text is None else parse_instant(text)
    except InvalidError as error:
        raise InvalidError(f"{option}: {error}") from None


def _judge(connection: Connection, tried: Trial) -> Report:
    with progress() as shown:

        def reached(done: int, whole: int) -> None:
            if done == 1:
                shown.begin("judging", whole, "places and units")
            shown.reached(done)

        return backtest(connection, tried, reached)


def show(answer: Report, console: Console) -> None:
    """Print the answer; what there is nothing of is left out."""
    for each in answer["tried"]:
        replaced = ", ".join(map(str, each["instead_of"])) or "none"
        console.print(f"{each['profile']} version {each['version']} instead of {replaced}", highlight=False)
    for line in _summary(answer):
        console.print(line, highlight=False, soft_wrap=True)
    for what in ("batches", "units", "places"):
        _table(console, f"{what} that change verdict", answer[what]["changed"])
    for what in ("would_fire", "would_not_fire", "at_another_time"):
        _table(console, what.replace("_", " "), answer[what])


def _summary(answer: Report) -> Iterable[str]:
    alarms = answer["alarms"]
    yield f"from {answer['from']} until {answer['until']}, {answer['readings']:,} readings"
    if answer["judged_from"] is not None:
        yield f"readings before {answer['judged_from']} were forgotten: nothing is known of then"
    yield ", ".join(
        f"{len(answer[what]['changed'])} of {answer[what]['judged']} {what} change verdict"
        for what in ("batches", "units", "places")
    )
    counts = f"{alarms['after']} alarms in {alarms['days']:g} days, before {alarms['before']}"
    yield f"{counts}: {alarms['more_a_day']:+g} a day"


def _table(console: Console, title: str, rows: Sequence[Report]) -> None:
    """Print rows as a table that fits an ordinary terminal: who it is about in one column, and what it says of itself.

    The sentence begins with the rule and has the span, so these columns are left to `--json`.
    """
    if not rows:
        return
    named = [{"name": _name(row), **{name: row[name] for name in row if name not in _LEFT_OUT}} for row in rows]
    table = Table(title=title, title_justify="left")
    for column in named[0]:
        table.add_column(column.replace("_", " "), overflow="fold", min_width=_WIDEST.get(column))
    for each in named:
        table.add_row(*(_cell(value) for value in each.values()))
    console.print(table)


def _name(row: Report) -> str:
    """Return the location, or `product lot unit`."""
    names = (row.get(name) for name in ("location", "product", "lot", "unit"))
    return " ".join(str(name) for name in names if name is not None)


def _cell(value: Any) -> Text:
    return Text("–" if value is None else str(value), style=_STYLES.get(str(value), ""))
