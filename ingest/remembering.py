"""What codecs remember of sources: by key, typed as each codec says, stored only where it changed."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

import msgspec

from ingest.decoded import Memory

# By the key of the source and what the codec calls it; None: no more.
Stored: TypeAlias = Mapping[tuple[str, str], bytes | None]

# So much is remembered of a source; what was first remembered is forgotten first.
KEYS_AT_MOST = 100_000


class Layered(Mapping[str, Any]):
    """What is remembered, with what has changed since on top of it."""

    __slots__ = ("_above", "_below")

    def __init__(self, below: Memory, above: Memory) -> None:
        self._below, self._above = below, above

    def get(self, key: str, default: Any = None) -> Any:
        """Return what is remembered under the key."""
        if key in self._above:
            value = self._above[key]
            return default if value is None else value
        return self._below.get(key, default)

    def __getitem__(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._below if key not in self._above)
        yield from (key for key, value in self._above.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Memories:
    """What is committed, by source."""

    def __init__(self, stored: Stored) -> None:
        """Take what is stored. It is read when a codec asks for it: that codec knows its type."""
        self._stored: dict[str, dict[str, bytes]] = {}
        for (source, key), kept in stored.items():
            if kept is not None:
                self._stored.setdefault(source, {})[key] = kept
        self._read: dict[str, tuple[Any, dict[str, Any]]] = {}  # with its type

    def of(self, source: str, kind: Any) -> dict[str, Any]:
        """Return what the codec that remembers this kind does of a source; nothing of what another codec remembered."""
        found = self._read.get(source)
        if found is None or found[0] is not kind:
            found = self._read[source] = kind, dict(_typed(self._stored.pop(source, {}), kind))
        return found[1]

    def add(self, source: str, changes: dict[str, Any], more: Memory) -> None:
        """Add what a message changes to what those before it do, and forget what there is no more room for."""
        changes.update(more)
        known = self._read[source][1]
        if len(known) + len(changes) > KEYS_AT_MOST:
            over = len(Layered(known, changes)) - KEYS_AT_MOST
            changes.update(dict.fromkeys(islice((key for key in known if key not in changes), max(over, 0))))

    def adopt(self, source: str, changes: Mapping[str, Any]) -> None:
        """Remember the changes: they are committed."""
        _, known = self._read[source]
        for key, value in changes.items():
            if value is None:
                known.pop(key, None)
            else:
                known[key] = value


def _typed(stored: Mapping[str, bytes], kind: Any) -> Iterator[tuple[str, Any]]:
    decoder = msgspec.msgpack.Decoder(kind)
    for key, kept in stored.items():
        try:
            yield key, decoder.decode(kept)
        except msgspec.MsgspecError:
            continue  # another format's, or an earlier version's
