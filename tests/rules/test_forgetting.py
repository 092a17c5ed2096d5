"""Readings that the engine holds no longer: how many it holds, what it recalls, and that answers are as before."""

from array import array
from dataclasses import replace

from domain.times import DAY, MINUTE
from rules.engine import Engine
from rules.series.arrays.thinned import NO_DAYS
from rules.series.intake import Memory
from rules.series.series import Past as series_past
from rules.series.series import Series
from rules.subjects.whereabouts import LocationKey
from tests.oracle.notation import cumulative, limit, minute, silence, site, version
from tests.oracle.product import to_site

LAST = 50
_STUCK = {"id": "frozen", "kind": "stuck", "for": "3h"}
_STEP = {"id": "no jumps", "kind": "plausible", "step": "10"}
SITE = to_site(
    site(
        version(limit("warm", above="8"), cumulative("total", above="8", total="2h"), silence(after="30min")),
        version(limit("warm", above="8"), _STUCK, _STEP, profile="Q"),
        mounts=("S1 ROOM",),
        stays=("A ROOM", "B ROOM 2000.."),
        ROOM={"profile": "Q"},
    )
)


class Past:
    """Readings on record, and the spans that were asked for."""

    def __init__(self) -> None:
        self.times, self.values = array("q"), array("q")
        self.asked: list[tuple[int, int]] = []
        self.memory = Memory(self.recall, self.recent, lambda *_: NO_DAYS, last=LAST, recalled=0)

    def recent(self, *_: object) -> tuple["array[int]", "array[int]", bool]:
        return self.times[:], self.values[:], True

    def recall(self, _sensor: str, _quantity: str, since: int, until: int) -> tuple["array[int]", "array[int]"]:
        self.asked.append((since, until))
        found = [i for i, at in enumerate(self.times) if since <= at < until]
        return array("q", [self.times[i] for i in found]), array("q", [self.values[i] for i in found])


def _value(number: int) -> int:
    return 9_000_000 if number % 700 in range(100, 130) else 5_000_000 + number % 7


def _run(count: int) -> tuple[Past, Engine, Engine]:
    """An engine that forgets and one that does not, after as many minutes."""
    past = Past()
    engines = [Engine(SITE, lambda *_: ((), ()), minute(0), memory=memory) for memory in (past.memory, None)]
    for number in range(count):
        for engine in engines:
            engine.add("S1", "temperature", minute(number), _value(number))
            engine.settle(minute(number))
        past.times.append(minute(number))
        past.values.append(_value(number))
    return past, engines[0], engines[1]


def _held(engine: Engine) -> int:
    return len(engine._series["S1", "temperature"].times)


def _late(past: Past, engines: tuple[Engine, ...], at: int, value: int) -> None:
    for engine in engines:
        engine.add("S1", "temperature", at, value)
    i = sum(each < at for each in past.times)
    past.times.insert(i, at)
    past.values.insert(i, value)
    for engine in engines:
        engine.settle(minute(6000))


def test_however_long_the_history_only_the_last_readings_are_held_and_none_is_recalled_in_order():
    past, forgetting, keeping = _run(2500)
    in_order = len(past.asked)
    assert _held(keeping) == 2500
    # 3 h for what has not changed for so long, until it is looked at; the rest is twice the last ones at most
    assert _held(forgetting) <= 2 * LAST + 180
    before = _run(1200)[0]
    assert in_order - len(before.asked) <= 2 * 3  # each excursion looks three hours back, for what may be frozen


def test_a_late_reading_recalls_its_day_and_ends_in_the_same():
    past, forgetting, keeping = _run(6000)
    past.asked.clear()
    _late(past, (forgetting, keeping), minute(3000) + 1, 9_500_000)
    assert past.asked
    assert min(since for since, _ in past.asked) >= minute(3000) - 2 * DAY
    for key in forgetting._judged.keys() | keeping._judged.keys():
        assert forgetting.judgement(key) == keeping.judgement(key)
    assert len(keeping.judgement(LocationKey("ROOM")).exposures) == 10  # nine, and the late one
    assert _held(forgetting) <= 2 * LAST + 180


def test_a_reading_that_was_known_is_known_still():
    past, forgetting, _ = _run(1000)
    assert forgetting.add("S1", "temperature", minute(10), _value(10)).value == "duplicate"
    assert forgetting.add("S1", "temperature", minute(11), 1).value == "conflict"
    assert past.asked


def test_what_was_asked_of_the_past_is_not_recalled_for_it_again():
    past = Past()
    for number in range(3 * 1440):
        past.times.append(minute(number))
        past.values.append(5_000_000)
    series = Series(past.times, past.values, series_past(lambda *span: past.recall("", "", *span)))
    series.forget(LAST, minute(4320))
    view = series.view()
    answers = [(view.first_value(minute(7), minute(99)), view.count_between(minute(7), minute(4000)))]
    series.forget(LAST, minute(4320))
    asked = len(past.asked)
    answers.append((view.first_value(minute(7), minute(99)), view.count_between(minute(7), minute(4000))))
    assert answers == [(minute(7), 3993)] * 2
    assert len(past.asked) == asked


def test_of_what_is_recalled_less_is_held_than_may_be():
    past = Past()
    for number in range(10_000):
        past.times.append(number * MINUTE)
        past.values.append(5_000_000)
    names = [f"S{i}" for i in range(8)]
    found = to_site(
        site(
            version(limit("warm", above="8"), silence(after="30min")),
            mounts=tuple(f"{name} R{name}" for name in names),
            stays=tuple(f"{name} R{name}" for name in names),
            sensors=[{"id": name} for name in names],
        )
    )
    memory = replace(past.memory, recalled=25_000)
    engine = Engine(found, lambda *_: (past.times, past.values), minute(0), memory=memory)
    engine.settle(minute(0))
    held = sum(len(series.times) for series in engine._series.values())
    assert len(engine._series) == 2 * 8
    assert held <= 25_000 + 16 * LAST
