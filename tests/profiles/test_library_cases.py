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


def in_force(case: Case) -> tuple[str, int]:
    """Return the version that a case begins in."""
    version = [each for each in case.versions if each.effective_from <= case.start][-1]
    return version.profile, version.version


def alike(listed: Listed) -> set[tuple[str, int]]:
    """Return the versions of the same profile that extend each other, this one included: their rules are the same."""
    name, number = listed.entry.doc["id"], listed.version
    first = next(each for each in library()[name] if each.version == number)
    while first.entry.doc["extends"] is not None:
        first = library()[name][first.version - 2]
    chain = [first]
    for each in library()[name][first.version :]:
        if each.entry.doc["extends"] == f"{name}@{chain[-1].version}":
            chain.append(each)
    return {(name, each.version) for each in chain}


def of(listed: Listed) -> list[Case]:
    keys = alike(listed)
    return [case for path in FILES for case in cases(path) if in_force(case) in keys]


# What every profile of the library brings; tried for each of them below.
PRESETS = {"implausible", "implausible-humidity", "stuck"}
NEWEST = [versions[-1] for versions in library().values()]


@pytest.mark.parametrize("listed", EVERY, ids=lambda listed: listed.entry.key)
def test_every_profile_has_a_case_that_is_ok_and_every_rule_one_in_which_it_fires(listed: Listed) -> None:
    fired = {firing.rule for case in of(listed) for _, firing in case.expected.fired or ()}
    assert {rule["id"] for rule in listed.entry.doc["rules"]} - fired - PRESETS == set()
    assert "ok" in {case.expected.verdict for case in of(listed)}
    assert all(case.expected.verdict and case.expected.fired is not None for case in of(listed))


def inside(listed: Listed) -> str:
    """Return a temperature at which nothing is held for hours: the first of a case that is ok."""
    good = next(case for case in of(listed) if case.expected.verdict == "ok")
    rows = [row for row in rows_of(good) if row.quantity == "temperature"]
    return f"{next(row.value for row in rows if row.value is not None) / 1e6:g}"


def said(listed: Listed, temperature: str, folder: Path) -> tuple[str, set[str]]:
    """Return the verdict, and the rules that fired, of a unit in a place of no kind; both judges say it."""
    series = f'{{temperature: "{temperature}"}}'
    text = f"cases: [{{name: it, profile: {listed.entry.doc['id']}, series: {series}, expect: {{verdict: ok}}}}]"
    (folder / "C.yaml").write_text(text, encoding="utf-8")
    [case] = load_cases(folder / "C.yaml")
    answer = answer_of(case)
    assert answer == answer_of(case, lambda site, rows, until: judge_as_received(site, rows, until))
    return answer["verdict"], {each["rule"] for each in answer["fired"]}


@pytest.mark.parametrize("listed", NEWEST, ids=lambda listed: str(listed.entry.doc["id"]))
def test_a_day_of_exactly_the_same_value_is_not_ok(listed: Listed, tmp_path: Path) -> None:
    verdict, fired = said(listed, f"{inside(listed)} x 25h", tmp_path)
    assert verdict != "ok" and "stuck" in fired


@pytest.mark.parametrize("listed", NEWEST, ids=lambda listed: str(listed.entry.doc["id"]))
def test_what_no_sensor_means_holds_nothing_and_is_told_when_it_lasts(listed: Listed, tmp_path: Path) -> None:
    steady = inside(listed)
    _, without = said(listed, f"{steady} x 3h", tmp_path)
    for fault in ("-127", "85", "300", "-250"):
        _, fired = said(listed, f"{steady} x 1h, {fault} x 30min, {steady} x 90min", tmp_path)
        assert fired - without - {"silent", "sensor-lost"} == {"implausible"}


@pytest.mark.parametrize("listed", EVERY, ids=lambda listed: listed.entry.key)
def test_every_profile_says_how_much_must_be_known_and_why(listed: Listed) -> None:
    doc = listed.entry.doc
    assert doc["min_coverage"] == "0.95"
    assert all(doc[name] for name in ("coverage_reason", "coverage_source", "coverage_date"))
    assert (doc["longest_gap"] is not None) == (listed in NEWEST)


def test_site_of_a_case_hangs_each_sensor_where_it_was_said_to() -> None:
    [case] = [case for case in cases(EXAMPLE) if len(case.hangs_at) == 2]
    assert {mount.sensor: mount.location for mount in site_of(case).mounts} == {"S1": "ROOM", "S2": "TRUCK"}
