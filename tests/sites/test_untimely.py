"""Lines of a file whose time cannot be right are named, left out, and lead `until` nowhere."""

from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from coldchain.commands.judge import command, judge_as_received
from domain.times import HOUR, MINUTE, format_instant, parse_instant
from rules.batch_judge import judge_table
from sites.build import build
from sites.file import load
from sites.readings import read_file
from sites.rows import Rows
from sites.untimely import Untimely
from tests.sites.test_judge import READINGS, SITE

NOW = parse_instant("2026-02-01T00:00:00Z")
BUILT = build(load(SITE, "S.yaml"))
UNSET = ["1970-01-01T00:00:12Z", "1980-01-06T00:00:00Z", "2000-01-01T00:00:00Z", "2000-12-31T23:30:00-00:15"]
FUTURE = ["2026-02-01T00:05:00.000001Z", "2036-02-07T06:28:16Z", "2026-02-01T07:00:00+01:30"]


def read(folder: Path, *lines: str, now: int | None = NOW) -> tuple[Rows, Untimely]:
    file = folder / "R.csv"
    file.write_text("sensor,measured_at,temperature\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    untimely = Untimely(now)
    rows = read_file(file, BUILT, untimely)
    return untimely.left_out(rows), untimely


def test_their_lines_are_named(tmp_path: Path) -> None:
    lines = [*(f"S1,{time},9" for time in UNSET), "S1,2026-01-01T00:00:00Z,5", *(f"S1,{time},9" for time in FUTURE)]
    rows, untimely = read(tmp_path, *lines, *[f"S1,1970-01-02T00:0{i}:00Z,9" for i in range(4)])
    assert [row.measured_at for row in rows] == [rows.last] == [parse_instant("2026-01-01T00:00:00Z")]
    assert untimely.warnings("R.csv") == [
        "R.csv: not judged, because before the year 2001: a clock that was never set: lines 2, 3, 4, 5, 10 and 3 more",
        "R.csv: not judged, because from the future: a clock that is ahead: lines 7, 8, 9",
    ]


@pytest.mark.parametrize("time", ["2001-01-01T00:00:00Z", "2026-02-01T00:05:00Z", "2026-01-31T23:59:59-00:05"])
def test_what_may_be_right_is_left_alone(tmp_path: Path, time: str) -> None:
    rows, untimely = read(tmp_path, f"S1,{time},9")
    assert (len(rows), rows.last, untimely.warnings("R.csv")) == (1, parse_instant(time), [])


def test_without_a_present_instant_nothing_is_from_the_future(tmp_path: Path) -> None:
    rows, untimely = read(tmp_path, *(f"S1,{time},9" for time in FUTURE), now=None)
    assert (len(rows), len(untimely)) == (3, 0)


@given(st.lists(st.sampled_from([*UNSET, *FUTURE]), max_size=6), st.lists(st.integers(0, 60), min_size=1), st.randoms())
def test_an_answer_is_as_if_they_were_not_there(
    tmp_path_factory: pytest.TempPathFactory, wrong: list[str], minutes: list[int], random: Random
) -> None:
    start = parse_instant("2026-01-01T00:00:00Z")
    good = [f"S1,{format_instant(start + at * MINUTE)},{5 + at % 7}" for at in dict.fromkeys(minutes)]
    mixed = [*good, *(f"S1,{time},20" for time in wrong)]
    random.shuffle(mixed)
    order = [line for line in mixed if line in good]
    folder = tmp_path_factory.mktemp("untimely")
    (rows, _), (alone, _) = read(folder, *mixed), read(folder, *order)
    assert rows.last == alone.last is not None
    expected = judge_table(BUILT, alone, alone.last)
    assert judge_table(BUILT, rows, alone.last) == judge_as_received(BUILT, rows, alone.last) == expected
    later = alone.last + HOUR  # asked about an instant after some that are from the future
    assert judge_table(BUILT, rows, later) == judge_table(BUILT, alone, later)


def judge(folder: Path, readings: str, *options: str):
    (folder / "S.yaml").write_text(SITE, encoding="utf-8")
    (folder / "R.csv").write_text(readings, encoding="utf-8")
    files = ["--site", str(folder / "S.yaml"), "--readings", str(folder / "R.csv")]
    return CliRunner().invoke(command, [*files, *options])


def test_judge_names_them_and_answers_as_if_they_were_not_there(tmp_path: Path) -> None:
    wrong = f"{READINGS}S1,1970-01-01T00:01:00Z,20\nS1,2199-01-01T00:00:00Z,20\n"
    for options in ((), ("--as-received",), ("--until", "2199-06-01T00:00:00Z")):
        found, expected = judge(tmp_path, wrong, *options), judge(tmp_path, READINGS, *options)
        assert found.stdout == expected.stdout
        assert found.stderr.splitlines() == [
            "R.csv: not judged, because before the year 2001: a clock that was never set: line 7",
            "R.csv: not judged, because from the future: a clock that is ahead: line 8",
        ]


def test_judge_goes_by_a_later_present_instant(tmp_path: Path) -> None:
    ahead = f"{READINGS}S1,2199-01-01T00:00:00Z,5\n"
    assert '"until": "2199-01-01T00:00:00Z"' in judge(tmp_path, ahead, "--now", "2199-01-01T00:00:00Z").stdout


def test_a_file_of_nothing_else_has_no_readings(tmp_path: Path) -> None:
    done = judge(tmp_path, "sensor,measured_at,temperature\nS1,1970-01-01T00:01:00Z,20\n")
    assert "no readings, and no --until" in str(done.exception)
