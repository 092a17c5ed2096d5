"""YAML as a tree in which every scalar is still text and every node knows its line.

Nothing is resolved: `0123`, `NO` and `1e3` stay what was written. Aliases and tags are refused, so that a small
file cannot become a large one and nothing is built that the file does not show.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import yaml

from domain.errors import InvalidError

Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"

# Deeper than any site file; keeps every walk over the tree far from the limit of recursion.
DEEPEST = 32
NULLS = frozenset({"", "~", "null"})
# libyaml where this PyYAML was built with it: some ten times faster, the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(InvalidError):
    """The text is no YAML that can be read; `line` is where."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(slots=True)
class Node:
    """Text, null, a list of nodes or a mapping to nodes, with the line it begins on."""

    line: int
    value: "str | list[Node] | dict[str, Node] | None"

    def plain(self) -> Plain:
        """Return the node without its lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: Path) -> "tuple[Path, Node]":
        """Return the longest beginning of the path that exists, and the node there."""
        node = self
        for depth, step in enumerate(path):
            below = node._child(step)
            if below is None:
                return path[:depth], node
            node = below
        return path, node

    def _child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


class Misplaced(NamedTuple):
    """What is wrong with the YAML itself."""

    line: int
    path: Path
    text: str


def compose(text: str) -> tuple[Node, list[Misplaced]]:
    """Return the tree of the one document, and the keys that were written twice (the first counts).

    Raises UnreadableError for what is no YAML, for aliases, tags and keys that are no text, and for hostile nesting.
    """
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UnreadableError(line, f"not YAML: a control character {found[0]!r}")
    try:
        return _Composer().compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}") from error


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended yet; `key` is the mapping's key that waits for its value."""

    node: Node
    path: Path
    key: Node | None = None

    def next_path(self) -> Path:
        """Return where the next node goes."""
        if self.key is not None:
            return (*self.path, str(self.key.value))
        return (*self.path, len(self.node.value)) if isinstance(self.node.value, list) else self.path


class _Composer:
    """Builds the tree with a stack of its own: how deep a file nests is never how deep this program calls."""

    def __init__(self) -> None:
        self._open: list[_Open] = []  # outermost first
        self._root: Node | None = None
        self._twice: list[Misplaced] = []

    def compose(self, events: Iterator[Any]) -> tuple[Node, list[Misplaced]]:
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent) and self._root is not None:
                raise UnreadableError(line, "more than one document")
            if isinstance(event, yaml.NodeEvent):
                _refuse_tricks(event, line)
            if isinstance(event, yaml.ScalarEvent):
                null = event.implicit[0] and event.value in NULLS
                self._add(Node(line, None if null else event.value))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(Node(line, {} if isinstance(event, yaml.MappingStartEvent) else []))
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
        return self._root or Node(1, None), self._twice

    def _begin(self, node: Node) -> None:
        if len(self._open) >= DEEPEST:
            raise UnreadableError(node.line, f"nested deeper than {DEEPEST} levels")
        path = self._open[-1].next_path() if self._open else ()
        self._add(node)
        self._open.append(_Open(node, path))

    def _add(self, node: Node) -> None:
        if not self._open:
            self._root = node
            return
        holder = self._open[-1]
        if isinstance(holder.node.value, list):
            holder.node.value.append(node)
        elif holder.key is None:
            if not isinstance(node.value, str):
                raise UnreadableError(node.line, "a field's name must be text")
            holder.key = node
        else:
            self._put(holder, holder.key, node)
            holder.key = None

    def _put(self, holder: _Open, key: Node, node: Node) -> None:
        fields: Any = holder.node.value
        if key.value in fields:
            first = f"already written on line {fields[key.value].line}"
            self._twice.append(Misplaced(key.line, holder.next_path(), first))
        else:
            fields[key.value] = node


def _refuse_tricks(event: Any, line: int) -> None:
    if event.anchor is not None:
        raise UnreadableError(line, f"anchors and aliases are not supported: {event.anchor!r}")
    if getattr(event, "tag", None) is not None:
        raise UnreadableError(line, f"tags are not supported, text is text without them: {event.tag!r}")
