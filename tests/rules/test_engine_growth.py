"""What merely goes on is told of when somebody asks for it; what begins, ends or fires is told of at once."""

import pytest

from rules.engine import Engine
from rules.subjects.whereabouts import UnitKey
from tests.oracle.notation import heard, limit, minute, site, version
from tests.oracle.product import to_site

LASTING = site(version(limit(above="8", delay="5min", action="hold")), stays=("A/P1 ROOM", "A/P2 ROOM"))
P1 = UnitKey("V", "A", "P1")


def started(series: str) -> Engine:
    engine = Engine(to_site(LASTING), lambda sensor, quantity: ((), ()), minute(0))
    for row in heard(series):
        engine.add(*row)
        engine.settle(row.measured_at)
    return engine


def hear(engine: Engine, value: float, at: float) -> list[object]:
    engine.add("S1", "temperature", minute(at), round(value * 1_000_000))
    return [change.subject for change in engine.settle(minute(at))]


def test_a_reading_after_which_all_goes_on_changes_nothing_at_once() -> None:
    engine = started("5 9 9")
    assert (hear(engine, 9.5, 3), engine.has_grown) == ([], True)


def test_growing_brings_the_numbers_of_everything_that_goes_on_up_to_date() -> None:
    engine = started("5 9 9")
    hear(engine, 9.5, 3)
    assert {change.subject for change in engine.grow()} == {P1, UnitKey("V", "A", "P2")}
    (exposure,) = engine.judgement(P1).exposures
    assert (exposure.minutes, exposure.peak, exposure.until) == (2.0, 9_500_000, None)
    assert (engine.grow(), engine.has_grown) == ([], False)


def test_what_fires_while_all_goes_on_is_told_at_its_instant() -> None:
    engine = started("5 9 9 9")
    assert engine.due_at == minute(6)
    assert hear(engine, 9, 6) == [P1, UnitKey("V", "A", "P2")]
    assert [firing.at for firing in engine.judgement(P1).firings] == [minute(6)]


def test_what_ends_is_told_at_once() -> None:
    engine = started("5 9 9 9")
    assert hear(engine, 5, 4) == [P1, UnitKey("V", "A", "P2")]


def test_silence_ends_what_went_on_and_the_next_reading_begins_it_anew() -> None:
    engine = started("5 9")
    assert [change.subject for change in engine.settle(minute(31))] != []
    (exposure,) = engine.judgement(P1).exposures
    assert exposure.until == minute(31)
    assert hear(engine, 9, 40) == [P1, UnitKey("V", "A", "P2")]
    assert [each.since for each in engine.judgement(P1).exposures] == [minute(1), minute(40)]


def test_a_reading_that_comes_after_its_silence_was_told_is_news() -> None:
    engine = started("5 9")
    engine.settle(minute(31))
    engine.add("S1", "temperature", minute(20), 9_000_000)
    assert P1 in {change.subject for change in engine.settle(minute(32))}
    (exposure,) = engine.judgement(P1).exposures
    assert exposure.until is None


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ({"kind": "spread", "by": "2"}, "5x4", "9 9.2 9.1 9.3"),
        ({"kind": "rate", "rise": "5", "window": "5min", "min_readings": "3"}, "5+1x8", "5x8"),
        ({"kind": "stuck", "for": "3min"}, "5x8", "7+0.1x8"),
    ],
)
def test_of_what_all_sensors_or_many_readings_say_the_numbers_grow_too(
    rule: dict[str, str], first: str, second: str
) -> None:
    found = site(version({"id": "it", **rule}), stays=("A/P1 ROOM",), mounts=("S1 ROOM", "S2 ROOM"))
    engine = Engine(to_site(found), lambda sensor, quantity: ((), ()), minute(0))
    rows = sorted([*heard(second, "S2"), *heard(first)], key=lambda row: row.measured_at)
    for row in rows[:-1]:
        engine.add(*row)
        engine.settle(row.measured_at)
    engine.grow()
    engine.add(*rows[-1])
    assert ([change.subject for change in engine.settle(rows[-1].measured_at)], engine.has_grown) == ([], True)
    (firing,) = engine.judgement(P1).firings
    (change,) = engine.grow()
    assert change.after.firings[0].why["readings"] == firing.why["readings"] + 1


def test_a_mean_that_comes_to_be_above_is_told_with_the_reading_at_which_it_is() -> None:
    found = site(version({"id": "it", "kind": "mkt", "above": "8", "window": "20min"}), stays=("A/P1 ROOM",))
    engine = Engine(to_site(found), lambda sensor, quantity: ((), ()), minute(0))
    told = []
    for row in heard("5x20 9x30"):
        engine.add(*row)
        told += [row.measured_at for change in engine.settle(row.measured_at) if change.after.firings]
    (firing,) = engine.judgement(P1).firings
    assert told == [firing.at]
