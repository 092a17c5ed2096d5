"""The set-up: channels, devices that hang nowhere, dead letters, people, health."""

import pytest
from sqlalchemy import insert, update

from api.people.roles import ROLES
from api.web.frame.texts import text
from api.web.setup.dead_letters import readable
from domain.times import HOUR
from ledger.requests import Correct, Item
from store.tables import delivery_attempts, outbox
from tests.api.web.browser import Forms
from tests.api.web.reading import words
from tests.api.world import NOW

EVERY = ["/setup", "/setup/channels/zzhook", "/setup/devices", "/setup/dead-letters", "/setup/health"]


def fail(site, error="zz: connection refused"):
    """Let every attempt so far have failed."""
    for row in site.desk.rows("outbox"):
        with site.database.begin() as connection:
            attempt = {"outbox": row.id, "channel": row.channel, "at": NOW - HOUR, "took": 1000, "error": error}
            connection.execute(insert(delivery_attempts).values(attempt))
            connection.execute(update(outbox).where(outbox.c.id == row.id).values(attempts=1, last_error=error))


# --- channels ---


def test_a_channel_is_listed_with_how_it_does_and_without_its_secrets(site, browse):
    fail(site)
    page = browse("viewer").get("/setup").text
    said = words(page)
    assert "1 channel" in said
    assert "zzhook webhook failing zz: connection refused example.org" in said
    assert "zz.key" not in page
    assert "https://example.org/zz" not in page


def test_a_channel_tells_its_newest_messages_with_their_attempts(site, browse):
    fail(site)
    said = words(browse("viewer").get("/setup/channels/zzhook").text)
    assert "Problem 1 raised retrying after 1 failed attempt: zz: connection refused" in said


def test_a_test_is_sent_and_its_outcome_shown(site, browse):
    admin = browse("admin")
    answer = admin.send("/setup", "/setup/channels/zzhook/test")
    assert answer.status_code == 303
    [sent] = [row for row in site.desk.rows("outbox") if row.event == "test"]
    assert answer.headers["location"] == f"/setup/channels/zzhook?test={sent.id}"
    waiting = admin.get(answer.headers["location"]).text
    assert "Test: sending…" in words(waiting)
    assert "hx-trigger" in waiting
    with site.database.begin() as connection:
        done = {"state": "delivered", "attempts": 1, "done_at": sent.created_at + 120_000}
        connection.execute(update(outbox).where(outbox.c.id == sent.id).values(done))
    arrived = admin.get(answer.headers["location"]).text
    assert "Test: delivered" in words(arrived)
    assert "after 0.12 s" in words(arrived)
    assert "hx-trigger" not in arrived


def test_what_is_no_test_of_the_channel_is_not_shown_as_its_outcome(site, browse):
    raised = next(row.id for row in site.desk.rows("outbox") if row.event == "raised")
    assert 'id="test"' not in browse("viewer").get(f"/setup/channels/zzhook?test={raised}").text


def test_a_channel_with_a_slash_in_its_name_is_found(site, browse):
    site.desk.ask("quinn", Correct(put=[Item("channel", {
        "id": "a/b c", "kind": "webhook", "url": "https://example.org/", "secret_file": "k"})]), NOW)  # fmt: skip
    admin = browse("admin")
    action = next(action for action, _ in Forms(admin.get("/setup").text).found if "b%20c" in action)
    answer = admin.send("/setup", action)
    assert "a/b c" in words(admin.get(answer.headers["location"]).text)


def test_an_unknown_channel_is_not_there(browse):
    admin = browse("admin")
    assert admin.get("/setup/channels/nobody").status_code == 404
    token = admin.form("/setup", "/setup/channels/zzhook/test")["csrf"]
    assert admin.post("/setup/channels/nobody/test", {"csrf": token}).status_code == 404


# --- devices ---


def test_a_device_that_hangs_nowhere_is_listed_with_what_it_says(browse):
    said = words(browse("viewer").get("/setup/devices").text)
    assert "2 unassigned devices" in said
    assert "zzfree 4.0 °C 47 h ago" in said
    assert "zzspare sensor ZZSPARE" in said


def hang_up(browser, **filled):
    """Fill in the form of the device `zzfree`."""
    forms = [fields for action, fields in Forms(browser.get("/setup/devices").text).found if action.endswith("/mount")]
    fields = next(fields for fields in forms if fields["device"] == "zzfree")
    return browser.post("/setup/devices/mount", {**fields, "location": "ROOM-2", "since": "now", **filled})


