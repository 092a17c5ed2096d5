"""A genealogy as a drawing: a unit a line, what it came from above, what came from it below, lines between. Pure.

It is as wide as the page lets it be, on a phone too; only its height grows, by a line for each unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.model import UnitKey

LINE = 30  # height of a line, in pixels
MOST = 80  # units that are drawn: the nearest
_STEP, _LEFT = 18, 14  # how far each step is set in
_STEPS_AT_MOST = 8  # that are set in


@dataclass(frozen=True, slots=True)
class Node:
    """A unit and where its dot is; `depth` below 0: it came from those; `sources`: what it is from, as far as drawn."""

    unit: UnitKey
    depth: int
    x: int
    y: int
    sources: tuple[UnitKey, ...]

    @property
    def name(self) -> str:
        """Return e.g. `VAX A1 PALLET-7`."""
        return " ".join(part for part in self.unit if part)


@dataclass(frozen=True, slots=True)
class Graph:
    """Dots from top to bottom, and the curves between them as paths of SVG; `left_out`: units that are not drawn."""

    nodes: Sequence[Node]
    paths: Sequence[str]
    left_out: int

    @property
    def height(self) -> int:
        """How high it is, in pixels."""
        return LINE * len(self.nodes)

    @property
    def text_at(self) -> int:
        """Where names begin: right of all dots."""
        return max((node.x for node in self.nodes), default=0) + 16


def graph(depths: Mapping[UnitKey, int], edges: Iterable[tuple[UnitKey, UnitKey]]) -> Graph:
    """Draw units by how many steps they are away, before (below 0) or after; edges are of a unit and its source."""
    nearest = sorted(depths, key=lambda unit: (abs(depths[unit]), str(unit)))[:MOST]
    drawn = sorted(nearest, key=lambda unit: (depths[unit], str(unit)))
    shown = set(drawn)
    between = [(unit, source) for unit, source in edges if unit in shown and source in shown]
    first = max(min((depths[unit] for unit in drawn), default=0), -_STEPS_AT_MOST)
    nodes = {}
    for i, unit in enumerate(drawn):
        x = _LEFT + _STEP * min(max(depths[unit] - first, 0), 2 * _STEPS_AT_MOST)
        sources = tuple(sorted((source for each, source in between if each == unit), key=str))
        nodes[unit] = Node(unit, depths[unit], x, i * LINE + LINE // 2, sources)
    paths = [_curve(nodes[source], nodes[unit]) for unit, source in between]
    return Graph(list(nodes.values()), paths, len(depths) - len(drawn))


def _curve(above: Node, below: Node) -> str:
    """Return a curve that goes down left of the lower unit's dot, between the columns of dots."""
    x, bend = below.x - _STEP // 2, LINE // 2 - 3
    down = bend if below.y > above.y else -bend
    return f"M{above.x} {above.y}Q{x} {above.y} {x} {above.y + down}V{below.y - down}Q{x} {below.y} {below.x} {below.y}"
