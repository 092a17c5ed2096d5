"""Stock on hold or blocked is not used, merged or shipped in silence; what is refused leaves nothing."""

from typing import Any

import pytest

from domain.errors import ConflictError, InvalidError
from domain.times import HOUR, MINUTE, format_instant
from ledger.requests import Correct, DateUnit, Item, Override
from store.stock.tables import movements, unit_states
from store.tables import events, holds
from tests.batches.stock_room import SITE, item, unit
from tests.ledger.stage import Stage
from tests.ledger.stock.recorded import NOW, check_rows, record

AT = format_instant(NOW - MINUTE)
LONG_AGO = format_instant(NOW - HOUR)
WITH_QUARANTINE = SITE.replace("{id: DOCK, parent: SITE}", "{id: DOCK, parent: CAGE}, {id: CAGE, kind: quarantine}")


@pytest.fixture
def stage(database: Any) -> Stage:
    """Unit 1 of lot A is in the room; nothing is on hold."""
    stage = Stage(database, site="")
    stage.apply(WITH_QUARANTINE, NOW - 2 * HOUR)
    record(stage, done("receive", **unit("A/1"), quantity=10, location="ROOM", at=format_instant(NOW - 2 * HOUR)))
    record(stage, done("receive", **unit("A/2"), quantity=10, location="ROOM", at=format_instant(NOW - 2 * HOUR)))
    return stage


def done(do: str, at: str = AT, **fields: Any) -> dict[str, Any]:
    return {"do": do, "at": at, **fields}


def hold(stage: Stage) -> None:
    """Put unit 1 on hold."""
    row = {
        "id": 1,
        "product": "VAX",
        "lot": "A",
        "unit": "1",
        "rule": "r",
        "fired_at": 0,
        "placed_at": NOW - 90 * MINUTE,
    }
    more = {"founded": True, "state": "held", "why": {"since": 0, "until": None, "sentence": ""}, "revision": 1}
    with stage.database.begin() as connection:
        connection.execute(holds.insert().values(**row, **more))
    stage.restart()


def told(stage: Stage) -> list[str]:
    """The kinds of events that tell of movements."""
    return [row.kind for row in stage.rows(events) if row.kind.startswith("movement.")]


SHIP = {"shipment": "s", "to": "FARM", "units": [unit("A/1")]}
TAKING = [
    done("ship", **SHIP),
    done("make", inputs=[item("A/1", 1)], outputs=[unit("B/9") | {"quantity": 1, "location": "ROOM"}]),
    done("merge", product="VAX", lot="A", units=["1", "2"], **{"as": "3"}),
]


@pytest.mark.parametrize("wanted", [*TAKING, done("destroy", units=[unit("A/1")])], ids=lambda each: each["do"])
def test_what_is_on_hold_is_taken_only_where_that_is_overridden(stage: Stage, wanted: dict[str, Any]) -> None:
    hold(stage)
    before = stage.rows(movements), stage.rows(unit_states), told(stage)
    with pytest.raises(ConflictError, match=r"VAX A 1 \(held\) may not be"):
        record(stage, wanted, override=None)
    assert (stage.rows(movements), stage.rows(unit_states), told(stage)) == before
    record(stage, wanted, override=Override("agreed"))
    forced = stage.rows(movements)[-1].forced
    assert forced == {"reason": "agreed", "who": "quinn", "units": [{**unit("A/1"), "reason": "held"}]}
    assert told(stage)[-1] == "movement.forced"
    check_rows(stage)


@pytest.mark.parametrize("wanted", TAKING, ids=lambda each: each["do"])
@pytest.mark.parametrize("status", ["quarantined", "recalled", "rejected"])
def test_what_is_blocked_is_taken_only_where_that_is_overridden(
    stage: Stage, wanted: dict[str, Any], status: str
) -> None:
    record(stage, done("status", LONG_AGO, **unit("A/1"), status=status))
    with pytest.raises(ConflictError, match=rf"VAX A 1 \({status}\) may not be"):
        record(stage, wanted, override=None)
    record(stage, wanted)


def test_what_came_of_blocked_stock_of_another_lot_is_not_shipped(stage: Stage) -> None:
    record(
        stage,
        done("make", LONG_AGO, inputs=[item("A/1", 1)], outputs=[unit("B/9") | {"quantity": 1, "location": "ROOM"}]),
    )
    record(stage, done("status", LONG_AGO, product="VAX", lot="A", status="recalled"))
    with pytest.raises(ConflictError, match=r"VAX B 9 \(blocked_source\) may not be shipped"):
        record(stage, done("ship", shipment="s", to="FARM", units=[unit("B/9")]), override=None)


