"""What was opened stays opened: parts of it have its date, what is merged the earliest one, what is made none."""

import json
from typing import Any

import pytest

from domain.model import Handled, UnitKey
from domain.times import DAY, HOUR, format_instant
from ledger.inputs import Batch
from ledger.requests import DateUnit, Record
from store.tables import alerts
from store.unit_dates import handled
from tests.ledger.stage import SITE, START, Stage
from tests.ledger.test_expiry_alerts import PRODUCT

STOCKED = (
    SITE.replace("{id: VAX, profile: cold}", PRODUCT)
    .replace("  - {product: VAX, lot: A2}", "  - {product: VAX, lot: A2}\n  - {product: VAX, lot: B}")
    .replace("profiles:", "parties: [{id: CITY, name: City, kind: customer}]\nprofiles:")
)
OPENED, SOON = START + DAY, START + DAY + HOUR


@pytest.fixture
def stocked(stage: Stage) -> Stage:
    """Pallets 1 and 2 of lot B in stock, on either database."""
    stage.apply(STOCKED)
    for name in ("1", "2"):
        happen(stage, "receive", START, **b(name), quantity=10, location="ROOM-1")
    return stage


def b(name: str, **more: Any) -> dict[str, Any]:
    return {"product": "VAX", "lot": "B", "unit": name, **more}


def happen(stage: Stage, do: str, when: int, now: int | None = None, **fields: Any) -> None:
    said = {"at": format_instant(when), "do": do, **fields}
    stage.ask(Record(movements=[("", json.dumps(said))]), when if now is None else now)


def opened(stage: Stage, name: str, at: int | None, now: int | None = None, thawed: int | None = None) -> None:
    stage.ask(DateUnit(product="VAX", lot="B", unit=name, opened_at=at, thawed_at=thawed), now or at or SOON)


def dates(stage: Stage, known_at: int | None = None) -> dict[str | None, Handled]:
    with stage.database.read() as connection:
        return {key.unit: each for key, each in handled(connection, [("VAX", "B")], known_at).items()}


def test_parts_that_begin_later_have_its_date_and_those_before_have_not(stocked: Stage) -> None:
    happen(stocked, "split", START + HOUR, **b("1"), into=[{"unit": "before", "quantity": 1}])
    opened(stocked, "1", OPENED)
    happen(stocked, "split", SOON, **b("1"), into=[{"unit": "split", "quantity": 1}])
    happen(stocked, "move", SOON, units=[b("split", quantity=0.5) | {"as": "moved"}], to="ROOM-2")
    happen(stocked, "ship", SOON, shipment="s", to="CITY", units=[b("1", quantity=4) | {"as": "sent"}])
    happen(
        stocked, "return", SOON, units=[b("sent", quantity=1) | {"as": "back"}], location="ROOM-1", **{"from": "CITY"}
    )
    it_is = Handled(OPENED, None)
    assert dates(stocked) == dict.fromkeys(["1", "split", "moved", "sent", "back"], it_is)


def test_what_is_merged_has_the_earliest_of_each_and_what_is_made_has_none(stocked: Stage) -> None:
    opened(stocked, "1", OPENED, thawed=OPENED)
    opened(stocked, "2", OPENED - HOUR, now=OPENED)
    happen(stocked, "merge", SOON, product="VAX", lot="B", units=["1", "2"], **{"as": "both"})
    happen(stocked, "make", SOON, inputs=[b("both", quantity=1)], outputs=[b("made", quantity=1, location="ROOM-1")])
    assert dates(stocked)["both"] == Handled(OPENED - HOUR, OPENED)
    assert "made" not in dates(stocked)


def test_a_correction_reaches_the_parts_and_what_was_known_stays(stocked: Stage) -> None:
    opened(stocked, "1", OPENED)
    happen(stocked, "split", SOON, **b("1"), into=[{"unit": "part", "quantity": 1}])
    opened(stocked, "part", SOON, now=SOON + HOUR)
    assert dates(stocked)["part"] == Handled(OPENED, None)
    opened(stocked, "1", None, now=SOON + 2 * HOUR)
    assert dates(stocked) == {"part": Handled(SOON, None)}
    assert dates(stocked, OPENED) == {"1": Handled(OPENED, None)}
    assert dates(stocked, SOON)["part"] == Handled(OPENED, None)


def test_a_part_of_it_is_told_of_with_it(stocked: Stage) -> None:
    opened(stocked, "1", OPENED)
    happen(stocked, "move", SOON, units=[b("1", quantity=10) | {"as": "all"}], to="ROOM-2")
    stocked.writer.step(Batch(), OPENED + 28 * DAY)
    [alert] = stocked.rows(alerts, alerts.c.direction == "expiry")
    assert [UnitKey(each["product"], each["lot"], each["unit"]) for each in alert.lots] == [UnitKey("VAX", "B", "all")]
    happen(stocked, "split", OPENED + 28 * DAY + HOUR, **b("all"), into=[{"unit": "late", "quantity": 1}])
    [alert] = stocked.rows(alerts, alerts.c.direction == "expiry")
    assert [each["unit"] for each in alert.lots] == ["all", "late"]
