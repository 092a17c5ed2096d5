"""Alerts of lots that are about to expire: one for each lot and step, of stock only, told once."""

import pytest

from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.model import Handled, UnitKey
from domain.times import DAY, HOUR, MINUTE, parse_instant
from ledger.inputs import Batch
from ledger.models.alert import alert_of
from ledger.models.recipients import alert_for_client
from ledger.requests import Acknowledge, Correct, DateUnit, EntryName, Item, Shelve
from store.tables import alerts, outbox, unit_dates
from store.unit_dates import handled
from tests.ledger.stage import SITE, START, Stage

EXPIRES = "2026-03-31"  # its last day; the stage begins at the first of January
END = parse_instant("2026-04-01T00:00:00Z")
PRODUCT = "{id: VAX, profile: cold, expiry_warnings: [30d, 10%], after_opening: 28d, after_thawing: 5d}"
DATED = SITE.replace("{id: VAX, profile: cold}", PRODUCT).replace(
    "lot: A1, client: acme}", f"lot: A1, client: acme, expires_on: {EXPIRES}, made_at: 2026-01-01T00:00:00Z}}"
)
TENTH = END - 9 * DAY  # of 90 days


@pytest.fixture
def dated(small):
    """The small site, one lot of which expires."""
    small.apply(DATED)
    return small


def tick(stage: Stage, at: int) -> None:
    stage.writer.step(Batch(), at)


def told(stage: Stage, *, founded: bool = True) -> list[tuple[str, str, str]]:
    rows = stage.rows(alerts, alerts.c.direction == "expiry", alerts.c.founded == founded)
    return [(row.lot, *row.rules, row.severity) for row in rows]


def sentences(stage: Stage) -> list[str]:
    return [row.sentence for row in stage.rows(alerts, alerts.c.direction == "expiry")]


def put(stage: Stage, at: int, lot: str = "A1", **fields: object) -> None:
    stage.ask(Correct(put=[Item("batch", {"product": "VAX", "lot": lot, **fields}, keeps=True)]), at)


def test_each_step_is_told_when_it_is_reached_and_not_before(dated) -> None:
    first = END - 31 * DAY
    tick(dated, first - 1)
    assert told(dated) == []
    for at in (first, first + HOUR, TENTH - 1):
        tick(dated, at)
        assert told(dated) == [("A1", "30d", "warning")]
    tick(dated, TENTH)
    tick(dated, END - 1)
    assert told(dated)[1:] == [("A1", "10%", "warning")]
    tick(dated, END)
    assert told(dated)[2:] == [("A1", "expired", "critical")]
    assert sentences(dated) == [
        "VAX A1 expires on 2026-03-31, 30 days left: 2 units in ROOM-1.",
        "VAX A1 expires on 2026-03-31, 10 % of its shelf life or less left: 2 units in ROOM-1.",
        "VAX A1 expired on 2026-03-31: 2 units in ROOM-1.",
    ]


def test_the_engine_is_due_when_the_next_step_is(dated) -> None:
    assert dated.writer.due_at is not None and dated.writer.due_at <= END - 31 * DAY


def test_nothing_is_told_twice_after_a_restart(dated) -> None:
    tick(dated, TENTH)
    before, messages = told(dated), dated.rows(outbox)
    for _ in range(2):
        dated.restart()
        dated.writer.start(TENTH + MINUTE)
        tick(dated, TENTH + HOUR)
    assert (told(dated), dated.rows(outbox)) == (before, messages)


def test_of_steps_that_were_passed_at_once_only_the_last_is_told(dated) -> None:
    dated.restart()
    dated.writer.start(END + DAY)
    assert told(dated) == [("A1", "expired", "critical")]


def test_channels_are_told_by_severity(dated) -> None:
    tick(dated, END - 31 * DAY)
    assert [(row.channel, row.event) for row in dated.rows(outbox)] == [("all", "raised")]
    tick(dated, END)
    assert [(row.channel, row.event) for row in dated.rows(outbox)][1:] == [("all", "raised"), ("worst", "raised")]


def test_it_waits_until_somebody_acknowledges_it(dated) -> None:
    tick(dated, END)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    assert (alert_of(row._mapping).status, alert_of(row._mapping).is_open) == ("new", True)
    dated.ask(Acknowledge(alert=row.id), END + HOUR)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    alert = alert_of(row._mapping)
    assert (alert.status, alert.is_open, alert.state, alert.kind) == ("acknowledged", False, "NORM", "expiry")
    assert alert.what_is_wrong == "expired"


def test_it_is_not_shelved(dated) -> None:
    tick(dated, END)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    with pytest.raises(ConflictError, match="is of an expiry date; that is not shelved"):
        dated.ask(Shelve(alert=row.id, lasting=HOUR, reason="later"), END + HOUR)


def test_a_lot_that_is_not_in_stock_is_told_of_when_it_comes(dated) -> None:
    keys = [f'["VAX","A1","{unit}","ROOM-1","2026-01-01T00:00:00Z"]' for unit in ("P1", "P2")]
    dated.ask(Correct(remove=[EntryName("placement", key) for key in keys]), START + DAY)
    tick(dated, TENTH)
    assert told(dated) == []
    place = {"product": "VAX", "lot": "A1", "unit": "P3", "location": "ROOM-2", "from": "2026-03-25T00:00:00Z"}
    dated.ask(Correct(put=[Item("placement", place)]), TENTH + HOUR)
    assert told(dated) == []  # it is planned to come
    tick(dated, parse_instant("2026-03-25T00:00:00Z"))
    assert told(dated) == [("A1", "10%", "warning")]


