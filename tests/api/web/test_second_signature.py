"""A version of a profile that waits for a second signature is shown where QA looks."""

import pytest

from domain.times import HOUR
from ledger.requests import Activate
from tests.api.web.reading import words
from tests.api.web.test_later_versions import ASKED, LOOSER, SIGNED
from tests.api.world import NOW

WAITS = "1 profile version waits for a second signature: Version 2 of vaccine-2-8, requested by anna"
ADDRESS = 'href="/profiles/vaccine-2-8/backtest#waiting"'


@pytest.fixture
def ask(site):
    """Let somebody sign for a version that reaches holds."""

    def do(who, signature):
        site.desk.now = NOW + HOUR
        over = [row.id for row in site.desk.rows("holds")]
        request = Activate(profiles=[LOOSER], reason="stability data", signature=signature, over=over)
        return site.desk.ask(who, request, NOW + HOUR)["waiting"]

    return do


@pytest.mark.parametrize("path", ["/", "/profiles/vaccine-2-8/1"])
def test_it_is_named_until_it_is_signed_again(browse, ask, path):
    staff = browse("qa")
    assert "second signature" not in staff.get(path).text
    assert ask("anna", ASKED)
    page = staff.get(path).text
    assert WAITS in words(page) and ADDRESS in page
    assert not ask("quinn", SIGNED)
    assert "second signature" not in staff.get("/").text


def test_each_hold_that_it_reaches_says_so(browse, ask):
    staff = browse("qa")
    assert ask("anna", ASKED)
    page = staff.get("/holds?state=released").text
    assert words(page).count("Version 2 of vaccine-2-8 waits for a second signature and reaches this hold") == 2
    assert ADDRESS in page
    assert "second signature" not in staff.get("/holds?state=released&known_at=2026-01-03T00:00:00Z").text


@pytest.mark.parametrize(
    ("role", "path"), [("viewer", "/"), ("viewer", "/holds"), ("client", "/profiles/vaccine-2-8/1")]
)
def test_who_cannot_sign_is_not_asked_to(browse, ask, role, path):
    assert ask("anna", ASKED)
    assert "second signature" not in browse(role).get(path).text