def test_what_has_left_already_is_recorded_with_a_reason(stage: Stage) -> None:
    hold(stage)
    with pytest.raises(ConflictError, match="held"):
        record(stage, done("ship", LONG_AGO, **SHIP), override=None)
    with pytest.raises(ConflictError, match="held"):
        record(stage, done("ship", **SHIP, reason="in a hurry"), override=None)
    record(stage, done("ship", LONG_AGO, **SHIP, reason="loaded before anybody looked"), override=None)
    assert stage.rows(movements)[-1].forced["reason"] == "loaded before anybody looked"


def test_what_is_on_hold_goes_to_quarantine_or_with_a_reason(stage: Stage) -> None:
    hold(stage)
    with pytest.raises(ConflictError, match=r"VAX A 1 \(held\) may not be moved; give a reason"):
        record(stage, done("move", units=[unit("A/1")], to="SHELF"), override=None)
    record(stage, done("move", units=[unit("A/1")], to="SHELF", reason="the room is cleaned"), override=None)
    record(stage, done("move", units=[unit("A/1")], to="DOCK"), override=None)
    record(stage, done("move", units=[unit("A/2")], to="SHELF"), override=None)


def test_what_has_expired_is_not_received(stage: Stage) -> None:
    expired = done("receive", **unit("C/1"), quantity=1, location="ROOM")
    with pytest.raises(ConflictError, match="VAX C 1: expired on 2026-02-01"):
        record(stage, expired, override=None)
    record(stage, expired)


def test_an_override_needs_a_reason(stage: Stage) -> None:
    with pytest.raises(InvalidError, match="an override needs a reason"):
        record(stage, TAKING[0], override=Override(" "))


@pytest.mark.parametrize("wanted", [
    done("status", **unit("A/1"), status="released"),
    done("status", **unit("A/1"), status="recalled"),
    {"do": "void", "at": AT, "movement": "no"},
])  # fmt: skip
def test_only_a_decision_lifts_a_rejection(stage: Stage, wanted: dict[str, Any]) -> None:
    record(stage, done("status", LONG_AGO, **unit("A/1"), status="rejected", id="no"))
    with pytest.raises(ConflictError, match="only a decision lifts that"):
        record(stage, wanted)
    record(stage, done("status", LONG_AGO, product="BULK", lot="Q", status="rejected", id="lot"))
    with pytest.raises(ConflictError, match="lot BULK Q is rejected: only a decision lifts that"):
        record(stage, done("status", product="BULK", lot="Q", status="released"))


def test_nothing_happens_in_the_future(stage: Stage) -> None:
    with pytest.raises(ConflictError, match="is after now"):
        record(stage, done("move", format_instant(NOW + 365 * 24 * HOUR), units=[unit("A/1")], to="SHELF"))


def test_one_unit_is_in_one_place(stage: Stage) -> None:
    with pytest.raises(ConflictError, match='VAX A 1 cannot begin: it exists already and is in stock at "ROOM"'):
        record(stage, done("receive", **unit("A/1"), quantity=10, location="DOCK"))


def test_a_lot_of_which_movements_tell_gets_no_placement_and_no_parents(stage: Stage) -> None:
    placement = {"product": "VAX", "lot": "A", "location": "ROOM", "from": AT}
    batch = {"product": "VAX", "lot": "N", "made_at": AT, "parents": [{"product": "VAX", "lot": "A"}]}
    for kind, fields in (("placement", placement), ("batch", batch)):
        with pytest.raises(ConflictError, match="movements tell of lot VAX A"):
            stage.ask(Correct(put=[Item(kind, fields)]), NOW)


def test_what_was_opened_too_long_ago_is_neither_shipped_nor_used(stage: Stage) -> None:
    record(stage, done("receive", LONG_AGO, **unit("B/1"), quantity=10, location="ROOM"))
    stage.ask(Correct(put=[Item("product", {"id": "VAX", "after_opening": "1h"}, keeps=True)]), NOW)
    stage.ask(DateUnit(product="VAX", lot="B", unit="1", opened_at=NOW - 90 * MINUTE), NOW)
    ship = {"shipment": "s", "to": "FARM", "units": [unit("B/1")]}
    make = {"inputs": [item("B/1", 1)], "outputs": [unit("C/9") | {"quantity": 1, "location": "ROOM"}]}
    for wanted in (done("ship", **ship), done("make", **make)):
        with pytest.raises(ConflictError, match=r"VAX B 1 \(expired\) may not be"):
            record(stage, wanted, override=None)
    record(stage, done("ship", format_instant(NOW - 31 * MINUTE), **ship), override=None)  # its time ended after that
    assert stage.rows(movements)[-1].forced is None
