"""Texts in the margins of printed pages: whatever a name holds, it stays a text of the style sheet."""

import re

import pytest
from markupsafe import Markup

from api.web.frame.margins import css_text, page_of
from ledger.requests import Correct, Item
from tests.api.world import NOW


@pytest.mark.parametrize("words", ['a"b', "a\\b", "</style><script>", "a\nb", "{}", "a;b", "𝄞", "Zürich"])
def test_a_text_cannot_end_its_string(words):
    said = css_text(words)
    assert re.fullmatch(r'"[^"<>\n;{}]*"', said)
    plain = re.sub(r"\\([0-9a-f]+) ", lambda sign: chr(int(sign[1], 16)), said[1:-1])
    assert plain == words


def test_markup_is_read_as_the_text_it_stands_for():
    assert css_text(Markup("A &amp; B")) == css_text("A & B")


def test_pages_are_numbered_by_the_browser():
    assert page_of() == '"Page " counter(page) " of " counter(pages)'


def test_the_name_of_a_site_cannot_leave_the_margin(site, browse):
    name = "</style><b>x</b>"
    site.desk.ask("quinn", Correct(put=[Item("site", {"name": name, "timezone": "UTC"})]), NOW)
    assert name not in browse("qa").get("/holds").text
