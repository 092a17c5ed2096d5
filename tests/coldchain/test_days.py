"""`coldchain days` on real loggers' records beside the devices' own numbers, and what makes each difference."""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coldchain.__main__ import cli
from domain.times import MINUTE, format_instant, parse_instant

DOCS = Path(__file__).parents[2] / "docs"
SITE = DOCS / "examples/loggers/loggers.yaml"
FILES = {
    "fridgetag2L_130500109088": ("fridge-tag", "FRIDGE"),
    "fridgetagUL_100800001215": ("ultra-low", "FREEZER"),
    "qtag_RCPJ00010_run1": ("q-tag", "SHIPPER"),
    "qtag_RCPJ00010_run3": ("q-tag", "SHIPPER"),
}
LIMITS = {"FRIDGE": (2.0, 8.0), "FREEZER": (-90.0, -60.0), "SHIPPER": (2.0, 8.0)}
STEP = {"FRIDGE": 5, "FREEZER": 5, "SHIPPER": 10}  # minutes between the rows of a log; the device itself samples each

Object = Mapping[str, Any]


class Record:
    """A logger's record, what we say of it, and what the device says."""

    def __init__(self, shared: Path, name: str, directory: Path) -> None:
        self.sensor, self.place = FILES[name]
        with (shared / f"data/{name}.csv").open() as file:
            self.rows = list(csv.DictReader(file))
        self.file = directory / f"{name}.csv"
        with self.file.open("w", newline="") as file:
            written = csv.writer(file)
            written.writerow(("sensor", "measured_at", "temperature"))
            written.writerows((self.sensor, at(row), row["temperature_c"] or "fault") for row in self.rows)
        vectors = json.loads((shared / "vectors/standards.json").read_text())["vectors"]
        self.device = [each for each in vectors if each["input"].get("data_file") == f"data/{name}.csv"]

    def says(self, *more: str) -> list[dict[str, Any]]:
        """Return every day of the logger's place and the whole, as the command prints them."""
        return [each for each in run("days", self.file, *more) if each["location"] == self.place]

    def whole(self) -> Object:
        [found] = [each for each in self.says() if each["day"] is None]
        return found

    def excursions(self, rule: str) -> list[Object]:
        return [e for e in run("judge", self.file)["excursions"] if (e["location"], e["rule"]) == (self.place, rule)]

    def of_device(self, beginning: str) -> Object:
        [found] = [each["expected"] for each in self.device if each["id"].startswith(beginning)]
        expected: Object = found
        return expected


def at(row: Mapping[str, str]) -> str:
    return f"{row['timestamp_device_local']}:00Z"


def run(command: str, readings: Path, *more: str) -> Any:
    arguments = [command, "--site", str(SITE), "--readings", str(readings), *more]
    return json.loads(CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout)


@pytest.fixture(scope="module")
def records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    directory = tmp_path_factory.mktemp("records")
    return {name: Record(shared_data.parent, name, directory) for name in FILES}


@pytest.fixture(scope="module")
def fridge(records: dict[str, Record]) -> dict[str, tuple[Object, Object]]:
    """What we say and what the device says of each day of the Fridge-tag of which it is known."""
    record = records["fridgetag2L_130500109088"]
    ours = {each["day"]: each for each in record.says()}
    days = [each for each in record.device if "day" in each["input"]]
    return {each["input"]["day"]: (ours[each["input"]["day"]], each["expected"]) for each in days}


@pytest.mark.parametrize("name", FILES)
def test_a_device_marks_the_rows_that_are_outside_for_us(records: dict[str, Record], name: str) -> None:
    """Exactly; what it marks besides are rows with no value, which are faults for us."""
    record = records[name]
    low, high = LIMITS[record.place]
    valued = [row for row in record.rows if row["temperature_c"]]
    ours = [not low <= float(row["temperature_c"]) <= high for row in valued]
    assert ours == [row["out_of_limits"] == "1" for row in valued]
    judged = [e for rule in record.whole()["outside_minutes"] for e in record.excursions(rule)]
    spans = [(e["from"], e["to"] or "9") for e in judged]
    assert [any(a <= at(row) < b for a, b in spans) for row in valued] == ours
    assert {row["out_of_limits"] for row in record.rows if not row["temperature_c"]} <= {"1"}


def test_minima_and_maxima_of_days_are_the_devices(fridge: dict[str, tuple[Object, Object]]) -> None:
    """The device samples between its rows: what it saw may lie beyond, by half a degree where it warms fast."""
    lows = [ours["temperature"]["minimum"] for ours, _ in fridge.values()]
    assert lows == [device["min_c"] for _, device in fridge.values()]
    beyond = {
        day: round(device["max_c"] - ours["temperature"]["maximum"], 6)
        for day, (ours, device) in fridge.items()
        if device["max_c"] != ours["temperature"]["maximum"]
    }
    assert beyond == {"2022-05-26": 0.1, "2022-05-30": 0.5, "2022-06-07": 0.1}


