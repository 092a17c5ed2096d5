"""A logger's record: every form it has, and every problem named by its line."""

from pathlib import Path

import pytest

from simulators.errors import InputError
from simulators.payload import Report, encode
from simulators.records import read_record, write_record
from simulators.scenario.messages import Statement
from simulators.times import parse_time

T0 = parse_time("2026-01-01T00:00:00Z")


def read(tmp_path: Path, text: str, sensor: str | None = None, device_column: str = "sensor") -> list[Report]:
    path = tmp_path / "R.csv"
    path.write_text(text, encoding="utf-8")
    return read_record(path, sensor, device_column)


def problems(tmp_path: Path, text: str, sensor: str | None = None) -> list[str]:
    with pytest.raises(InputError) as error:
        read(tmp_path, text, sensor)
    return str(error.value).splitlines()


def test_a_fault_is_none_and_a_blank_says_nothing(tmp_path: Path) -> None:
    text = (
        "sensor,measured_at,temperature,humidity\n"
        "S1,2026-01-01T00:00:00Z,5.10,\n"
        "S2,2026-01-01T01:00:00+01:00,fault,61\n"
        "S1,2026-01-01T00:05:00Z,,\n"
        "\n"
    )
    assert read(tmp_path, text) == [Report(T0, "S1", "5.10", ""), Report(T0, "S2", None, "61")]


def test_a_loggers_own_file_is_utc_and_its_blanks_are_faults(tmp_path: Path) -> None:
    text = "\ufefftimestamp_device_local,temperature_c,out_of_limits\n2026-01-01T00:00,4.4,0\n2026-01-01T00:00:01,,1\n"
    assert read(tmp_path, text, "F1") == [Report(T0, "F1", "4.4"), Report(T0 + 1_000_000, "F1", None)]


def test_another_column_can_name_the_device(tmp_path: Path) -> None:
    text = "sensor,device,measured_at,temperature\nS1,A4:C1,2026-01-01T00:00:00Z,5\n"
    assert read(tmp_path, text, device_column="device") == [Report(T0, "A4:C1", "5", "")]


def test_every_problem_is_named_by_its_line(tmp_path: Path) -> None:
    text = (
        "sensor,measured_at,temperature\n"
        ",2026-01-01T00:00:00Z,5\n"
        "S1,2026-01-01T00:00:00,5\n"
        "S1,2026-13-01T00:00:00Z,5\n"
        'S1,2026-01-01T00:00:00Z,"5,1"\n'
        "S1,2026-01-01T00:00:00Z,nan\n"
        "S1,2026-01-01T00:00:00Z,1e400\n"
        "S1,2026-01-01T00:00:00Z\n"
    )
    assert problems(tmp_path, text) == [
        "R.csv:2 sensor: is empty",
        "R.csv:3 measured_at: no RFC 3339 time with a zone: '2026-01-01T00:00:00'",
        "R.csv:4 measured_at: no RFC 3339 time: '2026-13-01T00:00:00Z' (month must be in 1..12)",
        "R.csv:5 temperature: no number: '5,1'",
        "R.csv:6 temperature: no number: 'nan'",
        "R.csv:7 temperature: no number: '1e400'",
        "R.csv:8: 2 cells, the header has 3",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "R.csv:1: no column sensor"),
        (
            "sensor,measured_at,temprature\n",
            "R.csv:1 'temprature': unknown column; known: sensor, measured_at, temperature, humidity",
        ),
        ("sensor,measured_at,temperature,temperature\n", "R.csv:1 temperature: this column is there twice"),
        ("sensor,measured_at\n", "R.csv:1: no column temperature or humidity"),
        ("sensor,measured_at,temperature\n", "R.csv: there are no readings in it"),
        ('sensor,measured_at,temperature\nS1,"2026', "R.csv:2: not CSV: unexpected end of data"),
        (
            "timestamp_device_local,temperature_c\n2026-01-01T00:00,1\n",
            "R.csv is a logger's own file and does not say whose: give --sensor NAME",
        ),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, text)


def test_a_name_for_a_file_that_names_its_sensors_is_refused(tmp_path: Path) -> None:
    text = "sensor,measured_at,temperature\nS1,2026-01-01T00:00:00Z,5\n"
    assert problems(tmp_path, text, "S9") == ["R.csv names its sensors itself: leave --sensor out"]


@pytest.mark.parametrize(("cell", "number"), [("5.10", "5.10"), ("-0.0", "-0.0"), ("+5", "5.0"), (".5", "0.5")])
def test_numbers_go_through_digit_by_digit_where_json_knows_them(tmp_path: Path, cell: str, number: str) -> None:
    [report] = read(tmp_path, f"sensor,measured_at,temperature\nS1,2026-01-01T00:00:00Z,{cell}\n")
    assert report.temperature == number


@pytest.mark.parametrize(
    ("report", "payload"),
    [
        (Report(T0, "S1", "5.10", "61"), '{"device":"S1","temp":5.10,"rh":61,"ts":"2026-01-01T00:00:00Z"}'),
        (Report(T0, "S1", None), '{"device":"S1","temp":null,"ts":"2026-01-01T00:00:00Z"}'),
        (Report(T0 + 500_000, 'Kühl"', "", "6"), '{"device":"Kühl\\"","rh":6,"ts":"2026-01-01T00:00:00.500000Z"}'),
    ],
)
def test_a_report_is_one_json_object(report: Report, payload: str) -> None:
    assert encode(report).decode() == payload


def test_a_record_written_is_read_again(tmp_path):
    at = parse_time("2026-03-01T00:00:05Z")
    said = [
        Statement("dev1", "", "temperature", at, "5.1"),
        Statement("dev1", "", "humidity", at, "60.0"),
        Statement("dev2", "top", "temperature", at, None),
        Statement("dev3", "", "temperature", None, "4.0"),  # when that was is known to nobody
    ]
    path = tmp_path / "R.csv"
    write_record(path, said)
    assert path.read_text().splitlines() == [
        "sensor,measured_at,temperature,humidity",
        "dev1,2026-03-01T00:00:05Z,5.1,",
        "dev1,2026-03-01T00:00:05Z,,60.0",
        "dev2/top,2026-03-01T00:00:05Z,fault,",
    ]
    assert [report.device for report in read_record(path)] == ["dev1", "dev1", "dev2/top"]
