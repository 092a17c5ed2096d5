"""A file of readings is read in its order, or refused whole with every problem by line."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidError, Refused
from domain.faults import Fault
from domain.gate import PRESETS
from domain.model import Sensor, Site
from domain.numbers import parse_value
from domain.times import DAY, HOUR, parse_instant
from sites import readings
from sites.convert import sensor
from sites.entries import entry
from sites.readings import read, read_file, read_parts
from sites.rows import Faults, Rows

SITE = Site(sensors={name: Sensor(name, name) for name in ("S1", "0123", 'a "b", c')})
T = "2026-01-01T00:00:00Z"
AT = parse_instant(T)


def rows_of(text: str) -> list[tuple[str, str, int, int | None]]:
    return [tuple(row) for row in read(text, "R.csv", SITE)]


def problems_in(text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(text, "R.csv", SITE)
    return list(caught.value.problems)


def test_rows_come_in_the_order_of_the_file_and_of_its_columns() -> None:
    text = f"humidity,sensor,measured_at,temperature\n45,S1,2026-01-01T00:05:00Z,5.1\n46,0123,{T},-18.25\n"
    assert rows_of(text) == [
        ("S1", "humidity", AT + 300_000_000, 45_000_000),
        ("S1", "temperature", AT + 300_000_000, 5_100_000),
        ("0123", "humidity", AT, 46_000_000),
        ("0123", "temperature", AT, -18_250_000),
    ]


@pytest.mark.parametrize("blank", ["", " ", '""'])
def test_a_blank_cell_says_nothing(blank: str) -> None:
    assert rows_of(f"sensor,measured_at,temperature,humidity\nS1,{T},{blank},45\n") == [
        ("S1", "humidity", AT, 45_000_000)
    ]


def test_the_word_fault_is_a_fault_of_that_quantity() -> None:
    text = f"sensor,measured_at,temperature,humidity\nS1,{T},fault,45\n"
    assert rows_of(text) == [("S1", "temperature", AT, None), ("S1", "humidity", AT, 45_000_000)]


@pytest.mark.parametrize(
    "cell",
    [
        "FAULT",
        " OL ",
        "nc",
        "LO",
        "hi",
        "---",
        "NaN",
        "-Infinity",
        "1e99",
        "-127",
        "85.0",
        "255",
        "6553.5",
        "Fühlerbruch",
        "#WERT!",
        "\u2212127",
    ],
)
def test_words_and_numbers_that_mean_a_fault_are_faults(cell: str) -> None:
    assert rows_of(f"sensor,measured_at,temperature\nS1,{T},{cell}\n") == [("S1", "temperature", AT, None)]


def test_the_kinds_of_faults_are_counted() -> None:
    later = "2026-01-02T00:00:00Z"
    text = f"sensor,measured_at,temperature\nS1,{later},85\nS1,{T},85\n0123,{T},OL\n0123,{later},5\n"
    assert read(text, "R.csv", SITE).faults == [
        Faults("S1", "temperature", Fault.POWER_ON, 85_000_000, 2, AT),
        Faults("0123", "temperature", Fault.OPEN_CIRCUIT, None, 1, AT),
    ]


def test_what_a_sensor_can_say_is_its_models_and_its_ranges_at_that_instant() -> None:
    later = "2026-02-01T00:00:00Z"
    fields = {"id": "S1", "model": [{"value": "ds18b20"}, {"value": "pt100", "from": later}]}
    pt100 = sensor(entry("sensor", fields).doc)
    narrow = sensor(entry("sensor", {"id": "S2", "range": {"temperature": [-30, 50]}}).doc)
    text = (
        "sensor,measured_at,temperature\n"
        f"S1,{T},85\nS1,{later},85\nS1,2026-02-02T00:00:00Z,-196\nS2,{T},50\nS2,{later},50.1\nS2,{later},85\n"
    )
    rows = read(text, "R.csv", Site(sensors={"S1": pt100, "S2": narrow}))
    assert [row.value for row in rows] == [None, 85_000_000, -196_000_000, 50_000_000, None, None]
    assert [each.fault for each in rows.faults] == [Fault.POWER_ON, Fault.ABOVE_RANGE, Fault.POWER_ON]


def test_the_last_instant_counts_even_of_a_line_that_says_nothing() -> None:
    text = f"sensor,measured_at,temperature\nS1,2026-01-02T00:00:00Z,\nS1,{T},5\n"
    rows = read(text, "R.csv", SITE)
    assert (len(rows), rows.last) == (1, parse_instant("2026-01-02T00:00:00Z"))


def test_a_file_with_a_header_only_has_no_last_instant() -> None:
    rows = read("sensor,measured_at,temperature\n", "R.csv", SITE)
    assert (len(rows), rows.last) == (0, None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_is_read_and_the_last_may_be_missing(end: str) -> None:
    assert rows_of(f"sensor,measured_at,temperature{end}S1,{T},5{end}S1,2026-01-01T00:00:01Z,6") == [
        ("S1", "temperature", AT, 5_000_000),
        ("S1", "temperature", AT + 1_000_000, 6_000_000),
    ]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert len(rows_of(f"\ufeffsensor,measured_at,temperature\nS1,{T},5\n")) == 1


def test_cells_may_be_quoted() -> None:
    text = f'"sensor","measured_at","temperature"\n"a ""b"", c","{T}","5.0"\n'
    assert rows_of(text) == [('a "b", c', "temperature", AT, 5_000_000)]


def test_empty_lines_are_nothing() -> None:
    assert len(rows_of(f"sensor,measured_at,temperature\n\nS1,{T},5\n\n\n")) == 1


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-01T01:00:00+01:00",
        "2025-12-31T19:00:00-05:00",
        "2026-01-01t00:00:00z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00.000000000Z",
        "2026-01-01T00:00:00,0Z",
    ],
)
def test_any_spelling_of_an_instant_is_that_instant_the_first_time_and_again(time: str) -> None:
    lines = f'S1,"{time}",5\n' * 2
    assert [row[2] for row in rows_of(f"sensor,measured_at,temperature\n{lines}")] == [AT, AT]


def test_every_problem_is_told_by_line() -> None:
    told = problems_in(
        "sensor,measured_at,temperature,humidity\n"
        f"S1,{T},5,45\n"
        f"S9,{T},warm,45\n"
        "S1,2026-01-01,5,-0x1\n"
        f"S1,{T},5\n"
        f"S1,{T},5,45,6\n"
        "\n"
        f"s1,{T},Fault,1_0\n"  # a word for a fault in whatever case
    )
    assert told == [
        'R.csv:3 sensor: no sensor "S9"',
        "R.csv:3 temperature: not a finite number: 'warm'",
        "R.csv:4 measured_at: not an RFC 3339 time with a zone: '2026-01-01'",
        "R.csv:4 humidity: not a finite number: '-0x1'",
        "R.csv:5: 3 cells, the header has 4",
        "R.csv:6: 5 cells, the header has 4",
        'R.csv:8 sensor: no sensor "s1"',
        "R.csv:8 humidity: not a finite number: '1_0'",
    ]


def test_a_wrong_cell_is_told_at_every_line_it_is_on() -> None:
    lines = f"S1,{T},warm\nS1,2026-01-01T25:00:00Z,5\n" * 2
    told = problems_in(f"sensor,measured_at,temperature\n{lines}")
    assert [problem.split(":")[1] for problem in told] == [
        "2 temperature",
        "3 measured_at",
        "4 temperature",
        "5 measured_at",
    ]


@pytest.mark.parametrize("number", ["warm", "sNaN", "nano", "1e999999999", "0x10", "--5", ".", "1_0", "faulty"])
def test_what_is_neither_number_nor_fault_is_refused(number: str) -> None:
    assert problems_in(f'sensor,measured_at,temperature\nS1,{T},"{number}"\n') == [
        f"R.csv:2 temperature: not a finite number: {number!r}"
    ]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("5,1", 'did you mean "5.1"?'),
        ("-5 °C", 'did you mean "-5"?'),
        ("60%", 'did you mean "60"?'),
        ("41 °F", "values are in °C"),
    ],
)
def test_a_comma_or_a_unit_beside_the_number_is_named(number: str, hint: str) -> None:
    [problem] = problems_in(f'sensor,measured_at,temperature\nS1,{T},"{number}"\n')
    assert problem.endswith(f"not a finite number: {number!r} ({hint})")


@pytest.mark.parametrize(
    "time",
    [
        "",
        "now",
        "1767225600",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00Z5",
        "2026-01-01T00:00:00+99:00",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
    ],
)
def test_what_is_no_time_is_refused_also_where_its_parts_are_known(time: str) -> None:
    good = f"S1,{T},5\nS1,2026-01-01T00:00:00+10:00,5\nS1,0001-01-01T00:00:00Z,5\nS1,9999-12-31T23:59:59Z,5\n"
    told = problems_in(f"sensor,measured_at,temperature\n{good}S1,{time},5\n")
    assert len(told) == 1
    assert told[0].startswith("R.csv:6 measured_at: not an RFC 3339 time")


@pytest.mark.parametrize(
    ("header", "problems"),
    [
        ("sensor,measured_at,temprature", [
            "R.csv:1 'temprature': unknown column (did you mean \"temperature\"?)",
            "R.csv:1: no column temperature or humidity",
        ]),
        ("sensor,measured_at,temperature,x", [
            "R.csv:1 'x': unknown column; known: sensor, measured_at, temperature, humidity",
        ]),
        ("sensor,measured_at,temperature,temperature", ["R.csv:1 temperature: this column is there twice"]),
        ("sensor,temperature,sensor", ["R.csv:1 sensor: this column is there twice", "R.csv:1: no column measured_at"]),
        ("sensor,measured_at", ["R.csv:1: no column temperature or humidity"]),
        ("", [
            "R.csv:1: no column sensor",
            "R.csv:1: no column measured_at",
            "R.csv:1: no column temperature or humidity",
        ]),
        ('"sensor', ["R.csv:1: not CSV: unexpected end of data"]),
    ],
)  # fmt: skip
def test_a_wrong_header_is_told_column_by_column(header: str, problems: list[str]) -> None:
    assert problems_in(header) == problems


def test_a_wrong_column_does_not_hide_what_is_wrong_below() -> None:
    text = f"sensor,measured_at,temperature,x\nS9,{T},5,1\n"
    assert [problem.split(":")[1] for problem in problems_in(text)] == ["1 'x'", "2 sensor"]


@pytest.mark.parametrize("broken", [f'S1,{T},"5"x', f'S1,"{T}" ,5'])
def test_wrong_quoting_is_told_by_line_and_the_rest_is_read_on(broken: str) -> None:
    told = problems_in(f"sensor,measured_at,temperature\n{broken}\nS9,{T},5\n")
    assert told == ["R.csv:2: not CSV: ',' expected after '\"'", 'R.csv:3 sensor: no sensor "S9"']


def test_a_quote_that_never_ends_is_told() -> None:
    assert "not CSV: unexpected end of data" in problems_in(f'sensor,measured_at,temperature\nS1,{T},"5\nS1,{T},5\n')[0]


def test_a_huge_cell_is_refused() -> None:
    assert "field larger than field limit" in problems_in(f"sensor,measured_at,temperature\n{'S' * 200_000},{T},5\n")[0]


def test_a_line_break_in_a_name_does_not_break_the_problem() -> None:
    assert problems_in(f'sensor,measured_at,temperature\n"S\n1",{T},5\n') == ['R.csv:3 sensor: no sensor "S\\n1"']


def of_bytes(tmp_path: Path, data: bytes) -> Rows:
    file = tmp_path / "R.csv"
    file.write_bytes(data)
    return read_file(file, SITE)


def test_a_file_is_read_like_text(tmp_path: Path) -> None:
    data = f"\ufeffsensor,measured_at,temperature\r\nS1,{T},5\r\n".encode()
    assert [tuple(row) for row in of_bytes(tmp_path, data)] == [("S1", "temperature", AT, 5_000_000)]


@pytest.mark.parametrize(
    "line", [b"S\xff1,2026-01-01T00:00:00Z,5", b"S1,2026-01-01T00:00:00Z\xff,5", b"S1,2026-01-01T00:00:00Z,5\xff"]
)
def test_bytes_that_are_no_utf_8_are_told_by_line_and_can_be_printed(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(Refused) as caught:
        of_bytes(tmp_path, b"sensor,measured_at,temperature\nS1,2026-01-01T00:00:00Z,5\n" + line + b"\n")
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("R.csv:3 ")
    assert caught.value.problems[0].encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(Refused):
        of_bytes(tmp_path, f"sensor,measured_at,temperature\nS1,{T},5\n".encode(encoding))


TIMES = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.from_regex(
        r"20[0-3][0-9]-0[1-9]-[012][0-9]T[0-2][0-9]:[0-6][0-9](:[0-6][0-9])?(\.[0-9]{1,9})?(Z|[+-][012][0-9]:[0-5][0-9])?",
        fullmatch=True,
    ),
)
NUMBERS = st.one_of(
    st.decimals(-100, 100, places=6).map(str),
    st.floats().map(repr),
    st.sampled_from(["", "fault", "1e3", "-0", "5.0000005", "+3", "x", " 7 "]),
)


def slowly(text: str) -> list[tuple[str, str, int, int | None]] | None:
    """The same by the plainest means; None: refused."""
    found: list[tuple[str, str, int, int | None]] = []
    try:
        for line in csv.DictReader(io.StringIO(text)):
            at = parse_instant(line["measured_at"])
            for quantity in ("temperature", "humidity"):
                cell = line[quantity].strip()
                if cell:
                    found.append((line["sensor"], quantity, at, _value(cell, quantity)))
    except InvalidError:
        return None
    return found


def _value(cell: str, quantity: str) -> int | None:
    if cell == "fault" or (cell != "x" and not abs(float(cell)) < 1e9):
        return None
    value = parse_value(cell)
    return None if PRESETS[quantity].fault(value) else value


@given(st.lists(st.tuples(st.sampled_from(["S1", "0123"]), TIMES, NUMBERS, NUMBERS), max_size=8))
def test_reading_by_looking_up_is_reading(lines: list[tuple[str, ...]]) -> None:
    text = "sensor,measured_at,temperature,humidity\n" + "".join(",".join(line) + "\n" for line in lines)
    expected = slowly(text)
    if expected is None:
        assert problems_in(text)
    else:
        assert rows_of(text) == expected


@given(st.text(max_size=80) | st.text('S1,"\n\r 2026-01T:Z.faultné', max_size=80))
def test_whatever_the_text_it_is_rows_or_refused(text: str) -> None:
    for whole in (text, "sensor,measured_at,temperature\n" + text):
        try:
            assert len(read(whole, "R.csv", SITE)) >= 0
        except Refused as error:
            assert all(problem.startswith("R.csv:") for problem in error.problems)


def test_more_different_cells_than_are_remembered_are_read_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "_MOST_REMEMBERED", 100)
    lines = "".join(f"S1,2026-01-{1 + i % 28:02}T{i % 24:02}:00:00.{i:06}Z,0.{i}5\n" for i in range(1_000))
    rows = read("sensor,measured_at,temperature\n" + lines, "R.csv", SITE)
    assert [row.value for row in rows] == [parse_value(f"0.{i}5") for i in range(1_000)]
    expected = [AT + (i % 28) * DAY + (i % 24) * HOUR + i for i in range(1_000)]
    assert [row.measured_at for row in rows] == expected


def parts_of(path: Path, text: str) -> list[Rows]:
    path.write_text(text)
    return list(read_parts(path, SITE))


def test_parts_are_the_whole_and_tell_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LINES_AT_ONCE", 3)
    text = "sensor,measured_at,temperature\n" + "".join(f"S1,2026-01-01T00:00:{i:02}Z,{i}\n" for i in range(8))
    parts = parts_of(tmp_path / "R.csv", text)
    assert [len(part) for part in parts] == [3, 3, 2]
    assert [tuple(row) for part in parts for row in part] == rows_of(text)
    assert parts[-1].read_to == len(text)


def test_parts_name_devices_that_are_no_sensors(tmp_path: Path) -> None:
    [part] = parts_of(tmp_path / "R.csv", f"sensor,measured_at,temperature\nnew/p,{T},5\nS1,{T},6\nnew/p,{T},fault\n")
    assert [(row.sensor, row.value) for row in part] == [("new/p", 5_000_000), ("S1", 6_000_000), ("new/p", None)]


def test_a_problem_in_a_late_part_is_named_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LINES_AT_ONCE", 2)
    text = "sensor,measured_at,temperature\n" + f"S1,{T},5\n" * 5 + f"S9,{T},5\n" + f"S1,{T},5\n" + 'S1,"x"y,5\n'
    with pytest.raises(Refused) as caught:
        parts_of(tmp_path / "R.csv", text)
    assert [problem.split(" ")[0] for problem in caught.value.problems] == ["R.csv:7", "R.csv:9:"]


def test_nobody_reads_on_beyond_a_thousand_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(readings, "MOST_PROBLEMS", 3)
    with pytest.raises(Refused) as caught:
        parts_of(tmp_path / "R.csv", "sensor,measured_at,temperature\n" + f"S9,{T},5\n" * 9)
    assert len(caught.value.problems) == 5
    assert caught.value.problems[-1] == "R.csv: not read beyond line 5"
