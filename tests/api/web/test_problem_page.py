"""The page of one problem: the answer, its lots, what happened, why; acknowledgement and comments."""

import re

import pytest
from sqlalchemy import event, insert, select, update

from api.access import StaffPolicy
from api.app import create_app
from api.deps import View
from api.options import Options
from api.snapshot import Snapshots
from api.web.problem.record import read_record
from domain.times import HOUR, MINUTE
from ledger.inputs import Batch
from ledger.models.alert import alert_of
from ledger.requests import Acknowledge, Comment, Correct, Item
from store.loaded import LoadedSeries
from store.tables import alerts, delivery_attempts, outbox
from tests.api.web.browser import Forms, signed_in
from tests.api.web.reading import words
from tests.api.world import NOW, START, _message

ROOM, OTHER = 1, 2  # acme's and others' lots got too warm in ROOM-1; in ZZROOM another's


def fall_silent(site):
    """Let nothing be heard from ZZROOM; return the number of the problem."""
    rule = {"id": "zzroom", "version": 2, "effective_from": "2026-01-02T00:00:00Z",
            "rules": [{"id": "zzsilent", "kind": "silence", "after": "30min"}]}  # fmt: skip
    site.desk.ask("quinn", Correct(put=[Item("profile", rule)]), NOW)
    site.desk.now = NOW + 30 * MINUTE  # nobody is told of the time before the rule was there
    site.desk.writer.step(Batch(), site.desk.now)
    return next(row.id for row in site.desk.rows("alerts") if row.direction == "silent" and row.place == "ZZROOM")


def test_it_opens_with_which_lots_how_bad_and_when(browse):
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "ROOM-1 was too warm" in said
    assert "VAX ZZ3 is on hold; 2 others exposed: above 8.0 °C for 1 h 30 min" in said
    assert "peak 9.6 °C" in said


