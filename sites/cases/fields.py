"""The fields of one mapping of a case file, every problem noted with its line."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from domain.errors import InvalidError
from rules.kinds.common.fields import nearest
from sites.file import FileProblem
from sites.tree import Node, Path

T = TypeVar("T")


class Fields:
    """Reads a mapping; an absent field and a `null` are the same."""

    def __init__(self, node: Node, path: Path, problems: list[FileProblem]) -> None:
        self.path, self.problems, self._node = path, problems, node
        self._fields: dict[str, Node] = node.value if isinstance(node.value, dict) else {}
        self.is_mapping = isinstance(node.value, dict)
        if not self.is_mapping:
            self.wrong("must be a mapping")

    def wrong(self, text: str, *field: str | int) -> None:
        """Note a problem of the field, or of the whole."""
        self.problems.append(FileProblem(self._node.find(field)[1].line, (*self.path, *field), text))

    def know(self, names: Sequence[str]) -> None:
        """Note every field that is none of these."""
        for name in self._fields:
            if name not in names:
                near = nearest(name, list(names)) or "; known: " + ", ".join(names)
                self.wrong(f"unknown field{near}", name)

    def node(self, name: str) -> Node | None:
        """Return the field's node, None if there is nothing."""
        node = self._fields.get(name)
        return None if node is None or node.value is None else node

    def text(self, name: str) -> str | None:
        """Return the field's text."""
        node = self.node(name)
        if node is None or isinstance(node.value, str):
            return node and node.value  # type: ignore[return-value]  # text or nothing, just asked
        self.wrong("must be text", name)
        return None

    def read(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return what the text means; what `read` refuses is noted."""
        text = self.text(name)
        return None if text is None else self.understood(text, read, name)

    def understood(self, text: str, read: Callable[[str], T], *field: str | int) -> T | None:
        """Return what a text means; what `read` refuses is noted."""
        try:
            return read(text)
        except InvalidError as error:
            self.wrong(str(error), *field)
            return None

    def items(self, name: str) -> list[tuple[int, Node]]:
        """Return the items of a list, numbered."""
        node = self.node(name)
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.wrong("must be a list", name)
            return []
        return list(enumerate(node.value))

    def texts(self, name: str, read: Callable[[str], T]) -> tuple[T, ...] | None:
        """Return what the texts of a list mean; None if the field is absent."""
        if self.node(name) is None:
            return None
        found = []
        for i, item in self.items(name):
            if not isinstance(item.value, str):
                self.wrong("must be text", name, i)
            elif (meant := self.understood(item.value, read, name, i)) is not None:
                found.append(meant)
        return tuple(found)
