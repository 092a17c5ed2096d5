"""Paths into JSON documents: `a.b[0].c`, `readings[*].temp`, `[*].value`, `a["key.with.dots"]`.

`[*]` is every element of an array; a key with a star in it, `*.Id` or `DS18B20*.Id`, is the value of every key of an
object that fits (`*` alone is also every element of an array). `temps.*.@key` is the key itself.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from domain.errors import InvalidError


class _Sign:
    """A word of its own that no document contains."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key of an object that fits a pattern."""

    pattern: str

    def fits(self, key: str) -> bool:
        """Tell whether a key is one of them."""
        return self.pattern == "*" or fnmatchcase(key, self.pattern.replace("[", "[[]").replace("?", "[?]"))


STAR: Final = _Sign("*")
KEY: Final = _Sign("@key")
MISSING: Final = _Sign("MISSING")

Path: TypeAlias = tuple[Any, ...]  # keys (str), indexes (int), STAR and Keys; KEY behind the last Keys
# The document, then the element chosen in each array on the way in; for an object the key before it.
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
        steps.append(_step(*match.groups()))
        end = match.end()
    if not steps or end != len(text):
        raise InvalidError(f"not a path such as a.b[0].c or readings[*].temp: {text!r}")
    for before, step in zip([None, *steps], steps, strict=False):
        if step is KEY and not (isinstance(before, Keys) and steps[-1] is KEY):
            raise InvalidError(f"@key stands only at the end and behind keys with a star, as in temps.*.@key: {text!r}")
    return tuple(steps)


def _step(key: str | None, index: str | None, quoted: str | None) -> Any:
    if index is not None:
        return STAR if index == "*" else int(index)
    if key is None:
        return quoted
    return KEY if key == "@key" else Keys(key) if "*" in key else key


def is_many(step: Any) -> bool:
    """Tell whether a step of a path leads to several elements."""
    return step is STAR or isinstance(step, Keys)


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
    """Return the array or object that the paths run through: everything up to the last star of the deepest of them.

    Raises InvalidError if they run through different ones.
    """
    prefixes = [path[: _last_star(path) + 1] for path in paths]
    deepest = max(prefixes, key=len, default=())
    for prefix in prefixes:
        if deepest[: len(prefix)] != prefix:
            raise InvalidError(f"paths through two different arrays: {show(prefix)} and {show(deepest)}")
    return deepest


def _last_star(path: Path) -> int:
    return max((i for i, step in enumerate(path) if is_many(step)), default=-1)


def show(path: Path) -> str:
    """Return the path as text."""
    return "".join(map(_shown, path)).removeprefix(".")


def _shown(step: Any) -> str:
    if isinstance(step, Keys):
        return f".{step.pattern}"
    if not isinstance(step, str):
        return f".{step}" if step is KEY else f"[{step}]"
    return f".{step}" if re.fullmatch(r'[^.\[\]"*@]+', step) else f'["{step}"]'


def rows(document: Any, array: Path) -> Iterator[Contexts]:
    """Yield the contexts of every element of the array or object; of the document itself if there is none."""
    first = next((i for i, step in enumerate(array) if is_many(step)), None)
    if first is None:
        yield (document,)
        return
    step, rest = array[first], array[first + 1 :]
    elements = walk(document, array[:first])
    if isinstance(step, Keys):
        for key, element in _fitting(elements, step):
            for inner in rows(element, rest):
                yield (document, key, *inner)
    elif isinstance(elements, list) and not rest:
        for element in elements:
            yield (document, element)
    elif isinstance(elements, list):
        for element in elements:
            for inner in rows(element, rest):
                yield (document, *inner)


def _fitting(elements: Any, keys: Keys) -> Iterator[tuple[Any, Any]]:
    if isinstance(elements, dict):
        yield from ((key, element) for key, element in elements.items() if keys.fits(key))
    elif isinstance(elements, list) and keys.pattern == "*":
        yield from ((MISSING, element) for element in elements)


def getter(path: Path) -> Getter:
    """Return what reads the path from a row's contexts."""
    depth = sum(2 if isinstance(step, Keys) else 1 for step in path if is_many(step))
    rest = path[_last_star(path) + 1 :]
    if rest == (KEY,):
        return lambda contexts, topic: contexts[depth - 1]
    if len(rest) == 1 and isinstance(rest[0], str):
        return _key_getter(rest[0], depth)
    return lambda contexts, topic: walk(contexts[depth], rest)


def _key_getter(key: str, depth: int) -> Getter:
    def get(contexts: Contexts, topic: str) -> Any:
        context = contexts[depth]
        return context.get(key, MISSING) if type(context) is dict else MISSING

    return get
