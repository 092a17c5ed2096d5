"""Of an instant's silence nothing else is looked at: a place that was silent often costs no more than another."""

from hypothesis import given
from hypothesis import strategies as st

from domain.intervals import Interval
from rules.subjects.evidence.readings import _inside

PAUSES = (
    st.lists(st.integers(0, 60), unique=True)
    .map(sorted)
    .map(lambda ends: list(zip(ends[::2], ends[1::2], strict=False)))
)


@given(PAUSES, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_pause_around_an_instant_is_the_one_of_all_that_contains_it(
    pauses: list[Interval], first: int, last: int, at: int
) -> None:
    found = list(_inside(pauses, first, last, None))
    assert found == [pause for pause in pauses if first <= pause[0] and pause[1] <= last]
    around = list(_inside(pauses, first, last, at))
    assert len(around) <= 1
    assert [each for each in around if each[0] < at < each[1]] == [each for each in found if each[0] < at < each[1]]
