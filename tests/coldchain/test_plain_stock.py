"""`coldchain judge --movements` and `ask --readings` say of random sites what the plain model says."""

import json
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain.commands.ask import command as ask_command
from coldchain.commands.judge import command as judge_command
from tests.oracle.stock import Key, Row, printed, stock_at
from tests.oracle.stock_judging import judged
from tests.oracle.stock_sites import BEGIN, HOURS, NOW, RandomSite, as_text
from tests.thrift import examples

_USUAL = settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def files(folder: Path, site: RandomSite, questions: list[Row]) -> dict[str, str]:
    """Write the files; return the options that name them."""
    texts = {
        "--site": site.text,
        "--movements": "".join(as_text(line) + "\n" for line in site.lines),
        "--readings": site.readings_file,
        "--ask": "".join(as_text(question) + "\n" for question in questions),
    }
    for name, text in texts.items():
        (folder / name.strip("-")).write_text(text, encoding="utf-8")
    return {name: str(folder / name.strip("-")) for name in texts}


def run(command: Any, options: dict[str, str], *names: str, **more: str) -> str:
    """What a command prints."""
    given_options = {name: options[name] for name in ("--site", "--movements", "--readings", *names)}
    given_options |= {f"--{name}": value for name, value in more.items()} | {"--now": printed(NOW)}
    result = CliRunner().invoke(command, [word for option in given_options.items() for word in option])
    assert result.exit_code == 0, result.output
    return result.stdout


@_USUAL
@given(st.randoms(use_true_random=True))
def test_units_went_through_what_the_plain_model_says(tmp_path: Path, chance: random.Random) -> None:
    site = RandomSite(chance).watch().fill(chance.randint(1, 25))
    until = BEGIN + timedelta(minutes=chance.choice([5, 10, 20]) * chance.randint(6, 12 * HOURS // 2))
    answer = json.loads(run(judge_command, files(tmp_path, site, []), until=printed(until)))
    found = {(b["product"], b["lot"], u["unit"]): u for b in answer["batches"] for u in b["units"]}
    stock = stock_at(site.world, site.lines, until)
    for key in stock.units:
        if not stock.stays_of(key):
            continue
        expected = judged(stock, site.readings, key, until)
        unit = found[key]
        said = {name: unit[name] for name in ("verdict", "unknown_minutes", "longest_gap_minutes")}
        said["exposures"] = [[each["from"], each["to"]] for each in unit["exposures"]]
        assert said == expected, (key, printed(until), as_text(site.lines))


@_USUAL
@given(st.randoms(use_true_random=True))
def test_what_readings_hold_is_not_picked(tmp_path: Path, chance: random.Random) -> None:
    site = RandomSite(chance).watch().fill(chance.randint(1, 25))
    asked = [each for each in site.questions() if each[0]["ask"] == "pick"]
    options = files(tmp_path, site, [question for question, _ in asked])
    answers = run(ask_command, options, "--ask").splitlines()
    for (question, at), answer in zip(asked, answers, strict=True):
        stock = stock_at(site.world, site.lines, at)
        held = {key for key in stock.units if is_held(stock, site, key, at)}
        expected = json.loads(as_text(stock.answer(question, held)), parse_float=Decimal)
        assert json.loads(answer, parse_float=Decimal) == expected, (question, as_text(site.lines))


def is_held(stock: Any, site: RandomSite, key: Key, at: Any) -> bool:
    """Tell whether a unit is on hold by the readings."""
    return bool(stock.stays_of(key)) and judged(stock, site.readings, key, at)["verdict"] == "hold"
