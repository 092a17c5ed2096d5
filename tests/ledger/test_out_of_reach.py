"""What became known of a batch after it was shipped or released is told in an alert of its own."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError
from domain.times import MINUTE
from ledger.inputs import Batch
from ledger.requests import Acknowledge, Apply, Correct, Dispose, EntryName, Item, Shelve, Unshelve
from rules.alarms.problems import STOCK
from store.tables import holds, outbox
from tests.ledger.stage import A_MINUTE, Stage, message, minute, reading, series_of
from tests.ledger.test_crashes import Crash, Plug
from tests.thrift import examples

MOUNT = {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
NO_MOUNT = Correct(remove=[EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')])
MOUNT_AGAIN = Correct(put=[Item("mount", MOUNT)])
P1 = {"product": "VAX", "lot": "A1", "unit": "P1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
WARM = series_of([9] * 12, since=5)  # fires at 15


def leaves(at: str | None, **more) -> Correct:
    """P1 is shipped; None: it was not."""
    return Correct(put=[Item("placement", {**P1, **({} if at is None else {"to": f"2026-01-01T{at}:00Z"}), **more})])


def of_lots(stage: Stage, founded: bool = True):
    return [row for row in stage.alerts(founded) if row.lot and row.direction != STOCK]


def told(stage: Stage, number: int, channel: str = "worst") -> list[str]:
    return [row.event for row in stage.rows(outbox, outbox.c.alert == number, outbox.c.channel == channel)]


def shipped(stage: Stage) -> Stage:
    """P1 leaves at 00:30 as ok; of S1 something is still to come."""
    stage.hear(reading(0, 5), at=0)
    stage.ask(leaves("00:30"), minute(20))
    stage.hear(reading(40, 5), at=40)
    return stage


def released(stage: Stage) -> Stage:
    """P1 and P2 are released at 01:00 from a hold for 11 minutes."""
    stage.hear(*series_of([5, *[9] * 11, 5]))
    ids = [row.id for row in stage.rows(holds)]
    stage.ask(Dispose(holds=ids, state="released", reason="covered by stability data", allow=A_MINUTE), minute(60))
    return stage


def test_what_comes_late_of_a_shipped_unit_is_told_of_it_alone(stage):
    shipped(stage).hear(*WARM, at=60)
    [alert] = of_lots(stage)
    assert (alert.product, alert.lot, alert.place, alert.severity) == ("VAX", "A1", "ROOM-1", "critical")
    [lot] = alert.lots
    assert (lot["unit"], lot["state"]) == ("P1", "held")
    assert lot["out"] == {
        "how": "left",
        "at": minute(30),
        "place": "ROOM-1",
        "to": None,
        "by": None,
        "then": "notify",
    }
    assert alert.because["kind"] == "late"
    assert alert.sentence.endswith(
        "Out of reach: P1 left ROOM-1 on 2026-01-01 00:30 UTC, with no alarm. Cause: late readings of S1."
    )
    [ordinary] = [row for row in stage.alerts() if not row.lot]
    assert {each["unit"] for each in ordinary.lots} == {"P1", "P2"}
    assert told(stage, alert.id) == ["raised"]


def test_where_it_went_is_named_if_that_is_no_place_of_the_site(stage):
    there = {**P1, "location": "CUSTOMER-9", "from": "2026-01-01T00:30:00Z"}
    stage.ask(Correct(put=[Item("location", {"id": "CUSTOMER-9"}), Item("placement", there)]), minute(20))
    shipped(stage).hear(*WARM, at=60)
    assert of_lots(stage)[0].lots[0]["out"]["to"] == "CUSTOMER-9"
    assert "P1 left ROOM-1 for CUSTOMER-9 on" in of_lots(stage)[0].sentence


def test_a_unit_that_went_to_another_place_of_the_site_can_be_held(small):
    there = {**P1, "location": "ROOM-2", "from": "2026-01-01T00:30:00Z"}
    small.ask(Correct(put=[Item("placement", there)]), minute(20))
    shipped(small).hear(*WARM, at=60)
    assert of_lots(small) == []
    assert len(small.holds()) == 2


def test_a_place_without_a_sensor_is_of_the_site_if_another_of_its_tree_has_one(small):
    there = {**P1, "location": "SHELF", "from": "2026-01-01T00:30:00Z"}
    small.ask(Correct(put=[Item("location", {"id": "SHELF", "parent": "SITE-A", "inherits": False})]), minute(20))
    small.ask(Correct(put=[Item("placement", there)]), minute(20))
    shipped(small).hear(*WARM, at=60)
    assert of_lots(small) == []


def test_what_was_known_when_it_left_is_not_told_again(small):
    small.hear(*series_of([5, *[9] * 14]))
    small.ask(leaves("00:30"), minute(40))
    small.hear(reading(31, 5), at=45)
    assert of_lots(small) == []


def test_that_it_left_before_it_was_known_may_be_told_late(small):
    small.hear(*series_of([5, *[9] * 14, 5]))
    assert of_lots(small) == []
    small.ask(leaves("00:11"), minute(60))
    [alert] = of_lots(small)
    assert alert.lots[0]["out"]["at"] == minute(11)
    assert alert.because["kind"] == "correction"
    assert "Cause: correction by quinn (placement VAX A1 P1 ROOM-1 2026-01-01T00:00:00Z)." in alert.sentence


def test_what_is_taken_back_is_unfounded_and_founded_again(small):
    shipped(small).hear(*WARM, at=60)
    small.ask(NO_MOUNT, minute(70))
    assert of_lots(small) == []
    assert len(of_lots(small, founded=False)) == 1
    small.ask(MOUNT_AGAIN, minute(80))
    assert [row.id for row in of_lots(small)] == [2]
    small.ask(leaves(None), minute(90))
    assert of_lots(small) == []


def test_growing_tells_nobody_again(small):
    shipped(small).hear(*WARM, at=60)
    [alert] = of_lots(small)
    for at in range(17, 25):
        small.hear(reading(at, 9), at=44 + at)
    [grown] = of_lots(small)
    assert (grown.id, grown.since, grown.revision) == (alert.id, alert.since, alert.revision)
    assert told(small, alert.id) == ["raised"]


def test_another_unit_of_the_batch_is_an_update(small):
    shipped(small).hear(*WARM, at=60)
    p2 = {**P1, "unit": "P2", "to": "2026-01-01T00:25:00Z"}
    small.ask(Correct(put=[Item("placement", p2)]), minute(62))
    [alert] = of_lots(small)
    assert [lot["unit"] for lot in alert.lots] == ["P1", "P2"]
    assert alert.revision == 2


def test_each_batch_has_an_alert_of_its_own(small):
    before = EntryName("placement", '["VAX","A2",null,"ROOM-2","2026-01-01T00:00:00Z"]')
    a2 = {**P1, "lot": "A2", "unit": None, "to": "2026-01-01T00:28:00Z"}
    small.ask(Correct(put=[Item("placement", a2)], remove=[before]), minute(20))
    shipped(small).hear(*WARM, at=60)
    assert sorted((row.lot, len(row.lots)) for row in of_lots(small)) == [("A1", 1), ("A2", 1)]
    assert len(small.alerts()) == 3


def test_what_was_worse_than_what_people_released_is_told(stage):
    released(stage)
    assert of_lots(stage) == []
    stage.hear(*series_of([*[9] * 12, 5], since=30), at=70)
    [alert] = of_lots(stage)
    assert [lot["unit"] for lot in alert.lots] == ["P1", "P2"]
    assert {lot["out"]["how"] for lot in alert.lots} == {"released"}
    out = alert.lots[0]["out"]
    assert (out["at"], out["by"], out["then"]) == (minute(60), "quinn", "hold")
    assert (
        "Out of reach: P1, P2 released by quinn on 2026-01-01 01:00 UTC. Cause: late readings of S1." in alert.sentence
    )


def test_a_released_excursion_that_was_longer_is_told(small):
    small.hear(*series_of([5, *[9] * 11]))
    small.hear(reading(40, 5))
    ids = [row.id for row in small.rows(holds)]
    small.ask(Dispose(holds=ids, state="released", reason="fine", allow=A_MINUTE), minute(60))
    small.hear(*series_of([9] * 3, since=12), at=70)
    assert of_lots(small) == []  # it held to 40 by the gap allowed, which is as long
    small.hear(reading(0.5, 9), at=71)
    assert len(of_lots(small)) == 1


def test_what_happens_after_the_release_is_an_ordinary_hold(small):
    released(small).hear(*series_of([5, *[9] * 12], since=61))
    assert of_lots(small) == []
    assert len(small.holds()) == 4


def test_what_goes_on_after_the_release_finds_the_unit_there(small):
    released(small).hear(*series_of([9] * 12, since=55), at=70)
    assert of_lots(small) == []
    assert [row.state for row in small.rows(holds)] == ["released", "released", "held", "held"]


def test_a_unit_is_not_released_while_another_hold_of_it_stands(small):
    small.hear(*series_of([5, *[9] * 11, 5, *[9] * 11, 5]))
    first = [row.id for row in small.rows(holds) if row.unit == "P1"][:1]
    small.ask(Dispose(holds=first, state="released", reason="fine", allow=A_MINUTE), minute(60))
    small.hear(*series_of([9] * 12, since=35), at=70)
    assert of_lots(small) == []


def test_what_was_rejected_before_it_left_is_not_told_of(small):
    small.hear(*series_of([5, *[9] * 11, 5]))
    ids = [row.id for row in small.rows(holds)]
    small.ask(Dispose(holds=ids, state="rejected", reason="destroyed"), minute(20))
    small.ask(leaves("00:30"), minute(25))
    small.hear(*series_of([9] * 12, since=15), at=60)
    assert of_lots(small) == []


def test_what_people_decide_is_said_of_it(small):
    shipped(small).hear(*WARM, at=60)
    small.tick(65)
    [hold] = [row.id for row in small.rows(holds) if row.unit == "P1"]
    small.ask(Dispose(holds=[hold], state="rejected", reason="recalled"), minute(70), who="anna")
    [alert] = of_lots(small)
    assert (alert.lots[0]["state"], alert.lots[0]["disposed_by"]) == ("rejected", "anna")


def test_nothing_keeps_it_from_being_told(small):
    quiet = {
        "location": "ROOM-1",
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-01-02T00:00:00Z",
        "reason": "maintenance",
    }
    small.ask(Correct(put=[Item("quiet", quiet)]), minute(1))
    shipped(small).hear(*WARM, at=60)
    [alert] = of_lots(small)
    assert alert.suppressed is None
    assert told(small, alert.id) == ["raised"]
    [ordinary] = [row for row in small.alerts() if not row.lot]
    assert ordinary.suppressed["state"] == "OOSRV"
    with pytest.raises(ConflictError, match="out of reach"):
        small.ask(Shelve(alert=alert.id, lasting=MINUTE, reason="later"), minute(61))
    with pytest.raises(ConflictError):
        small.ask(Unshelve(alert=alert.id), minute(61))
    small.ask(Acknowledge(alert=alert.id), minute(61))
    assert told(small, alert.id) == ["raised", "acknowledged"]


def test_a_new_process_finds_the_same(small):
    shipped(small).hear(*WARM, at=60)
    before = of_lots(small)
    small.restart()
    small.tick(61)
    assert of_lots(small) == before


# --- any order, any crash ---

LATE = [series_of([9] * 12, since=5), series_of([9.5] * 6, since=30), [reading(0.5, 9)], series_of([11] * 11, since=62)]
STRICTER = {
    "id": "cold",
    "version": 2,
    "effective_from": "2026-01-01T00:20:00Z",
    "rules": [{"id": "too-warm", "kind": "limit", "above": "8.0", "for": "5min", "action": "hold"}],
}
CORRECTIONS = [
    leaves("00:50"),
    leaves("00:30"),
    NO_MOUNT,
    MOUNT_AGAIN,
    Correct(put=[Item("placement", {**P1, "unit": "P2", "to": "2026-01-01T01:30:00Z"})]),
    Apply(entries=[Item("profile", STRICTER)], retroactive=True),
]
LAST = [leaves("00:40"), MOUNT_AGAIN]  # whatever was believed meanwhile


def told_of_lots(stage: Stage) -> list:
    return sorted(
        (row.product, row.lot, row.place, row.since, row.until, row.rules, _outs(row.lots)) for row in of_lots(stage)
    )


def _outs(lots) -> list:
    return [(lot["unit"], lot["state"], sorted(lot["out"].items(), key=str)) for lot in lots]


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([*LATE, *CORRECTIONS]), st.integers(0, 10), st.booleans())
def test_late_data_and_corrections_in_any_order_end_in_the_same(fresh, deeds, again, restart):
    expected, stage = (Stage(fresh(), site="") for _ in range(2))
    everything(expected, [*LATE, *CORRECTIONS])
    everything(stage, [*deeds, *itertools.islice((d for d in deeds if isinstance(d, list)), again % 4)], restart)
    assert told_of_lots(stage) == told_of_lots(expected) != []


def everything(stage: Stage, deeds, restart: bool = False) -> None:
    """Let late news come in some order, after a release at 100 minutes."""
    stage.hear(*series_of([5, *[9] * 11, 5]))
    stage.hear(reading(95, 5))
    stage.ask(leaves("00:50"), minute(96))
    ids = [row.id for row in stage.rows(holds) if row.unit == "P2"]
    stage.ask(Dispose(holds=ids, state="released", reason="fine", allow=A_MINUTE), minute(100))
    for i, deed in enumerate([*deeds, *LAST]):
        at = minute(200 + i)
        if restart and i == 5:
            stage.restart()
        if isinstance(deed, list):
            stage.writer.step(Batch([message(each, at=at) for each in deed]), at)
        else:
            stage.ask(deed, at)
    stage.tick(300)


def test_a_crash_at_any_statement_ends_in_the_same(fresh):
    source = fresh()
    shipped(Stage(source, site=""))
    source.close()
    expected = Stage(fresh(source.path), site="")
    expected.hear(*WARM, at=60)
    for count in itertools.count(1, 3):
        stage = Stage(fresh(source.path), site="")
        stage.writer.start(minute(45))
        plug = Plug(stage.database, count)
        stage.writer._database = plug
        try:
            stage.hear(*WARM, at=60)
            break
        except Crash:
            stage.restart()
            stage.hear(*WARM, at=60)
        rows = [{**row._mapping, "because": None, "sentence": None} for row in of_lots(stage)]
        assert rows == [{**row._mapping, "because": None, "sentence": None} for row in of_lots(expected)] != []
        assert told(stage, 2) == ["raised"]
        stage.database.close()
    assert count > 15
