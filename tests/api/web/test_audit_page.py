"""The audit trail: in plain words, filtered by every field, page by page, and as CSV."""

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest

from api.web.audit.words import ACTIONS, TYPES
from domain.times import DAY, SECOND
from ledger.requests import Correct, Item
from store.audit import write_audit
from tests.api.web.reading import words
from tests.api.world import NOW

ROOT = Path(__file__).parents[3]


def trail(browser, **asked):
    """Return the rows of a page as a person reads them."""
    answer = browser.get("/audit", params=asked)
    assert answer.status_code == 200, answer.text
    return [words(row) for row in re.findall(r'<tr id="line-.*?</tr>', answer.text, re.DOTALL)]


def rows_of_csv(browser, **asked):
    answer = browser.get("/audit.csv", params=asked)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_it_tells_who_did_what_to_which_record_and_what_it_changed(browse):
    rows = trail(browse("qa"))
    said = "2026-01-03 01:00:00 CET event .. zzperson Released Reason: “zz reason” Hold 1"
    said += " Audit trail State held → released Allow · Minutes 60.0 Allow · Up to 50.0"
    assert any(re.fullmatch(said, row) for row in rows), rows
    assert not any("engine" in row for row in rows)
    assert any("engine Raised Problem 1" in row for row in trail(browse("admin"), all="true"))


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ({"kind": "hold", "key": "1"}, "engine Placed on hold Hold 1", "Hold 3"),
        ({"who": "zzperson"}, "Acknowledged Reason: “zz comment” Problem 1", "zzsetup"),
        ({"kind": "profile", "who": "zzsetup"}, "Added Profile zzroom / 1", "Sensor"),
        ({"kind": "batch", "key": "VAX / A1"}, "Added Batch VAX / A1", "A1-B"),
        ({"key": "S1"}, "Added Sensor S1", "S2"),
        ({"what": "released"}, "Released", "Acknowledged"),
        ({"from": "2026-01-03"}, "Released", "Added Sensor"),
        ({"to": "2026-01-01"}, "Added Sensor", "Released"),
        ({"from": "2026-01-02", "to": "2026-01-02", "all": "true"}, "Placed on hold", "Released"),
    ],
)
def test_it_is_filtered(browse, asked, there, not_there):
    person = browse("qa")
    page, exported = trail(person, limit=200, **asked), rows_of_csv(person, **asked)
    assert any(there in row for row in page) and not any(not_there in row for row in page), page
    assert len(exported) == len(page)


def test_days_begin_at_midnight_in_the_sites_zone(site, browse):
    midnight = NOW + DAY - 3600 * SECOND  # 4 January, 00:00 in Berlin
    with site.database.begin() as connection:
        for at in (midnight - 1, midnight):
            write_audit(connection, [{"at": at, "who": "ann", "what": "tested", "kind": "channel", "key": str(at)}])
    person = browse("qa")
    assert [str(midnight) in row for row in trail(person, who="ann", **{"from": "2026-01-04"})] == [True]
    assert [str(midnight - 1) in row for row in trail(person, who="ann", to="2026-01-03")] == [True]


def test_what_fits_nothing_says_so(browse):
    page = words(browse("qa").get("/audit?kind=hold&key=99").text)
    assert "No entries" in page and "Clear filters" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("from=2026-02-30", "2026-02-30 is not a date"),
        ("to=soon", "to: soon is not a date"),
        ("from=2026-01-02&to=2026-01-01", "From 2026-01-02 is after To 2026-01-01"),
        ("cursor=bm9uc2Vuc2U", "not a cursor"),
        ("to=9999-12-31", "9999-12-31 is not a date"),
    ],
)
@pytest.mark.parametrize("page", ["/audit", "/audit.csv"])
def test_bad_input_is_named(browse, asked, said, page):
    if "cursor" in asked and page == "/audit.csv":
        page = "/audit"
    answer = browse("qa").get(f"{page}?{asked}")
    assert answer.status_code in (400, 422) and said in words(answer.text), words(answer.text)


