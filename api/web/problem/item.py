"""One line of a timeline, and how lines that are alike become one."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

from api.web.frame.sentences import say

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that became known or was done at an instant; `order` tells what follows from what at the same one."""

    at: int
    title: Markup
    details: Sequence[Markup]
    who: str | None
    tone: str  # hold | warn | plain
    order: int


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> Iterator[tuple[Key, list[Row]]]:
    """Yield what is alike, in the order of its first row."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    yield from groups.items()


def quoted(words: str | None) -> list[Markup]:
    """Return what a person wrote, as a detail; nothing if nothing was written."""
    return [say("timeline.quoted", words=words)] if words else []
