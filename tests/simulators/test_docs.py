"""docs/simulators.md says what simulators do: faults, formats, the example."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from simulators.faults import FAULTS
from simulators.faults.base import Fault
from simulators.formats import FORMATS
from simulators.scenario.file import read_scenario
from tests.simulators.scenes import SITE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/simulators.md").read_text()


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_in_the_table_with_its_options(name: str) -> None:
    [row] = [line for line in TEXT.splitlines() if line.startswith(f"| `{name}` |")]
    options = {field.name for field in fields(FAULTS[name])} - {field.name for field in fields(Fault)}
    assert set(re.findall(r"`(\w+)`", row.split("|")[4])) == options


def test_every_format_is_in_the_table() -> None:
    for name in FORMATS:
        assert re.search(rf"^\| .*`{name}`.* \|", TEXT, re.MULTILINE)


def test_the_example_can_be_played(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "everything.site.yaml").write_text(SITE)
    (tmp_path / "example.yaml").write_text(example)
    scenario = read_scenario(tmp_path / "example.yaml")
    assert len(scenario.probes) == 3 and len(scenario.moves) == 3


@pytest.mark.parametrize("path", sorted((ROOT / "simulators").glob("*/*.yaml")))
def test_every_scenario_that_is_shipped_is_read(path: Path) -> None:
    if "chambers" in yaml.safe_load(path.read_text()):
        assert read_scenario(path).probes


def test_the_scenario_of_everything_has_every_fault_and_format() -> None:
    scenario = read_scenario(ROOT / "simulators/scenarios/everything.yaml")
    assert {fault["fault"] for fault in scenario.faults} == FAULTS.keys()
    assert {gateway.says for gateway in scenario.gateways} == FORMATS.keys()
