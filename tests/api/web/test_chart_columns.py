"""What sensors said is laid out on one axis: steps, gaps, the farthest out."""

from api.web.charts.columns import columns_of
from api.web.charts.model import Limit, SensorSteps, Step
from api.web.charts.steps import steps_of, within
from store.history import Bucket, Window

EVER = 1000


def steps(*numbers):
    return tuple(Step(since, until, value, value) for since, until, value in numbers)


def heard(name, *numbers):
    return SensorSteps(name, name, steps(*numbers))


def limit(value, side):
    return Limit(0, EVER, value, side, ("rule",))


def test_a_value_holds_until_the_next_one_and_the_last_to_the_end():
    window = Window(readings=((0, 50), (10, 60)))
    assert tuple(steps_of(window, 30)) == steps((0, 10, 50), (10, 30, 60))


def test_a_fault_ends_a_value_and_holds_nothing():
    window = Window(readings=((0, 50), (10, None), (20, 60)))
    assert tuple(steps_of(window, 30)) == steps((0, 10, 50), (20, 30, 60))


def test_a_value_from_before_holds_into_the_window():
    assert tuple(steps_of(Window(readings=((10, 60),)), 20, (-5, 40))) == steps((-5, 10, 40), (10, 20, 60))


def test_a_bucket_keeps_its_extremes_and_its_last_value_holds_to_the_next():
    buckets = (Bucket(0, 10, 3, 0, 40, 90, 50, 60), Bucket(20, 30, 1, 0, 70, 70, 70, 70))
    found = list(steps_of(Window(buckets=buckets), 30))
    assert found == [Step(0, 10, 40, 90), Step(10, 20, 60, 60), Step(20, 30, 70, 70)]


def test_a_bucket_of_faults_only_is_no_value():
    buckets = (Bucket(0, 10, 1, 0, 40, 40, 40, 40), Bucket(10, 20, 0, 2, None, None, None, None))
    assert tuple(steps_of(Window(buckets=buckets), 20)) == (Step(0, 10, 40, 40),)


def test_steps_are_cut_to_what_is_known():
    assert tuple(within(steps((0, 10, 1), (10, 30, 2)), [(5, 12), (20, 25)])) == steps(
        (5, 10, 1), (10, 12, 2), (20, 25, 2)
    )


def test_nothing_is_drawn_in_a_gap():
    columns = columns_of([heard("S1", (0, 10, 5), (20, 30, 6))], [])
    assert (columns.edges, columns.high) == ([0, 10, 20, 30], [5, None, 6, None])


def test_of_two_sensors_the_warmer_is_the_thick_line_at_each_instant():
    columns = columns_of([heard("S1", (0, 20, 5)), heard("S2", (0, 10, 4), (10, 20, 6))], [limit(80, 1)])
    assert columns.thick == [5, 6, None]
    assert (columns.low, columns.high) == ([4, 5, None], [5, 6, None])


def test_the_colder_is_the_thick_line_where_it_is_farther_out():
    limits = [limit(80, 1), limit(20, -1)]
    columns = columns_of([heard("S1", (0, 20, 81)), heard("S2", (0, 10, 50), (10, 20, 15))], limits)
    assert columns.thick == [81, 15, None]


def test_with_lower_limits_only_the_coldest_is_the_thick_line():
    columns = columns_of([heard("S1", (0, 10, 5)), heard("S2", (0, 10, 4))], [limit(2, -1)])
    assert columns.thick == [4, None]


def test_sensors_that_never_speak_at_once_share_a_line_and_keep_their_names():
    (line,) = columns_of([heard("S1", (0, 10, 5)), heard("T1", (10, 20, 6))], []).lines
    assert line.names == ((0, "S1"), (1, "T1"))
    assert line.high == [5, 6, None]


def test_sensors_that_speak_at_once_have_lines_of_their_own():
    first, second = columns_of([heard("S1", (0, 10, 5)), heard("S2", (5, 15, 6))], []).lines
    assert (first.high, second.high) == ([5, 5, None, None], [None, 6, 6, None])


def test_nothing_heard_is_nothing_to_draw():
    columns = columns_of([], [])
    assert (columns.edges, columns.lines, columns.high, columns.thick) == ([], [], [], [])
