"""German is complete: every text is translated, none is doubtful or left over, and nothing is lost in a translation."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tools.texts import template

FILE = Path(__file__).parents[1] / "languages" / "de.po"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


@pytest.fixture(scope="module")
def german() -> dict[tuple[str | None, str], Message]:
    with FILE.open("rb") as opened:
        return {key(message): message for message in read_po(opened, locale="de") if message.id}


@pytest.fixture(scope="module")
def english() -> dict[tuple[str | None, str], Message]:
    return {key(message): message for message in template() if message.id}


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_every_text_is_there_and_none_is_left_over(german, english):
    assert sorted(map(str, english.keys() - german.keys())) == [], "run `make texts`, then translate"
    assert sorted(map(str, german.keys() - english.keys())) == [], "run `make texts`"


def test_every_form_is_translated_and_none_is_doubtful(german):
    assert [key(message) for message in german.values() if not all(forms(message))] == []
    assert [key(message) for message in german.values() if message.fuzzy] == []


def test_what_counts_has_both_forms(german, english):
    counted = [each for each, message in english.items() if not isinstance(message.id, str)]
    assert counted and [each for each in counted if each in german and len(forms(german[each])) != 2] == []


def test_placeholders_are_those_of_the_english(german, english):
    """A form may leave out its count, as English does in `1 lot`; nothing else is lost, and nothing is made up."""
    wrong = []
    for each, message in german.items():
        source = english[each].id
        known = set(_PLACEHOLDER.findall(source if isinstance(source, str) else " ".join(source)))
        for form in forms(message):
            found = set(_PLACEHOLDER.findall(form))
            if found - known or known - found - ({"count"} if not isinstance(source, str) else set()):
                wrong.append((each, form))
    assert wrong == []


def test_markup_is_that_of_the_english(german):
    tags = re.compile(r"</?\w+")
    wrong = [
        each
        for each, message in german.items()
        for form in forms(message)
        if isinstance(message.id, str) and tags.findall(form) != tags.findall(message.id)
    ]
    assert wrong == []
