"""The line of the last day."""

import re

from api.web.components.limits import Limits
from api.web.now.spark import HEIGHT, Step, draw, held, merged
from rules.series.bounds import Bound

BAND = Limits(Bound("below", 2), Bound("above", 8))


def steps(*values, at=0):
    return [Step(at + i, value, value) for i, value in enumerate(values)]


def paths(svg):
    return re.findall(r'<path class="(\w+)" d="([^"]+)"', str(svg))


def gaps(svg):
    return [
        (int(x), int(width)) for x, width in re.findall(r'<rect class="gap" x="(\d+)" y="0" width="(\d+)"', str(svg))
    ]


def test_several_sensors_are_merged_to_their_extremes():
    assert merged([[Step(1, 5, 6)], [Step(0, 1, 1), Step(1, 4, 5)]]) == [Step(0, 1, 1), Step(1, 4, 6)]


def test_a_value_holds_over_short_pauses_only():
    assert [step.number for step in held([*steps(5), *steps(6, at=3), *steps(7, at=7)], 2)] == [0, 1, 2, 3, 7]


def test_a_day_within_limits_is_one_line_without_gaps():
    svg = draw(steps(5, 5, 6, 5), 4, BAND, "words")
    assert [kind for kind, _ in paths(svg)] == ["in"]
    assert gaps(svg) == []


def test_what_lies_outside_is_a_part_of_its_own_that_begins_where_the_line_was():
    svg = draw(steps(5, 9, 9, 5), 4, BAND, "words")
    (first, _), (second, outside), (third, _) = paths(svg)
    assert (first, second, third) == ("in", "out", "in")
    assert outside.startswith("M1 ")  # at the end of the first bucket, at its height
    assert outside.split("V")[0].split()[1] == paths(svg)[0][1].split("V")[0].split()[1]


def test_gaps_stay_open():
    svg = draw([*steps(5, 5), *steps(5, at=6)], 8, BAND, "words")
    assert gaps(svg) == [(2, 4), (7, 1)]
    assert len(paths(svg)) == 2
    assert paths(svg)[1][1].startswith("M6 ")


def test_nothing_known_is_one_gap():
    svg = draw([], 96, Limits(), "words")
    assert (paths(svg), gaps(svg)) == ([], [(0, 96)])


def test_the_allowed_range_reaches_to_the_edge_where_it_has_no_limit():
    svg = str(draw(steps(5, 9), 2, Limits(high=Bound("above", 8)), "words"))
    y, height = re.search(r'class="band" x="0" y="([\d.]+)" width="2" height="([\d.]+)"', svg).groups()
    assert float(y) + float(height) == HEIGHT


def test_everything_fits_into_the_picture():
    svg = draw(steps(-40, 0, 95), 3, BAND, "words")
    heights = [float(y) for _, path in paths(svg) for y in re.findall(r"V([\d.]+)", path)]
    assert min(heights) >= 0
    assert max(heights) <= HEIGHT


def test_its_words_are_escaped():
    assert 'aria-label="&lt;a&gt;"' in str(draw([], 1, Limits(), "<a>"))
