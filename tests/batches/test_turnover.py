"""Turnover of a period: level, use, days of stock, waste by reason, reorder point, ages; by hand and by property."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from batches.stock import FLOW_KINDS
from batches.turnover import Age, InStock, Went, ages, slices, turnover
from domain.times import DAY

FLOWS = [
    Went(-5 * DAY, "received", 100),
    Went(-1 * DAY, "shipped", 40),
    Went(2 * DAY, "shipped", 20),
    Went(3 * DAY, "destroyed", 5, "broken"),
    Went(4 * DAY, "used", 10),
    Went(6 * DAY, "lost", 7, "stolen"),
    Went(7 * DAY, "returned", 5),
    Went(8 * DAY, "destroyed", 1, "broken"),
    Went(9 * DAY, "adjusted", -1),
]


def test_a_period_by_hand() -> None:
    found = turnover(FLOWS, 0, 10 * DAY, 3 * DAY)
    assert (found.opening, found.closing) == (60, 28)
    assert found.use == 25  # 20 shipped and 10 used, 5 came back
    # 60 for 2 days, 40 for 1, 35 for 1, 25 for 3, 30 for 1, 29 for 1, 28 for 1
    assert found.average == Fraction(120 + 40 + 35 + 75 + 30 + 29 + 28, 10)
    assert found.rate == Fraction(25) / found.average
    assert found.use_per_day == Fraction(5, 2)
    assert found.days_of_stock == Fraction(56, 5)
    assert list(found.waste.items()) == [("stolen", 7), ("broken", 6)]
    assert (found.reorder_point, found.should_reorder) == (30, True)  # days 2 to 4: 20 + 10


def test_the_reorder_point_is_the_most_that_was_used_in_any_lead_time() -> None:
    flows = [Went(at * DAY, "used", quantity) for at, quantity in ((0, 5), (2, 5), (4, 9), (5, 1))]
    assert turnover(flows, 0, 10 * DAY, 2 * DAY).reorder_point == 10
    assert turnover(flows, 0, 10 * DAY, 2 * DAY + 1).reorder_point == 14  # what is used as the time ends counts too
    assert turnover(flows, 0, 10 * DAY, 5 * DAY).reorder_point == 19
    assert turnover([], 0, 10 * DAY, 5 * DAY).reorder_point == 0


def test_without_a_lead_time_or_with_a_longer_one_nothing_is_said() -> None:
    assert turnover(FLOWS, 0, 10 * DAY).reorder_point is None
    assert turnover(FLOWS, 0, 10 * DAY, 11 * DAY).reorder_point is None
    assert not turnover(FLOWS, 0, 10 * DAY).should_reorder


def test_without_stock_or_use_nothing_is_divided() -> None:
    empty = turnover([], 0, DAY)
    assert (empty.rate, empty.days_of_stock, empty.use_per_day) == (None, None, 0)


def test_ages_begin_at_their_bound() -> None:
    standing = [InStock(1, 100 * DAY), InStock(2, 71 * DAY), InStock(4, 70 * DAY), InStock(8, -900 * DAY)]
    assert [age for age in ages(standing, 100 * DAY) if age.quantity] == [
        Age(0, 30, 3),
        Age(30, 60, 4),
        Age(365, None, 8),
    ]


went = st.builds(
    Went, st.integers(-50, 149), st.sampled_from(FLOW_KINDS), st.integers(1, 100), st.sampled_from([None, "broken"])
)


@given(st.lists(went, max_size=20), st.integers(1, 7))
def test_slices_add_up_to_the_period(flows: list[Went], number: int) -> None:
    flows.sort(key=lambda flow: flow.at)
    whole = turnover(flows, 0, 100)
    parts = slices(flows, 0, 100, number)
    assert (parts[0].since, parts[-1].until) == (0, 100)
    assert [part.until for part in parts[:-1]] == [part.since for part in parts[1:]]
    assert sum(part.used for part in parts) == whole.use
    assert sum(part.wasted for part in parts) == sum(whole.waste.values())
    assert parts[-1].level == whole.closing
    for part in parts:
        assert part.level == turnover(flows, part.since, part.until).closing


@given(st.lists(went, max_size=20))
def test_the_average_is_the_mean_of_the_level_at_every_instant(flows: list[Went]) -> None:
    flows.sort(key=lambda flow: flow.at)
    levels = [turnover(flows, at, at + 1).closing for at in range(100)]
    assert turnover(flows, 0, 100).average == Fraction(sum(levels), 100)
