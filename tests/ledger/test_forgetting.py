"""A long history on record: a start reads the days that say something, and ends in what all readings say."""

import random
from typing import Any

from domain.times import DAY
from rules.subjects.whereabouts import LocationKey
from store.compaction import expire, sweep
from tests.ledger.stage import Stage, minute, reading

DAYS = 6
EVERY = 4  # minutes


def _history() -> list[Any]:
    """Days in range, of one of two rooms one with an excursion, one with faults, one with a long pause."""
    chance, said = random.Random(3), []
    for i in range(0, DAYS * 1440, EVERY):
        day, of_day = divmod(i, 1440)
        value: float | None = 5 + chance.random()
        if day == 1 and 600 <= of_day < 700:
            value = 11.0
        if day == 2 and of_day % 400 == 0:
            value = None
        if day == 3 and 300 <= of_day < 500:
            continue
        said += [reading(i, value), reading(i, 5.0, "dev2", "ext")]
    return said


def _receive(stage: Stage) -> None:
    said = _history()
    for first in range(0, len(said), 600):
        stage.hear(*said[first : first + 600], at=DAYS * 1440)


def _judged(stage: Stage) -> dict[Any, Any]:
    engine = stage.writer._state.engine
    return {key: engine.judgement(key) for key in engine._subjects.by_key}


def test_a_start_on_days_that_are_packed_says_what_was_said_and_holds_the_end(stage: Stage) -> None:
    _receive(stage)
    before = _judged(stage)
    assert any(judgement.exposures for judgement in before.values())
    sweep(stage.database, minute((DAYS - 1) * 1440))
    stage.hear(reading(100.5, 12.0), at=DAYS * 1440 + 1)  # late: a row in a day that is packed
    late = _judged(stage)
    assert late != before
    stage.restart()
    stage.tick(DAYS * 1440 + 1)
    assert stage.writer.differed == []
    assert _judged(stage) == late
    assert 0 < len(stage.writer._state.engine._series["S2", "temperature"].times) <= 480 / EVERY + 1


def test_a_late_reading_after_a_start_is_judged_among_all_that_are_on_record(stage: Stage) -> None:
    _receive(stage)
    sweep(stage.database, minute((DAYS - 1) * 1440))
    stage.restart()
    stage.tick(DAYS * 1440 + 1)
    stage.hear(reading(2 * 1440 + 100.5, 12.0), at=DAYS * 1440 + 2)
    judged = _judged(stage)
    stage.restart()
    stage.tick(DAYS * 1440 + 2)
    assert stage.writer.differed == []
    assert _judged(stage) == judged


def test_what_the_database_has_forgotten_meanwhile_stays_as_it_was_told(stage: Stage) -> None:
    _receive(stage)
    sweep(stage.database, minute((DAYS - 1) * 1440))
    stage.restart()
    stage.tick(DAYS * 1440 + 1)
    place = next(key for key, said in _judged(stage).items() if isinstance(key, LocationKey) and said.exposures)
    in_force = stage.writer._state.verdicts.in_force(place).intervals.keys()
    assert in_force
    expire(stage.database, minute(3 * 1440) // DAY * DAY)
    stage.hear(reading(3 * 1440 + 700.5, 12.0), at=DAYS * 1440 + 2)
    assert in_force <= stage.writer._state.verdicts.in_force(place).intervals.keys()
