"""What an alert on record says of itself: its state, whether it is open, since when it is over, what is wrong."""

import pytest

from tests.alerts import alert, lot_row

BEGINS, ENDS = 100, 300
SHELVED = {"state": "SHLVD", "until": 400, "reason": "door"}
DEFROSTS = {"state": "DSUPR", "until": 400, "reason": "defrost"}


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "UNACK"),
        ({"acknowledged_at": 200}, "ACKED"),
        ({"until": ENDS}, "RTNUN"),
        ({"until": ENDS, "acknowledged_at": 200}, "NORM"),
        ({"suppressed": SHELVED}, "SHLVD"),
        ({"until": ENDS, "suppressed": DEFROSTS}, "NORM"),
        ({"founded": False}, "NORM"),
        ({"lot": "A1", "until": ENDS}, "UNACK"),
        ({"lot": "A1", "acknowledged_at": 200}, "NORM"),
    ],
)
def test_its_state_by_the_standards_and_whether_somebody_is_waited_for(columns, state):
    told = alert(since=BEGINS, **columns)
    assert (told.state, told.is_new) == (state, state in ("UNACK", "RTNUN"))


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, "new"),
        ({"acknowledged_at": 200}, "acknowledged"),
        ({"until": ENDS}, "ended"),
        ({"until": ENDS, "acknowledged_at": 200}, "ended"),
        ({"until": ENDS, "lot": "A1"}, "new"),
        ({"founded": False}, "unfounded"),
    ],
)
def test_its_status_in_a_word(columns, status):
    assert alert(since=BEGINS, **columns).status == status


@pytest.mark.parametrize(
    ("columns", "is_open"),
    [
        ({}, True),
        ({"acknowledged_at": 200}, True),
        ({"until": ENDS}, False),
        ({"until": ENDS, "lot": "A1"}, True),
        ({"until": ENDS, "lot": "A1", "acknowledged_at": 200}, False),
        ({"founded": False}, False),
    ],
)
def test_it_is_open_while_ongoing_and_out_of_reach_until_somebody_knows(columns, is_open):
    assert alert(since=BEGINS, **columns).is_open is is_open


def test_an_off_delay_keeps_it_open_though_it_is_over():
    clearing = alert(clearing={"since": 200, "until": 300})
    assert (clearing.until, clearing.over_since) == (None, 200)
    assert alert(until=ENDS).over_since == ENDS


def test_what_is_wrong_is_what_the_worst_rule_says_else_the_first_unit_on_hold():
    lots = [lot_row(kind="limit"), lot_row(unit="P1", kind="rate", hold=3)]
    assert alert(lots=lots).topic == "rate_temperature_high"
    assert alert(lots=lots, worst={"rule": "mkt", "kind": "mkt"}).what_is_wrong == "mean kinetic temperature too high"
    assert alert().what_is_wrong == "too warm"


def test_why_it_fired_names_the_unit_and_the_place():
    (lot,) = alert(lots=[lot_row(unit="P1", sentence="too-warm: above 8.0 °C", places=["ROOM-1"])]).lots
    assert lot.sentence == "too-warm: above 8.0 °C, unit P1 in ROOM-1"
    assert alert(lots=[lot_row()]).lots[0].sentence is None


def test_a_lot_of_an_older_version_has_the_times_of_the_alert():
    (lot,) = alert(since=BEGINS, until=ENDS, lots=[{"product": "VAX", "lot": "A1", "unit": None, "client": None,
                                                   "hold": 1}]).lots  # fmt: skip
    assert (lot.since, lot.until, lot.state, lot.rules) == (BEGINS, ENDS, None, ())
