"""A version of a profile that takes effect before holds on record: they are named, and two people sign it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError
from domain.times import DAY, format_instant
from ledger.corrections.reach import reached_by
from ledger.requests import Activate, Apply, Correct, Dispose, EntryName, Item, Signature
from ledger.writer import Options
from sites.entries import entry
from store.tables import audit, entries
from tests.ledger.stage import START, Stage, minute, reading, series_of
from tests.thrift import examples

RULES = [{"id": "too-warm", "kind": "limit", "above": "8.0", "for": "5min", "action": "hold"}]
STRICTER = {"id": "cold", "version": "2", "effective_from": "2026-01-01T00:00:00Z", "rules": RULES}
SIGNED = Signature("Quinn Q. Assure", "activated")
SECOND = Signature("Anna A. Uditor", "activated")


def activate(over=(), version=STRICTER, **more):
    return Activate(profiles=[version], reason="stability data", over=list(over), **more)


def active(stage: Stage) -> list[str]:
    return [row.key for row in stage.rows(entries, entries.c.kind == "profile")]


@pytest.fixture
def held(stage: Stage) -> Stage:
    """P1 and P2 are on hold from minute 11 on, and P1 was released."""
    stage.hear(*series_of([5, *[9] * 12, 5]))
    stage.tick(30)
    stage.ask(Dispose(holds=[1], state="released", reason="stable"), minute(31))
    return stage


def test_holds_and_releases_that_it_reaches_are_named_and_nothing_is_done(held: Stage) -> None:
    with pytest.raises(ConflictError) as refused:
        held.ask(activate(), minute(40))
    said = str(refused.value)
    assert "hold 1 (VAX A1 P1: too-warm, version 1, released by quinn)" in said
    assert "hold 2 (VAX A1 P2: too-warm, version 1, on hold)" in said
    with pytest.raises(ConflictError, match="hold 2"):
        held.ask(activate([1]), minute(40))
    assert active(held) == ['["cold","1"]']


def test_two_people_sign_it(held: Stage) -> None:
    assert held.ask(activate([1, 2], signature=SIGNED), minute(40)) == {"put": [], "waiting": True}
    assert active(held) == ['["cold","1"]']
    with pytest.raises(ConflictError, match="a second person must sign too"):
        held.ask(activate([1, 2], signature=SIGNED), minute(41))
    answer = held.ask(activate([1, 2], signature=SECOND), minute(42), who="anna")
    assert ([each["key"] for each in answer["put"]], answer["waiting"]) == (['["cold","2"]'], False)
    [row] = held.rows(audit, audit.c.what == "activated")
    assert (row.who, row.after["first"]["who"], row.after["over"]) == ("anna", "quinn", [1, 2])
    assert row.after["first"]["signature"]["name"] == "Quinn Q. Assure"
    assert row.after["signature"]["name"] == "Anna A. Uditor"


def test_another_version_or_other_holds_are_signed_anew(held: Stage) -> None:
    held.ask(activate([1, 2]), minute(40))
    other = {**STRICTER, "rules": [{**RULES[0], "for": "6min"}]}
    assert held.ask(activate([1, 2], other), minute(41), who="anna")["waiting"]
    held.hear(*series_of([9] * 12, since=42), reading(54, 5.0))
    held.tick(60)
    assert held.ask(activate([1, 2, 3, 4], other), minute(61))["waiting"]  # anna's was not about the new holds
    assert active(held) == ['["cold","1"]']


def test_a_small_site_does_with_one_signature_but_must_have_seen_them(held: Stage) -> None:
    held.options = {"options": Options(four_eyes=False)}
    held.restart()
    with pytest.raises(ConflictError, match="hold 1"):
        held.ask(activate(), minute(40))
    assert held.ask(activate([1, 2]), minute(40))["waiting"] is False
    assert active(held) == ['["cold","1"]', '["cold","2"]']


def test_what_reaches_no_hold_needs_neither(held: Stage) -> None:
    later = {**STRICTER, "effective_from": format_instant(minute(39))}
    assert held.ask(activate(version=later), minute(40))["waiting"] is False
    future = {**STRICTER, "version": "3", "effective_from": format_instant(START + 2 * DAY)}
    assert held.ask(activate(version=future), minute(41))["waiting"] is False


@pytest.mark.parametrize(
    "request_",
    [
        Correct(put=[Item("profile", STRICTER)]),
        Correct(remove=[EntryName("profile", '["cold","1"]')], put=[Item("profile", STRICTER)]),
        Correct(put=[Item("profile", {"id": "cold", "version": "1", "effective_from": "2026-01-01T00:05:00Z"}, True)]),
    ],
    ids=["put", "replaced", "another date"],
)
def test_no_other_way_leads_around_it(held: Stage, request_: Correct) -> None:
    before = held.rows(entries)
    with pytest.raises(ConflictError, match="2 holds on record: hold 1"):
        held.ask(request_, minute(40))
    assert held.rows(entries) == before


def test_another_date_of_a_version_is_activated_like_a_new_one(held: Stage) -> None:
    [row] = held.rows(entries, entries.c.key == '["cold","1"]')
    moved = {**row.doc, "effective_from": "2026-01-01T00:00:30Z"}
    assert held.ask(activate([1, 2], moved), minute(40))["waiting"]
    held.ask(activate([1, 2], moved), minute(41), who="anna")
    [row] = held.rows(entries, entries.c.key == '["cold","1"]')
    assert row.doc["effective_from"] == "2026-01-01T00:00:30Z"


def test_a_file_names_them_and_is_applied_only_if_that_is_meant(held: Stage) -> None:
    items = [Item("profile", STRICTER)]
    named = held.ask(Apply(entries=items, dry_run=True), minute(40))["reached"]
    assert [each.split(" (")[0] for each in named] == ["hold 1", "hold 2"]
    with pytest.raises(ConflictError, match="hold 1"):
        held.ask(Apply(entries=items), minute(40))
    assert active(held) == ['["cold","1"]']
    held.ask(Apply(entries=items, retroactive=True, second=SECOND), minute(40))
    [row] = held.rows(audit, audit.c.key == '["cold","2"]')
    assert row.after["second_signature"]["name"] == "Anna A. Uditor"
    assert held.ask(Apply(entries=items), minute(41))["reached"] == []


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(since=st.integers(-5, 45), until=st.one_of(st.none(), st.integers(1, 45)))
def test_exactly_the_holds_whose_hours_it_reaches_are_named(held: Stage, since: int, until: int | None) -> None:
    """The hold rests on minutes 1 to 13 and was placed at 11; version 3, if any, ends what version 2 says."""
    version = entry("profile", {**STRICTER, "effective_from": format_instant(minute(since))}).doc
    with held.database.read() as connection:
        before = {row.key: row.doc for row in held.rows(entries, entries.c.kind == "profile")}
        if until is not None and until != since:
            before['["cold","3"]'] = {**version, "version": "3", "effective_from": format_instant(minute(until))}
        found = reached_by(connection, before, {**before, '["cold","2"]': version}, minute(40))
    end = until if until is not None and until > since else 10_000
    wanted = [1, 2] if since <= 13 and end > 1 and since <= 40 else []
    assert [each.hold for each in found] == wanted
