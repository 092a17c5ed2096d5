"""`coldchain decode`, single and many."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from coldchain.commands.apply import command as apply
from coldchain.commands.decode import command
from domain.clocks import Run
from domain.errors import InvalidError
from domain.readings import EXPLAINED, Flag
from domain.times import MINUTE
from store.database import open_database
from store.device_clocks import CLOCKS
from store.state import load_entries, save_codec_memory


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
        (["jsn", "t", "{}"], "unknown gateway format 'jsn'; known: .*ignore, "),
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


UPLINK = {
    "end_device_ids": {"device_id": "freezer"},
    "uplink_message": {"f_cnt": 7, "frm_payload": "AQ==", "decoded_payload": {"temperature": -18.2}},
}


def test_cases_are_read_with_the_sources_of_a_site_each_with_what_preceded_it(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        "site: {name: S, timezone: UTC}\nsources: [{topic: v3/+/devices/+/up, format: tts_v3}]\n"
        "sensors: [{id: F1, device: freezer, quantities: [temperature]}]\n"
    )
    case = {"topic": "v3/a/devices/freezer/up", "payload": json.dumps(UPLINK)}
    lines = [
        {"id": "first", **case},
        {"id": "again", **case, "preceding": [{"payload": "{"}, {"payload": case["payload"]}]},
        {"id": "first of another line", **case},
        {"id": "nobody listens", **case, "topic": "other"},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    result = CliRunner().invoke(command, ["--site", str(site), "--cases", str(file)])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[row["site_sensor"] for row in answer.get("readings", ())] for answer in answers] == [
        ["F1"],
        [],
        ["F1"],
        [],
    ]
    assert answers[3] == {"id": "nobody listens", "error": "no source listens to this topic"}
    assert result.exit_code == 1
    assert CliRunner().invoke(command, ["--site", str(site), "--timezone", "UTC", "--cases", str(file)]).exit_code == 2


SITE = """
site: {name: S, timezone: UTC}
sources:
  - {topic: "zigbee2mqtt/#", format: json}
  - {topic: "zigbee2mqtt/bridge/#", format: ignore}
  - {topic: "t/+/SENSOR", format: json, timezone: Europe/Berlin, mapping: {temperature: T, measured_at: Time}}
sensors: [{id: F1, device: freezer, quantities: [temperature]}]
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return str(path)


def test_the_sources_of_a_site_read_it_as_live(site: str) -> None:
    answer = run("--site", site, "zigbee2mqtt/freezer", '{"temperature":-18.2,"linkquality":80}')
    reading = {"device": "freezer", "sensor": None, "measured_at": None, "temperature_c": -18.2, "site_sensor": "F1"}
    assert answer == {
        "readings": [reading],
        "status": [],
        "actions": [],
        "remarks": [{"kind": "unused_field", "text": "linkquality"}],
        "source": {"topic": "zigbee2mqtt/#", "format": "json", "mapping": {}, "timezone": None},
    }
    assert run("--site", site, "zigbee2mqtt/bridge/state", stdin=b"x")["source"]["format"] == "ignore"
    [reading] = run("--site", site, "t/x/SENSOR", '{"T":1.5,"Time":"2026-01-01T01:00:00"}')["readings"]
    assert (reading["device"], reading["measured_at"], reading["site_sensor"]) == ("x", "2026-01-01T00:00:00Z", None)


def test_what_no_source_of_the_site_reads_is_exit_1(site: str) -> None:
    assert run("--site", site, "other", "{}", code=1) == "no source listens to this topic\n"
    assert run("--site", site, "t/x/SENSOR", '{"U":1.5}', code=1).startswith("none of the fields")


@pytest.mark.parametrize(
    "arguments",
    [["json", "t", "{}"], [], ["t", "{}", "--mapping", "{}"], ["t", "{}", "--timezone", "UTC"], ["t", "{}", "--live"]],
)
def test_format_mapping_and_zone_are_the_sites(site: str, arguments: list[str]) -> None:
    assert "--site" in run("--site", site, *arguments, code=2)


def test_the_live_sources_read_it_as_live(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(apply, [site]).exit_code == 0
    [reading] = run("--live", "zigbee2mqtt/freezer", '{"temperature":-18.2}')["readings"]
    assert (reading["device"], reading["site_sensor"]) == ("freezer", "F1")


@pytest.mark.parametrize("how", ["--live", "--site"])
def test_what_is_remembered_of_a_clock_is_used(
    how: str, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    sources = [how] if how == "--live" else [how, site]
    said = json.dumps({"temperature": -18.2, "ts": int(time.time()) - 7200})
    before = run("--site", site, "zigbee2mqtt/freezer", said)["readings"]  # no database yet
    assert "quality" not in before[0]
    assert CliRunner().invoke(apply, [site]).exit_code == 0
    database = open_database(f"sqlite:///{tmp_path / 'coldchain.db'}")
    slow = Run(-40 * MINUTE, 0, -40 * MINUTE, -40 * MINUTE, False, -40 * MINUTE)
    with database.begin() as connection:
        [key] = [each.key for each in load_entries(connection, "source") if each.doc["topic"] == "zigbee2mqtt/#"]
        save_codec_memory(connection, {(CLOCKS + key, "freezer"): msgspec.msgpack.encode(slow)})
    database.close()
    [reading] = run(*sources, "zigbee2mqtt/freezer", said)["readings"]
    assert reading["quality"] == f"{EXPLAINED[Flag.CLOCK_OFF]}; kept, not judged"
