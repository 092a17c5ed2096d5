"""Writing a profile's next version: the form, the text beside it, what is wrong, and the way to the back-test."""

import re
from zoneinfo import ZoneInfo

import pytest

from api.web.profile_form.draft import Draft, Problem, next_version, of_doc, of_form, of_text, problems_of, shown
from domain.errors import InvalidError
from domain.times import parse_instant
from ledger.requests import Correct, Item
from rules.kinds.base import KINDS
from sites.entries import entry
from tests.api.web.reading import words
from tests.api.world import NOW

BERLIN = ZoneInfo("Europe/Berlin")
FORM = "/setup/profiles/vaccine-2-8/rules"
DOC = {
    "id": "p", "version": "3", "effective_from": "2026-01-01T00:00:00Z", "max_gap": "30min",
    "gap_counts_as": "unknown", "min_coverage": "0.95",
    "rules": [{"id": "band", "kind": "cumulative", "at_or_below": "25", "above": "8", "total": "12h",
               "at_kinds": ["truck", "shipper"]}],
}  # fmt: skip


def fields_of(draft):
    """Return the fields that a form with this draft would send."""
    sent = list(draft.head.items())
    for i, rule in enumerate(draft.rules):
        for name, value in rule.items():
            if name in ("above", "at_or_above", "below", "at_or_below"):
                sent += [(f"rule-{i}.bound", name), (f"rule-{i}.limit", value)]
            else:
                sent.append((f"rule-{i}.{name}", value))
    return sent


# --- draft ---


def test_a_document_its_form_and_its_text_are_the_same():
    draft = of_doc(DOC, BERLIN)
    assert draft.doc(BERLIN) == DOC
    assert of_form("p", fields_of(draft)).doc(BERLIN) == DOC
    presets = ("max_gap", "gap_counts_as", "min_coverage")
    without_presets = {name: value for name, value in DOC.items() if name not in presets}
    assert of_text("p", draft.text(BERLIN), BERLIN).doc(BERLIN) == without_presets


def test_the_first_bound_stays_the_first():
    assert list(of_form("p", fields_of(of_doc(DOC, BERLIN))).rules[0])[2:4] == ["at_or_below", "above"]


def test_the_next_version_has_the_next_number_and_begins_at_the_sites_midnight():
    draft = next_version(DOC, parse_instant("2026-06-30T22:30:00Z"), BERLIN)
    assert (draft.head["version"], draft.head["effective_from"]) == ("4", "2026-07-02T00:00")
    assert draft.doc(BERLIN)["effective_from"] == "2026-07-01T22:00:00Z"


def test_every_problem_is_named_with_its_rule_and_field():
    rules = [{"id": "a", "kind": "limit", "above": "warm", "for": "soon"}, {"id": "a", "kind": "mkt"}]
    draft = Draft("p", {"version": "3", "effective_from": "2026-01-01T00:00", "min_coverage": "2"}, rules)
    found = problems_of(draft, BERLIN, {"3": DOC})
    assert {(each.rule, each.field) for each in found} == {
        (None, "version"), (None, "min_coverage"), (0, "bounds"), (0, "for"), (1, "id"), (1, "above"), (1, "window"),
    }  # fmt: skip
    assert Problem(None, "version", "version 3 exists already; use the next number") in found


def test_a_version_without_rules_or_a_time_is_not_right():
    assert {each.field for each in problems_of(Draft("p", {"version": "1"}, []), BERLIN, {})} >= {
        "rules",
        "effective_from",
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [("profiles: [", "line 2: not YAML"), ("sensors: []", "exactly one version"),
     ("profiles: [{id: q}]", "is of profile q"), ("profiles: [{id: p, id: p}]", "line 1")],
)  # fmt: skip
def test_what_is_no_version_at_all_is_refused(written, said):
    with pytest.raises(InvalidError, match=said):
        of_text("p", written, BERLIN)


@pytest.mark.parametrize("kind", KINDS.names())
def test_every_kind_can_be_written_with_its_form(kind):
    draft = Draft("p", {"version": "1", "effective_from": "2026-01-01T00:00"}, [_example(kind)])
    assert problems_of(draft, BERLIN, {}) == []
    [rule] = shown(draft, [])
    assert rule.words
    assert all(each.input is not None for each in rule.own)
    assert entry("profile", of_form("p", fields_of(draft)).doc(BERLIN)) == entry("profile", draft.doc(BERLIN))


def _example(kind):
    own = {
        "limit": {"above": "8", "for": "1h"}, "cumulative": {"above": "8", "total": "12h"},
        "mkt": {"above": "8", "window": "24h"}, "silence": {"after": "1h"}, "gap": {"total": "2h"},
        "rate": {"rise": "2", "window": "30min"}, "cooling": {"from": "57", "reach": "21 in 2h, 5 in 6h"},
        "stuck": {"for": "6h"}, "spread": {"by": "2"}, "plausible": {"to": "60", "sentinels": "85, -127"},
        "dew": {"margin": "2"}, "life": {"table": "37 = 7d, 25 = 45d"},
    }  # fmt: skip
    return {"id": "r", "kind": kind, **own[kind]}


