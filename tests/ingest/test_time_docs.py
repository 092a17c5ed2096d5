"""docs/time.md explains every mark, and its examples can be used."""

import re
from pathlib import Path

import pytest
import yaml

from domain.readings import NOT_JUDGED, Flag
from ingest.off_clocks import POLICIES
from sites.file import load

PAGE = (Path(__file__).parents[2] / "docs/time.md").read_text()
_SAID = {Flag.NONE, Flag.REPLACED_FAULT}  # the latter says nothing of the time


@pytest.mark.parametrize("flag", [flag for flag in Flag if flag not in _SAID])
def test_every_mark_is_explained_with_whether_it_is_judged(flag: Flag) -> None:
    [judged] = re.findall(rf"^\| `{flag.name}` \|.*\| (yes|no) \|$", PAGE, re.MULTILINE)
    assert (judged == "no") == bool(flag & NOT_JUDGED)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_is_explained(policy: str) -> None:
    assert f"\n| `{policy}` |" in PAGE


def test_the_examples_can_be_used() -> None:
    first, second = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    sources = [entry.doc for entry in load(f"{first}{second}", "S.yaml") if entry.kind == "source"]
    assert [source["timezone"][0]["value"] for source in sources] == ["Europe/Berlin", None, None]
    assert [[step["value"] for step in source["clock"]] for source in sources] == [
        [None],
        ["arrival"],
        [None, "refuse"],
    ]
    assert len(yaml.safe_load(first)["sources"]) == 1
