"""Files of loggers and spreadsheets: read where they are certain, asked about where they are not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidError, Refused
from domain.model import Sensor, Site
from domain.times import format_instant, instant_of
from sites.readings import read_file
from sites.tables.form import PLAIN, Form, read_columns
from sites.tables.headings import Heading, read_heading
from sites.tables.moments import zone_named
from sites.tables.plain import as_plain, explained
from tests.thrift import examples

SITE = Site(sensors={"S1": Sensor("S1", "10000000"), "S2": Sensor("S2", "dev2")})
HOBO = (
    '"Plot Title: sample"\n'
    '"#","Date Time, GMT-08:00","Temp, °F (LGR S/N: 10000000, SEN S/N: 1)","RH, % (LGR S/N: 10000000)","Batt, V",'
    '"Coupler Detached (LGR S/N: 10000000)"\n'
    "1,01/13/17 01:00:00 AM,41.000,79.640,3.49,Logged\n"
    "2,01/13/17 12:00:00 PM,32,78.928,3.49,\n"
    "3,01/13/17 12:30:00 PM,,,,Logged\n"
)


def rows_of(tmp_path: Path, text: str | bytes, **form: object) -> list[tuple[str, str, str, float | None]]:
    file = tmp_path / "R.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with as_plain(file, Form(**form), SITE) as plain:  # type: ignore[arg-type]
        rows = read_file(plain, SITE)
    return [
        (row.sensor, row.quantity[0], format_instant(row.measured_at), None if row.value is None else row.value / 1e6)
        for row in rows
    ]


def refused(tmp_path: Path, text: str | bytes, **form: object) -> list[str]:
    with pytest.raises(Refused) as caught:
        rows_of(tmp_path, text, **form)
    return [problem.removeprefix("R.csv") for problem in caught.value.problems]


def hints(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is said of a file that is read as a plain one."""
    file = tmp_path / "R.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refused) as caught:
        read_file(file, SITE)
    return [problem.removeprefix("R.csv") for problem in explained(file, PLAIN, caught.value.problems)]


def test_an_export_of_hoboware_is_read_by_what_it_says_itself(tmp_path: Path) -> None:
    assert rows_of(tmp_path, HOBO, format="hobo") == [
        ("S1", "t", "2017-01-13T09:00:00Z", 5.0),
        ("S1", "h", "2017-01-13T09:00:00Z", 79.64),
        ("S1", "t", "2017-01-13T20:00:00Z", 0.0),
        ("S1", "h", "2017-01-13T20:00:00Z", 78.928),
    ]
    assert rows_of(tmp_path, HOBO, sensor="S2")[0][0] == "S2"


def test_a_file_of_hoboconnect_is_one_too(tmp_path: Path) -> None:
    text = (
        "Serial Number:20000000 --\n\n"
        'Date Time - GMT +05:00,"Temp, (*F)","RH, (%)","DewPt, (*F)",Host Connect,EOF,\n'
        "2018-05-03 08:08:23,54.5,85.10,49.88, , ,\n2018-05-03 08:10:03, , , ,Logged, ,\n"
    )
    assert rows_of(tmp_path, text, format="hobo", sensor="S1") == [
        ("S1", "t", "2018-05-03T03:08:23Z", 12.5),
        ("S1", "h", "2018-05-03T03:08:23Z", 85.1),
    ]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sensor;measured_at;temperature\nS1;2026-03-01T00:00:00Z;5,5\n", {"delimiter": ";", "decimal": ","}),
        ("sensor;measured_at;temperature\nS1;2026-03-01T00:00:00Z;5,5\n", {"format": "logger"}),
        ('sensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,"5,5"\n', {"decimal": ","}),
        ("Serial:,ABC\n\nsensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,5.5\n", {"skip": 2}),
        ("sensor,measured_at,temperature\nS1,2026-03-01 01:00,5.5\n", {"timezone": "Europe/Berlin"}),
        ("sensor\tmeasured_at\ttemperature\nS1\t01.03.2026 01:00\t5.5\n", {"timezone": "+01:00"}),
        ("Date,Time,Temp\n2026-03-01,00:00:00,5.5\n", {"timezone": "UTC", "unit": "C", "sensor": "S1"}),
        ("when,Temp (°C),T2 °C\n2026-03-01 00:00,5.5,9\n",
         {"columns": {"time": "when", "temperature": "Temp"}, "sensor": "S1", "timezone": "UTC"}),
        ("sensor,measured_at,Temp [F]\nS1,2026-03-01T00:00:00Z,41.9\n", {"format": "logger"}),
        ("sep=;\nsensor;Time (dd/MM/yyyy);temperature;Batt\nS1;01/03/2026 00:00;5.5;3\n", {"timezone": "UTC"}),
        ("sensor,measured_at,temperature\nS1,1772323200,5.5\n", {"format": "logger"}),
        ("sensor,measured_at,temperature\nS1,46082,5.5\n", {"timezone": "UTC", "date_order": "excel"}),
        ("sensor,measured_at,temperature\nS1,1-Mar-26 12:00 am,5.5 °C\n", {"timezone": "UTC"}),
        ("sensor,measured_at,temperature\nS1,03/01/2026 00:00,5.5\n", {"timezone": "UTC", "date_order": "mdy"}),
        ("sensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,5.5\n".encode("utf-16"), {"encoding": "utf-16"}),
        ("Sensor;Zeit;Temperatur °C\nS1;2026-03-01 00:00Z;5,5\n".encode("cp1252"), {"encoding": "cp1252"}),
    ],
)  # fmt: skip
def test_what_the_file_and_the_options_say_together_is_read(tmp_path: Path, text: str, form: dict[str, object]) -> None:
    assert rows_of(tmp_path, text, **form) == [("S1", "t", "2026-03-01T00:00:00Z", 5.5)]


