"""Sentences come in the language in use; without a catalogue they are the English of the code."""

import pytest

from domain import language
from domain.language import ENGLISH, Catalogue, gettext, ngettext, npgettext, pgettext

GERMAN = Catalogue(
    "de",
    {
        (None, "{place} is too warm"): ("{place} ist zu warm",),
        (None, "{count} unit"): ("{count} Einheit", "{count} Einheiten"),
        ("frame.now", "Now"): ("Jetzt",),
        ("now.lots", "1 lot"): ("1 Charge", "{count} Chargen"),
    },
    decimal_point=",",
)


@pytest.fixture
def german():
    before = language.use(GERMAN)
    yield
    language.use(before)


def test_without_a_catalogue_it_is_english():
    assert language.current() is ENGLISH
    assert gettext("{place} is too warm", place="ROOM-1") == "ROOM-1 is too warm"
    assert [ngettext("{count} unit", "{count} units", count) for count in (0, 1, 2)] == ["0 units", "1 unit", "2 units"]


def test_a_catalogue_has_its_own_words_and_forms(german):
    assert gettext("{place} is too warm", place="ROOM-1") == "ROOM-1 ist zu warm"
    assert [ngettext("{count} unit", "{count} units", count) for count in (1, 2)] == ["1 Einheit", "2 Einheiten"]
    assert pgettext("frame.now", "Now") == "Jetzt"
    assert npgettext("now.lots", "1 lot", "{count} lots", 3, count=3) == "3 Chargen"


def test_the_context_decides(german):
    assert pgettext("chart.now", "Now") == gettext("Now") == "Now"


def test_what_is_not_translated_stays_english(german):
    assert gettext("{place} is too cold", place="ROOM-1") == "ROOM-1 is too cold"
    assert ngettext("{count} lot", "{count} lots", 2) == "2 lots"


def test_braces_of_values_are_left_alone():
    assert gettext("lot {lot}", lot="{odd}") == "lot {odd}"
    assert gettext("no {placeholder} asked for") == "no {placeholder} asked for"
