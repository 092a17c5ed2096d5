"""`coldchain backtest` on a database of its own: it says, and changes nothing."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from sqlalchemy import select

from coldchain.__main__ import cli
from coldchain.commands import backtest
from domain.errors import ColdchainError
from store.database import open_database
from store.tables import metadata
from tests.ledger.stage import SITE

READINGS = "sensor,measured_at,temperature\n" + "".join(
    f"S1,2026-01-01T00:{minute:02}:00Z,{9 if 10 <= minute < 25 else 5}\n" for minute in range(60)
)
PROFILE = """\
profiles:
  - id: cold
    version: 2
    effective_from: 2026-06-01T00:00:00Z
    rules:
      - {id: too-warm, kind: limit, above: 8.0, for: 20min, severity: critical, action: hold}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command where a warm room is on record."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path / "data"))
    for name, text in (("S.yaml", SITE), ("R.csv", READINGS), ("P.yaml", PROFILE)):
        Path(name).write_text(text, encoding="utf-8")

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, arguments, catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    call("apply", "S.yaml")
    call("import", "readings", "R.csv")
    return call


def everything() -> dict[str, list[Any]]:
    """All rows of all tables."""
    database = open_database("sqlite:///data/coldchain.db")
    with database.read() as connection:
        found = {
            name: [tuple(row) for row in connection.execute(select(table))] for name, table in metadata.tables.items()
        }
    database.close()
    return found


def test_it_says_what_would_change_and_changes_nothing(run):
    before = everything()
    answer = json.loads(run("backtest", "P.yaml", "--to", "2026-01-01T01:00:00Z", "--json").stdout)
    assert answer["tried"] == [{"profile": "cold", "version": 2, "instead_of": [1]}]
    assert answer["batches"]["changed"] == [{"product": "VAX", "lot": "A1", "before": "hold", "after": "ok"}]
    assert (answer["from"], answer["readings"]) == ("2026-01-01T00:00:00Z", 60)
    assert (answer["alarms"]["before"], answer["alarms"]["after"]) == (1, 0)
    assert everything() == before


def test_in_words_for_people(run):
    said = run("backtest", "P.yaml", "--to", "2026-01-01T01:00:00Z").stdout
    assert said.startswith(
        "cold version 2 instead of 1\n"
        "from 2026-01-01T00:00:00Z until 2026-01-01T01:00:00Z, 60 readings\n"
        "1 of 2 batches change verdict, 2 of 3 units change verdict, 1 of 2 places change verdict\n"
        "0 alarms in 0.04 days, before 1: -24 a day\n"
        "batches that change verdict"
    )
    assert "would not fire" in said and "would fire" not in said
    assert "│ VAX A1 P1" in said and "too-warm: above 8.0 °C for" in said


def test_a_table_fits_a_terminal_of_eighty_columns(run):
    answer = json.loads(run("backtest", "P.yaml", "--to", "2026-01-01T01:00:00Z", "--json").stdout)
    console = Console(width=80, no_color=True, record=True, file=io.StringIO())
    backtest.show(answer, console)
    lines = console.export_text().splitlines()
    assert any("VAX A1 P1" in line and "2026-01-01T" in line and "Z │ hold" in line for line in lines)


def test_only_batches_of_a_product_and_from_an_instant_on(run):
    options = ("--product", "VAX", "--from", "2026-01-01T00:30:00Z", "--to", "2026-01-01T01:00:00Z")
    answer = json.loads(run("backtest", "P.yaml", *options, "--json").stdout)
    assert (answer["places"]["judged"], answer["units"]["changed"]) == (0, [])


def test_a_profile_of_the_library_is_tried_on_a_product(run):
    Path("L.yaml").write_text("profiles: [{use: eu-gdp-2-8}]", encoding="utf-8")
    answer = json.loads(run("backtest", "L.yaml", "--product", "VAX", "--to", "2026-01-01T01:00:00Z", "--json").stdout)
    fired = [(each["lot"], each["rule"], each["at"]) for each in answer["would_fire"] if each["rule"] == "silent"]
    assert fired == [("A2", "silent", "2026-01-01T00:30:00Z")]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--from", "yesterday"), "--from: not an RFC 3339 time with a zone: 'yesterday'"),
        (("--product", "VAXX"), 'no product "VAXX" (did you mean "VAX"?)'),
    ],
)
def test_wrong_use_is_told(run, options, problem):
    with pytest.raises(ColdchainError) as caught:
        run("backtest", "P.yaml", *options)
    assert str(caught.value) == problem