def test_means_of_days_are_the_devices_cut_at_a_tenth(fridge: dict[str, tuple[Object, Object]]) -> None:
    """It cuts towards zero what it takes from its own samples; on the first day it also knew what the gap hid."""
    for day, (ours, device) in fridge.items():
        more = abs(ours["temperature"]["mean"]) - abs(device["avg_c"])
        assert -0.05 < more < (0.2 if day == "2022-05-02" else 0.1), day


def test_minutes_of_days_are_the_devices_within_the_rows_of_the_log(fridge: dict[str, tuple[Object, Object]]) -> None:
    """An hour outside begins and ends somewhere between two rows; where the whole day was outside it is exact."""
    for day, (ours, device) in fridge.items():
        for rule in ("low", "high"):
            minutes, wanted = ours["outside_minutes"][rule], device[f"{rule}_acc_min"]
            assert abs(minutes - wanted) <= (7 if 0 < wanted < 1440 else 0), day


def test_alarms_of_days_are_the_devices_within_a_row(fridge: dict[str, tuple[Object, Object]]) -> None:
    for day, (ours, device) in fridge.items():
        for rule in ("low", "high"):
            fired = [each["at"] for each in ours["fired"] if each["rule"] == rule]
            wanted = device[f"{rule}_first_alarm_at"]
            if wanted == "00:00":  # going on from the day before: it has fired then
                assert ours["outside_minutes"][rule] > 0, day
            elif wanted is None:
                assert fired == [], day
            else:
                assert abs(parse_instant(fired[0]) - parse_instant(f"{day}T{wanted}:00Z")) <= 5 * MINUTE, day


def test_an_alarm_that_goes_on_from_the_day_before_has_fired_then(records: dict[str, Record], fridge: Any) -> None:
    record = records["fridgetag2L_130500109088"]
    for day, (_, device) in fridge.items():
        for rule in ("low", "high"):
            if device[f"{rule}_first_alarm_at"] == "00:00":
                midnight = f"{day}T00:00:00Z"
                found = [e for e in record.excursions(rule) if e["from"] < midnight < (e["to"] or "9")]
                assert len(found) == 1 and found[0]["fired_at"] < midnight, day


def test_a_shipments_alarms_are_the_devices_within_a_row(records: dict[str, Record]) -> None:
    record = records["qtag_RCPJ00010_run1"]
    device = record.of_device("EXC-QTAG")
    fired = {each["rule"]: each["at"] for each in reversed(record.whole()["fired"])}
    late = {}
    for number in (1, 2, 4):
        wanted = parse_instant(device[f"alarm{number}"]["alarm_at"].replace(" ", "T") + ":00Z")
        late[number] = (parse_instant(fired[f"alarm-{number}"]) - wanted) / MINUTE
    assert late == {1: 9, 2: 9, 4: 5}


def test_a_shipments_minutes_are_the_devices_but_for_the_edges(records: dict[str, Record]) -> None:
    """Above: it began nine minutes before its first row outside, and counted on for ten after its last.

    Below: each of 17 dips begins and ends somewhere between two rows.
    """
    record = records["qtag_RCPJ00010_run1"]
    device, ours = record.of_device("EXC-QTAG"), record.whole()["outside_minutes"]
    assert device["alarm1"]["acc_min"] == ours["alarm-1"] + 9 + 10 == ours["alarm-2"] + 19
    assert (device["alarm4"]["acc_min"], ours["alarm-4"], len(record.excursions("alarm-4"))) == (598, 580, 17)


def test_each_of_a_shipments_long_dips_is_one_of_ours(records: dict[str, Record]) -> None:
    """Ours that are no dips of the device's lasted 30 or 40 min by the rows: between them it saw less."""
    record = records["qtag_RCPJ00010_run1"]
    ours = [e for e in record.excursions("alarm-5") if e["fired_at"]]
    for dip in record.of_device("EXC-QTAG")["alarm5"]:
        since, until = (parse_instant(dip[name].replace(" ", "T") + ":00Z") for name in ("start", "end"))
        [found] = [e for e in ours if abs(parse_instant(e["from"]) - since) < 10 * MINUTE]
        assert abs(parse_instant(found["to"]) - until) < 10 * MINUTE
        ours.remove(found)
    assert sorted(e["minutes"] for e in ours) == [30, 30, 30, 30, 30, 30, 40]


