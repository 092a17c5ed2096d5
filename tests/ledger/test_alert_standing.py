"""What an alert says of its lots stays true after people decide and corrections take lots away."""

from domain.times import DAY
from ledger.requests import Correct, Dispose, EntryName, Item
from store.tables import alerts, audit, outbox
from tests.ledger.stage import A_MINUTE, START, Stage, minute, series_of

WARM = series_of([5, *[9] * 11])
AT_ROOM_1 = EntryName("placement", '["VAX","A1","P1","ROOM-1","2026-01-01T00:00:00Z"]')
PLACED = {"product": "VAX", "lot": "A1", "unit": "P1", "from": "2026-01-01T00:00:00Z"}
AWAY = Correct(put=[Item("placement", {**PLACED, "location": "ROOM-2"})], remove=[AT_ROOM_1])
AT_ROOM_2 = EntryName("placement", '["VAX","A1","P1","ROOM-2","2026-01-01T00:00:00Z"]')
BACK = Correct(put=[Item("placement", {**PLACED, "location": "ROOM-1"})], remove=[AT_ROOM_2])


def held(stage: Stage) -> None:
    """P1 and P2 of A1 are on hold: 1 and 2, and alert 1 tells of them."""
    stage.hear(*WARM)


def alert(stage: Stage):
    [row] = stage.rows(alerts)
    return row


def told(stage: Stage, channel: str = "all") -> list[str]:
    return [row.event for row in stage.rows(outbox, outbox.c.channel == channel)]


def delivered(stage: Stage) -> None:
    with stage.database.begin() as connection:
        connection.execute(outbox.update().values(state="delivered"))


def test_a_lot_that_a_person_released_is_not_said_to_be_on_hold(stage):
    held(stage)
    delivered(stage)
    stage.ask(Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE), minute(20))
    after = alert(stage)
    assert after.sentence.partition("). ")[2].startswith("P2 of VAX A1 is on hold, P1 of VAX A1 released by quinn: ")
    assert [(lot["unit"], lot["hold"], lot["state"], lot["disposed_by"]) for lot in after.lots] == [
        ("P1", 1, "released", "quinn"),
        ("P2", 2, "held", None),
    ]


def test_what_a_person_decides_updates_the_alert_and_raises_nothing(stage):
    held(stage)
    delivered(stage)
    before = alert(stage)
    stage.ask(Dispose(holds=[1, 2], state="rejected", reason="spoilt"), minute(20))
    after = alert(stage)
    assert told(stage) == ["raised", "updated"]
    assert (after.revision, after.raised_at) == (before.revision + 1, before.raised_at)
    assert after.sentence.partition("). ")[2].startswith("2 units of VAX A1 rejected by quinn: ")
    stage.tick(30)
    assert (alert(stage).revision, told(stage)) == (after.revision, ["raised", "updated"])


def test_what_was_decided_is_still_known_after_a_restart(stage):
    held(stage)
    stage.ask(Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE), minute(20))
    before = alert(stage)
    stage.restart()
    stage.tick(20)
    assert alert(stage).lots[0] == {**before.lots[0], "minutes": alert(stage).lots[0]["minutes"]}
    assert alert(stage).revision == before.revision


def test_an_alert_says_which_lot_a_correction_took_out_of_it_and_goes_on_saying_so(stage):
    held(stage)
    delivered(stage)
    stage.ask(AWAY, minute(20))
    after = alert(stage)
    assert told(stage) == ["raised", "updated"]
    assert after.sentence.endswith(" No longer affected: P1 of VAX A1 (hold no longer supported).")
    assert [(lot["unit"], lot["state"]) for lot in after.gone] == [("P1", "unfounded")]
    stage.hear(*series_of([5], since=21))
    assert alert(stage).until is not None
    assert alert(stage).sentence.endswith(" No longer affected: P1 of VAX A1 (hold no longer supported).")


def test_a_lot_that_comes_back_is_not_gone(stage):
    held(stage)
    stage.ask(AWAY, minute(20))
    stage.ask(BACK, minute(21))
    after = alert(stage)
    assert after.gone == [] and "no longer" not in after.sentence
    assert [lot["unit"] for lot in after.lots] == ["P1", "P2"]


def test_an_unfounded_alert_says_so_and_follows_what_people_do_with_its_holds(stage):
    held(stage)
    mount = '["S1","ROOM-1","2026-01-01T00:00:00Z"]'
    stage.ask(Correct(remove=[EntryName("mount", mount)]), minute(20))
    before = alert(stage)
    assert not before.founded
    assert before.sentence.startswith("No longer supported: ROOM-1 is above 8.0 °C ")
    assert {lot["state"] for lot in before.lots} == {"unfounded"}
    events = told(stage)
    stage.ask(Dispose(holds=[1, 2], state="released", reason="a wrong mount", allow=A_MINUTE), START + DAY)
    assert {lot["disposed_by"] for lot in alert(stage).lots} == {"quinn"}
    assert told(stage) == events


def test_an_alert_keeps_the_numbers_of_the_worst_that_fired(stage):
    held(stage)
    after = alert(stage)
    worst = {"rule": "too-warm", "limit": "above 8.0 °C for 10 min or more", "minutes": 10.0, "peak": 9_000_000}
    assert {name: after.worst[name] for name in worst} == worst
    assert {(lot["limit"], lot["minutes"], lot["peak"]) for lot in after.lots} == {
        ("above 8.0 °C for 10 min or more", 10.0, 9_000_000)
    }


def test_the_audit_names_the_event_of_an_update_by_a_decision(stage):
    held(stage)
    stage.ask(Dispose(holds=[1], state="released", reason="fine", allow=A_MINUTE), minute(20))
    assert ("engine", "updated", "alert") in [(row.who, row.what, row.kind) for row in stage.rows(audit)]