def test_it_is_paged_newest_first(browse):
    person, seen, address = browse("qa"), [], "/audit?all=true&limit=20"
    while True:
        page = person.get(address).text
        seen += re.findall(r'id="line-(\d+)"', page)
        more = re.search(r'href="(/audit\?[^"]*cursor=[^"]*)"', page)
        if more is None:
            break
        address = unescape(more[1]) + "&limit=20"
    assert seen == sorted(set(seen), key=int, reverse=True) and len(seen) > 40


def test_a_corrected_field_is_shown_before_and_after_and_long_values_are_folded(site, browse):
    rules = [{"id": "zzroomrule", "kind": "limit", "above": "8.0", "for": "10min", "severity": "warning"}]
    for version, above in (("2", "7.5"), ("3", "7.0")):
        doc = {"id": "zzroom", "version": version, "effective_from": f"2026-02-0{version}T00:00:00Z"}
        site.desk.ask("quinn", Correct(put=[Item("profile", {**doc, "rules": [{**rules[0], "above": above}]})]), NOW)
    site.desk.ask("quinn", Correct(put=[Item("client", {"id": "acme", "name": "Acme " + "very " * 40 + "long"})]), NOW)
    page = browse("qa").get("/audit?who=quinn").text
    assert "Rules · zzroomrule · Above 7.0" in words(page)
    assert '<details class="long"><summary>Acme very very' in page and "Changed" in words(page)


def test_the_csv_has_every_row_in_codes_and_in_words_and_no_formula(site, browse):
    with site.database.begin() as connection:
        write_audit(
            connection, [{"at": NOW, "who": "=ann", "what": "put", "kind": "mount", "key": "@x", "after": {"a": 1}}]
        )
    rows = rows_of_csv(browse("qa"), all="true")
    assert len(rows) > 40
    [mount] = [row for row in rows if row["key"] == "'@x"]
    assert (mount["who"], mount["after"], mount["local_time"]) == ("'=ann", '{"a": 1}', "2026-01-03 01:00:00 CET")
    assert (mount["action"], mount["record_type"], mount["record"]) == ("Added", "Sensor assignment", "'@x")


def test_a_channels_address_is_in_no_export(browse):
    assert "example.org" not in browse("qa").get("/audit.csv?kind=channel").text


@pytest.mark.parametrize("role", ["viewer", "client"])
def test_the_csv_is_for_whoever_may_read_the_trail(browse, role):
    assert browse(role).get("/audit.csv").status_code == 403


def test_the_api_has_the_same_filters(site):
    lines = site.api("qa").items("/audit", kind="hold", key="1")
    assert [line["what"] for line in lines] == ["released", "placed"]
    assert lines[0]["reason"] == "zz reason" and lines[0]["after"]["state"] == "released"
    assert site.api("qa").items("/audit", people=True, kind="alert", what="raised") == []
    assert len(site.api("qa").items("/audit", limit=7)) == len(site.desk.rows("audit"))
    assert {line["what"] for line in site.api("qa").items("/audit", since="2026-01-03T00:00:00Z", who="zzperson")} == {
        "acknowledged",
        "released",
    }
    assert site.api("viewer").get("/audit").status_code == 403
    assert site.api("client").get("/audit").status_code == 403
    [channel] = site.api("admin").items("/audit", kind="channel")
    assert channel["after"]["url"] == "https://…"


def test_whatever_the_program_writes_into_the_trail_has_its_words(site):
    rows = site.desk.rows("audit")
    assert {row.what for row in rows} <= {*ACTIONS} and {row.kind for row in rows} <= {*TYPES}
    written = re.compile(r"""(?:\.action|\bnote)\(\s*(?:connection, )?\w+(?:\.\w+)?, "(\w+)", (?:"(\w+)")?""")
    found = [
        match
        for room in ("ledger", "api/people", "api/web")
        for path in (ROOT / room).rglob("*.py")
        for match in written.findall(path.read_text())
    ]
    assert len(found) >= 19
    assert {what for what, _ in found} <= {*ACTIONS}
    assert {kind for _, kind in found if kind} <= {*TYPES}
