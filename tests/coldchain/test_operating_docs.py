"""docs/operating.md says what the program does: settings, channels, units."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from coldchain.settings import PREFIX, Settings
from domain.times import format_duration
from notify.channels import channels, load

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/operating.md").read_text()


def shown_default(name: str, field: FieldInfo) -> str:
    default = field.default
    if default in (None, "") or isinstance(default, SecretStr):
        return ""
    is_duration = any("_duration" in repr(part) for part in field.metadata)
    return f"`{format_duration(default) if is_duration else default}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    field = Settings.model_fields[name]
    assert f"| `{PREFIX}{name.upper()}` | {shown_default(name, field)} | {field.description} |" in TEXT


def test_no_row_is_of_a_setting_that_is_none() -> None:
    rows = {line.split("`")[1] for line in TEXT.splitlines() if line.startswith(f"| `{PREFIX}")}
    assert rows == {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_kind_of_channel_is_described_and_tested() -> None:
    load()
    for kind in channels.names():
        assert f"### Channel `{kind}`" in TEXT
        assert (ROOT / f"tests/notify/test_{kind}.py").is_file()


def test_every_unit_file_is_mentioned() -> None:
    for unit in (ROOT / "deploy/systemd").iterdir():
        assert unit.name in TEXT
