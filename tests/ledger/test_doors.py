"""A number or a word is the same, value or fault, by whatever door it comes: decode, messages, import and judge."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.faults import Fault, fault_of
from domain.model import Site
from ingest.answer import answer_of
from ingest.codecs import get
from ingest.decoded import Message, Source
from ingest.decoding import Decoder
from ingest.sources import Sources
from ledger.readings.packing import pack
from sites.convert import sensor
from sites.entries import entry
from sites.readings import read_file, read_parts
from sites.rows import Rows
from sites.tables.form import Form
from sites.tables.plain import as_plain
from store.tables import readings
from tests.ledger.stage import START, Stage
from tests.thrift import examples

SITE = """
sensors: [{{id: S1, device: dev1{more}}}]
sources: [{{topic: "dev1/temperature", format: plain_scalar, mapping: {{unit: {unit}}}}}]
"""
SENTINELS = ["-127", "85", "85.0", "-163.84", "-242.02", "-45", "130", "255", "6553.5", "3276.7", "-3276.8", "327.67"]
SENTINELS += ["655.35", "32767", "65535", "999.9", "-999", "-9999", "1e10", "-1e10", "nan", "inf", "-inf", "-273.15"]
WORDS = ["OL", "NC", "LO", "HI", "OR", "UR", "---", "open", "short", "Err", "N/A", " ol ", "Fail", "unavailable"]
IN_FAHRENHEIT = ["-196.6", "185", "185.0", "-49", "266", "-403.6", "-403.64", "-262.9", "255", "327.67", "-999"]
CELLS = st.sampled_from(SENTINELS + WORDS) | st.decimals(-300, 500, places=2).map(str)
MODELS: Any = st.sampled_from([{}, {"model": "ds18b20"}, {"model": "pt100"}, {"range": {"temperature": ["-30", "50"]}}])
FEW = settings(
    max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Doors:
    """One reading of one sensor, by each door: its value, or the kind of its fault."""

    def __init__(self, fresh: Any, folder: Path, cell: str, unit: str, fields: dict[str, Any]) -> None:
        self._message = Message("dev1/temperature", cell.encode(), received_at=START)
        self._source = Source("dev1/temperature", "plain_scalar", {"unit": unit})
        self._sensor = sensor(entry("sensor", {"id": "S1", "device": "dev1", **fields}).doc)
        more = "".join(f", {key}: {value}" for key, value in fields.items()).replace("'", "")
        site = SITE.format(more=more, unit=unit)
        self._live, self._imported = Stage(fresh(), site=site), Stage(fresh(), site=site)
        self._file = folder / "R.csv"
        self._file.write_text(f'sensor,measured_at,Temp {unit}\nS1,2026-01-01T00:00:00Z,"{cell}"\n')

    def decode(self) -> float | None:
        decoded, _ = get("plain_scalar").decode(self._message, self._source, None)
        [row] = answer_of(decoded, START, {("dev1", ""): self._sensor})["readings"]
        assert (row["temperature_c"] is None) == ("fault" in row)
        return row["temperature_c"]

    def live(self) -> tuple[float | None, Fault]:
        sources = Sources([("src", entry("source", {"topic": "dev1/temperature", "format": "plain_scalar",
                                                    "mapping": dict(self._source.mapping)}).doc)])  # fmt: skip
        self._live.writer.step(Decoder(sources).decode([self._message]).batch(), START)
        return self._stored(self._live)

    def imported(self) -> tuple[float | None, Fault]:
        [rows] = self._rows(parts=True)
        columns = zip(rows.codes, rows.times, rows.values, strict=True)
        said = [(*rows.series[code], at, value) for code, at, value in columns]
        self._imported.ask(pack(said), START)
        return self._stored(self._imported)

    def judged(self) -> tuple[float | None, Fault]:
        [rows] = self._rows(parts=False)
        [row] = rows
        kinds = [each.fault for each in rows.faults]
        return (None if row.value is None else row.value / 1e6), kinds[0] if kinds else Fault.UNKNOWN

    def _rows(self, *, parts: bool) -> list[Rows]:
        site = Site(sensors={"S1": self._sensor})
        with as_plain(self._file, Form(format="logger"), site) as plain:
            return list(read_parts(plain, site)) if parts else [read_file(plain, site)]

    @staticmethod
    def _stored(stage: Stage) -> tuple[float | None, Fault]:
        [row] = stage.rows(readings)
        return (None if row.value is None else row.value / 1e6), fault_of(row.flags) if row.value is None else Fault(0)


@FEW
@given(CELLS, MODELS)
def test_the_four_doors_agree(fresh: Any, tmp_path: Path, cell: str, fields: dict[str, Any]) -> None:
    doors = Doors(fresh, tmp_path, cell, "C", fields)
    value, fault = doors.live()
    assert doors.decode() == value
    assert doors.imported() == doors.judged() == (value, fault)
    assert (value is None) == (fault is not Fault.UNKNOWN)


@FEW
@given(st.sampled_from(IN_FAHRENHEIT + WORDS) | st.decimals(-400, 700, places=2).map(str), MODELS)
def test_they_agree_in_fahrenheit(fresh: Any, tmp_path: Path, cell: str, fields: dict[str, Any]) -> None:
    doors = Doors(fresh, tmp_path, cell, "F", fields)
    value, _ = doors.live()
    assert doors.decode() == doors.imported()[0] == doors.judged()[0] == value


@FEW
@given(st.sampled_from(SENTINELS + WORDS))
def test_what_means_a_fault_is_no_value_at_any_door(fresh: Any, tmp_path: Path, cell: str) -> None:
    doors = Doors(fresh, tmp_path, cell, "C", {})
    assert [doors.decode(), doors.live()[0], doors.imported()[0], doors.judged()[0]] == [None] * 4