def test_a_device_is_hung_up_from_now_on(site, browse):
    assert hang_up(browse("admin"), sensor="S9").status_code == 303
    docs = {row.kind: row.doc for row in site.desk.rows("entries") if row.changed_by == "admin-person"}
    assert (docs["sensor"]["id"], docs["sensor"]["device"]) == ("S9", "zzfree")
    assert (docs["mount"]["sensor"], docs["mount"]["location"], docs["mount"]["from"]) == (
        "S9",
        "ROOM-2",
        "2026-01-03T00:00:00Z",
    )
    assert "zzfree" not in browse("viewer").get("/setup/devices").text


def test_a_device_may_count_from_when_it_was_first_heard(site, browse):
    assert hang_up(browse("admin"), since="first").status_code == 303
    [mount] = [row.doc for row in site.desk.rows("entries") if row.changed_by == "admin-person" and row.kind == "mount"]
    assert mount["from"] == "2026-01-01T00:05:00Z"


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"location": ""}, "Enter the sensor and choose a location."),
        ({"sensor": "S1"}, "Sensor S1 is already assigned to another device."),
        ({"location": "MOON"}, 'no location "MOON"'),
        ({"device": "ghost", "sensor": "G"}, "No data received from ghost yet."),
    ],
)
def test_what_cannot_be_hung_up_is_said_in_place(site, browse, filled, said):
    answer = hang_up(browse("admin"), **filled)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert [row for row in site.desk.rows("entries") if row.changed_by == "admin-person"] == []


# --- dead letters ---


def test_a_dead_letter_shows_its_bytes_as_harmless_text(browse):
    said = words(browse("viewer").get("/setup/dead-letters").text)
    assert "zz: no JSON" in said
    assert "7a 7a 20 6e 6f 20 6a 73 6f 6e 20 ff" in said


def test_what_cannot_be_decoded_here_is_said(site, browse):
    answer = browse("admin").send("/setup/dead-letters", "/setup/dead-letters/redrive")
    assert answer.status_code == 503  # this site's engine hears nothing itself
    assert "retry unreadable messages where it does" in words(answer.text)


def test_the_outcome_of_trying_again_is_said(browse):
    said = words(browse("viewer").get("/setup/dead-letters?redriven=2&failed=1").text)
    assert "2 decoded, 1 still unreadable." in said


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"t": 4}', '{"t": 4}'),
        (b"\x00\x01", "00 01"),
        ("5 °C".encode(), "5 °C"),
        ("°".encode("latin-1"), "b0"),
        (("x" * 299 + "°").encode(), "x" * 299),
        (b"\x1b[31m", "1b 5b 33 31 6d"),
        (b"", ""),
    ],
)
def test_a_strangers_bytes_are_shown_as_text_where_they_are_text(payload, shown):
    assert readable(payload) == shown


# --- people and health ---


def test_people_and_tokens_are_listed_for_administrators_only(browse):
    said = words(browse("admin").get("/setup/people").text)
    assert "Admin-Person admin-person Administrator" in said
    assert "acme-qa t_" in said and "Client acme" in said
    assert browse("qa").get("/setup/people").status_code == 403
    assert "/setup/people" not in browse("viewer").get("/setup").text


def test_health_says_what_fails(site, browse):
    fail(site)
    said = words(browse("viewer").get("/setup/health").text)
    assert "Engine not running Failed" in said
    assert "Unreadable messages 1 waiting Note" in said
    assert "the oldest for" in said


# --- who may ---


@pytest.mark.parametrize("path", EVERY)
def test_the_set_up_is_for_staff(browse, browser, path):
    assert browse("client").get(path).status_code == 403
    assert browser.get(path).headers["location"].startswith("/sign-in")
    assert browse("viewer").get(path).status_code == 200


@pytest.mark.parametrize("path", EVERY)
def test_who_only_looks_gets_no_forms(browse, path):
    assert [action for action, _ in Forms(browse("qa").get(path).text).found] == ["/search"]


@pytest.mark.parametrize("path", ["/setup/channels/zzhook/test", "/setup/devices/mount", "/setup/dead-letters/redrive"])
def test_a_deed_needs_its_role_and_its_token(site, browse, path):
    before = len(site.desk.rows("audit"))
    qa = browse("qa")
    token = qa.form("/account", "/account/password")["csrf"]
    sent = {"csrf": token, "device": "zzfree", "sensor": "S9", "location": "ROOM-2", "letter": "1"}
    assert qa.post(path, sent).status_code == 403
    assert browse("admin").post(path, sent).status_code == 403
    assert [row.who for row in site.desk.rows("audit")[before:] if row.kind in ("mount", "channel")] == []


@pytest.mark.parametrize("page", ["setup", "account"])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_its_name(page, role):
    assert text(f"{page}.role_{role}", client="acme")
