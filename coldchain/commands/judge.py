"""`coldchain judge`: what would you say of these readings?"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coldchain.file_options import file_options
from coldchain.stock_files import present, present_of_readings, site_with_movements
from domain.errors import InvalidError, Refused
from domain.faults import Fault
from domain.model import Site
from domain.times import format_instant, parse_instant
from rules import batch_judge
from rules.engine import Engine
from rules.messages.words import describe_fault
from sites.build import build
from sites.devices import with_unassigned
from sites.file import load_file
from sites.readings import read_file
from sites.rows import Faults, Row, Rows
from sites.stock import names_of
from sites.tables.form import PLAIN, Form
from sites.tables.plain import as_plain, explained
from sites.untimely import Untimely

T = TypeVar("T")

FAULTS_TOLD = 20
# As many rows as a busy live system settles at once.
MICRO_BATCH = 1_000
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_STYLES = {"hold": "bold red", "review": "yellow", "unknown": "magenta", "ok": "green"}


@click.command()
@click.option("--site", "site_file", type=FILE, required=True, help="Site file (YAML).")
@click.option("--readings", "readings_file", type=FILE, required=True, help="CSV: sensor,measured_at,temperature,…")
@click.option("--movements", "movements_file", type=FILE, help="Movements of stock, one JSON object a line.")
@click.option("--now", metavar="T", help="The present instant, after which no movement is; default: the clock.")
@click.option("--until", metavar="T", help="Evaluate up to this time; default: the last measured_at.")
@click.option("--as-received", is_flag=True, help="Feed the rows in file order through the streaming engine.")
@click.option("--json", "as_json", is_flag=True, help="JSON on a terminal too; elsewhere it is always JSON.")
@file_options()
def command(
    site_file: Path,
    readings_file: Path,
    movements_file: Path | None,
    now: str | None,
    until: str | None,
    as_received: bool,
    as_json: bool,
    form: Form,
) -> None:
    """Evaluate a file of readings with a site file: excursions, exposures, verdicts and conflicts.

    A file in another form than sensor,measured_at,temperature,humidity is read as the options say.
    """
    site, rows, instant = read_input(site_file, readings_file, until, present_of_readings(now), form)
    if movements_file is not None:
        names = names_of(site, load_file(site_file))
        site = site_with_movements(site, movements_file, names, present(now), instant)
    say_faults(readings_file.name, rows.faults)
    answer = judge_as_received(site, rows, instant) if as_received else batch_judge.judge_table(site, rows, instant)
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        show(answer, Console())


def say_faults(name: str, faults: Sequence[Faults]) -> None:
    """Say which kinds of faults a file has: of the word `fault` everybody knows."""
    told = [each for each in faults if each.fault is not Fault.UNKNOWN]
    for each in told[:FAULTS_TOLD]:
        times = "" if each.times == 1 else f" ({each.times} times, first then)"
        what = f"{each.sensor} {each.quantity}: {describe_fault(each.quantity, each.fault, each.number)}"
        click.echo(f"{name}: {what}, at {format_instant(each.first)}{times}", err=True)
    if told[FAULTS_TOLD:]:
        click.echo(f"{name}: and {len(told) - FAULTS_TOLD} more kinds of faults", err=True)


def judge_as_received(site: Site, rows: Iterable[Row], until: int) -> dict[str, Any]:
    """Feed the rows one by one in their order, settling after every micro-batch, as the live system does."""
    heard: Iterator[Row] = (row for row in rows if row.measured_at <= until)
    first = next(heard, None)
    now = until if first is None else first.measured_at
    engine = Engine(site, _nothing_before, now)
    heard = chain([] if first is None else [first], heard)
    while batch := list(islice(heard, MICRO_BATCH)):
        for row in batch:
            engine.add(*row)
        now = max(now, max(row.measured_at for row in batch))
        engine.settle(now)
    return engine.report(until)


def _nothing_before(sensor: str, quantity: str) -> tuple[list[int], list[int | None]]:
    return [], []


def read_input(
    site_file: Path, readings_file: Path, until: str | None, now: int, form: Form = PLAIN
) -> tuple[Site, Rows, int]:
    """Read all input. Raises Refused with every problem; readings can only be read with a site.

    What cannot be right at `now` (before 2001, from the future) is named and left out, as the live system does.
    """
    problems: list[str] = []
    untimely = Untimely(now)
    instant = _collect(problems, "--until: ", lambda: None if until is None else parse_instant(until))
    site = _collect(problems, "", lambda: build(load_file(site_file)))
    rows = None
    if site is not None:
        named = site
        site, rows = _collect(problems, "", lambda: _read(named, readings_file, form, untimely)) or (named, None)
    if until is None and rows is not None:
        instant = rows.last
        if instant is None:
            problems.append(f"{readings_file.name}: no readings, and no --until that says which instant is asked about")
    if problems or site is None or rows is None or instant is None:
        raise Refused(explained(readings_file, form, problems))
    for said in untimely.warnings(readings_file.name):
        click.echo(said, err=True)
    return site, untimely.left_out(rows), instant


def _read(site: Site, readings_file: Path, form: Form, untimely: Untimely) -> tuple[Site, Rows]:
    with as_plain(readings_file, form, site) as plain_file:
        known = _with_unassigned(site, plain_file)
        return known, read_file(plain_file, known, untimely)


def _with_unassigned(site: Site, readings_file: Path) -> Site:
    """Let a file name devices that are no sensors, as an export does; say that nothing is judged by them."""
    known = with_unassigned(site, readings_file)
    more = [json.dumps(name, ensure_ascii=False) for name in sorted(known.sensors.keys() - site.sensors.keys())]
    if more:
        named = ", ".join(more[:5]) + (f" and {len(more) - 5} more" if more[5:] else "")
        said = f"{readings_file.name}: nothing is judged by devices that are no sensor of the site: {named}"
        click.echo(said, err=True)
    return known


def _collect(problems: list[str], prefix: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Refused as error:
        problems += error.problems
    except InvalidError as error:
        problems.append(f"{prefix}{error}")
    return None


def show(answer: Mapping[str, Any], console: Console) -> None:
    """Print the answer as tables; what there is nothing of is left out."""
    console.print(f"until {answer['until']}", highlight=False)
    units = [
        ({"product": batch["product"], "lot": batch["lot"], "unit": unit["unit"]}, unit)
        for batch in answer["batches"]
        for unit in batch["units"]
    ]
    numbers = ("verdict", "coverage", "unknown_minutes", "longest_gap_minutes")
    _table(console, "Batches", [name | {number: unit[number] for number in numbers} for name, unit in units])
    _table(console, "Fired", [name | firing for name, unit in units for firing in unit["fired"]])
    _table(console, "Exposures", [name | exposure for name, unit in units for exposure in unit["exposures"]])
    _table(console, "Excursions", answer["excursions"])
    _table(console, "Conflicts", answer["conflicts"])


def _table(console: Console, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


def _cell(value: object) -> Text:
    """Return what is shown of a value; as Text, so that a lot named like rich's markup stays what it is."""
    return Text("–" if value is None else str(value), style=_STYLES.get(str(value), ""))
