"""What a reading in order costs does not depend on how often its place was outside before."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine import Engine
from rules.judgement import beside
from rules.subjects import kept
from rules.subjects.kept import Kept, Lengths
from tests.oracle.notation import cumulative, limit, minute, site, version
from tests.oracle.product import to_site
from tests.thrift import examples
from tests.work import Work

_RULES = (
    limit("at-once", above="8", action="hold"),
    limit("lasting", above="8", delay="90s", deadband="0.5", action="review"),
    cumulative("total", above="8", total="6min", action="hold"),
    cumulative("lately", above="8", total="3min", window="12min"),
    limit("cold", below="2"),
    {"id": "fast", "kind": "rate", "rise": "3", "window": "3min"},
)
_SITE = to_site(site(version(*_RULES), stays=("A/P1 ROOM", "A/P2 ROOM", "B ROOM 5.."), ROOM={"profile": "P"}))


def _work_after(values: Sequence[float], following: Sequence[float]) -> list[int]:
    """Return what each following reading, judged by itself, takes after these."""
    engine = Engine(_SITE, lambda sensor, quantity: ((), ()), minute(0))
    found = []
    for i, value in enumerate([*values, *following]):
        engine.add("S1", "temperature", minute(i), round(value * 1_000_000))
        if i < len(values):
            engine.settle(minute(i))
            continue
        with Work("rules") as work:
            engine.settle(minute(i))
        found.append(work.count)
    return found


@settings(max_examples=examples(10), deadline=None)
@given(st.lists(st.sampled_from((5.0, 9.0, 9.5, 1.0)), min_size=1, max_size=5))
def test_the_work_of_a_reading_in_order_is_the_same_after_ten_times_the_past(some: list[float]) -> None:
    pattern = [5.0, *some, 9.0]
    after_few, after_many = (_work_after(pattern * count, pattern) for count in (8, 80))
    for few, many in zip(after_few, after_many, strict=True):
        assert many <= 1.1 * few + 200, (after_few, after_many)


def test_what_follows_shares_what_it_keeps_and_leaves_the_former_as_it_was() -> None:
    first = Kept([1, 2, 3])
    second = first.followed_by(2, [7, 8])
    third, other = second.followed_by(3, [9]), second.followed_by(4, [5])
    assert [list(each) for each in (first, second, third, other)] == [
        [1, 2, 3],
        [1, 2, 7, 8],
        [1, 2, 7, 9],
        [1, 2, 7, 8, 5],
    ]
    assert (second.shares(third), third.shares(other)) == (2, 3)
    assert list(third.followed_by(1, [4])) == [1, 4]
    assert list(third) == [1, 2, 7, 9]


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40), st.integers(0, 9)), max_size=30))
def test_whatever_is_followed_by_what_each_stays_what_it_was(steps: list[tuple[int, int, int]]) -> None:
    with patch.object(kept, "_BLOCK", 4):
        all_kept, plain = [Kept[int]()], [list[int]()]
        for of, count, more in steps:
            before, said = all_kept[of % len(all_kept)], plain[of % len(plain)]
            first = said[:count]
            tail = [(first[-1] if first else 0) + 1 + i for i in range(more)]
            all_kept.append(before.followed_by(len(first), tail))
            plain.append(first + tail)
        assert [list(each) for each in all_kept] == plain
        for one, listed in zip(all_kept, plain, strict=True):
            assert [one[i] for i in range(len(one))] == listed
            assert list(one.since(3)) == listed[3:]
            for at in range(12):
                assert one.place(bisect_left, at, int) == bisect_left(listed, at)
                assert one.place(bisect_right, at, int) == bisect_right(listed, at)
            for other, others in zip(all_kept, plain, strict=True):
                same = one.shares(other)
                assert listed[:same] == others[:same]


def _work_of_a_late_reading(past: int) -> int:
    """Return what a reading takes that comes a few minutes late after so many minutes in which every other is warm."""
    engine = Engine(_SITE, lambda sensor, quantity: ((), ()), minute(0))
    for i in range(past):
        if i not in (past - 13, past - 12):
            engine.add("S1", "temperature", minute(i), 5_000_000 + 4_000_000 * (i % 2))
            engine.settle(minute(i))
    for i in (past - 13, past - 12):  # the second cuts what the first has cut already
        engine.add("S1", "temperature", minute(i), 9_000_000)
        with Work("rules") as work:
            changes = engine.settle(minute(past))
            for change in changes:
                beside(change.before, change.after)
                beside(change.after, change.before)
    return work.count


def test_the_work_of_a_late_reading_is_that_of_what_lies_behind_it_not_of_the_past() -> None:
    few, many = (_work_of_a_late_reading(past) for past in (300, 3000))
    assert many <= 1.1 * few, (few, many)


def test_kept_ones_are_alike_by_what_they_say() -> None:
    first = Kept([1, 2, 3]).followed_by(3, [4])
    assert first == Kept([1, 2, 3, 4]) == first.followed_by(3, [4])
    assert first != first.followed_by(3, [5])
    assert first != Kept([1, 2, 3])
    assert [first[0], first[-1], first[2:]] == [1, 4, [3, 4]]


def test_lengths_that_go_on_say_what_new_ones_say() -> None:
    intervals = [(0, 2), (5, 6), (10, 14), (20, 21)]
    gone_on = (
        Lengths(intervals[:1]).followed_by(1, [(5, 8)]).followed_by(1, intervals[1:3]).followed_by(3, intervals[3:])
    )
    new = Lengths(intervals)
    assert list(gone_on) == list(new) == intervals
    for at in range(-1, 25):
        assert (gone_on.until(at), gone_on.inside(at, 6)) == (new.until(at), new.inside(at, 6))
        assert gone_on.turns(at, 23, 6) == new.turns(at, 23, 6)
        assert list(gone_on.later_than(at)) == [each for each in intervals if each[1] > at]
        assert gone_on.ended_before(at) == sum(until < at for _, until in intervals)
