"""Every revision says why it was written, and why it is in force no more."""

from domain.times import MINUTE, SECOND
from ledger.inputs import Batch
from ledger.readings.packing import pack
from ledger.requests import Correct, Dispose, EntryName, Item
from store.tables import audit, events, exposures, firings, hold_revisions
from tests.ledger.stage import A_MINUTE, START, Stage, message, minute, reading, series_of

WARM = series_of([5, *[9] * 11])
AWAY = Item(
    "placement", {"product": "VAX", "lot": "A1", "unit": "P1", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"}
)
AT_ROOM_1 = EntryName("placement", '["VAX","A1","P1","ROOM-1","2026-01-01T00:00:00Z"]')


def live(stage: Stage, said):
    """Let each reading arrive a second after it was measured."""
    for each in said:
        at = each.measured_at + SECOND
        stage.writer.step(Batch([message(each, at=at)]), at)


def causes(stage: Stage, table=exposures, unit="P1", rule="too-warm"):
    rows = stage.rows(table, table.c.unit == unit, table.c.rule == rule)
    return [(row.cause, row.superseded_because) for row in rows]


def kinds(stage: Stage, *more):
    return [(cause["kind"], ended and ended["kind"]) for cause, ended in causes(stage, *more)]


def test_what_a_reading_in_its_time_began_ended_or_fired_names_it(stage):
    live(stage, [*WARM, reading(12, 5.0)])
    assert kinds(stage) == [("reading", "reading"), ("reading", "reading"), ("reading", None)]
    [(first, _), *_] = causes(stage)
    said = {"sensor": "S1", "quantity": "temperature", "since": minute(1), "until": minute(1), "count": 1}
    assert first == {"kind": "reading", "readings": [{**said, "journal": first["readings"][0]["journal"]}]}


def test_late_readings_are_named_with_their_journal_row_and_span(stage):
    stage.hear(reading(0, 5.0), reading(40, 5.0), at=40)
    done = stage.hear(*series_of([9] * 5, since=2), at=50)
    [(cause, _)] = causes(stage)
    assert cause["kind"] == "late"
    [late] = cause["readings"]
    assert (late["journal"], late["since"], late["until"], late["count"]) == (done.journal, minute(2), minute(6), 5)


def test_a_reading_is_late_once_it_is_more_than_five_minutes_old(stage):
    stage.hear(reading(0, 9.0), at=5)
    stage.hear(reading(0, 9.0, "dev2", "ext"), at=5 + 1 / 60)
    assert kinds(stage) == [("reading", None)]
    assert kinds(stage, exposures, None) == [("late", None)]


def test_late_readings_of_where_a_unit_was_not_are_no_reason(stage):
    stage.hear(reading(0, 9.0), reading(0, 5.0, "dev2", "ext"), at=30)
    [(cause, _)] = causes(stage)
    assert [each["sensor"] for each in cause["readings"]] == ["S1"]


def test_a_correction_is_named_with_who_what_and_its_event(stage):
    live(stage, WARM)
    stage.ask(Correct(put=[AWAY], remove=[AT_ROOM_1]), minute(20))
    cause = causes(stage)[-1][1]
    assert (cause["kind"], cause["who"], cause["count"]) == ("correction", "quinn", 2)
    assert {"kind": "placement", "key": AT_ROOM_1.key, "what": "removed"} in cause["entries"]
    [event] = stage.rows(events, events.c.number == cause["event"])
    assert event.kind == "placement.put"
    [deed] = stage.rows(audit, audit.c.event == cause["event"])
    assert deed.who == "quinn"
    assert causes(stage, hold_revisions)[-1][0] == cause
    assert causes(stage, firings)[-1][1] == cause


def test_a_correction_of_something_else_is_not_why(stage):
    live(stage, WARM[:3])
    stage.submit(Correct(put=[Item("client", {"id": "other", "name": "Other"})]), minute(12))
    stage.hear(reading(3, 5.0), at=3.1)
    assert kinds(stage)[-1] == ("reading", None)


def test_time_alone_is_why_where_nothing_was_heard(stage):
    live(stage, [reading(0, 9.0)])
    stage.tick(12)
    assert kinds(stage) == [("reading", "time"), ("time", None)]


def test_a_profile_version_that_comes_into_force_is_named(stage):
    live(stage, [reading(0, 5.0), reading(40, 5.0)])
    fields = {
        "id": "cold",
        "version": 2,
        "effective_from": "2026-01-01T01:00:00Z",
        "rules": [{"id": "strict", "kind": "limit", "above": "4.0", "for": "10min", "action": "hold"}],
    }
    stage.ask(Correct(put=[Item("profile", fields)]), minute(41))
    live(stage, [reading(59, 5.0)])
    stage.tick(60)
    [(cause, _)] = causes(stage, exposures, "P1", "strict")
    assert cause == {"kind": "version", "profile": "cold", "version": 2, "at": START + 60 * MINUTE}


def test_a_hold_lifted_by_a_person_says_so(stage):
    live(stage, WARM)
    stage.ask(Dispose(holds=[1], state="released", reason="stable", allow=A_MINUTE), minute(20))
    assert causes(stage, hold_revisions)[-1] == ({"kind": "decision", "who": "quinn"}, None)


def test_what_came_in_a_file_names_who_brought_it(stage):
    rows = [("S1", "temperature", minute(i), 9_000_000) for i in range(5)]
    stage.ask(pack(rows), minute(60), who="ines")
    stage.tick(60.1)
    [(cause, _)] = causes(stage)
    assert (cause["kind"], cause["who"]) == ("import", "ines")
