"""Gateway formats, one module each, found automatically.

A codec is `decode(message, source, memory) -> (Decoded, changes of memory)`: pure, raising nothing but DecodeError for
whatever bytes it is given.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from domain.registry import Registry, load_folder
from ingest.decoded import Decoded, Memory, Message, Source

Decode: TypeAlias = Callable[[Message, Source, Memory], tuple[Decoded, Memory]]


@dataclass(frozen=True, slots=True)
class Codec:
    """A format: how to decode; `check`, which raises InvalidError for a source whose mapping it cannot use; and what it
    remembers: a tagged struct or a union of some, so that no other format takes it for its own. None: nothing.
    """

    decode: Decode
    check: Callable[[Source], object]
    remembers: Any = None


_registry: Registry[Codec] = Registry("gateway format")


def _anything(source: Source) -> None:
    """Accept any mapping: the format has no use for one."""


def register(
    name: str, check: Callable[[Source], object] = _anything, remembers: Any = None
) -> Callable[[Decode], Decode]:
    """Return a decorator that registers a decode function as a format. Raises ValueError for a name taken."""

    def add(decode: Decode) -> Decode:
        _registry.register(name)(Codec(decode, check, remembers))
        return decode

    return add


def names() -> list[str]:
    """Return all formats, sorted."""
    return _registry.names()


def get(name: str) -> Codec:
    """Return the codec of a format. Raises InvalidError naming the known ones."""
    return _registry.get(name)


load_folder(sys.modules[__name__])
