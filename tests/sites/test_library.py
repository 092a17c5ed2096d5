"""Profiles of the library are complete, are taken into a site file by `use`, and print as they can be pasted."""

import json

import pytest

from domain.errors import NotFoundError, Refused
from sites.advice import advice
from sites.apply import plan
from sites.build import build
from sites.convert import profile
from sites.file import load
from sites.library import Listed, find, library
from sites.schema import Entry

EVERY = [each for versions in library().values() for each in versions]


def name(listed: Listed) -> str:
    return listed.entry.key


def entries(profiles: str, *more: str) -> list[Entry]:
    return load("\n".join((f"profiles: [{profiles}]", *more)), "S.yaml")


def problems_in(profiles: str, *more: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        entries(profiles, *more)
    return list(caught.value.problems)


@pytest.mark.parametrize("listed", EVERY, ids=name)
def test_every_profile_says_where_its_numbers_are_from(listed: Listed) -> None:
    missing = [field for field in ("name", "source", "clause", "evidence") if not listed.entry.doc[field]]
    assert missing == []


@pytest.mark.parametrize("listed", EVERY, ids=name)
def test_the_text_of_every_profile_reads_as_the_profile(listed: Listed) -> None:
    assert load(f"profiles:\n{listed.text}\n", "pasted.yaml") == [listed.entry]


@pytest.mark.parametrize("versions", library().values(), ids=library())
def test_versions_of_the_library_differ_and_are_numbered_in_order_of_time(versions: tuple[Listed, ...]) -> None:
    assert [each.version for each in versions] == list(range(1, len(versions) + 1))
    assert len({profile(each.entry.doc).rules for each in versions}) == len(versions)


def test_no_profile_of_the_library_is_warned_of() -> None:
    assert list(advice(profile(each.entry.doc) for each in EVERY)) == []


def test_a_profile_is_used_by_its_id_and_referred_to_like_any_other() -> None:
    site = build(entries("{use: eu-gdp-2-8}", "products: [{id: VAX, profile: eu-gdp-2-8}]"))
    assert [version.version for version in site.profiles["eu-gdp-2-8"]] == [1, 2]


def test_used_without_a_version_all_of_them_are_taken_each_from_its_own_date() -> None:
    assert [each.doc["effective_from"] for each in entries("{use: comirnaty-concentrate}")] == [
        "2020-12-21T00:00:00Z",
        "2021-07-01T00:00:00Z",
        "2021-07-01T00:00:01Z",
    ]


def test_versions_that_only_extend_each_other_begin_together_when_the_site_says() -> None:
    used = entries("{use: eu-gdp-2-8, effective_from: 2026-05-01T02:00:00+02:00}")
    assert [each.doc["effective_from"] for each in used] == ["2026-05-01T00:00:00Z", "2026-05-01T00:00:01Z"]


def test_one_version_may_be_used_and_take_effect_when_the_site_says() -> None:
    [only] = entries("{use: comirnaty-concentrate, version: 2, effective_from: 2026-05-01T02:00:00+02:00}")
    assert (only.doc["version"], only.doc["effective_from"]) == ("2", "2026-05-01T00:00:00Z")
    assert only.doc["rules"] == find("comirnaty-concentrate", 2)[0].entry.doc["rules"]


def test_a_used_version_is_refused_where_the_same_version_is_stored_with_other_rules() -> None:
    [used] = entries("{use: eu-gdp-2-8, version: 1}")
    doc = json.loads(json.dumps(used.doc))
    doc["rules"][0]["above"] = "9"
    refused = plan([Entry("profile", used.key, doc)], [used], ()).refused
    assert refused == ["profiles[0]: eu-gdp-2-8 version 1 is already active with other rules; give it a new version"]
    assert plan([used], [used], ()).refused == []


def test_a_used_version_clashes_with_the_same_version_written_out() -> None:
    problem, clash = problems_in(
        "{use: usp-cct, version: 1}, {id: usp-cct, version: 1, effective_from: 2001-01-01Z, rules: []}"
    )
    assert problem.startswith("S.yaml:1 profiles[1].effective_from: not an RFC 3339 time")
    assert clash == "S.yaml:1 profiles[1]: has the same id and version as profiles[0] on line 1"
    twice = "{use: eu-gdp-2-8, version: 1}, {use: eu-gdp-2-8, version: 1, effective_from: 2026-01-01T00:00:00Z}"
    [problem] = problems_in(twice)
    assert problem == "S.yaml:1 profiles[1]: has the same id and version as profiles[0] on line 1"


@pytest.mark.parametrize(
    ("use", "problem"),
    [
        ("{use: eu-gdp-28}", 'use: no profile "eu-gdp-28" in the library (did you mean "eu-gdp-2-8"?)'),
        ("{use: eu-gdp-2-8, version: 7}", 'version: no version 7 of "eu-gdp-2-8" in the library; known: 1, 2'),
        ("{use: eu-gdp-2-8, version: one}", "version: not a whole number from 1: 'one'"),
        ("{use: [a]}", "use: must be the id of a profile of the library"),
        ("{use: eu-gdp-2-8, verson: 1}", 'verson: does not go with use (did you mean "version"?)'),
        ("{use: eu-gdp-2-8, use_version: 1}", "use_version: goes with an id of its own; without one it is `version`"),
        (
            "{use: usp-crt, effective_from: 2026-01-01T00:00:00Z}",
            'effective_from: goes with one version; "usp-crt" has 3: name one',
        ),
        ("{use: eu-gdp-2-8, effective_from: now}", "effective_from: not an RFC 3339 time with a zone: 'now'"),
    ],
)
def test_what_is_wrong_with_a_use_is_told_by_line(use: str, problem: str) -> None:
    assert problems_in(use) == [f"S.yaml:1 profiles[0].{problem}"]


def test_a_profile_wrongly_used_is_told_once_not_by_all_that_refer_to_it() -> None:
    told = problems_in("{use: eu-gdp-2-8, version: 7}", "products: [{id: VAX, profile: eu-gdp-2-8}]")
    assert len(told) == 1


def test_a_rule_of_a_quantity_that_no_sensor_declares_is_refused() -> None:
    sensors = "sensors: [{id: S1, quantities: [temperature]}]"
    damp = "{id: damp, kind: limit, quantity: humidity, above: 60}"
    told = problems_in(f"{{id: p, version: 1, effective_from: 2026-01-01T00:00:00Z, rules: [{damp}]}}", sensors)
    assert told == ["S.yaml:1 profiles[0].rules[0].quantity: no sensor declares humidity"]
    assert len(entries("{use: ich-zone-2}", "sensors: [{id: S1}]")) == 3


def test_what_is_not_there_is_named_with_the_nearest_right_word() -> None:
    with pytest.raises(NotFoundError, match='no profile "spikevx" in the library \\(did you mean "spikevax"\\?\\)'):
        find("spikevx")