def test_a_date_that_was_wrong_takes_the_reason_away_and_another_gives_its_own(dated) -> None:
    tick(dated, END - 31 * DAY)
    put(dated, END - 30 * DAY, expires_on="2026-12-31")
    assert (told(dated), told(dated, founded=False)) == ([], [("A1", "30d", "warning")])
    put(dated, END - 30 * DAY + HOUR, expires_on="2026-01-31")
    assert told(dated) == [("A1", "expired", "critical")]
    put(dated, END - 30 * DAY + 2 * HOUR, expires_on=EXPIRES)
    assert told(dated) == [("A1", "30d", "warning")]
    assert told(dated, founded=False) == [("A1", "expired", "critical")]


def test_a_ladder_that_is_changed_counts_at_once(dated) -> None:
    product = {"id": "VAX", "expiry_warnings": ["80d"]}
    dated.ask(Correct(put=[Item("product", product, keeps=True)]), END - 79 * DAY)
    assert told(dated) == [("A1", "80d", "warning")]


def test_a_client_reads_of_its_own_lot_and_of_no_place(dated) -> None:
    tick(dated, END)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    alert = alert_of(row._mapping)
    own = alert_for_client(alert, "acme", lambda lot: lot.client == "acme")
    assert own is not None and own.sentence == "VAX A1 expired on 2026-03-31."
    assert alert_for_client(alert, "other", lambda lot: lot.client == "other") is None


def open_it(stage: Stage, unit: str | None, at: int, opened: int | None, thawed: int | None = None) -> None:
    stage.ask(DateUnit(product="VAX", lot="A1", unit=unit, opened_at=opened, thawed_at=thawed), at)


def test_a_unit_that_was_opened_is_told_of_when_its_time_is_over(dated) -> None:
    open_it(dated, "P1", START + DAY, START + DAY)
    open_it(dated, "P2", START + DAY, START, START + DAY)
    tick(dated, START + 6 * DAY - 1)
    assert told(dated) == []
    tick(dated, START + 6 * DAY)
    assert sentences(dated) == ["VAX A1 opened or thawed too long ago: P2, 1 unit in ROOM-1."]
    tick(dated, START + 29 * DAY)
    assert sentences(dated) == ["VAX A1 opened or thawed too long ago: P1, P2, 2 units in ROOM-1."]
    assert told(dated) == [("A1", "in_use", "critical")]
    assert [row.event for row in dated.rows(outbox)] == ["raised", "raised"]  # an update of what still waits is none


def test_what_was_acknowledged_is_raised_again_with_the_next_unit(dated) -> None:
    open_it(dated, "P2", START + DAY, None, START)
    tick(dated, START + 6 * DAY)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    dated.ask(Acknowledge(alert=row.id), START + 6 * DAY + HOUR)
    open_it(dated, "P1", START + 7 * DAY, None, START)
    [row] = dated.rows(alerts, alerts.c.direction == "expiry")
    assert (row.acknowledged_at, [lot["unit"] for lot in row.lots]) == (None, ["P1", "P2"])


def test_a_date_of_opening_that_was_wrong_is_corrected(dated) -> None:
    open_it(dated, "P1", START + 40 * DAY, START)
    assert told(dated) == [("A1", "in_use", "critical")]
    open_it(dated, "P1", START + 40 * DAY + HOUR, None)
    assert (told(dated), told(dated, founded=False)) == ([], [("A1", "in_use", "critical")])
    assert dated.rows(unit_dates) == []


def test_what_was_known_of_it_at_an_instant_stays_so(dated) -> None:
    for hours, opened in ((1, START), (2, None), (3, START + HOUR)):
        open_it(dated, "P1", START + hours * HOUR, opened)
    unit, lots = UnitKey("VAX", "A1", "P1"), [("VAX", "A1")]
    with dated.database.read() as connection:
        known = [handled(connection, lots, START + minutes * MINUTE).get(unit) for minutes in (59, 60, 120, 179, 180)]
        assert known == [None, Handled(START, None), None, None, Handled(START + HOUR, None)]
        assert handled(connection, [("VAX", "A2")], START) == {}


def test_what_is_still_to_come_or_of_no_lot_is_refused(dated) -> None:
    with pytest.raises(InvalidError, match="opened_at: 2026-01-03T00:00:00Z is after now, 2026-01-02T00:00:00Z"):
        open_it(dated, "P1", START + DAY, START + 2 * DAY)
    with pytest.raises(NotFoundError, match="no batch VAX X"):
        dated.ask(DateUnit(product="VAX", lot="X", unit=None), START + DAY)


def test_on_either_database_the_same_is_told(stage) -> None:
    stage.apply(DATED)
    open_it(stage, "P1", START + DAY, START)
    for at in (START + 28 * DAY, END - 31 * DAY, END):
        tick(stage, at)
    assert [rung for _, rung, _ in told(stage)] == ["in_use", "30d", "expired"]
