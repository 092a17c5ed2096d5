"""Intervals of a long history from a few numbers a day: as from all of its readings."""

from array import array
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times import MINUTE
from rules.series.bands import Plausible
from rules.series.bounds import Bound, Bounds
from rules.series.series import Past, Series
from tests.oracle.kept import Kept
from tests.oracle.world import Row
from tests.thrift import examples

GAP = 3 * MINUTE
C = 1_000_000
_WARM = Bounds((Bound("above", 8 * C),))
_TESTS = (
    _WARM,
    Bounds((Bound("above", 8 * C),), deadband=C),
    Bounds((Bound("at_or_below", 2 * C),), deadband=C),
    Bounds((Bound("above", 6 * C), Bound("below", 9 * C))),
)
_VIEWS = (None, Plausible(-40 * C, 60 * C, frozenset({5 * C})), Plausible(-40 * C, 60 * C, frozenset(), 3 * C))


def _two(said: Sequence[tuple[int, int | None]]) -> tuple[Series, Series, list[tuple[int, int]]]:
    """The same readings, whole and as the last two with a past, and the spans that are recalled."""
    kept, asked = Kept(), list[tuple[int, int]]()
    for at, value in said:
        kept.keep(Row("S", "temperature", at, value))
    times, values = kept.load("S", "temperature")

    def recall(since: int, until: int) -> tuple["array[int]", "array[int]"]:
        asked.append((since, until))
        return kept.memory.recall("S", "temperature", since, until)

    past = Past(recall, lambda before: kept.memory.days("S", "temperature", before))
    return Series(times, values), Series(times[-2:], values[-2:], past, is_all=False), asked


_readings = st.lists(
    st.tuples(
        st.sampled_from((1, 1, 1, 1, 2, 4, 30)), st.sampled_from((4.0, 4.1, 4.2, 5.0, 7.5, 8.5, 12.0, 1.5, None))
    ),
    min_size=3,
    max_size=80,
)


@settings(max_examples=examples(300))
@given(_readings, st.sampled_from(_VIEWS), st.lists(st.integers(0, 2000), max_size=3))
def test_what_is_derived_is_what_all_readings_say(drawn, plausible, asked) -> None:
    at, said = 0, []
    for step, value in drawn:
        at += step * MINUTE
        said += [(at + i * 10_000_000, None if value is None else round(value * C)) for i in range(5)]
    whole, brief, _ = _two(said)
    for test in _TESTS:
        assert brief.view(plausible).outside(test, GAP) == whole.view(plausible).outside(test, GAP), test
    assert brief.view(plausible).known(GAP) == whole.view(plausible).known(GAP)
    assert brief.view(plausible).pauses(GAP) == whole.view(plausible).pauses(GAP)
    for minute in asked:
        instant = minute * MINUTE
        found = [each.view(plausible).first_value(instant, at) for each in (brief, whole)]
        assert found[0] == found[1]
        found = [each.view(plausible).last_value(0, instant) for each in (brief, whole)]
        assert found[0] == found[1]
        for end in (instant + 5 * MINUTE, max(at, instant)):
            counts = [each.view(plausible).count_between(instant, end) for each in (brief, whole)]
            assert counts[0] == counts[1]
            steps = [list(each.view(plausible).steps(instant, end, GAP)) for each in (brief, whole)]
            assert steps[0] == steps[1]


def test_days_in_range_are_not_recalled() -> None:
    said = [(i * MINUTE, 4 * C + i % 7) for i in range(1000)]
    _, brief, asked = _two(said)
    view = brief.view()
    assert view.outside(_WARM, GAP) == []
    assert view.known(GAP) == [(0, 999 * MINUTE + GAP)]
    assert view.pauses(GAP) == []
    assert sum(until - since for since, until in asked) <= 7 * MINUTE
