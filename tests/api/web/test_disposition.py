"""Units are released or rejected by a person who signs; the button says what it will do, and nothing else is done."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.people.passwords import hash_password
from api.people.register import set_password
from api.people.sessions import begin_session
from api.web.components.disposition import Panel, PanelUnit
from ledger.requests import Dispose
from store.tables import audit
from tests.api.web.browser import Forms
from tests.api.web.reading import words
from tests.api.world import NOW

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
A2, ZZ3 = 2, 4  # holds of the world
OTHER = "/problems/2"


@pytest.fixture
def signer(site, browse):
    """Return the browser of a person of a role who has a password."""

    def make(role="qa"):
        browser = browse(role)
        with site.database.begin() as connection:
            set_password(connection, f"{role}-person", HASH, "test", NOW)
        with site.database.begin() as connection:
            browser.cookie = begin_session(connection, f"{role}-person", NOW)
        return browser

    return make


def held(site):
    return {row.id: row.state for row in site.desk.rows("holds")}


def filled(browser, path="/problems/1", **fields):
    """Fill in the panel of a page with its one unit chosen, and an hour more allowed: nothing was heard of late."""
    form = browser.form(path, "/holds/dispose")
    chosen = {"unit": form["offered"], "said": form["offered"], "allow_minutes": "60", "allow_up_to": "50"}
    return {**form, **chosen, "reason": "stability data", "password": PASSWORD, "state": "released", **fields}


def test_nothing_is_chosen_beforehand_and_no_button_is_coloured(signer):
    page = signer().get(OTHER).text
    assert "Release: no units selected" in words(page)
    assert "Reject: no units selected" in words(page)
    assert "checked" not in page
    [buttons] = re.findall(r'<p class="actions">.*?</p>', page.split('id="decide"')[1], re.DOTALL)
    assert "primary" not in buttons


def test_the_panel_shows_what_is_signed_and_what_is_not_known_yet(signer):
    panel = words(signer().get("/problems/1").text)
    assert "90 min · 144.0 °C·min · peak 9.6 °C" in panel or "1 h 30 min" in panel
    assert "Data outstanding:" in panel
    assert "What you sign covers the numbers shown here, and no more." in panel


def test_a_signed_release_lifts_the_holds_and_is_told_with_name_reason_and_meaning(site, signer):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/problems/1")
    assert held(site)[ZZ3] == "released"
    deed = site.desk.rows("audit")[-2:]
    [row] = [row for row in deed if row.kind == "hold"]
    assert (row.who, row.what, row.reason) == ("qa-person", "released", "stability data")
    assert row.after == {
        "state": "released",
        "signature": {"name": "Qa-Person", "meaning": "released for use"},
        "allow": {"minutes": 60.0, "up_to": 50.0},
    }
    said = words(browser.get("/problems/1").text)
    assert "Released: VAX ZZ3 · qa-person “stability data” signed Qa-Person: released for use" in said
    assert "VAX A1" in said and "were released" in said


def test_a_reason_may_have_several_lines_as_browsers_send_them(site, signer):
    browser = signer()
    assert browser.post("/holds/dispose", filled(browser, reason=" first\r\nsecond\r\n")).status_code == 303
    assert next(row for row in site.desk.rows("holds") if row.id == ZZ3).reason == "first\nsecond"


def test_a_rejection_means_something_else(site, signer):
    browser = signer("admin")
    assert browser.post("/holds/dispose", filled(browser, state="rejected")).status_code == 303
    assert held(site)[ZZ3] == "rejected"
    assert "signed Admin-Person: rejected, not to be used" in words(browser.get("/problems/1").text)


def test_a_wrong_password_does_nothing_keeps_the_reason_and_never_the_password(site, signer):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser, password="wrong horse battery"))
    assert answer.status_code == 403
    assert "That is not your password: nothing was signed." in words(answer.text)
    assert ">stability data</textarea>" in answer.text
    assert "wrong horse" not in answer.text
    assert held(site)[ZZ3] == "held"


def test_without_a_password_of_ones_own_nothing_is_signed(site, browse):
    browser = browse("qa")
    answer = browser.post("/holds/dispose", filled(browser))
    assert answer.status_code == 403
    assert "choose one on your account page" in answer.text
    assert held(site)[ZZ3] == "held"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "  "}, "A reason is needed."),
        ({"reason": "x" * 2001}, "At most 2000 characters are allowed."),
        ({"reason": "a\x00b"}, "It contains a control character."),
        ({"state": "burnt"}, "not 'burnt'"),
        ({"unit": "", "said": ""}, "No units selected."),
    ],
)
def test_what_is_missing_is_said_in_place_before_anything_is_signed(site, signer, fields, said):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser, **fields))
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert [row for row in site.desk.rows("audit") if row.what == "signed"] == []


def test_another_choice_than_the_button_said_is_asked_about_again(site, signer):
    browser = signer()
    form = browser.form(OTHER, "/holds/dispose")
    allow = {"allow_minutes": "60", "allow_up_to": "50"}
    sent = {**form, **allow, "unit": str(A2), "reason": "r", "password": PASSWORD, "state": "released"}
    answer = browser.post("/holds/dispose", sent)
    assert answer.status_code == 200
    assert "Nothing was done yet." in words(answer.text)
    assert "Release VAX A2" in words(answer.text)
    assert held(site)[A2] == "held"
    [again] = [fields for action, fields in Forms(answer.text).found if action == "/holds/dispose"]
    assert browser.post("/holds/dispose", {**sent, "said": again["said"]}).status_code == 303
    assert {number for number, state in held(site).items() if state == "released"} == {1, 3, A2}


def test_who_comes_second_reads_who_was_faster_and_signs_nothing(site, signer):
    browser = signer()
    fields = filled(browser)
    site.desk.ask("quinn", Dispose(holds=[ZZ3], state="rejected", reason="spoilt"), NOW)
    answer = browser.post("/holds/dispose", fields)
    assert answer.status_code == 409
    assert "VAX ZZ3 was rejected by quinn in the meantime; nothing was done." in words(answer.text)
    assert ">stability data</textarea>" in answer.text
    assert held(site)[ZZ3] == "rejected"
    assert [row for row in site.desk.rows("audit") if row.what == "signed"] == []


def test_of_two_at_the_same_moment_one_wins_and_the_other_is_told(site, signer):
    first, second = signer("qa"), signer("admin")
    sent = [(first, filled(first)), (second, filled(second, state="rejected"))]
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda each: each[0].post("/holds/dispose", each[1]).status_code, sent))
    assert answers == [303, 409]
    with site.database.read() as connection:
        deeds = connection.execute(audit.select().where(audit.c.kind == "hold", audit.c.key == str(ZZ3))).all()
    assert len([row for row in deeds if row.what in ("released", "rejected")]) == 1


def test_by_script_the_panel_comes_back_alone_and_success_leads_on(site, signer):
    browser = signer()
    fields = filled(browser)
    done = browser.post("/holds/dispose", fields, headers={"HX-Request": "true"})
    assert (done.status_code, done.headers["hx-redirect"]) == (204, "/problems/1")
    refused = browser.post("/holds/dispose", fields, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert 'id="decide"' in refused.text


def test_nobody_is_led_to_another_site(signer):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser, back="//evil.example/x"))
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("unit", ["x", "1,x", "-1", "9" * 30, "²"])
def test_what_no_panel_sent_is_refused(site, signer, unit):
    browser = signer()
    assert browser.post("/holds/dispose", filled(browser, unit=unit)).status_code == 422
    assert held(site)[ZZ3] == "held"


@pytest.mark.parametrize("role", ["viewer", "client"])
def test_who_may_not_sees_no_panel_and_the_form_does_nothing(site, browse, signer, role):
    fields = filled(signer())
    browser = browse(role)
    if role == "viewer":
        assert "/holds/dispose" not in browser.get("/problems/1").text
    token = browser.form("/account", "/account/password")["csrf"]
    assert browser.post("/holds/dispose", {**fields, "csrf": token}).status_code == 403
    assert browser.post("/holds/dispose", fields).status_code == 403
    assert held(site)[ZZ3] == "held"


def test_what_is_not_known_yet_is_not_released_without_saying_how_much_more_is_allowed(site, signer):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser, allow_minutes="", allow_up_to=""))
    assert answer.status_code == 409
    assert "VAX ZZ3 cannot be released yet (Data outstanding:" in words(answer.text)
    assert held(site)[ZZ3] == "held"
    assert [row for row in site.desk.rows("audit") if row.what == "signed"] == []


@pytest.mark.parametrize(
    ("minutes", "up_to", "said"),
    [
        ("60", "", "give both the minutes and the worst value"),
        ("", "12", "give both the minutes and the worst value"),
        ("x", "12", "Minutes outside: not a number: x"),
        ("60", "12 °C", "not a number: 12 °C"),
        ("0", "12", "must be above 0"),
        ("60", "7,5", "7.5 °C is not above the limit"),
    ],
)
def test_an_allowance_is_two_numbers_that_allow_something(site, signer, minutes, up_to, said):
    browser = signer()
    answer = browser.post("/holds/dispose", filled(browser, allow_minutes=minutes, allow_up_to=up_to))
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert f'value="{minutes}"' in answer.text
    assert held(site)[ZZ3] == "held"


def test_what_is_not_what_was_shown_is_not_signed(site, signer):
    browser = signer()
    fields = filled(browser)
    hold, revision, *numbers = fields["shown"].split(":")
    old = ":".join([hold, str(int(revision) - 1), *numbers])
    answer = browser.post("/holds/dispose", {**fields, "shown": old})
    assert answer.status_code == 409
    assert "is not what you saw" in words(answer.text)
    assert held(site)[ZZ3] == "held"
    assert browser.post("/holds/dispose", {**fields, "shown": "4;2"}).status_code == 422


def test_two_people_take_a_rejection_back(site, signer):
    first, second = signer("qa"), signer("admin")
    first.post("/holds/dispose", filled(first, state="rejected"))
    fields = {
        **first.form("/holds?state=rejected", "/holds/undo"),
        "hold": str(ZZ3),
        "reason": "wrong",
        "password": PASSWORD,
    }
    assert first.post("/holds/undo", {**fields, "password": "no"}).status_code == 403
    assert first.post("/holds/undo", {**fields, "reason": " "}).status_code == 422
    assert first.post("/holds/undo", {**fields, "hold": "99"}).status_code == 409
    assert first.post("/holds/undo", fields).status_code == 303
    assert "You have signed: a second person must sign too" in words(first.get("/holds?state=rejected").text)
    again = first.post("/holds/undo", fields)
    assert again.status_code == 409
    assert "a second person must sign too" in words(again.text)
    page = words(second.get("/holds?state=rejected").text)
    assert "Signed by qa-person" in page and "one more person must sign" in page
    token = second.form("/holds?state=rejected", "/holds/undo")["csrf"]
    assert second.post("/holds/undo", {**fields, "csrf": token}).status_code == 303
    assert held(site)[ZZ3] == "held"
    said = words(second.get("/batches/VAX/ZZ3").text).lower()
    assert "rejection of the lot undone" in said
    assert "rejection of the lot: first signature to undo it" in said


# --- the words on the button, pure ---


def panel(chosen, *units):
    return Panel([PanelUnit(name, (i,), "held") for i, name in enumerate(units, 1)], frozenset(chosen), "Q", "/")


P7, P8, WHOLE = ("VAX", "A1", "P7"), ("VAX", "A1", "P8"), ("INS", "B2", None)


@pytest.mark.parametrize(
    ("chosen", "units", "said"),
    [
        ([1], [P7], "Release P7 of A1"),
        ([1], [WHOLE], "Release INS B2"),
        ([1, 2], [P7, P8], "Release all 2 units of A1"),
        ([1], [P7, P8], "Release 1 of 2 units of A1"),
        ([1, 2], [P7, P8, WHOLE], "Release all 2 units of A1"),
        ([1, 3], [P7, P8, WHOLE], "Release 2 of 3 units of 2 lots"),
        ([], [P7, P8], "Release: no units selected"),
    ],
)
def test_a_button_says_what_it_will_do(chosen, units, said):
    assert panel(chosen, *units).button("released") == said


def test_a_lot_number_cannot_bring_markup_into_a_button():
    assert "<b>" not in panel([1], ("VAX", "<b>", "P7")).button("released")
