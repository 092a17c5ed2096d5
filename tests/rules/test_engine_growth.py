"""What merely goes on is told of when somebody asks for it; what begins, ends or fires is told of at once."""

from rules.engine import Engine
from rules.whereabouts import UnitKey
from tests.oracle.notation import heard, limit, minute, site, version
from tests.oracle.product import to_site

LASTING = site(version(limit(above="8", delay="5min", action="hold")), stays=("A/P1 ROOM", "A/P2 ROOM"))
P1 = UnitKey("V", "A", "P1")


def started(series: str) -> Engine:
    engine = Engine(to_site(LASTING), lambda sensor, quantity: ((), ()), minute(0))
    for row in heard(series):
        engine.hear(*row)
        engine.settle(row.measured_at)
    return engine


def hear(engine: Engine, value: float, at: float) -> list[object]:
    engine.hear("S1", "temperature", minute(at), round(value * 1_000_000))
    return [change.subject for change in engine.settle(minute(at))]


def test_a_reading_after_which_all_goes_on_changes_nothing_at_once() -> None:
    engine = started("5 9 9")
    assert (hear(engine, 9.5, 3), engine.has_grown) == ([], True)


def test_growing_brings_the_numbers_of_everything_that_goes_on_up_to_date() -> None:
    engine = started("5 9 9")
    hear(engine, 9.5, 3)
    assert {change.subject for change in engine.grow()} == {P1, UnitKey("V", "A", "P2")}
    (exposure,) = engine.judged(P1).exposures
    assert (exposure.minutes, exposure.peak, exposure.until) == (2.0, 9_500_000, None)
    assert (engine.grow(), engine.has_grown) == ([], False)


def test_what_fires_while_all_goes_on_is_told_at_its_instant() -> None:
    engine = started("5 9 9 9")
    assert engine.due_at == minute(6)
    assert hear(engine, 9, 6) == [P1, UnitKey("V", "A", "P2")]
    assert [firing.at for firing in engine.judged(P1).firings] == [minute(6)]


def test_what_ends_is_told_at_once() -> None:
    engine = started("5 9 9 9")
    assert hear(engine, 5, 4) == [P1, UnitKey("V", "A", "P2")]


def test_silence_ends_what_went_on_and_the_next_reading_begins_it_anew() -> None:
    engine = started("5 9")
    assert [change.subject for change in engine.settle(minute(31))] != []
    (exposure,) = engine.judged(P1).exposures
    assert exposure.until == minute(31)
    assert hear(engine, 9, 40) == [P1, UnitKey("V", "A", "P2")]
    assert [each.since for each in engine.judged(P1).exposures] == [minute(1), minute(40)]


def test_a_reading_that_comes_after_its_silence_was_told_is_news() -> None:
    engine = started("5 9")
    engine.settle(minute(31))
    engine.hear("S1", "temperature", minute(20), 9_000_000)
    assert P1 in {change.subject for change in engine.settle(minute(32))}
    (exposure,) = engine.judged(P1).exposures
    assert exposure.until is None
