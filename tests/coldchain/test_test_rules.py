"""`coldchain test-rules` prints a diff and exits by what it found."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from coldchain.__main__ import cli, main
from coldchain.commands import test_rules
from sites import convert
from sites.advice import advice
from sites.file import load

EXAMPLE = Path(__file__).parents[2] / "docs/examples/rules.test.yaml"
CASES = """\
cases:
  - name: eight is inside
    profile: eu-gdp-2-8
    series: {temperature: "8.0 x 1h"}
    expect: {verdict: ok}
  - name: nine is [bold]inside[/bold]
    profile: eu-gdp-2-8
    series: {temperature: "5 x 1h, 9 x 1h"}
    expect: {verdict: ok, fired: [], exposures: ["too-warm +1h..+2h, peak 9.5"]}
"""
FAILED = """\
ok    eight is inside
FAIL  nine is [bold]inside[/bold] (C.yaml:6)
  verdict
    - ok
    + hold
  fired
    + too-warm at +1h hold
  exposures
    - too-warm +1h..+2h, peak 9.5
    + too-warm +1h.., 60 min, 60 degree min, peak 9, fired at +1h
2 cases, 1 failed
"""


@pytest.fixture
def failing(tmp_path: Path) -> str:
    (tmp_path / "C.yaml").write_text(CASES, encoding="utf-8")
    return str(tmp_path / "C.yaml")


def test_the_documented_example_passes() -> None:
    done = CliRunner().invoke(cli, ["test-rules", str(EXAMPLE)], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "7 cases, 0 failed"


@pytest.mark.parametrize("path", sorted((EXAMPLE.parent / "rules").iterdir()), ids=lambda path: path.name)
def test_the_departments_examples_pass_and_their_profiles_are_well_written(path: Path) -> None:
    done = CliRunner().invoke(cli, ["test-rules", str(path)], catch_exceptions=False)
    assert done.exit_code == 0, done.stdout
    assert done.stdout.splitlines()[-1].endswith(" cases, 0 failed")
    profiles = path.read_text(encoding="utf-8").partition("\ncases:")[0]
    assert list(advice(convert.profile(entry.doc) for entry in load(profiles, path.name))) == []


def test_what_fails_is_shown_as_a_diff_and_exits_1(failing: str) -> None:
    done = CliRunner().invoke(cli, ["test-rules", failing], catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (1, FAILED)


def test_on_a_terminal_the_lines_are_the_same_in_colours(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=40, color_system="standard")
    monkeypatch.setattr(test_rules, "Console", lambda: console)
    monkeypatch.setattr(test_rules.sys.stdout, "isatty", lambda: True)
    with console.capture() as printed:
        test_rules._print(FAILED.splitlines())
    assert "\x1b[32m    + hold" in printed.get()
    assert re.sub("\x1b\\[[0-9;]*m", "", printed.get()) == FAILED


def test_json_has_every_case_with_its_differences(failing: str) -> None:
    done = CliRunner().invoke(cli, ["test-rules", failing, "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["failed"]) == (1, 1)
    assert [(case["line"], case["ok"]) for case in told["cases"]] == [(2, True), (6, False)]
    assert told["cases"][1]["differences"][0] == {"what": "verdict", "expected": ["ok"], "said": ["hold"]}


def test_a_wrong_file_exits_2_by_file_and_line_and_nothing_is_judged(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "D.yaml").write_text(CASES.replace("8.0 x 1h", "8.0 x 1hour"), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["coldchain", "test-rules", failing, str(tmp_path / "D.yaml")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("D.yaml:4 cases[0].series.temperature: not a duration")
