"""One language for an installation: a setting, a catalogue in languages/, texts that `make texts` finds."""

from datetime import UTC

import pytest

from api.web.frame import formats
from api.web.frame.texts import text
from coldchain.language import load, speak
from coldchain.settings import load_settings
from domain import language
from domain.errors import Refused
from domain.times import parse_instant
from rules.messages.words import describe_value
from tools.texts import template, updated

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgctxt "frame.now"
msgid "Now"
msgstr "Jetzt"

msgctxt "frame.open_problems"
msgid "{count} open problem"
msgid_plural "{count} open problems"
msgstr[0] "{count} offene Störung"
msgstr[1] "{count} offene Störungen"

msgctxt "frame.batches"
msgid "Batches"
msgstr ""

#, fuzzy
msgctxt "frame.holds"
msgid "Holds"
msgstr "Fehler"
"""


@pytest.fixture
def german(tmp_path):
    file = tmp_path / "de.po"
    file.write_text(PO, encoding="utf-8")
    before = language.use(load(file))
    yield
    language.use(before)


def test_a_page_speaks_the_language(german):
    assert text("frame.now") == "Jetzt"
    assert [text("frame.open_problems", count=count) for count in (1, 2)] == ["1 offene Störung", "2 offene Störungen"]


def test_what_has_no_sure_translation_stays_english(german):
    assert (text("frame.batches"), text("frame.holds")) == ("Batches", "Holds")


def test_numbers_have_the_notation_of_the_language(german):
    assert formats.value(-9_600_000) == "−9,6\N{NO-BREAK SPACE}°C"
    assert describe_value("temperature", 8_000_000) == "8,0 °C"


def test_an_unknown_language_stops_the_start(monkeypatch):
    monkeypatch.setenv("COLDCHAIN_LANGUAGE", "xx")
    with pytest.raises(Refused) as refused:
        load_settings()
    (problem,) = refused.value.problems
    assert problem.startswith("COLDCHAIN_LANGUAGE='xx' is no language of this version; there are: ")
    assert language.current() is language.ENGLISH


def test_english_needs_no_catalogue(german):
    speak("en")
    assert text("frame.now") == "Now"


def test_every_text_is_found_with_its_key_and_its_forms():
    texts = template()
    assert texts.get("Now", "frame.now") is not None
    forms = texts.get("{count} open problem", "frame.open_problems")
    assert forms is not None and forms.id == ("{count} open problem", "{count} open problems")


def test_bringing_a_catalogue_up_to_date_keeps_its_translations_and_drops_what_is_not_said(tmp_path):
    file = tmp_path / "de.po"
    file.write_text(PO + '\nmsgctxt "frame.gone"\nmsgid "Gone"\nmsgstr "Weg"\n', encoding="utf-8")
    texts = template()
    after = updated(file, texts)
    now, gone = after.get("Now", "frame.now"), after.get("Gone", "frame.gone")
    assert now is not None and now.string == "Jetzt"
    assert gone is None
    assert len(after) == len(texts)


def test_dates_are_written_by_the_language():
    clock = formats.Clock(UTC, parse_instant("2026-11-20T12:00:00Z"))
    then = parse_instant("2025-03-05T09:38:00Z")
    assert clock.time(then) == "5 Mar 2025 09:38"
    months = "Jan. Feb. März April Mai Juni Juli Aug. Sept. Okt. Nov. Dez."
    found = {
        ("words.months", text("words.months")): (months,),
        ("words.day_and_month", text("words.day_and_month")): ("{day}. {month}",),
    }
    before = language.use(language.Catalogue("de", found))
    try:
        assert (clock.time(then), clock.date(then)) == ("5. März 2025 09:38", "5. März 2025")
    finally:
        language.use(before)
