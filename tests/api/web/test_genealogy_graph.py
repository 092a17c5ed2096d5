"""The drawn genealogy: every unit a line, sources above what came of them, each edge a curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.recall.graph import LINE, MOST, graph
from domain.model import UnitKey


def unit(number: int) -> UnitKey:
    return UnitKey("VAX", "A1", f"U{number:03}")


@given(
    st.dictionaries(st.integers(0, 200), st.integers(-4, 4), max_size=120),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200))),
)
def test_every_unit_has_a_line_of_its_own_and_every_edge_between_drawn_ones_is_drawn(depths, edges):
    found = graph({unit(n): depth for n, depth in depths.items()}, [(unit(a), unit(b)) for a, b in edges])
    assert len(found.nodes) + found.left_out == len(depths)
    assert [node.y for node in found.nodes] == [LINE // 2 + i * LINE for i in range(len(found.nodes))]
    assert [node.depth for node in found.nodes] == sorted(node.depth for node in found.nodes)
    drawn = {node.unit for node in found.nodes}
    assert len(found.paths) == sum(unit(a) in drawn and unit(b) in drawn for a, b in edges)


def test_of_very_many_the_nearest_are_drawn():
    found = graph({unit(0): 0} | {unit(n): n for n in range(1, 201)}, [])
    assert (len(found.nodes), found.left_out) == (MOST, 201 - MOST)
    assert {node.unit for node in found.nodes} == {unit(n) for n in range(MOST)}


@pytest.mark.parametrize("depth", [-3, 0, 3])
def test_what_is_a_step_later_is_set_in_further(depth):
    found = graph({unit(0): depth, unit(1): depth + 1}, [(unit(1), unit(0))])
    assert found.nodes[0].x < found.nodes[1].x < found.text_at
    assert found.nodes[1].sources == (unit(0),)
