"""Paths into JSON documents: `a.b[0].c`, `readings[*].temp`, `[*].value`, `a["key.with.dots"]`."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from domain.errors import InvalidError


class _Sign:
    """A word of its own that no document contains."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


STAR: Final = _Sign("*")
MISSING: Final = _Sign("MISSING")

Path: TypeAlias = tuple[Any, ...]  # keys (str), indexes (int) and STAR
# The document, then the element chosen in each array on the way in.
Contexts: TypeAlias = tuple[Any, ...]
Getter: TypeAlias = Callable[[Contexts, str], Any]  # (contexts, topic) -> value or MISSING

_STEP = re.compile(r'(?:^|\.)([^.\[\]"]+)|\[(\*|-?\d{1,6})\]|\["([^"]*)"\]')


def parse_path(text: str) -> Path:
    """Read a path. Raises InvalidError for anything else."""
    steps: list[Any] = []
    end = 0
    for match in _STEP.finditer(text):
        if match.start() != end:
            break
        key, index, quoted = match.groups()
        steps.append(STAR if index == "*" else int(index) if index is not None else key if key is not None else quoted)
        end = match.end()
    if not steps or end != len(text):
        raise InvalidError(f"not a path such as a.b[0].c or readings[*].temp: {text!r}")
    return tuple(steps)


def walk(value: Any, steps: Sequence[Any]) -> Any:
    """Follow keys and indexes. MISSING where nothing is there, None where a null is on the way."""
    for step in steps:
        if value is None:
            return None
        if isinstance(value, dict):
            value = value.get(step, MISSING)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return MISSING
    return value


def array_of(paths: Sequence[Path]) -> Path:
    """Return the array that the paths run through: everything up to the last STAR of the deepest of them.

    Raises InvalidError if they run through different arrays.
    """
    prefixes = [path[: _last_star(path) + 1] for path in paths]
    deepest = max(prefixes, key=len, default=())
    for prefix in prefixes:
        if deepest[: len(prefix)] != prefix:
            raise InvalidError(f"paths through two different arrays: {show(prefix)} and {show(deepest)}")
    return deepest


def _last_star(path: Path) -> int:
    return max((i for i, step in enumerate(path) if step is STAR), default=-1)


def show(path: Path) -> str:
    """Return the path as text."""
    parts = [f".{step}" if isinstance(step, str) else f"[{step}]" for step in path]
    return "".join(parts).removeprefix(".")


def rows(document: Any, array: Path) -> Iterator[Contexts]:
    """Yield the contexts of every element of the array; of the document itself if there is no array."""
    if STAR not in array:
        yield (document,)
        return
    first = array.index(STAR)
    elements = walk(document, array[:first])
    if isinstance(elements, list):
        for element in elements:
            for inner in rows(element, array[first + 1 :]):
                yield (document, *inner)


def getter(path: Path) -> Getter:
    """Return what reads the path from a row's contexts."""
    depth = sum(step is STAR for step in path)
    rest = path[_last_star(path) + 1 :]
    if len(rest) == 1 and isinstance(rest[0], str):
        return _key_getter(rest[0], depth)
    return lambda contexts, topic: walk(contexts[depth], rest)


def _key_getter(key: str, depth: int) -> Getter:
    def get(contexts: Contexts, topic: str) -> Any:
        context = contexts[depth]
        return context.get(key, MISSING) if type(context) is dict else MISSING

    return get
