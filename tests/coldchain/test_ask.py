"""`coldchain ask` and `coldchain judge --movements`: a line of JSON for each question, a verdict for each unit."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coldchain.commands.ask import command as ask_command
from coldchain.commands.judge import command as judge_command
from domain.errors import ColdchainError
from tests.conftest import shared_folder

SITE = """
sensors: [{id: S1}]
locations: [{id: ROOM}, {id: DOCK}]
mounts: [{sensor: S1, location: ROOM, from: 2026-01-01T00:00:00Z}]
products: [{id: VAX, profile: p, uom: vial}]
parties: [{id: CITY, kind: customer}]
batches: [{product: VAX, lot: A}, {product: VAX, lot: B}]
profiles:
  - id: p
    version: 1
    effective_from: 2020-01-01T00:00:00Z
    max_gap: 1d
    rules: [{id: warm, kind: limit, above: 8.0, for: 10min, action: hold}]
"""
MOVEMENTS = [
    {"id": "1", "at": "2026-01-01T00:00:00Z", "do": "receive", "unit": "1", "quantity": 10, "location": "ROOM"},
    {"id": "2", "at": "2026-01-01T00:00:00Z", "do": "receive", "unit": "2", "quantity": 0.5, "location": "DOCK"},
    {"id": "3", "at": "2026-01-01T02:00:00Z", "do": "split", "unit": "1", "into": [{"unit": "3", "quantity": 4}]},
]
READINGS = """sensor,measured_at,temperature
S1,2026-01-01T00:00:00Z,5
S1,2026-01-01T00:10:00Z,9
S1,2026-01-01T01:00:00Z,5
S1,2026-01-01T03:00:00Z,5
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a command on files; `movements` without product and lot are of VAX A."""

    def run(command: Any, *options: str, movements: Any = None, questions: Any = ()) -> Result:
        lines = [{"product": "VAX", "lot": "A"} | each for each in (MOVEMENTS if movements is None else movements)]
        (tmp_path / "S.yaml").write_text(SITE, encoding="utf-8")
        (tmp_path / "M.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
        (tmp_path / "Q.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions), encoding="utf-8")
        (tmp_path / "R.csv").write_text(READINGS, encoding="utf-8")
        files = ["--site", tmp_path / "S.yaml", "--movements", tmp_path / "M.jsonl"]
        files += ["--ask", tmp_path / "Q.jsonl"] if command is ask_command else []
        files += ["--readings", tmp_path / "R.csv"] if command is judge_command or "--held" in options else []
        return CliRunner().invoke(command, [*map(str, files), *(each for each in options if each != "--held")])

    return run


def test_each_question_is_answered_with_a_line_of_json(run: Run) -> None:
    questions = [{"ask": "stock", "location": "DOCK"}, {"ask": "balance", "product": "VAX", "lot": "B"}]
    done = run(ask_command, questions=questions)
    first, second = done.stdout.splitlines()
    assert first == '{"rows":[{"product":"VAX","lot":"A","unit":"2","location":"DOCK","quantity":0.5}]}'
    assert json.loads(second)["in_stock"] == 0


def test_a_unit_split_off_a_warm_one_went_through_it_too(run: Run) -> None:
    for options in ([], ["--as-received"]):
        done = run(judge_command, "--json", *options)
        units = {unit["unit"]: unit for unit in json.loads(done.stdout)["batches"][0]["units"]}
        assert {name: unit["verdict"] for name, unit in units.items()} == {"1": "hold", "2": "unknown", "3": "hold"}
        assert units["3"]["exposures"] == units["1"]["exposures"]


def test_forty_boxes_that_get_a_pallet_of_their_own_after_a_warm_hour_went_through_it(tmp_path: Path) -> None:
    """Storage records alone cannot say where they came from; a split does."""
    case = shared_folder("cases") / "24-split-pallet"
    site, records, rest = re.split(r"^placements:\n((?:  .*\n)+)", (case / "site.yaml").read_text(), flags=re.MULTILINE)
    assert "PALLET-7B" in records
    of_pallet = {"product": "VAX", "lot": "A1", "unit": "PALLET-7"}
    movements: list[dict[str, Any]] = [
        {"do": "receive", "at": "2026-03-01T00:00:00Z", **of_pallet, "quantity": 100, "location": "WARM"},
        {"do": "split", "at": "2026-03-01T06:00:00Z", **of_pallet, "into": [{"unit": "PALLET-7B", "quantity": 40}]},
        {
            "do": "move",
            "at": "2026-03-01T06:00:00Z",
            "units": [of_pallet, of_pallet | {"unit": "PALLET-7B"}],
            "to": "COLD",
        },
    ]
    (tmp_path / "S.yaml").write_text(site + rest)
    (tmp_path / "M.jsonl").write_text(
        "".join(json.dumps({"id": f"m{i}"} | each) + "\n" for i, each in enumerate(movements))
    )
    files = ["--site", tmp_path / "S.yaml", "--movements", tmp_path / "M.jsonl", "--readings", case / "readings.csv"]
    done = CliRunner().invoke(judge_command, [*map(str, files), "--json"], catch_exceptions=False)
    first, second = json.loads(done.stdout)["batches"][0]["units"]
    assert (first.pop("unit"), second.pop("unit")) == ("PALLET-7", "PALLET-7B")
    assert first == second
    assert (first["verdict"], [each["minutes"] for each in first["exposures"]]) == ("hold", [60.0])


def test_movements_after_until_have_not_happened_but_are_checked(run: Run) -> None:
    done = run(judge_command, "--json", "--until", "2026-01-01T01:30:00Z")
    assert [unit["unit"] for unit in json.loads(done.stdout)["batches"][0]["units"]] == ["1", "2"]
    late = MOVEMENTS[0] | {"id": "4", "quantity": -1}
    done = run(judge_command, "--until", "2026-01-01T01:30:00Z", movements=[*MOVEMENTS, late])
    assert isinstance(done.exception, ColdchainError)
    assert "M.jsonl:4 4: quantity must be a number above 0" in str(done.exception)


def test_what_is_on_hold_by_the_readings_is_not_picked(run: Run) -> None:
    question = {"ask": "pick", "product": "VAX", "quantity": 1}
    assert json.loads(run(ask_command, questions=[question]).stdout)["passed_over"] == []
    held = json.loads(run(ask_command, "--held", questions=[question]).stdout)
    assert held == {
        "lines": [{"lot": "A", "unit": "2", "location": "DOCK", "quantity": 0.5}],
        "short": 0.5,
        "passed_over": [{"lot": "A", "unit": name, "reason": "held"} for name in ("1", "3")],
    }


def test_nothing_is_answered_where_one_question_is_wrong(run: Run) -> None:
    done = run(ask_command, questions=[{"ask": "stock"}, {"ask": "stock", "location": "ATTIC"}])
    assert done.stdout == ""
    assert str(done.exception) == 'Q.jsonl:2: location "ATTIC" is no location of the site'


def test_now_is_the_last_instant_at_which_anything_happened(run: Run) -> None:
    for command in (ask_command, judge_command):
        done = run(command, "--now", "2026-01-01T01:00:00Z")
        assert "M.jsonl:3 3: 2026-01-01T02:00:00Z is after now, 2026-01-01T01:00:00Z" in str(done.exception)


def test_what_is_refused_exits_with_2_and_says_why_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "S.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "M.jsonl").write_bytes(b'{"id": "a"}\n\xff\n')
    (tmp_path / "Q.jsonl").write_text("", encoding="utf-8")
    names = ("--site", "S.yaml", "--movements", "M.jsonl", "--ask", "Q.jsonl")
    command = [sys.executable, "-m", "coldchain", "ask", *names]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "M.jsonl:2: not UTF-8: byte 0xff\n"


@pytest.mark.parametrize("name", ["movements.jsonl", "movements_judge.jsonl"])
def test_expected_results_written_by_hand(name: str, shared_vectors: Path, tmp_path: Path) -> None:
    wrong = [each["id"] for each in _vectors(shared_vectors / name) if not _is_right(each, tmp_path)]
    assert wrong == []


def _vectors(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _is_right(vector: dict[str, Any], folder: Path) -> bool:
    (folder / "S.yaml").write_text(vector["site"], encoding="utf-8")
    (folder / "M.jsonl").write_text(vector["movements"], encoding="utf-8")
    files = ["--site", str(folder / "S.yaml"), "--movements", str(folder / "M.jsonl")]
    files += ["--now", vector["now"]] if "now" in vector else []
    if "readings" in vector:
        (folder / "R.csv").write_text(vector["readings"], encoding="utf-8")
        options = [*files, "--readings", str(folder / "R.csv"), "--until", vector["until"], "--json"]
        done = CliRunner().invoke(judge_command, options)
    else:
        (folder / "Q.jsonl").write_text("\n".join(map(json.dumps, vector["ask"])), encoding="utf-8")
        done = CliRunner().invoke(ask_command, [*files, "--ask", str(folder / "Q.jsonl")])
    if "refused" in vector:
        return isinstance(done.exception, ColdchainError) and (vector["refused"] or "") in str(done.exception)
    if "readings" not in vector:
        return bool([json.loads(line) for line in done.stdout.splitlines()] == vector["answers"])
    found = _of_units(json.loads(done.stdout))
    return all(found.get(name) == wanted for name, wanted in vector["units"].items())


def _of_units(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        batch["lot"] if unit["unit"] is None else f"{batch['lot']}/{unit['unit']}": {
            "exposures": [[exposure["from"], exposure["to"]] for exposure in unit["exposures"]],
            "unknown_minutes": unit["unknown_minutes"],
        }
        for batch in answer["batches"]
        for unit in batch["units"]
    }
