"""A profile of the library is extended: what is said beside `use` is overridden, added or left out, and shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from sites.extending import difference_text
from sites.file import load
from sites.library import differences_of, find, library, written_out
from sites.schema import Entry
from sites.writing import profile_text

GDP = find("eu-gdp-2-8", 1)[0].entry.doc


def extended(fields: str) -> Entry:
    [entry] = load(f"profiles: [{{use: eu-gdp-2-8, {fields}}}]", "S.yaml")
    return entry


def differing(entry: Entry) -> list[str]:
    return [difference_text(each) for each in differences_of(entry.doc)]


def rules_of(entry: Entry) -> dict[str, Any]:
    return {rule["id"]: rule for rule in entry.doc["rules"]}


def test_fields_beside_use_are_overridden_and_the_rest_stays() -> None:
    found = extended("version: 1, min_coverage: 0.99, longest_gap: 1h")
    assert found.doc == {**GDP, "min_coverage": "0.99", "longest_gap": "1h", "extends": "eu-gdp-2-8@1"}
    assert differing(found) == ["min_coverage: 0.95 → 0.99", "longest_gap: – → 1h"]


def test_a_rule_is_overridden_by_its_id_field_by_field() -> None:
    found = extended("version: 1, rules: [{id: too-warm, for: 30min, action: review}]")
    before = {rule["id"]: rule for rule in GDP["rules"]}
    assert rules_of(found)["too-warm"] == {**before["too-warm"], "for": "30min", "action": "review"}
    assert [rule["id"] for rule in found.doc["rules"]] == [rule["id"] for rule in GDP["rules"]]
    assert differing(found) == ["rule too-warm.action: hold → review", "rule too-warm.for: – → 30min"]


def test_a_bound_takes_the_place_of_the_one_on_the_same_side() -> None:
    found = extended("version: 1, rules: [{id: too-warm, at_or_above: 8.5}]")
    assert [name for name in rules_of(found)["too-warm"] if "above" in name] == ["at_or_above"]
    assert differing(found) == ["rule too-warm.above: 8.0 → –", "rule too-warm.at_or_above: – → 8.5"]


def test_null_takes_a_field_of_a_rule_away() -> None:
    found = extended("version: 1, rules: [{id: silent, quantity: null}]")
    assert "quantity" not in rules_of(found)["silent"]


def test_a_rule_is_added_with_its_kind_or_replaced_by_one_of_another() -> None:
    more = "{id: total, kind: cumulative, above: 8.0, total: 12h, action: hold}"
    other = "{id: too-warm, kind: cumulative, above: 8.0, total: 1h}"
    found = extended(f"version: 1, rules: [{more}, {other}]")
    assert list(rules_of(found)) == [*(rule["id"] for rule in GDP["rules"]), "total"]
    assert differing(found) == [
        "rule too-warm: limit, above 8.0, severity critical, action hold → cumulative, above 8.0, total 1h",
        "rule total added: cumulative, above 8.0, total 12h, action hold",
    ]


def test_a_rule_is_left_out_by_saying_so() -> None:
    found = extended("version: 1, rules: [{id: silent, remove: true}]")
    assert list(rules_of(found)) == ["too-warm", "too-cold"]
    assert differing(found) == [
        "rule silent left out: silence, quantity temperature, after 30min, severity warning, action notify"
    ]


def test_with_an_id_of_its_own_it_has_numbers_of_its_own() -> None:
    found = extended("id: ours, version: 4, effective_from: 2026-05-01T00:00:00Z, use_version: 1")
    assert found.key == '["ours","4"]'
    assert (found.doc["extends"], found.doc["effective_from"]) == ("eu-gdp-2-8@1", "2026-05-01T00:00:00Z")
    assert found.doc["rules"] == GDP["rules"]
    newest = extended("id: ours, version: 4")
    assert newest.doc["extends"] == f"eu-gdp-2-8@{library()['eu-gdp-2-8'][-1].version}"


def test_all_versions_are_extended_where_none_is_named() -> None:
    versions = library()["spikevax"]
    found = load("profiles: [{use: spikevax, id: ours, max_gap: 10min}]", "S.yaml")
    assert [(each.doc["id"], each.doc["version"], each.doc["max_gap"]) for each in found] == [
        ("ours", str(listed.version), "10min") for listed in versions
    ]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("rules: [{id: to-warm, for: 5min}]", 'rules[0].kind: is missing: "to-warm" is no rule of eu-gdp-2-8@1 (did'
         ' you mean "too-warm"?), and one that is added needs its kind'),
        ("rules: [{id: to-warm, remove: true}]", 'rules[0].id: "to-warm" is no rule of eu-gdp-2-8@1 (did you mean'
         ' "too-warm"?)'),
        ("rules: [{id: silent, remove: yes please}]", "rules[0].remove: must be true, or left out: 'yes please'"),
        ("rules: [{id: silent, remove: true, after: 1h}]", "rules[0].after: does not go with remove"),
        ("rules: [{for: 5min}]", "rules[0].id: is missing: it says which rule is overridden, added or left out"),
        ("rules: [{id: silent, after: 1h}, {id: silent, after: 2h}]", 'rules[1].id: "silent" is already the id of'
         " rules[0]"),
        ("rules: {too-warm: 9}", "rules: must be a list of the rules that differ"),
        ("rules: [8.0]", "rules[0]: must be a mapping"),
        ("rules: [{id: too-cold, belw: 1.0}]", 'rules[0].belw: unknown field (did you mean "below"?)'),
        ("min_coverge: 0.9", 'min_coverge: does not go with use (did you mean "min_coverage"?)'),
        ("min_coverage: 95", "min_coverage: must be from 0 to 1: '95'"),
        ("use_version: 1", "use_version: goes with an id of its own; without one it is `version`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_was_written(fields: str, problem: str) -> None:
    with pytest.raises(Refused) as caught:
        extended(f"version: 1, {fields}")
    assert list(caught.value.problems) == [f"S.yaml:1 profiles[0].{problem}"]


def test_a_rule_that_others_need_is_not_left_out() -> None:
    with pytest.raises(Refused) as caught:
        load("profiles: [{use: spikevax, version: 2, rules: [{id: refrigerated, remove: true}]}]", "S.yaml")
    assert list(caught.value.problems) == [
        'S.yaml:1 profiles[0]: rule transport.within: "refrigerated" is no rule of this version'
    ]


def test_one_version_is_written_out_and_several_are_refused() -> None:
    doc = written_out({"use": "eu-gdp-2-8", "version": 1, "min_coverage": 0.5})
    assert (doc["id"], doc["min_coverage"], doc["extends"]) == ("eu-gdp-2-8", 0.5, "eu-gdp-2-8@1")
    with pytest.raises(Refused, match='version: is missing: "spikevax" has 1, 2'):
        written_out({"use": "spikevax"})


EVERY = [each for versions in library().values() for each in versions]


@given(listed=st.sampled_from(EVERY), data=st.data())
def test_only_what_is_said_differs_and_the_text_reads_as_the_profile(listed: Any, data: st.DataObject) -> None:
    rules = listed.entry.doc["rules"]
    touched = data.draw(st.lists(st.sampled_from([rule["id"] for rule in rules]), unique=True))
    around = {rule.get("within") for rule in rules}  # others are within these, so they must stay
    free = [name for name in touched if name not in around]
    removed = set(data.draw(st.lists(st.sampled_from(free), unique=True))) if free else set()
    more = [{"id": name, **({"remove": "true"} if name in removed else {"off_delay": "7min"})} for name in touched]
    fields = {"use": listed.entry.doc["id"], "version": str(listed.version), "rules": more}
    [entry] = load(profile_text_of(fields), "S.yaml")
    said = {each.rule for each in differences_of(entry.doc)}
    assert said == (set(touched) if touched else {each.rule for each in differences_of(listed.entry.doc)})
    assert load(profile_text(entry.doc), "P.yaml") == [entry]


def profile_text_of(fields: dict[str, Any]) -> str:
    return f"profiles: [{fields!r}]".replace("'", '"')