def test_what_a_kind_does_not_know_is_kept_and_shown():
    draft = Draft("p", {}, [{"id": "r", "kind": "limit", "above": "8", "fro": "1h"}])
    assert [each.value for each in shown(draft, [])[0].own if each.input is None] == ["1h"]
    assert of_form("p", fields_of(draft)).rules[0]["fro"] == "1h"


# --- page ---


def post(browser, do, **changed):
    page = browser.get(FORM).text
    sent = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    sent |= {"rule-0.bound": "above", "rule-1.bound": "below", "rule-0.action": "hold", "rule-0.limit": "8.0",
             "rule-1.limit": "2.0", "profile": textarea(page), "do": do}  # fmt: skip
    return browser.post(FORM, sent | changed)


def textarea(page):
    return re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1].replace("&#34;", '"')


def test_the_form_begins_with_the_newest_version_and_the_next_number(browse):
    page = browse("qa").get(FORM).text
    said = words(page)
    assert "New version of vaccine-2-8" in said
    assert 'name="version" type="text" value="2"' in page
    assert 'value="2026-01-04T00:00"' in page
    assert "Rule 1: Limit" in said
    assert "No problems found" in said
    assert "  - id: vaccine-2-8\n    version: 2\n" in textarea(page)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("client", 403), ("qa", 200), ("admin", 200)])
def test_who_may_not_try_a_profile_does_not_write_one(browse, role, status):
    assert browse(role).get(FORM).status_code == status


def test_a_change_in_the_form_appears_in_the_text(browse):
    page = post(browse("qa"), "check", **{"rule-0.limit": "7.5"}).text
    assert "above: 7.5" in textarea(page)


def test_a_change_in_the_text_appears_in_the_form(browse):
    browser = browse("qa")
    written = textarea(browser.get(FORM).text).replace("above: 8.0", "above: 6.25")
    page = post(browser, "use_text", profile=written).text
    assert 'name="rule-0.limit" value="6.25"' in page


def test_text_that_cannot_be_read_is_kept_with_what_is_wrong(browse):
    page = post(browse("qa"), "use_text", profile="profiles: [").text
    assert textarea(page) == "profiles: ["
    assert "line 2: not YAML" in words(page)


def test_all_problems_are_named(browse):
    page = post(browse("qa"), "check", **{"rule-0.limit": "x", "rule-1.for": "y", "version": "1"}).text
    said = words(page)
    assert "3 problems" in said
    assert "version 1 exists already" in said
    assert page.count('aria-invalid="true"') == 3


def test_a_rule_is_added_and_removed(browse):
    browser = browse("qa")
    said = words(post(browser, "add", add_kind="rate").text)
    assert "Rule 3: Rate of change" in said
    assert "Rule 2" not in words(post(browser, "remove-0").text)


def test_a_version_with_problems_is_not_tried(browse):
    answer = post(browse("qa"), "backtest", **{"rule-0.limit": "x"})
    assert answer.status_code == 422
    assert "1 problem" in words(answer.text)


def test_the_back_test_is_of_what_the_form_says(browse):
    answer = post(browse("qa"), "backtest", **{"rule-0.limit": "7.5"})
    assert answer.status_code == 200
    assert "vaccine-2-8 version 2, instead of 1" in words(answer.text)
    assert "above: 7.5" in textarea(answer.text)


def test_the_text_of_a_back_test_goes_back_into_the_form(browse):
    page = browse("qa").get("/profiles/vaccine-2-8/backtest").text
    assert f'formaction="{FORM}"' in page


def test_an_unknown_profile_is_not_there(browse):
    assert browse("qa").get("/setup/profiles/nobody/rules").status_code == 404


def test_the_number_follows_the_newest_version(site, browse):
    rules = [{"id": "too-warm", "kind": "limit", "above": "9.0"}]
    fields = {"id": "vaccine-2-8", "version": "7", "effective_from": "2027-01-01T00:00:00Z", "rules": rules}
    site.desk.ask("quinn", Correct(put=[Item("profile", fields)]), NOW)
    assert 'name="version" type="text" value="8"' in browse("qa").get(FORM).text


# --- a profile that extends one of the library ---

OURS = "profiles: [{use: eu-gdp-2-8, id: vaccine-2-8, version: 2, rules: [{id: too-warm, for: 15min}]}]"


def test_a_text_may_extend_a_profile_of_the_library_and_the_form_shows_the_difference(browse):
    qa = browse("qa")
    answer = qa.post(FORM, qa.form(FORM, FORM) | {"profile": OURS, "do": "use_text"})
    said = words(answer.text)
    assert "Extends eu-gdp-2-8@2 of the library" in said
    assert "Rule too-warm: for not specified 15min" in said
    assert 'name="extends" value="eu-gdp-2-8@2"' in answer.text


def test_the_page_of_an_extended_profile_shows_the_difference(site, browse):
    doc = {"use": "eu-gdp-2-8", "id": "ours", "version": 1, "rules": [{"id": "silent", "remove": True}]}
    site.api("admin").post("/profiles", doc).raise_for_status()
    said = words(browse("qa").get("/profiles/ours/1").text)
    assert "Extends eu-gdp-2-8@2 of the library" in said
    assert "Rule silent silence, quantity temperature, after 30min, severity warning, action notify removed" in said
    assert "Why: 9.2 asks for proof of the conditions" in said and "Longest gap tolerated: 2 h." in said
