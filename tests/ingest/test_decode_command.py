"""`coldchain decode`, single and many."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coldchain.commands.decode import command
from domain.errors import InvalidError


def run(*arguments: str, stdin: bytes = b"", code: int = 0) -> Any:
    result = CliRunner().invoke(command, list(arguments), input=stdin)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code == 0 else result.stderr


def test_a_payload_as_argument_from_standard_input_and_as_hex_says_the_same() -> None:
    text = '{"device":"S1","temp":4.2,"ts":1767225600}'
    expected = {
        "readings": [{"device": "S1", "sensor": None, "measured_at": "2026-01-01T00:00:00Z", "temperature_c": 4.2}],
        "status": [],
        "actions": [],
    }
    assert run("json", "site/S1", text) == expected
    assert run("json", "site/S1", "-", stdin=text.encode()) == expected
    assert run("json", "site/S1", stdin=text.encode()) == expected
    assert run("json", "site/S1", text.encode().hex(), "--hex") == expected


def test_mapping_and_time_zone_are_used() -> None:
    answer = run(
        "json", "site/S1", '{"x":{"t":39.2},"at":"2026-01-01T01:00"}', "--timezone", "Europe/Berlin",
        "--mapping", '{"device":"topic:1","temperature":"x.t","unit":"F","measured_at":"at"}',
    )  # fmt: skip
    assert answer["readings"] == [
        {"device": "S1", "sensor": None, "measured_at": "2026-01-01T00:00:00Z", "temperature_c": 4.0}
    ]


def test_a_payload_that_cannot_be_decoded_is_exit_1_with_one_sentence() -> None:
    assert run("json", "site/S1", "temp=4.2", code=1).count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["jsn", "t", "{}"], "unknown gateway format 'jsn'; known: json"),
        (["json", "t", "{}", "--mapping", "{"], "--mapping is no JSON"),
        (["json", "t", "{}", "--mapping", "[]"], "--mapping is no JSON object"),
        (["json", "t", "{}", "--mapping", '{"temprature":"t"}'], "unknown column 'temprature'"),
        (["json", "t", "{}", "--timezone", "Mars"], "unknown time zone 'Mars'"),
        (["json", "t", "0g", "--hex"], "not hexadecimal"),
    ],
)
def test_wrong_use_is_an_error_that_names_the_value(arguments: list[str], said: str) -> None:
    with pytest.raises(InvalidError, match=said.replace("[", r"\[")):
        CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_without_format_and_topic_it_is_wrong_use() -> None:
    assert CliRunner().invoke(command, []).exit_code == 2


def test_one_bad_case_never_stops_the_rest(tmp_path: Path) -> None:
    good = {"id": "good", "format": "json", "topic": "t", "payload": '{"id":"S1","temp":4.2}'}
    lines = [
        json.dumps({**good, "id": "bad", "payload": "{"}),
        json.dumps({**good, "id": "unknown", "format": "x"}),
        json.dumps({"id": "no topic"}),
        "not json",
        "[]",
        json.dumps({**good, "id": "hex", "payload_hex": "0g"}),
        "",
        json.dumps({**good, "preceding": [{"topic": "t", "payload": "{"}, {"topic": "t", "payload": "{}"}]}),
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines))
    result = CliRunner().invoke(command, ["--cases", str(file)])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [answer["id"] for answer in answers] == ["bad", "unknown", "no topic", None, None, "hex", "good"]
    assert ["error" in answer for answer in answers] == [True] * 6 + [False]


def test_all_cases_good_is_exit_0(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    case = {"id": 1, "format": "json", "topic": "t", "payload": '{"temp":4.2}', "mapping_hint": {"temperature": "temp"}}
    file.write_text(json.dumps(case))
    result = CliRunner().invoke(command, ["--cases", str(file)])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["readings"][0]["temperature_c"] == 4.2