def test_while_an_off_delay_passes_the_page_says_that_it_is_over_and_when_that_is_told(site, browse):
    rule = {"id": "zzroomrule", "kind": "limit", "above": "8.0", "for": "10min", "off_delay": "30min"}
    version = {"id": "zzroom", "version": 2, "effective_from": "2026-01-02T00:00:00Z", "rules": [rule]}
    site.desk.ask("quinn", Correct(put=[Item("profile", version)]), NOW)
    said = [(48 * 60 - 40, 9.5), (48 * 60 - 20, 9.5), (48 * 60 - 10, 5.0)]
    site.desk.writer.step(Batch([_message("zzdev2", "zz/2/readings", *each) for each in said]), NOW)
    number, qa = next(row.id for row in site.desk.rows("alerts") if row.until is None), browse("qa")
    page = words(browse("viewer").get(f"/problems/{number}").text)
    assert "ZZROOM was too warm" in page
    assert "for 30 min, 00:20 to 00:50" in page
    assert "back within limits; cleared at 01:20 unless it recurs" in page
    chart = qa.get(f"/charts/problem/{number}?form=data").json()
    assert [shade["to"] for shade in chart["shades"]] == [(NOW - 10 * MINUTE) // 1000]
    assert site.api("viewer").get(f"/alerts/{number}").json()["clearing"] == {
        "since": "2026-01-02T23:50:00Z", "until": "2026-01-03T00:20:00Z"
    }  # fmt: skip
    assert "back within limits; cleared at 01:20" in words(qa.get("/problems").text)
    assert "cleared after 30 min within limits" in words(qa.get("/profiles/zzroom/2").text)


def test_every_unit_has_its_numbers_and_a_way_to_its_batch(browse):
    page = browse("viewer").get(f"/problems/{ROOM}").text
    assert '<a href="/batches/VAX/A1">VAX A1</a>' in page
    assert "PALLET-7 Acme Pharma 1 h 30 min 9.6 °C 144.0 9.6 °C Released" in words(page)


def test_it_says_which_rule_of_which_version_and_what_was_measured(browse):
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "too-warm: above 8.0 °C for 1 h or more – Hold, critical" in said
    assert "profile vaccine-2-8, version 1, active from" in said
    assert "Data coverage 100.0 % – S1" in said
    assert "first reading 9.6 °C of S1" in said
    assert "last reading 5.3 °C of S1" in said


def test_the_timeline_tells_what_was_known_and_done_newest_first(browse):
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    told = ["Released:", "Acknowledged", "On hold:", "Alarm triggered, critical", "Outside limits:"]
    assert [said.index(each) for each in told] == sorted(said.index(each) for each in told)
    assert "Acknowledged · zzperson “zz comment”" in said
    assert "by a program, not signed" in said


def test_a_correction_is_told_with_what_it_was_before(site, browse):
    late = Item("mount", {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z",
                          "to": "2026-01-01T06:10:00Z"})  # fmt: skip
    site.desk.ask("quinn", Correct(put=[late]), NOW + MINUTE)
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "Corrected: ROOM-1" in said
    assert "ended 1 Jan 07:10, not 1 Jan 07:30" in said
    assert "installation of S1 corrected by quinn" in said


def test_a_unit_that_was_not_there_after_all_stays_listed_until_somebody_releases_it(site, browse):
    gone = Item("placement", {"id": "zz-placement", "product": "VAX", "lot": "ZZ3", "location": "ROOM-2",
                              "from": "2026-01-01T00:00:00Z"})  # fmt: skip
    site.desk.ask("quinn", Correct(put=[gone]), NOW + MINUTE)
    page = browse("qa").get(f"/problems/{ROOM}").text
    assert "VAX ZZ3 is still on hold, but the hold is no longer supported" in words(page)
    assert "Removed: VAX ZZ3 was not outside limits" in words(page)
    assert "/holds/dispose" in [action for action, _ in Forms(page).found]


def test_a_problem_that_corrected_data_took_away_says_so(site, browse):
    gone = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01Z"}
    site.desk.ask("quinn", Correct(put=[Item("mount", gone)]), NOW + MINUTE)
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "no longer supported: installation of S1 corrected by quinn" in said
    assert re.search(r"Alarm triggered.*no longer supported since", said[said.index("Timeline") :])


def test_while_it_goes_on_it_says_for_how_long(site, browse):
    heard = [_message("dev1", "zz/1/readings", 47 * 60 + minute, 9.9) for minute in range(0, 60, 5)]
    site.desk.writer.step(Batch(heard), NOW)
    newest = max(row.id for row in site.desk.rows("alerts"))
    said = words(browse("viewer").get(f"/problems/{newest}").text)
    assert "ROOM-1 is too warm new" in said
    assert "above 8.0 °C for 1 h, since" in said


def test_a_place_that_said_nothing_is_told_without_a_value(site, browse):
    page = browse("viewer").get(f"/problems/{fall_silent(site)}")
    assert page.status_code == 200
    assert "No data from ZZROOM" in words(page.text)
    assert "No stock is known to have been exposed" in words(page.text)
    assert "condition unknown" in words(page.text)


def test_a_unit_exposed_for_no_longer_than_its_profile_allows_is_listed(site, browse):
    lot = {"product": "VAX", "lot": "A1-B", "unit": "P-B"}
    short = {**lot, "location": "ROOM-1", "from": "2026-01-01T05:30:00Z", "to": "2026-01-01T06:00:00Z"}
    elsewhere = {**lot, "location": "ROOM-2", "from": "2026-01-01T06:00:00Z"}
    site.desk.ask("quinn", Correct(put=[Item("placement", short), Item("placement", elsewhere)]), NOW)
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "VAX A1-B P-B P-B Acme Pharma 30 min 9.6 °C 48.0 9.6 °C Within allowance" in said.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_messages_and_their_attempts_are_told(site, browse):
    with site.database.begin() as connection:
        first, second, *_ = connection.execute(select(outbox).where(outbox.c.alert == ROOM).order_by(outbox.c.id))
        refused = {"at": START, "took": 1000, "error": "zz: connection refused"}
        connection.execute(insert(delivery_attempts).values(outbox=first.id, **refused))
        done = {"state": "delivered", "attempts": 2, "done_at": first.created_at + 80_000}
        connection.execute(update(outbox).where(outbox.c.id == first.id).values(done))
        failed = {"state": "failed", "last_error": "zz: unknown host", "done_at": second.created_at}
        connection.execute(update(outbox).where(outbox.c.id == second.id).values(failed))
    said = words(browse("viewer").get(f"/problems/{ROOM}").text)
    assert "zzhook: delivered in 0.08 s" in said
    assert "zzhook: zz: connection refused" in said
    assert "zzhook: not delivered, given up: zz: unknown host" in said


# --- deeds ---


def test_an_alert_is_acknowledged_with_a_comment(site, browse):
    answer = browse("qa").send(f"/problems/{OTHER}", f"/problems/{OTHER}/acknowledge", comment="on my way")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/problems/{OTHER}")
    [alert] = [row for row in site.desk.rows("alerts") if row.id == OTHER]
    assert (alert.acknowledged_by, alert.comment) == ("qa-person", "on my way")
    page = browse("admin").get(f"/problems/{OTHER}").text
    assert "Acknowledged · qa-person “on my way”" in words(page)
    assert f"/problems/{OTHER}/acknowledge" not in page


def test_who_comes_second_reads_who_was_faster_and_keeps_the_comment(site, browse):
    qa = browse("qa")
    fields = qa.form(f"/problems/{OTHER}", f"/problems/{OTHER}/acknowledge")
    site.desk.ask("quinn", Acknowledge(alert=OTHER), NOW)
    answer = qa.post(f"/problems/{OTHER}/acknowledge", {**fields, "comment": "on my way"})
    assert answer.status_code == 409
    assert "was acknowledged by quinn already." in words(answer.text)
    assert 'value="on my way"' in answer.text


def shelve(visitor, path, lasting, reason):
    fields = visitor.form(path, f"{path}/shelve")
    return visitor.post(f"{path}/shelve", {**fields, "lasting": lasting, "reason": reason})


def test_a_problem_that_goes_on_is_shelved_and_taken_off_the_shelf(site, browse):
    number, qa = fall_silent(site), browse("qa")
    path = f"/problems/{number}"
    answer = shelve(qa, path, "2h", "gateway is changed")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    said = words(qa.get(path).text)
    assert "state shelved" in said
    assert "notifications suspended until 03:30: gateway is changed" in said
    assert "Shelved until 03:30 · qa-person “gateway is changed”" in said
    viewer = browse("viewer")
    assert "shelved until 03:30: gateway is changed" in words(viewer.get("/problems").text)
    assert qa.send(path, f"{path}/unshelve").status_code == 303
    said = words(viewer.get(path).text)
    assert "state unacknowledged" in said
    assert "Unshelved · qa-person" in said
    assert "Notifications resumed" in said


def test_a_problem_is_not_shelved_without_a_reason_or_for_too_long(site, browse):
    number, qa = fall_silent(site), browse("qa")
    path = f"/problems/{number}"
    assert shelve(qa, path, "2h", " ").status_code == 422
    answer = shelve(qa, path, "9h", "gateway is changed")
    assert answer.status_code == 422
    assert "A problem is shelved for 8h at most, not for 9h." in words(answer.text)
    assert 'value="gateway is changed"' in answer.text


@pytest.mark.parametrize(
    ("at_most", "offered"),
    [
        (MINUTE, ["1min"]),
        (HOUR, ["30min", "1h"]),
        (90 * MINUTE, ["30min", "1h", "90min"]),
        (8 * HOUR, ["30min", "1h", "2h", "4h", "8h"]),
        (36 * HOUR, ["30min", "1h", "2h", "4h", "8h", "12h", "1d", "36h"]),
    ],
)
def test_the_times_to_shelve_for_follow_the_sites_setting(site, browse, at_most, offered):
    site.app = create_app(site.database, Options(now=lambda: site.desk.now, shelve_at_most=at_most), site._submit)
    page = browse("qa").get(f"/problems/{fall_silent(site)}").text
    assert (
        re.findall(r'<option value="(\w+)">', page.partition('name="lasting"')[2].partition("</select>")[0]) == offered
    )


def test_what_has_ended_is_not_shelved_on_its_page_and_a_viewer_shelves_nothing(site, browse):
    number = fall_silent(site)
    assert "/shelve" not in browse("qa").get(f"/problems/{ROOM}").text
    assert "/shelve" not in browse("viewer").get(f"/problems/{number}").text


def test_a_comment_is_told_in_the_timeline(site, browse):
    answer = browse("qa").send(f"/problems/{ROOM}", f"/problems/{ROOM}/comments", comment="<b>seal</b> replaced")
    assert answer.status_code == 303
    page = browse("viewer").get(f"/problems/{ROOM}").text
    assert "Comment · qa-person “<b>seal</b> replaced”" in words(page)
    assert "<b>seal</b>" not in page


@pytest.mark.parametrize("comment", ["  ", "x" * 2001, "a\x1bb"])
def test_a_comment_that_says_nothing_or_too_much_is_refused_in_place(site, browse, comment):
    answer = browse("qa").send(f"/problems/{ROOM}", f"/problems/{ROOM}/comments", comment=comment)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert site.desk.rows("comments") == []


def test_a_viewer_sees_no_deeds(browse):
    page = browse("viewer").get(f"/problems/{OTHER}").text
    assert 'method="post"' not in page
    assert 'method="post"' in browse("qa").get(f"/problems/{OTHER}").text


@pytest.mark.parametrize("what", ["acknowledge", "comments"])
def test_a_form_without_its_token_or_without_the_role_does_nothing(site, browse, what):
    path = f"/problems/{OTHER}/{what}"
    assert browse("qa").post(path, {"comment": "x"}).status_code == 403
    viewer = browse("viewer")
    assert (
        viewer.post(path, {"comment": "x", "csrf": viewer.form("/account", "/account/password")["csrf"]}).status_code
        == 403
    )
    assert site.desk.rows("comments") == []
    assert next(row for row in site.desk.rows("alerts") if row.id == OTHER).acknowledged_at is None


def test_a_client_is_led_to_its_own_batch_and_from_anothers_problem_nowhere(site, browse):
    silent = fall_silent(site)
    client = browse("client")
    own = client.get(f"/problems/{ROOM}")
    assert (own.status_code, own.headers["location"]) == (303, "/batches/VAX/A1")
    other, none = client.get(f"/problems/{silent}"), client.get("/problems/99")
    assert (other.status_code, none.status_code) == (404, 404)
    assert other.text.replace(f"/{silent}", "/99").replace(f"problem {silent}", "problem 99") == none.text
    assert client.get("/excursions/1").status_code == 403


def test_an_excursion_leads_to_its_problem(site, browse):
    viewer = browse("viewer")
    for row in site.desk.rows("excursions"):
        expected = f"/problems/{ROOM if row.location == 'ROOM-1' else OTHER}"
        if row.location in ("ROOM-1", "ZZROOM"):
            assert viewer.get(f"/excursions/{row.id}").headers["location"] == expected
    assert viewer.get("/excursions/999").status_code == 404


def test_an_excursion_that_fired_nothing_leads_to_its_place_at_that_time(site, browse):
    heard = [_message("dev1", "zz/1/readings", 48 * 60 + minute, value) for minute, value in ((0, 9.0), (5, 5.0))]
    site.desk.writer.step(Batch(heard), NOW + 6 * MINUTE)
    site.desk.now = NOW + 6 * MINUTE
    [row] = [row for row in site.desk.rows("excursions") if row.since == NOW]
    answer = browse("viewer").get(f"/excursions/{row.id}")
    assert answer.headers["location"] == "/places/ROOM-1?since=2026-01-02T23:00:00Z&until=2026-01-03T01:05:00Z"
    assert browse("qa").get(answer.headers["location"]).status_code == 200


def test_of_very_many_entries_the_newest_are_shown_and_the_rest_on_request(site, browse):
    for number in range(120):
        site.desk.ask("quinn", Comment(alert=ROOM, text=f"remark {number}."), NOW + number)
    page = browse("viewer").get(f"/problems/{ROOM}").text
    assert ("remark 119." in page, "remark 0." in page) == (True, False)
    assert "older entries" in page
    assert "remark 0." in browse("qa").get(f"/problems/{ROOM}?all=true").text


def test_an_open_page_asks_for_what_changes_and_gets_nothing_while_nothing_does(site, browse):
    viewer = browse("viewer")
    first = viewer.get(f"/problems/{ROOM}", headers={"X-Live": "1"})
    assert 'id="answer"' in first.text and 'id="lots"' in first.text and 'id="happened"' in first.text
    assert "<html" not in first.text
    known = {"X-Live": "1", "If-None-Match": first.headers["etag"]}
    assert viewer.get(f"/problems/{ROOM}", headers=known).status_code == 304
    site.desk.ask("quinn", Comment(alert=ROOM, text="seal replaced"), NOW)
    assert "seal replaced" in viewer.get(f"/problems/{ROOM}", headers=known).text


def test_reading_one_problem_reads_nothing_of_what_else_happened(site):
    plans = []
    with site.database.read() as connection:
        row = connection.execute(select(alerts).where(alerts.c.id == ROOM)).one()
        alert, statements = alert_of(row._asdict()), []

        def listen(_connection, _cursor, statement, parameters, _context, _many):
            statements.append((statement, parameters))

        view = View(connection, Snapshots().get(connection), StaffPolicy(), NOW, LoadedSeries(connection))
        event.listen(connection, "before_cursor_execute", listen)
        read_record(view, alert)
        event.remove(connection, "before_cursor_execute", listen)
        for statement, parameters in statements:
            plans += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    scans = [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan]
    assert (len(statements) > 5, scans) == (True, [])


def test_a_dead_page_number_is_a_page_that_says_so(browse):
    answer = browse("viewer").get("/problems/99")
    assert answer.status_code == 404
    assert "there is no problem 99" in words(answer.text)


@pytest.mark.parametrize(
    "path", [f"/problems/{ROOM}", f"/problems/{OTHER}?all=true", "/holds", "/setup", "/setup/health"]
)
def test_both_databases_answer(any_site, portal, path):
    answer = signed_in(any_site, portal, "admin").get(path)
    assert answer.status_code == 200, answer.text


def test_on_both_databases_somebody_acknowledges(any_site, portal):
    qa = signed_in(any_site, portal, "qa")
    assert qa.send(f"/problems/{OTHER}", f"/problems/{OTHER}/acknowledge", comment="seen").status_code == 303
    assert "Acknowledged · qa-person “seen”" in words(qa.get(f"/problems/{OTHER}").text)
