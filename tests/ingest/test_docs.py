"""docs/gateways.md and docs/formats name every format and column, and their examples can be used."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from coldchain.commands import decode
from domain.sensor_models import MODELS
from ingest import codecs
from ingest.codecs.common.columns import COLUMNS
from ingest.decoded import Source
from sites.file import load

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "gateways.md").read_text()
PAGES = {file.stem: file.read_text() for file in sorted((DOCS / "formats").glob("*.md"))}


@pytest.mark.parametrize("name", codecs.names())
def test_every_format_has_a_chapter_or_a_page(name: str) -> None:
    if name in PAGES:
        assert f"[`{name}`](formats/{name}.md)" in PAGE, "docs/gateways.md does not link the page"
        assert f": `{name}`\n" in PAGES[name].splitlines(keepends=True)[0]
    else:
        assert f"\n## `{name}`\n" in PAGE


def test_every_page_is_of_a_format() -> None:
    assert PAGES.keys() - set(codecs.names()) == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_source_of_a_page_can_be_used(name: str) -> None:
    sources = [each for block in re.findall(r"```yaml\n(.*?)```", PAGES[name], re.DOTALL) for each in _sources(block)]
    assert sources, "no source on the page"
    for source in sources:
        assert source["format"] == name
        codecs.get(name).check(Source(source["topic"], name, source.get("mapping", {}), source.get("timezone")))


def _sources(block: str) -> list[dict[str, str]]:
    return yaml.safe_load(block).get("sources", [])


@pytest.mark.parametrize("name", PAGES)
def test_the_messages_of_a_page_are_read_as_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_now", lambda: 1_767_225_660_000_000)  # 2026-01-01T00:01:00Z
    shown = re.findall(r"^\$ coldchain decode (.*)\n(.*)$", PAGES[name], re.MULTILINE)
    assert shown, "no message on the page"
    for command, answer in shown:
        arguments = shlex.split(command)
        assert name in arguments
        done = CliRunner().invoke(decode.command, arguments)
        assert json.loads(done.output) == json.loads(answer)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_explained(column: str) -> None:
    assert f"`{column}`" in PAGE


POSTED, SOURCES, PROBES, MODELS_EXAMPLE, OFFSETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_models_of_the_example_can_be_used_and_all_are_named() -> None:
    sensors = [entry.doc for entry in load(MODELS_EXAMPLE, "S.yaml") if entry.kind == "sensor"]
    assert [step["value"] for doc in sensors for step in doc["model"]] == ["ds18b20", "pt100", "dht22", "sht3x"]
    missing = [name for name in MODELS if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []


def test_the_offsets_of_the_example_can_be_used() -> None:
    [sensor] = [entry for entry in load(OFFSETS, "S.yaml") if entry.kind == "sensor"]
    assert [step["value"] for step in sensor.doc["offsets"]["temperature"]] == ["-0.3", "-0.1"]


def test_the_sources_of_the_examples_can_be_used() -> None:
    sources = [source for block in (POSTED, SOURCES, PROBES) for source in yaml.safe_load(block)["sources"]]
    assert len(sources) == 7
    for source in sources:
        codecs.get(source["format"]).check(
            Source(source["topic"], source["format"], source.get("mapping", {}), source.get("timezone"))
        )
