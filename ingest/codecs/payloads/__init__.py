"""What LoRaWAN devices send as bytes, a module for each maker or model, found automatically.

A decoder is `decode(payload, port) -> fields`: the object that the maker's own decoder makes of it, by the same names,
as far as it concerns temperature, humidity and battery; earlier measurements are `history`, each with its `timestamp`.
So a probe is called alike wherever its bytes are decoded. Raises DecodeError for bytes that are not the device's.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from domain.registry import Registry, load_folder

Decode: TypeAlias = Callable[[bytes, int], dict[str, Any]]


class Device(NamedTuple):
    """How to decode, and the words in names of models by which a device is known to be one of these."""

    decode: Decode
    models: tuple[str, ...]


_registry: Registry[Device] = Registry("payload")


def register(name: str, *models: str) -> Callable[[Decode], Decode]:
    """Return a decorator that registers a decoder. Raises ValueError for a name taken."""

    def add(decode: Decode) -> Decode:
        _registry.register(name)(Device(decode, models))
        return decode

    return add


def names() -> list[str]:
    """Return all devices, sorted."""
    return _registry.names()


def get(name: str) -> Decode:
    """Return a decoder. Raises InvalidError naming the known ones."""
    return _registry.get(name).decode


@lru_cache(maxsize=1024)
def of_model(text: str) -> Decode | None:
    """Return the decoder of the device that the name of a model or a device profile names; None: it names none."""
    words = text.casefold()
    for name in names():
        device = _registry.get(name)
        if any(model in words for model in device.models):
            return device.decode
    return None


load_folder(sys.modules[__name__])