@pytest.mark.parametrize(
    ("text", "form", "problems"),
    [
        ("sensor,time,temperature\nS1,2026-03-01 00:00,5\n", {}, [
            ": times without a zone, from line 2 on; pass --timezone, e.g. Europe/Berlin or UTC"]),
        ("sensor,time,temperature\nS1,01/02/2024 00:00,5\n", {"timezone": "UTC"}, [
            ": '01/02/2024' can be read in more than one order; pass --date-order dmy or mdy"]),
        ("sensor,time,temperature\nS1,05/06/07 00:00,5\n", {"timezone": "UTC"}, [
            ": '05/06/07' can be read in more than one order; pass --date-order ymd or dmy or mdy"]),
        ("sensor,time,temperature\nS1,13/02/2024 00:00,5\nS1,02/13/2024 00:00,5\n", {"timezone": "UTC"}, [
            ": no order of day, month and year fits all dates; pass --date-order"]),
        ("sensor,time,temperature\nS1,46082.5,5\n", {"timezone": "UTC"}, [
            ": 46082.5 looks like a number of days, as Excel counts them; pass --date-order excel"]),
        ("sensor,time,temperature\nS1,2026-03-29 02:30,5\n", {"timezone": "Europe/Berlin"}, [
            ":2 2026-03-29 02:30:00 never was: clocks went forward over it in Europe/Berlin"]),
        ("sensor,time,temperature\nS1,2025-10-26 02:30,5\n", {"timezone": "Europe/Berlin"}, [
            ":2 2025-10-26 02:30:00 came twice when clocks went back, and nothing says which: Europe/Berlin"]),
        ("sensor,time,Temp\nS1,2026-03-01 00:00Z,5\n", {}, [
            ": the heading 'Temp' does not say a unit; pass --unit C or --unit F"]),
        ("sensor,time,Temp °F\nS1,2026-03-01 00:00Z,5\n", {"unit": "C"}, [
            ": --unit C is given, and the heading 'Temp °F' says F"]),
        ("sensor,Time GMT+1,temperature\nS1,2026-03-01 00:00,5\n", {"columns": {"time": "Time"}, "timezone": "UTC"}, [
            ": --timezone UTC is given, and the heading says +1"]),
        ("time,temperature\n2026-03-01 00:00Z,5\n", {}, [": no column names the sensor; pass --sensor ID"]),
        ("Serial Number: 77\ntime,temperature\n2026-03-01 00:00Z,5\n", {}, [
            ": no column names the sensor (the file names 77, which is no sensor of the site); pass --sensor ID"]),
        ("sensor,time,temperature\nS1,2026-03-01 00:00Z,5\n", {"sensor": "S2"}, [
            ": --sensor is given, and a column names sensors"]),
        ("sensor;time;temperature\nS1;2026-03-01 00:00Z;1,234\n", {}, [
            ":2 '1,234' may have a decimal comma or thousands: pass --decimal . or --decimal ,"]),
        ("sensor;time;temperature\nS1;2026-03-01 00:00Z;1,2\nS1;2026-03-01 00:01Z;1.2\n", {}, [
            ":2 '1,2' beside '1.2': pass --decimal . or --decimal ,"]),
        ("sensor,time,Temp 1 °C,Temp 2 °C\nS1,2026-03-01 00:00Z,5,6\n", {}, [
            ": several columns may be temperature: 'Temp 1 °C', 'Temp 2 °C'; pass --columns temperature=NAME"]),
        ("sensor,time,temperature\nS1,2026-03-01 00:00Z,warm\nS1,x,5\n", {}, [
            ":2 temperature: not a number: 'warm'", ":3 time: not a date and time: 'x'"]),
        ("a,b\n1,2\n", {}, [": no line of column names with a time and a temperature or humidity; "
                            "pass --columns time=…,temperature=… (first line: 'a,b')"]),
        (b"sensor;time;temp \xb0C\n", {}, [
            ": not in the encoding utf-8; pass --encoding, e.g. cp1252 (Windows) or utf-16"]),
        ("sensor,time,temperature\nS1,2026-03-01 00:00Z,5\n", {"format": "hobo"}, [
            ": no export of HOBOware or HOBOconnect; pass --format logger"]),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_asked_for(
    tmp_path: Path, text: str | bytes, form: dict[str, object], problems: Sequence[str]
) -> None:
    told = refused(tmp_path, text, **{"format": "logger", **form})
    assert [problem for problem in told if problem not in problems] == []
    assert [problem for problem in problems if problem not in told] == []


def test_a_sensor_that_is_not_there_is_named_in_its_line_of_the_file(tmp_path: Path) -> None:
    text = "\n\nsensor;time;temperature\n\nS9;2026-03-01 00:00Z;5\n"
    assert refused(tmp_path, text, format="logger") == [':5 sensor: no sensor "S9"']


def test_the_hour_that_comes_twice_is_placed_by_the_order_of_the_rows(tmp_path: Path) -> None:
    clock = ["01:50", "02:10", "02:50", "02:10", "02:50", "03:10"]
    lines = "".join(f"S1,2025-10-26 {each},5\n" for each in clock)
    rows = rows_of(tmp_path, f"sensor,measured_at,temperature\n{lines}", timezone="Europe/Berlin")
    assert [row[2][11:16] for row in rows] == ["23:50", "00:10", "00:50", "01:10", "01:50", "02:10"]


@pytest.mark.parametrize("cell", ["OL", "---", "-196.6", "185", "327.67", "-999"])
def test_faults_are_faults_in_fahrenheit_too(tmp_path: Path, cell: str) -> None:
    text = f"sensor,measured_at,Temp °F\nS1,2026-03-01T00:00:00Z,{cell}\n"
    assert rows_of(tmp_path, text, format="logger") == [("S1", "t", "2026-03-01T00:00:00Z", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sensor;measured_at;temperature\nS1;2026-03-01T00:00:00Z;5,0\n",
         ["separated by ; not , (--delimiter)", "a decimal comma (--decimal ,)", "--format logger"]),
        ("sensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,5\n".encode("utf-16"),
         ["UTF-16: save it as UTF-8, or pass --encoding utf-16"]),
        ("a\nb\nsensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,5\n", ["column names in line 3 (--skip 2)"]),
        ("sensor,measured_at,temperature\nS1,2026-03-01 00:00,5\n", ["pass --timezone"]),
        ('sensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,"5,0"\n', ["a decimal comma (--decimal ,)"]),
        ("sensor,measured_at,temperature,batt\nS1,2026-03-01T00:00:00Z,5,3\n", ["left out: 'batt'", "--format logger"]),
        (HOBO, ["looks like an export of HOBOware", "--format hobo"]),
        ("Date,Time,Temp\n2026-03-01,00:00,5\n", ["'Date', 'Time', 'Temp'", "--sensor ID", "--unit C", "--timezone"]),
    ],
)  # fmt: skip
def test_a_file_that_is_not_plain_is_refused_with_what_it_looks_like(
    tmp_path: Path, text: str | bytes, said: Sequence[str]
) -> None:
    told = "\n".join(hints(tmp_path, text))
    assert [each for each in said if each not in told] == []
    assert "\0" not in told


def test_a_plain_file_with_a_wrong_line_is_no_other_kind_of_file(tmp_path: Path) -> None:
    text = "sensor,measured_at,temperature\nS1,2026-03-01T00:00:00Z,warm\n"
    assert [each for each in hints(tmp_path, text) if "looks like" in each] == []


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Temp, °F (LGR S/N: 1, SEN S/N: 1)", Heading("temperature", "F")),
        ("temperature_c", Heading("temperature", "C")),
        ("Temperatur [C]", Heading("temperature", "C")),
        ("Kanal 1 [°C]", Heading("temperature", "C")),
        ("Channel C", Heading("")),
        ("Datum / Uhrzeit", Heading("time")),
        ("temperature", Heading("temperature", "C")),
        ("DewPt, (*F)", Heading("")),
        ("Max temp", Heading("")),
        ("rel. Feuchte %", Heading("humidity")),
        ("Date Time, GMT-08:00", Heading("time", None, "-08:00")),
        ("Timestamp (UTC)", Heading("time", None, "UTC")),
        ("Datum", Heading("date")),
        ("Celsius(°C)", Heading("temperature", "C")),
        ("T [℉]", Heading("temperature", "F")),
        ("Humi(%RH)", Heading("humidity")),
        ("Time (dd/MM/yyyy HH:mm)", Heading("time", order="dmy")),
        ("Datum (TT.MM.JJJJ)", Heading("date", order="dmy")),
        ("Elapsed time", Heading("")),
        ("T1", Heading("")),
        ("Batt, V", Heading("")),
    ],
)
def test_headings_say_what_is_in_a_column(heading: str, expected: Heading) -> None:
    assert read_heading(heading) == expected


