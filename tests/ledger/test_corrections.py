"""What people and files change: done whole or refused whole, judged back in time, on record."""

import pytest
from sqlalchemy import update

from domain.errors import ConflictError, InvalidError, NotFoundError, Refused
from domain.times import DAY
from ledger.inputs import Arrived, Batch
from ledger.readings.packing import pack
from ledger.requests import Acknowledge, Comment, Correct, Dispose, EntryName, Item, Redrive, Signature, TryChannel
from store.tables import audit, comments, dead_letters, entries, events, holds, journal, outbox, readings
from tests.ledger.stage import A_MINUTE, SITE, START, Stage, minute, reading, series_of

WARM = series_of([5, *[9] * 11])
UNKNOWN = series_of([5, *[9] * 11, 5], device="new", probe="p")
SENSOR = Item("sensor", {"id": "S9", "device": "new", "probe": "p"})
MOUNT = Item("mount", {"sensor": "S9", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"})
AWAY = Item(
    "placement", {"product": "VAX", "lot": "A1", "unit": "P1", "location": "ROOM-2", "from": "2026-01-01T00:00:00Z"}
)
AT_ROOM_1 = EntryName("placement", '["VAX","A1","P1","ROOM-1","2026-01-01T00:00:00Z"]')


def deeds(stage: Stage) -> list[tuple[str, str, str]]:
    return [(row.who, row.what, row.kind) for row in stage.rows(audit) if row.who not in ("engine", "apply")]


# --- sensors, mounts, placements ---


def test_what_an_unassigned_device_said_is_judged_once_it_is_mounted_back_in_time(stage):
    stage.hear(*UNKNOWN)
    assert (len(stage.rows(readings)), stage.holds()) == (13, [])
    stage.ask(Correct(put=[SENSOR, MOUNT]), minute(20))
    assert stage.holds() == [("A2", None, "too-warm", 11)]


def test_a_sensor_heard_in_the_step_that_adds_it_is_judged(stage):
    stage.hear(*UNKNOWN[:6])
    stage.writer.step(Batch(), minute(6))
    stage.submit(Correct(put=[SENSOR, MOUNT]), minute(6))
    stage.hear(*UNKNOWN[6:], at=20)
    assert stage.holds() == [("A2", None, "too-warm", 11)]


def test_a_corrected_placement_moves_the_hold_with_the_goods(stage):
    stage.hear(*WARM)
    stage.ask(Correct(put=[AWAY], remove=[AT_ROOM_1], reason="was never there"), minute(20))
    assert stage.holds() == [("A1", "P2", "too-warm", 11)]
    assert stage.holds(founded=False) == [("A1", "P1", "too-warm", 11)]
    [alert] = stage.alerts()
    assert [lot["unit"] for lot in alert.lots] == ["P2"]
    assert ("quinn", "removed", "placement") in deeds(stage)


def test_a_hold_is_founded_again_when_the_correction_is_taken_back(stage):
    stage.hear(*WARM)
    stage.ask(Correct(put=[AWAY], remove=[AT_ROOM_1]), minute(20))
    back = Item("placement", {**AWAY.fields, "location": "ROOM-1"})
    gone = EntryName("placement", AT_ROOM_1.key.replace("ROOM-1", "ROOM-2"))
    stage.ask(Correct(put=[back], remove=[gone]), minute(21))
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]
    assert [row.revision for row in stage.rows(holds)] == [3, 1]


def test_an_alert_without_any_reason_left_is_unfounded_and_told(stage):
    stage.hear(*WARM)
    with stage.database.begin() as connection:
        connection.execute(update(outbox).values(state="delivered"))
    mount = EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')
    stage.ask(Correct(remove=[mount]), minute(20))
    assert (stage.holds(), stage.alerts(), len(stage.alerts(founded=False))) == ([], [], 1)
    assert [row.event for row in stage.rows(outbox) if row.channel == "all"] == ["raised", "unfounded"]


def test_a_correction_with_a_problem_is_refused_whole(stage):
    bad = Item("mount", {"sensor": "S7", "location": "ROOM-9", "from": "2026-01-01T00:00:00Z"})
    before = stage.rows(entries)
    with pytest.raises(Refused) as refused:
        stage.ask(Correct(put=[SENSOR, bad]))
    assert [problem.split(": ")[1] for problem in refused.value.problems] == ['no sensor "S7"', 'no location "ROOM-9"']
    assert stage.rows(entries) == before
    assert deeds(stage) == []


def test_every_field_that_is_wrong_is_named(stage):
    with pytest.raises(Refused) as refused:
        stage.ask(Correct(put=[Item("mount", {"sensr": "S1"}), Item("mout", {})]))
    assert any("sensor[0]" in problem or "mount[0].sensr" in problem for problem in refused.value.problems)
    assert any("mout" in problem for problem in refused.value.problems)


def test_what_must_be_new_and_is_not_is_a_conflict(stage):
    with pytest.raises(ConflictError, match="is there already"):
        stage.ask(Correct(put=[Item("location", {"id": "ROOM-1"})], new=True))


def test_a_profile_version_in_force_keeps_its_rules(stage):
    changed = {
        "id": "cold",
        "version": "1",
        "effective_from": "2020-01-01T00:00:00Z",
        "rules": [{"id": "too-warm", "kind": "limit", "above": "9.0"}],
    }
    with pytest.raises(ConflictError, match="other rules"):
        stage.ask(Correct(put=[Item("profile", changed)]))


def test_removing_what_is_not_there_is_not_found(stage):
    with pytest.raises(NotFoundError):
        stage.ask(Correct(remove=[EntryName("location", '["ROOM-9"]')]))


def test_the_same_entry_again_changes_nothing(stage):
    stage.ask(Correct(put=[SENSOR]))
    before = (stage.rows(entries), len(stage.rows(audit)))
    stage.ask(Correct(put=[SENSOR]), START + 2 * DAY)
    assert (stage.rows(entries), len(stage.rows(audit))) == before


# --- files ---


def test_a_file_applied_twice_changes_nothing_the_second_time(stage):
    answer = stage.apply(SITE)
    assert (answer["put"], answer["not_mentioned"], len(answer["same"])) == ([], [], 18)


def test_what_a_person_changed_later_wins_over_the_file(stage):
    stage.ask(Correct(put=[Item("location", {"id": "ROOM-1", "name": "Cold room"})]))
    stage.ask(Correct(remove=[AT_ROOM_1]))
    answer = stage.apply(SITE)
    assert sorted(answer["kept_by_person"]) == ['locations["ROOM-1"]', f"placements{AT_ROOM_1.key}"]


def test_what_the_file_does_not_mention_stays_and_is_listed(stage):
    stage.ask(Correct(put=[SENSOR]))
    assert stage.apply(SITE)["not_mentioned"] == ['sensors["S9"]']


def test_a_dry_run_says_what_would_change_and_changes_nothing(stage):
    before = stage.rows(entries)
    answer = stage.apply(SITE.replace("name: Acme Pharma", "name: Acme"), dry_run=True)
    assert (answer["put"], stage.rows(entries)) == (['clients["acme"]'], before)


# --- holds and alerts ---


def test_a_person_lifts_holds_with_a_reason_several_at_once(stage):
    stage.hear(*WARM)
    ids = [row.id for row in stage.rows(holds)]
    stage.ask(Dispose(holds=ids, state="released", reason="stability data", allow=A_MINUTE), minute(20))
    assert [(row.state, row.disposed_by, row.disposed_at, row.reason) for row in stage.rows(holds)] == [
        ("released", "quinn", minute(20), "stability data")
    ] * 2
    assert deeds(stage) == [("quinn", "released", "hold")] * 2


def test_a_hold_once_lifted_is_not_placed_again_by_late_data(stage):
    stage.hear(*WARM)
    stage.ask(Dispose(holds=[1], state="rejected", reason="destroyed"), minute(20))
    stage.hear(reading(-1, 9), reading(-2, 9), at=21)
    stage.hear(reading(0.5, 9), at=22)
    rows = stage.rows(holds)
    assert [(row.unit, row.state, row.founded) for row in rows] == [("P1", "rejected", True), ("P2", "held", True)]


def test_a_hold_closed_as_unfounded_is_placed_anew_when_its_reason_comes_back(stage):
    stage.hear(*WARM)
    stage.ask(Correct(put=[AWAY], remove=[AT_ROOM_1]), minute(20))
    [closed] = [row.id for row in stage.rows(holds) if not row.founded]
    stage.ask(Dispose(holds=[closed], state="released", reason="was never there", allow=A_MINUTE), minute(21))
    back = Item("placement", {**AWAY.fields, "location": "ROOM-1"})
    gone = EntryName("placement", AT_ROOM_1.key.replace("ROOM-1", "ROOM-2"))
    stage.ask(Correct(put=[back], remove=[gone]), minute(22))
    found = [(row.unit, row.founded, row.state) for row in stage.rows(holds)]
    assert sorted(found) == [("P1", False, "released"), ("P1", True, "held"), ("P2", True, "held")]


@pytest.mark.parametrize("reason", ["", "  "])
def test_no_hold_is_lifted_without_a_reason(small, reason):
    small.hear(*WARM)
    with pytest.raises(InvalidError, match="reason"):
        small.ask(Dispose(holds=[1], state="released", reason=reason, allow=A_MINUTE))


def test_a_hold_is_lifted_once(small):
    small.hear(*WARM)
    small.ask(Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE))
    with pytest.raises(ConflictError, match="hold 1 is released already"):
        small.ask(Dispose(holds=[2, 1], state="rejected", reason="no"))
    assert [row.state for row in small.rows(holds)] == ["released", "held"]


