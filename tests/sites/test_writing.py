"""A profile written as text reads as the same profile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.file import load
from sites.library import Listed, library
from sites.writing import profile_text


@pytest.mark.parametrize(
    "listed", [each for versions in library().values() for each in versions], ids=lambda listed: listed.entry.key
)
def test_every_profile_of_the_library_is_written_as_it_is(listed: Listed) -> None:
    assert load(profile_text(listed.entry.doc), "P.yaml") == [listed.entry]


def test_what_is_preset_is_left_out_and_numbers_need_no_quotes() -> None:
    rules = "rules: [{id: r, kind: limit, above: 8.0}]"
    [entry] = load(f"profiles: [{{id: p, version: 1, effective_from: 2026-01-01T00:00:00Z, {rules}}}]", "P.yaml")
    assert profile_text(entry.doc) == (
        "profiles:\n"
        "  - id: p\n"
        "    version: 1\n"
        '    effective_from: "2026-01-01T00:00:00Z"\n'
        "    rules:\n"
        "      - {id: r, kind: limit, above: 8.0}\n"
    )


@given(st.text(min_size=1).filter(lambda text: text == text.strip() and text.isprintable()))
def test_any_name_stays_what_it_is(name: str) -> None:
    rules = [{"id": name, "kind": "silence", "after": "30min"}]
    doc = {"id": name, "version": "1", "name": name, "effective_from": "2026-01-01T00:00:00Z", "rules": rules}
    [entry] = load(profile_text(doc), "P.yaml")
    assert (entry.doc["id"], entry.doc["name"], entry.doc["rules"]) == (name, name, rules)
