"""Applying a file: nothing the second time, persons win, what is not mentioned stays."""

from typing import Any

from sites.apply import plan
from sites.entries import entry
from sites.file import load
from sites.schema import Entry

ROOM = entry("location", {"id": "ROOM-1"})
ROOM_IN_SITE = entry("location", {"id": "ROOM-1", "parent": "SITE-A"})
SITE_A = entry("location", {"id": "SITE-A"})


def profile(above: str = "8", /, **fields: Any) -> Entry:
    rules = [{"id": "warm", "kind": "limit", "above": above}, {"id": "cold", "kind": "limit", "below": "2"}]
    return entry(
        "profile", {"id": "p", "version": 1, "effective_from": "2020-01-01T00:00:00Z", "rules": rules} | fields
    )


def keys(*entries: Entry) -> set[tuple[str, str]]:
    return {(one.kind, one.key) for one in entries}


def test_what_is_not_there_is_put() -> None:
    assert plan([], [SITE_A, ROOM], set()).put == [SITE_A, ROOM]


def test_applying_twice_changes_nothing() -> None:
    text = "locations: [{id: A}]\nsensors: [{id: S, interval: 300s}]\nprofiles:\n" + (
        "  - {id: p, version: 1, effective_from: 2020-01-01T00:00:00Z, rules: [{id: r, kind: silence, after: 1h}]}\n"
    )
    first = load(text, "S.yaml")
    again = plan(first, load(text, "S.yaml"), set())
    assert (again.put, again.same, again.refused, again.not_mentioned) == ([], first, [], [])


def test_what_differs_is_put() -> None:
    assert plan([ROOM, SITE_A], [SITE_A, ROOM_IN_SITE], set()).put == [ROOM_IN_SITE]


def test_what_a_person_changed_later_is_kept_and_listed() -> None:
    changes = plan([ROOM_IN_SITE], [ROOM], keys(ROOM))
    assert (changes.put, changes.kept_by_person) == ([], [ROOM])


def test_what_a_person_changed_to_what_the_file_says_is_the_same() -> None:
    changes = plan([ROOM], [ROOM], keys(ROOM))
    assert (changes.same, changes.kept_by_person) == ([ROOM], [])


def test_what_a_person_removed_does_not_come_back() -> None:
    changes = plan([], [ROOM], keys(ROOM))
    assert (changes.put, changes.kept_by_person) == ([], [ROOM])


def test_what_the_file_does_not_mention_is_left_alone_and_listed() -> None:
    changes = plan([ROOM, SITE_A], [SITE_A], set())
    assert (changes.put, changes.same, changes.not_mentioned) == ([], [SITE_A], [ROOM])


def test_the_same_profile_version_with_other_rules_is_refused() -> None:
    other = entry("profile", {"id": "o", "version": 1, "effective_from": "2020-01-01T00:00:00Z", "rules": []})
    changes = plan([profile()], [other, ROOM, profile("8.5")], set())
    assert changes.refused == ["profiles[1]: p version 1 is already active with other rules; give it a new version"]


def test_any_number_of_a_profile_is_one_of_its_rules() -> None:
    for fields in ({"max_gap": "31min"}, {"gap_counts_as": "safe"}, {"min_coverage": "0.1"}, {"rules": []}):
        assert plan([profile()], [profile(**fields)], set()).refused


def test_other_rules_are_refused_even_where_a_person_changed_them() -> None:
    assert plan([profile()], [profile("8.5")], keys(profile())).refused


def test_the_order_of_two_bounds_is_a_rule() -> None:
    def band(*bounds: tuple[str, str]) -> Entry:
        return profile(rules=[{"id": "r", "kind": "limit", **dict(bounds)}])

    above, below = ("above", "8"), ("at_or_below", "25")
    assert plan([band(above, below)], [band(below, above)], set()).refused


def test_a_new_version_is_put() -> None:
    new = profile("8.5", version=2, effective_from="2026-01-01T00:00:00Z")
    changes = plan([profile()], [profile(), new], set())
    assert (changes.put, changes.refused) == ([new], [])


def test_when_a_version_takes_effect_may_be_corrected() -> None:
    corrected = profile(effective_from="2021-01-01T00:00:00Z")
    changes = plan([profile()], [corrected], set())
    assert (changes.put, changes.refused) == ([corrected], [])


def test_how_a_number_is_spelt_and_where_a_rule_stands_is_no_other_rule() -> None:
    spelt = profile("8.00", max_gap="1800s")
    turned = profile(rules=list(reversed(profile().doc["rules"])))
    assert plan([profile()], [spelt], set()).refused == plan([profile()], [turned], set()).refused == []


def test_a_document_stored_before_a_field_was_known_is_the_same() -> None:
    old = Entry(ROOM.kind, ROOM.key, {"id": "ROOM-1"})
    assert plan([old], [ROOM], set()).same == [ROOM]


def test_a_mount_is_known_by_its_begin_so_another_begin_is_another_mount() -> None:
    def mount(since: str) -> Entry:
        return entry("mount", {"sensor": "S", "location": "A", "from": since})

    one, two = mount("2026-01-01T00:00:00Z"), mount("2026-01-02T00:00:00Z")
    changes = plan([one], [two], set())
    assert (changes.put, changes.not_mentioned) == ([two], [one])


def test_a_placement_with_an_id_may_be_corrected_in_its_begin() -> None:
    def placement(since: str) -> Entry:
        return entry("placement", {"id": "p", "product": "V", "lot": "1", "location": "A", "from": since})

    changes = plan([placement("2026-01-01T00:00:00Z")], [corrected := placement("2026-01-02T00:00:00Z")], set())
    assert (changes.put, changes.not_mentioned) == ([corrected], [])
