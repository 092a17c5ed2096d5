"""`coldchain ask`: what do these movements say?"""

from collections.abc import Collection
from pathlib import Path

import click
import msgspec

from batches.answers import answer_all
from batches.questions import read_questions
from batches.stock import Stock
from coldchain.stock_files import lines_of, present, present_of_readings, read_history
from domain.model import UnitKey
from rules.batch_judge import judge_table
from sites.build import build
from sites.devices import with_unassigned
from sites.file import load_file
from sites.readings import read_file
from sites.stock import names_of, with_stock
from sites.untimely import Untimely

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@click.command()
@click.option("--site", "site_file", type=_FILE, required=True, help="Site file (YAML).")
@click.option("--movements", "movements_file", type=_FILE, required=True, help="Movements, one JSON object a line.")
@click.option("--ask", "questions_file", type=_FILE, required=True, help="Questions, one JSON object a line.")
@click.option("--readings", "readings_file", type=_FILE, help="CSV of readings: what is on hold by them is not picked.")
@click.option("--now", metavar="T", help="The present instant, after which nothing has happened; default: the clock.")
def command(
    site_file: Path, movements_file: Path, questions_file: Path, readings_file: Path | None, now: str | None
) -> None:
    """Answer each question about stock with one line of JSON, in their order."""
    entries = load_file(site_file)
    site = build(entries)
    names = names_of(site, entries)
    happened = read_history(movements_file, names, present(now))
    questions = read_questions(lines_of(questions_file), names, happened, questions_file.name)
    rows = None
    if readings_file is not None:
        site = with_unassigned(site, readings_file)
        untimely = Untimely(present_of_readings(now))
        rows = untimely.left_out(read_file(readings_file, site, untimely))
        for said in untimely.warnings(readings_file.name):
            click.echo(said, err=True)

    def held(stock: Stock, at: int) -> Collection[UnitKey]:
        if rows is None:
            return ()
        batches = judge_table(with_stock(site, stock), rows, at)["batches"]
        return {
            UnitKey(batch["product"], batch["lot"], unit["unit"])
            for batch in batches
            for unit in batch["units"]
            if unit["verdict"] == "hold"
        }

    for answer in answer_all(questions, happened, names, held):
        click.echo(_ENCODER.encode(answer))