def test_columns_are_named_by_role_also_with_commas_in_their_names() -> None:
    assert read_columns("time=Date Time, GMT-08:00,temperature=Temp, °F") == {
        "time": "Date Time, GMT-08:00",
        "temperature": "Temp, °F",
    }
    for wrong in ("Temp", "foo=Temp", "time=", "time=a,time=b", ",x"):
        with pytest.raises(InvalidError):
            read_columns(wrong)


@pytest.mark.parametrize("text", ["", "Berlin", "+25:00", "../etc/passwd"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        zone_named(text)


MANY = settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
ORDERS = {"ymd": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%y"}


@MANY
@given(
    st.lists(st.integers(0, 500_000), min_size=1, max_size=6, unique=True),
    st.sampled_from([";", "\t", ","]),
    st.sampled_from([".", ","]),
    st.sampled_from(list(ORDERS)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_however_a_file_is_written_its_readings_are_those_or_it_is_refused(
    tmp_path: Path, minutes: list[int], delimiter: str, decimal: str, order: str, zone: str, half_day: bool, code: str
) -> None:
    start = datetime(2025, 9, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=each) for each in sorted(minutes)]
    clock = " %I:%M:%S %p" if half_day else " %H:%M:%S"
    lines = [delimiter.join(["Date Time", "Temp °F"])]
    for i, each in enumerate(times):
        number = f"{41 + 9 * i}.5".replace(".", decimal)
        cell = f'"{number}"' if decimal == delimiter else number
        lines.append(delimiter.join([each.astimezone(ZoneInfo(zone)).strftime(ORDERS[order] + clock), cell]))
    form = {"sensor": "S1", "timezone": zone, "date_order": order, "encoding": code}
    try:
        rows = rows_of(tmp_path, "\n".join(lines).encode(code), **form)
    except Refused as error:
        assert "came twice" in "".join(error.problems)
        return
    assert [row[2] for row in rows] == [format_instant(instant_of(each)) for each in times]


@MANY
@given(st.binary(max_size=200) | st.text('sensor,time;Tmp0123456789:/-. \n"°FC', max_size=200).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    for start in (b"", b"sensor,measured_at,temperature\n", b"Date Time;Temp (F)\n"):
        for form in ({"format": "logger"}, {"sensor": "S1", "timezone": "UTC", "unit": "C"}):
            try:
                rows_of(tmp_path, start + data, **form)
            except Refused as error:
                assert all(problem.encode() for problem in error.problems)
        file = tmp_path / "R.csv"
        explained(file, PLAIN, ["R.csv:1: no column sensor"])


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "a workbook or another zip file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of an old form"),
        (b"%PDF-1.7\n", "a PDF"),
    ],
)
def test_what_is_no_text_is_named(tmp_path, begin, kind):
    said = f": {kind}, not text: save or export its table as CSV"
    assert said in hints(tmp_path, begin + bytes(100))[0]
    assert refused(tmp_path, begin + bytes(100), format="logger", sensor="S1") == [said]


def test_a_quotation_mark_that_is_not_closed_is_named(tmp_path):
    text = 'Time,Temp (C)\n2026-11-13 10:00,"5.0\n2026-11-13 10:05,5.1\n'
    wrong = "a value goes on in the next line: a quotation mark is opened and not closed"
    assert any(wrong in each for each in refused(tmp_path, text, format="logger", sensor="S1", timezone="UTC"))
    plain = 'sensor,measured_at,temperature\nS1,2026-11-13T10:00:00Z,"5.0\nS1,2026-11-13T10:05:00Z,5.1\n'
    assert not any("decimal comma" in each for each in hints(tmp_path, plain))
