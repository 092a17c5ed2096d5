"""The engine's present may leap: after a pause of the process, or when what waited at the broker has been caught up."""

import pytest

from rules.engine import Engine
from rules.subjects.whereabouts import UnitKey
from tests.oracle.notation import fired, heard, minute, silence, site, version
from tests.oracle.product import to_site

SILENT = site(version(silence(after="5min", action="review")))


def test_a_silence_that_was_told_too_early_is_taken_back() -> None:
    """The present has gone on without the readings that come now: what waited at a gateway."""
    engine = Engine(to_site(SILENT), lambda sensor, quantity: ((), ()), minute(0))
    rows = heard("5x10")
    for row in rows[:3]:
        engine.add(*row)
    engine.settle(minute(9))
    assert [firing.at for firing in engine.judgement(UnitKey("V", "A", None)).firings] == [minute(7)]
    for row in rows[3:]:
        engine.add(*row)
    engine.settle(minute(9))
    assert engine.judgement(UnitKey("V", "A", None)).firings == ()


@pytest.mark.parametrize("present", [14, 15, 60])
def test_a_silence_that_began_and_lasted_within_a_leap_fires(present: float) -> None:
    """Heard to minute 9, planned to look at minute 7: five minutes after the last reading that was judged."""
    engine = Engine(to_site(SILENT), lambda sensor, quantity: ((), ()), minute(0))
    for row in heard("5x10"):
        engine.add(*row)
        if row.measured_at <= minute(2):
            engine.settle(row.measured_at)
    engine.settle(minute(present))
    assert fired(engine.report(minute(present))) == ["silent 14 review"]
