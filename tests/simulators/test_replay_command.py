"""`python -m simulators replay` as a person calls it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.__main__ import main
from tests import in_process
from tests.simulators.broker import Listener, embedded_broker


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    with embedded_broker() as url:
        yield url


def replay(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return in_process.run(main, "replay", *map(str, arguments))


def test_a_record_is_sent_and_the_end_is_reported_on_standard_error(tmp_path: Path, broker: str) -> None:
    record = tmp_path / "R.csv"
    record.write_text("sensor,measured_at,temperature\nS1,2026-01-01T00:00:00Z,5.1\nS1,2026-01-01T09:00:00Z,fault\n")
    with Listener(broker) as listener:
        done = replay(record, "--mqtt", broker, "--topic", "site/1/readings", "--speed", "max")
        listener.wait(2)
    assert listener.payloads == [
        '{"device":"S1","temp":5.1,"ts":"2026-01-01T00:00:00Z"}',
        '{"device":"S1","temp":null,"ts":"2026-01-01T09:00:00Z"}',
    ]
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("2 of 2 messages sent, 2 acknowledged, in ")


def test_a_real_logger_file_arrives_whole(shared_data: Path, broker: str) -> None:
    record = shared_data / "qtag_RCPJ00010_run1.csv"
    with Listener(broker) as listener:
        done = replay(
            record,
            "--sensor",
            "Q1",
            "--mqtt",
            broker,
            "--topic",
            "t",
            "--speed",
            "max",
            "--shuffle",
            "7",
            "--shift-to-now",
        )
        assert done.returncode == 0, done.stderr
        listener.wait(124)
    values = [line.split(",")[1] for line in record.read_text().splitlines()[1:]]
    assert sorted(json.loads(text)["temp"] for text in listener.payloads) == sorted(map(float, values))


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--speed", "0"], 2, "'0' is neither a number above 0 nor the word max"),
        (["--speed", "nan"], 2, "'nan' is neither a number above 0 nor the word max"),
        (["--mqtt", "localhost"], 2, "the broker's address is not like mqtt://user:password@host:1883"),
        (["--sensor", "S1"], 2, "R.csv names its sensors itself: leave --sensor out"),
        (["--mqtt", "mqtt://127.0.0.1:1"], 1, "no broker answers at mqtt://127.0.0.1:1: "),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, broker: str, arguments: list[str], code: int, text: str) -> None:
    record = tmp_path / "R.csv"
    record.write_text("sensor,measured_at,temperature\nS1,2026-01-01T00:00:00Z,5.1\n")
    done = replay(record, "--mqtt", broker, "--topic", "t", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert text in done.stderr and "Traceback" not in done.stderr
