"""What is wrong, in words: true for every kind of rule."""

import pytest

from domain.topics import topic_of, what_is_wrong, whole

LIFE = {"kind": "life", "why": {"measured": 0.1, "unstudied": 41.0}}


@pytest.mark.parametrize(
    ("fired", "quantity", "direction", "words"),
    [
        ({"kind": "limit"}, "temperature", "high", "too warm"),
        ({"kind": "limit"}, "humidity", "low", "too dry"),
        ({"kind": "cumulative"}, "temperature", "high", "too warm, cumulative time exceeded"),
        ({"kind": "mkt"}, "temperature", "high", "mean kinetic temperature too high"),
        ({"kind": "rate"}, "temperature", "low", "cooling too fast"),
        ({"kind": "rate"}, "humidity", "high", "humidity rising too fast"),
        ({"kind": "cooling"}, "temperature", "high", "not cooling fast enough"),
        ({"kind": "gap"}, "", "silent", "too much data missing"),
        ({"kind": "gap"}, "temperature", "silent", "too much temperature data missing"),
        ({"kind": "stuck"}, "temperature", "faulty", "temperature does not change"),
        ({"kind": "spread"}, "humidity", "faulty", "humidity sensors disagree"),
        ({"kind": "plausible"}, "temperature", "faulty", "implausible temperature"),
        ({"kind": "life"}, "temperature", "high", "too little shelf life left"),
        (LIFE, "temperature", "high", "outside the studied temperature range"),
        ({"kind": "dew"}, "humidity", "high", "close to condensation"),
        ({"kind": "silence"}, "", "silent", "no data"),
        ({"kind": "silence"}, "humidity", "silent", "no humidity data"),
        ({}, "temperature", "low", "too cold"),
        ({}, "temperature", "silent", "no temperature data"),
        ({}, "humidity", "faulty", "unreliable humidity readings"),
        ({}, "pressure", "high", "pressure high"),
    ],
)
def test_it_is_said_what_is_wrong_and_nothing_else(fired, quantity, direction, words):
    assert what_is_wrong(fired, quantity, direction) == words


def test_a_topic_tells_kinds_quantities_and_sides_apart():
    assert topic_of({"kind": "rate"}, "temperature", "high") == "rate_temperature_high"
    assert topic_of({"kind": "spread"}, "humidity", "faulty") == "spread_humidity"
    assert topic_of(LIFE, "temperature", "high") == "unstudied"


@pytest.mark.parametrize(
    ("of", "places", "said"),
    [
        ({"product": "VAX", "lot": "A1", "unit": "P7"}, ["ROOM-1"], "warm, unit P7 in ROOM-1"),
        ({"product": "VAX", "lot": "A1", "unit": None}, ["R1", "R2"], "warm, whole lot in R1 and R2"),
        ({"product": "VAX", "lot": "A1", "unit": "P7"}, [], "warm, unit P7"),
        ({"location": "ROOM-1"}, ["ROOM-1"], "warm, in ROOM-1"),
        ({}, [], "warm"),
    ],
)
def test_a_sentence_goes_on_with_whom_it_is_of_and_where(of, places, said):
    assert whole("warm", of, places) == said