def test_a_shipments_extremes_are_the_devices_and_its_means_are_explained(records: dict[str, Record]) -> None:
    """The device takes all samples alike and cuts at a tenth; we hold a value until the next, the last for no time."""
    record = records["qtag_RCPJ00010_run1"]
    device, ours = record.of_device("MKT-DEV"), record.whole()["temperature"]
    assert (ours["minimum"], ours["maximum"]) == (device["min_c"], device["max_c"])
    assert (ours["mean"], ours["mkt"]) == (5.309756, 10.32102)
    assert device["device_mkt_c"] - ours["mkt"] == pytest.approx(0.18, abs=0.01)
    assert device["device_avg_c"] - ours["mean"] == pytest.approx(0.09, abs=0.01)
    assert device["device_mkt_c"] <= device["recomputed_mkt_equal_weight_c"] < device["device_mkt_c"] + 0.1


def test_the_documented_table_is_what_is_said(fridge: dict[str, tuple[Object, Object]]) -> None:
    written = re.findall(r"^\| (\d{4}-.*) \|$", (DOCS / "loggers.md").read_text(), re.MULTILINE)
    assert [line.split(" | ") for line in written] == [_line(day, *both) for day, both in fridge.items()]


def _line(day: str, ours: Object, device: Object) -> list[str]:
    said, line = ours["temperature"], [day]
    for rule in ("low", "high"):
        fired = next((each["at"][11:16] for each in ours["fired"] if each["rule"] == rule), "")
        told = (device[f"{rule}_first_alarm_at"] or "–").replace("00:00", "on")
        line.append(f"{device[f'{rule}_acc_min']} / {ours['outside_minutes'][rule]:g}")
        line.append(f"{told} / {told if told == 'on' else fired or '–'}")
    pairs = (("min_c", said["minimum"]), ("max_c", said["maximum"]), ("avg_c", f"{said['mean']:.2f}"))
    return [*line, *(f"{device[name]} / {found}" for name, found in pairs)]


# --- the command itself, on small files ---

SMALL = """\
sensor,measured_at,temperature,humidity
q-tag,2026-03-28T22:50:00Z,5,
q-tag,2026-03-28T23:00:00Z,9,
q-tag,2026-03-28T23:10:00Z,12,
q-tag,2026-03-28T23:20:00Z,fault,
q-tag,2026-03-29T22:00:00Z,4,
"""


def said_of(tmp_path: Path, text: str, *more: str) -> list[Object]:
    (tmp_path / "R.csv").write_text(text)
    return [each for each in run("days", tmp_path / "R.csv", *more) if each["location"] == "SHIPPER"]


def test_days_are_those_of_a_time_zone_and_may_be_shorter(tmp_path: Path) -> None:
    found = said_of(tmp_path, SMALL, "--timezone", "Europe/Berlin")
    assert [(each["day"], each["from"], each["to"]) for each in found] == [
        ("2026-03-28", "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        (None, "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z"),
    ]
    first, second, whole = (each["temperature"] for each in found)
    assert (first["minimum"], first["maximum"], first["mean"], first["readings"]) == (5, 5, 5, 1)
    assert (second["minimum"], second["maximum"], second["mean"], second["readings"]) == (4, 12, 10.5, 4)
    assert (whole["minimum"], whole["mean"]) == (4, 8.666667)
    assert [each["outside_minutes"]["alarm-1"] for each in found] == [0, 20, 20]


def test_a_value_that_still_holds_at_midnight_is_one_of_the_day(tmp_path: Path) -> None:
    late = "sensor,measured_at,temperature\nq-tag,2026-03-28T23:55:00Z,20\nq-tag,2026-03-29T00:05:00Z,5\n"
    *_, second, _ = said_of(tmp_path, late)
    assert second["temperature"] == {"readings": 1, "minimum": 5, "maximum": 20, "mean": 20, "mkt": 20}
    assert second["outside_minutes"]["alarm-1"] == 5


def test_a_day_of_which_nothing_is_known_says_so(tmp_path: Path) -> None:
    found = said_of(tmp_path, SMALL, "--until", "2026-03-31T00:00:00Z")
    assert [each["day"] for each in found] == ["2026-03-28", "2026-03-29", "2026-03-30", None]
    assert "temperature" not in found[2] and found[2]["outside_minutes"]["alarm-1"] == 0
    assert format_instant(parse_instant(found[2]["to"])) == "2026-03-31T00:00:00Z"


def test_an_unknown_time_zone_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from coldchain.__main__ import main

    (tmp_path / "R.csv").write_text(SMALL)
    arguments = ["days", "--site", str(SITE), "--readings", str(tmp_path / "R.csv"), "--timezone", "Europe/Berln"]
    monkeypatch.setattr("sys.argv", ["coldchain", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert capsys.readouterr().err == "--timezone: no time zone 'Europe/Berln'\n"
