"""docs/gateways.md names every format and column, and its example can be used."""

import re
from pathlib import Path

import pytest
import yaml

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


SOURCES, OFFSETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_offsets_of_the_example_can_be_used() -> None:
    [sensor] = [entry for entry in load(OFFSETS, "S.yaml") if entry.kind == "sensor"]
    assert [step["value"] for step in sensor.doc["offsets"]["temperature"]] == ["-0.3", "-0.1"]


def test_the_sources_of_the_example_can_be_used() -> None:
    sources = yaml.safe_load(SOURCES)["sources"]
    assert len(sources) == 3
    for source in sources:
        codecs.get(source["format"]).check(
            Source(source["topic"], source["format"], source["mapping"], source.get("timezone"))
        )
