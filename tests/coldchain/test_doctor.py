"""`coldchain doctor` against real servers, and what scripts get of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldchain.__main__ import cli
from coldchain.commands.doctor import command
from domain.errors import InvalidError
from store.database import open_database
from store.lock import Leader
from store.migrate import migrate
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_nothing_started_yet_fails_and_makes_nothing(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("COLDCHAIN_BROKER_ADDRESS", "127.0.0.1:1")
    done = CliRunner().invoke(command, ["--json"])
    assert done.exit_code == 1
    states = {(finding["name"], finding["state"]) for finding in json.loads(done.output)}
    assert states == {("libraries", "ok"), ("broker", "fail"), ("broker", "note"), ("database", "note"), ("disk", "ok")}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command_line", [["verify"], ["token", "list"]])
def test_a_file_in_the_way_is_named(environment: pytest.MonkeyPatch, tmp_path: Path, command_line: list[str]) -> None:
    (tmp_path / "data").write_text("no folder")
    done = CliRunner().invoke(cli, command_line)
    assert isinstance(done.exception, InvalidError)
    assert str(done.exception) == "data cannot be used: File exists"


def test_a_database_that_is_none_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("COLDCHAIN_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    (tmp_path / "c.db").write_bytes(b"something else" * 1000)
    done = CliRunner().invoke(cli, ["verify"])
    assert isinstance(done.exception, InvalidError)
    assert str(done.exception).endswith("/c.db cannot be used: file is not a database")
    done = CliRunner().invoke(command, ["--json"])
    [database] = [finding for finding in json.loads(done.output) if finding["name"] == "database"]
    assert database["state"] == "fail"
    assert database["text"].endswith("/c.db cannot be used: file is not a database")


def test_real_servers_are_well(
    environment: pytest.MonkeyPatch, mosquitto: Mosquitto, postgres_url: str, influx: Influx
) -> None:
    mosquitto.start()
    environment.setenv("COLDCHAIN_MQTT_URL", mosquitto.url)
    environment.setenv("COLDCHAIN_DATABASE_URL", postgres_url)
    environment.setenv("COLDCHAIN_INFLUX_URL", influx.url)
    environment.setenv("COLDCHAIN_INFLUX_TOKEN", influx.token)
    environment.setenv("COLDCHAIN_INFLUX_ORG", influx.org)
    environment.setenv("COLDCHAIN_INFLUX_BUCKET", influx.bucket)
    database = open_database(postgres_url)
    migrate(database)
    leader = Leader(database, "engine")
    assert leader.try_lead()
    done = CliRunner().invoke(command)
    leader.resign()
    database.close()
    assert done.exit_code == 0, done.output
    marks = [line[:4] for line in done.output.splitlines()]
    assert marks.count("note") == 1  # no sources yet
    assert set(marks) == {"ok  ", "note"}
    assert "from the database server's" in done.output


def test_servers_that_are_gone_fail_each_with_a_line(
    environment: pytest.MonkeyPatch, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    mosquitto.stop()
    environment.setenv("COLDCHAIN_MQTT_URL", mosquitto.url)
    environment.setenv("COLDCHAIN_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/x")
    environment.setenv("COLDCHAIN_INFLUX_URL", "http://127.0.0.1:1")
    environment.setenv("COLDCHAIN_INFLUX_TOKEN", "hunter2")
    done = CliRunner().invoke(command)
    assert done.exit_code == 1
    failed = [line.split(":")[0].split()[1] for line in done.output.splitlines() if line.startswith("FAIL")]
    assert failed == ["broker", "database", "influx"]
    assert "hunter2" not in done.output
