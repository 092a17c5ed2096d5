"""The library is tested by the product's own tool: every rule of every profile at its boundary, by both judges."""

from functools import cache
from pathlib import Path

import pytest

from coldchain.commands.judge import judge_as_received
from sites.cases.case import Case
from sites.cases.file import load_cases
from sites.cases.trial import answer_of, differences, rows_of, site_of
from sites.library import Listed, library

FOLDER = Path(__file__).parents[2] / "profiles/cases"
FILES = sorted(FOLDER.glob("*.yaml"))
EXAMPLE = Path(__file__).parents[2] / "docs/examples/rules.test.yaml"
EVERY = [each for versions in library().values() for each in versions]
# What the streaming engine is fed one by one: the longest series say nothing that shorter ones do not.
MOST_ROWS = 5_000


@cache
def cases_of(path: Path) -> list[Case]:
    return load_cases(path)


def cases(path: Path) -> list[Case]:
    return cases_of(path)


@pytest.mark.parametrize("path", [*FILES, EXAMPLE], ids=lambda path: path.name)
def test_every_case_holds(path: Path) -> None:
    told = {case.name: differences(case, answer_of(case)) for case in cases(path)}
    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize("path", [*FILES, EXAMPLE], ids=lambda path: path.name)
def test_the_streaming_engine_says_the_same_of_every_case(path: Path) -> None:
    short = [case for case in cases(path) if len(rows_of(case)) <= MOST_ROWS]
    assert short
    for case in short:
        answer = answer_of(case, lambda site, rows, until: judge_as_received(site, rows, until))
        assert answer == answer_of(case), case.name


@pytest.mark.parametrize("listed", EVERY, ids=lambda listed: listed.entry.key)
def test_every_profile_has_a_case_that_is_ok_and_every_rule_one_in_which_it_fires(listed: Listed) -> None:
    doc = listed.entry.doc
    key = [(doc["id"], listed.version)]
    mine = [case for path in FILES for case in cases(path) if [(v.profile, v.version) for v in case.versions] == key]
    fired = {firing.rule for case in mine for _, firing in case.expected.fired or ()}
    assert {rule["id"] for rule in doc["rules"]} - fired == set()
    assert "ok" in {case.expected.verdict for case in mine}
    assert all(case.expected.verdict and case.expected.fired is not None for case in mine)


def test_site_of_a_case_hangs_each_sensor_where_it_was_said_to() -> None:
    [case] = [case for case in cases(EXAMPLE) if len(case.hangs_at) == 2]
    assert {mount.sensor: mount.location for mount in site_of(case).mounts} == {"S1": "ROOM", "S2": "TRUCK"}
