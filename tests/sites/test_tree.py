"""YAML stays text, every node knows its line, and nothing hostile gets far."""

import pytest
import yaml

from sites import tree
from sites.tree import DEEPEST, UnreadableError, compose


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With libyaml and without: a PyYAML built without it must say the same."""
    monkeypatch.setattr(tree, "_LOADER", getattr(yaml, request.param))


def refused(text: str) -> tuple[int, str]:
    with pytest.raises(UnreadableError) as caught:
        compose(text)
    return caught.value.line, str(caught.value)


@pytest.mark.parametrize("word", ["0123", "NO", "1e3", "yes", "2026-01-01", "0x1F", "1_000", ".inf", "Null", "12:30"])
def test_a_scalar_stays_the_text_it_is(word: str) -> None:
    root, _ = compose(f"lot: {word}")
    assert root.plain() == {"lot": word}


@pytest.mark.parametrize("word", ["null", "~", "", "# only a comment"])
def test_null_is_the_word_the_tilde_and_nothing(word: str) -> None:
    assert compose(f"to: {word}")[0].plain() == {"to": None}


@pytest.mark.parametrize("word", ["'null'", '"~"', '""'])
def test_what_is_quoted_is_never_null(word: str) -> None:
    assert compose(f"to: {word}")[0].plain() == {"to": word[1:-1]}


def test_a_node_is_found_by_its_path_with_its_line() -> None:
    root, _ = compose("site: {name: X}\nmounts:\n  - {sensor: S1}\n  - sensor: S2\n    location: L\n")
    assert root.find(("mounts", 1, "location"))[1].line == 5


def test_of_a_path_that_does_not_exist_the_part_that_does_is_found() -> None:
    root, _ = compose("mounts:\n  - {sensor: S1}\n")
    path, node = root.find(("mounts", 0, "location", "x"))
    assert (path, node.line) == (("mounts", 0), 2)


def test_a_key_written_twice_is_told_with_both_lines_and_the_first_counts() -> None:
    root, twice = compose("locations:\n  - id: A\n    kind: room\n    id: B\nlocations: []\n")
    assert root.plain() == {"locations": [{"id": "A", "kind": "room"}]}
    assert [tuple(one) for one in twice] == [
        (4, ("locations", 0, "id"), "already written on line 2"),
        (5, ("locations",), "already written on line 2"),
    ]


def test_an_empty_document_is_null() -> None:
    assert compose("# nothing\n")[0].plain() is None


@pytest.mark.parametrize("bomb", ["a: &a [x]\nb: *a", "a: &a x", "b: *a", "a: &a {b: *a}"])
def test_anchors_and_aliases_are_refused_so_nothing_can_grow(bomb: str) -> None:
    assert "anchors and aliases are not supported" in refused(bomb)[1]


def test_a_billion_laughs_are_refused_at_the_first() -> None:
    lines = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert refused("\n".join(lines))[0] == 1


@pytest.mark.parametrize("tagged", ["x: !!python/object/apply:os.system [ls]", "x: !!str 1", "x: ! y", "x: !a {}"])
def test_tags_are_refused(tagged: str) -> None:
    assert "tags are not supported" in refused(tagged)[1]


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_hostile_nesting_is_refused_and_not_run_into(opening: str) -> None:
    assert refused(opening * 100_000) == (1, f"nested deeper than {DEEPEST} levels")


def test_nesting_as_deep_as_allowed_is_read() -> None:
    root, _ = compose("[" * DEEPEST + "]" * DEEPEST)
    for _level in range(DEEPEST - 1):
        assert isinstance(root.value, list)
        (root,) = root.value
    assert root.value == []


@pytest.mark.parametrize("key", ["? [a]\n: b", "? {a: b}\n: c", "~: x", "null: x"])
def test_a_key_that_is_no_text_is_refused(key: str) -> None:
    assert "a field's name must be text" in refused(key)[1]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: c: d\n", 2), ("a: 'x", 1), ("a: 1\n\tb: 2\n", 2), ("a: [1, 2", 1), ("a: 1\nb: ]\n", 2)],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int) -> None:
    found, message = refused(text)
    assert message.startswith("not YAML: ")
    assert found >= line


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\ud800", "\uffff"])
def test_a_control_character_is_told_with_its_line(sign: str) -> None:
    assert refused(f"a: 1\nb: x{sign}\n") == (2, f"not YAML: a control character {sign!r}")


def test_more_than_one_document_is_refused() -> None:
    assert refused("a: 1\n---\nb: 2\n") == (2, "more than one document")
