"""docs/gateways.md names every format and column, and its example can be used."""

import re
from pathlib import Path

import pytest
import yaml

from domain.sensor_models import MODELS
from ingest import codecs
from ingest.codecs.common.columns import COLUMNS
from ingest.decoded import Source
from sites.file import load

PAGE = (Path(__file__).parents[2] / "docs/gateways.md").read_text()


@pytest.mark.parametrize("name", codecs.names())
def test_every_format_has_a_chapter(name: str) -> None:
    assert f"\n## `{name}`\n" in PAGE


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_explained(column: str) -> None:
    assert f"`{column}`" in PAGE


SOURCES, PROBES, MODELS_EXAMPLE, OFFSETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_models_of_the_example_can_be_used_and_all_are_named() -> None:
    sensors = [entry.doc for entry in load(MODELS_EXAMPLE, "S.yaml") if entry.kind == "sensor"]
    assert [step["value"] for doc in sensors for step in doc["model"]] == ["ds18b20", "pt100", "dht22", "sht3x"]
    missing = [name for name in MODELS if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []


def test_the_offsets_of_the_example_can_be_used() -> None:
    [sensor] = [entry for entry in load(OFFSETS, "S.yaml") if entry.kind == "sensor"]
    assert [step["value"] for step in sensor.doc["offsets"]["temperature"]] == ["-0.3", "-0.1"]


def test_the_sources_of_the_examples_can_be_used() -> None:
    sources = [source for block in (SOURCES, PROBES) for source in yaml.safe_load(block)["sources"]]
    assert len(sources) == 4
    for source in sources:
        codecs.get(source["format"]).check(
            Source(source["topic"], source["format"], source["mapping"], source.get("timezone"))
        )
