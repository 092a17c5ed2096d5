"""From messages to holds and alerts, one transaction a step."""

from store.tables import journal, outbox
from tests.ledger.stage import minute, series_of


def test_a_room_too_warm_for_long_enough_holds_exactly_its_units(stage):
    stage.hear(*series_of([5, 9, 9]))
    assert stage.holds() == []
    stage.hear(*series_of([9] * 9, since=3))
    assert stage.holds() == [("A1", "P1", "too-warm", 11), ("A1", "P2", "too-warm", 11)]
    [alert] = stage.alerts()
    assert alert.sentence == "2 units of VAX A1 on hold: above 8.0 °C for 10 min, peak 9.0 °C, ROOM-1, since 00:01Z"
    assert [(row.channel, row.event) for row in stage.rows(outbox)] == [("all", "raised"), ("worst", "raised")]
    assert stage.event_numbers() == list(range(1, len(stage.event_numbers()) + 1))