def test_an_unknown_hold_is_not_found(small):
    with pytest.raises(NotFoundError):
        small.ask(Dispose(holds=[7], state="released", reason="fine", allow=A_MINUTE))


def test_an_unfounded_hold_can_be_closed(small):
    small.hear(*WARM)
    small.ask(Correct(remove=[EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')]), minute(20))
    small.ask(Dispose(holds=[1], state="released", reason="never happened", allow=A_MINUTE), minute(21))
    assert small.rows(holds)[0].state == "released"


def test_an_alert_is_acknowledged_once_and_told(stage):
    stage.hear(*WARM)
    stage.ask(Acknowledge(alert=1, comment="on my way"), minute(12))
    [alert] = stage.alerts()
    assert (alert.acknowledged_by, alert.acknowledged_at, alert.comment) == ("quinn", minute(12), "on my way")
    assert "acknowledged" in [row.event for row in stage.rows(outbox)]
    with pytest.raises(ConflictError, match="acknowledged by quinn"):
        stage.ask(Acknowledge(alert=1), minute(13))
    with pytest.raises(NotFoundError):
        stage.ask(Acknowledge(alert=9), minute(13))


# --- dead letters, imports, tests of channels ---


def test_dead_letters_are_decoded_again_and_judged(database):
    says = {b"a": WARM, b"b": None}

    def decode(messages: list[Arrived]) -> Batch:
        for each in messages:
            said = says[each.payload]
            each.readings, each.error = (said, None) if said else ((), "still no JSON")
        return Batch(messages)

    stage = Stage(database, decode=decode)
    letters = [Arrived("t", payload, False, minute(11), error="no JSON") for payload in (b"a", b"b")]
    stage.writer.step(Batch(letters), minute(11))
    answer = stage.ask(Redrive(), minute(30))
    assert (answer["redriven"], answer["readings"], [each["reason"] for each in answer["failed"]]) == (
        1,
        12,
        ["still no JSON"],
    )
    assert [(row.state, row.reason) for row in stage.rows(dead_letters)] == [
        ("redriven", "no JSON"),
        ("waiting", "still no JSON"),
    ]
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]
    with pytest.raises(NotFoundError):
        stage.ask(Redrive(letters=[1]), minute(31))


def test_imported_readings_count_like_any_other(stage):
    rows = [("S1", said.quantity, said.measured_at, said.value) for said in WARM]
    rows += [("new/p", "humidity", minute(1), None)]
    answer = stage.ask(pack(rows), minute(30))
    assert answer == {"readings": 13, "faults": 1, "not_judged": 0, "conflicts": 0, "known": 0, "waiting": 3}
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]
    assert stage.rows(journal)[-1].kind == "readings"
    assert deeds(stage) == [("quinn", "imported", "readings")]


def test_an_import_with_an_unknown_sensor_or_quantity_is_refused_whole(small):
    with pytest.raises(Refused) as refused:
        small.ask(pack([("S8", "temperature", 1, 1), ("S1", "pressure", 1, 1), ("S1", "temperature", 1, 1)]))
    assert refused.value.problems == ('no quantity "pressure"; known: temperature, humidity', 'no sensor "S8"')
    assert small.rows(readings) == []


def test_a_channel_can_be_tested(stage):
    assert stage.ask(TryChannel(channel="worst")) == {"channel": "worst", "delivery": 1}
    [row] = stage.rows(outbox)
    assert (row.id, row.channel, row.event, row.alert) == (1, "worst", "test", None)
    with pytest.raises(NotFoundError):
        stage.ask(TryChannel(channel="nobody"))


def test_a_comment_is_kept_with_its_author_and_on_record(stage):
    stage.hear(*WARM)
    assert stage.ask(Comment(alert=1, text=" door was open\n"), minute(20)) == {"alert": 1, "comment": 1}
    stage.ask(Comment(alert=1, text="closed now"), minute(21), "robin")
    assert [(row.alert, row.at, row.who, row.text) for row in stage.rows(comments)] == [
        (1, minute(20), "quinn", "door was open"),
        (1, minute(21), "robin", "closed now"),
    ]
    assert ("quinn", "commented", "alert") in deeds(stage)
    assert stage.rows(events)[-1].subject == {"alert": 1, "comment": 2}
    assert stage.rows(journal)[-1].kind == "correction"


@pytest.mark.parametrize(
    ("alert", "text", "error"), [(9, "x", NotFoundError), (1, " \n", InvalidError)], ids=["no alert", "nothing said"]
)
def test_a_comment_says_something_about_an_alert(alert, text, error, stage):
    stage.hear(*WARM)
    with pytest.raises(error):
        stage.ask(Comment(alert=alert, text=text), minute(20))
    assert stage.rows(comments) == []


def test_every_deed_in_the_audit_names_its_event(stage):
    stage.hear(*WARM)
    stage.ask(Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE), minute(20))
    kinds = {row.number: row.kind for row in stage.rows(events)}
    assert all(kinds[row.event] == f"{row.kind}.{row.what}" for row in stage.rows(audit))


