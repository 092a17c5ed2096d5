"""The whole plug-in system: a module in a folder registers itself under a name; duplicates stop the start."""

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Generic, TypeVar

from domain.errors import InvalidError

T = TypeVar("T")


class Registry(Generic[T]):
    """Names to plug-ins of one sort, e.g. codecs."""

    def __init__(self, sort: str) -> None:
        self.sort = sort
        self._entries: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates. Raises ValueError for a name taken."""

        def add(entry: T) -> T:
            if name in self._entries:
                raise ValueError(f"duplicate {self.sort} {name!r}")
            self._entries[name] = entry
            return entry

        return add

    def names(self) -> list[str]:
        """Return all names, sorted."""
        return sorted(self._entries)

    def get(self, name: str) -> T:
        """Return the entry. Raises InvalidError naming the known ones."""
        if name not in self._entries:
            raise InvalidError(f"unknown {self.sort} {name!r}; known: {', '.join(self.names())}")
        return self._entries[name]


def load_folder(package: ModuleType) -> None:
    """Import every module of a package, so that each can register itself."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