def test_a_signed_disposition_keeps_the_printed_name_and_what_signing_meant(small):
    small.hear(*WARM)
    signature = Signature("Quinn Q. Assure", "released for use")
    small.ask(Dispose(holds=[1], state="released", reason="fine", signature=signature, allow=A_MINUTE), minute(20))
    small.ask(Dispose(holds=[2], state="rejected", reason="gone"), minute(20))
    signed, unsigned = small.rows(audit, audit.c.who == "quinn")
    assert signed.after == {
        "state": "released",
        "signature": {"name": "Quinn Q. Assure", "meaning": "released for use"},
        "allow": {"minutes": 1.0, "up_to": 50.0},
    }
    assert unsigned.after == {"state": "rejected"}


def test_the_record_keeps_every_revision_of_an_alert(small):
    small.hear(*WARM)
    small.hear(reading(40, 5.0))
    kept = small.rows(audit, audit.c.kind == "alert", audit.c.key == "1")
    assert (kept[0].what, kept[-1].what) == ("raised", "ended")
    assert kept[0].before is None
    assert [row.before for row in kept[1:]] == [row.after for row in kept[:-1]]
    assert (kept[-1].after["until"], kept[-1].after["units"], kept[-1].after["holds"]) == (minute(40), 2, [1, 2])
    assert kept[-1].after["sentence"] == small.alerts()[0].sentence


# --- offsets ---


def test_an_offset_that_becomes_known_later_takes_back_what_it_explains_and_again(stage):
    stage.hear(*WARM)
    assert [hold[0] for hold in stage.holds()] == ["A1", "A1"]
    of_s1 = {"id": "S1", "device": "dev1"}
    from_the_start = {"temperature": [{"value": "-1.5", "from": "2026-01-01T00:00:00Z"}]}
    stage.ask(Correct(put=[Item("sensor", {**of_s1, "offsets": from_the_start})], reason="certificate 17"), minute(20))
    assert stage.holds() == []
    assert [row.value for row in stage.rows(readings)][-1] == 9_000_000  # what came stays as it came
    stage.ask(Correct(put=[Item("sensor", of_s1)], reason="of another probe"), minute(21))
    assert [hold[0] for hold in stage.holds()] == ["A1", "A1"]
