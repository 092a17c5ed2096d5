"""What has arrived and is not taken yet: bounded, so that the broker has to wait when the writer is slow."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ingest.decoded import Message

# What a message costs in memory beside its payload.
_OVERHEAD = 300
# A step of one message costs as much as one of twenty. A broker as it comes sends no more before some are acknowledged.
FEW = 20


class Chunk(NamedTuple):
    """Messages of one connection, in order of their arrival."""

    connection: int
    catching_up: bool  # they may have waited at the broker
    messages: Sequence[Message]
    ids: Sequence[bytes] = ()  # packet ids to acknowledge
    repeats: Sequence[int] = ()  # positions of those that the broker marks as sent before


class Buffer:
    """Chunks on their way from the network thread to the pipeline. Never refuses: who fills it asks `full` before.

    While `catching_up` more of what waited at the broker may come. While `held` nothing is given out until it is full:
    a small backlog becomes complete.
    """

    def __init__(self, max_messages: int = 20_000, max_bytes: int = 64 << 20) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._chunks: deque[Chunk] = deque()
        self._changed = threading.Condition()
        self._messages = self._bytes = 0
        self._held = False
        self.catching_up = False
        self.on_room: Callable[[], None] = lambda: None  # called when what was full is not any more

    @property
    def full(self) -> bool:
        """Tell whether nothing more should be read."""
        return self._messages >= self._max_messages or self._bytes >= self._max_bytes

    @property
    def late_to_come(self) -> bool:
        """Tell whether more may be taken that waited at the broker."""
        with self._changed:
            return self.catching_up or bool(self._chunks and self._chunks[0].catching_up)

    def __len__(self) -> int:
        return self._messages

    def hold(self) -> None:
        """Give nothing out until it is full, or told to."""
        with self._changed:
            self._held = True

    def release(self) -> None:
        """Give out what is there."""
        with self._changed:
            self._held = False
            self._changed.notify()

    def put(self, chunk: Chunk) -> None:
        """Add a chunk."""
        with self._changed:
            self._chunks.append(chunk)
            self._count(chunk, 1)
            self._changed.notify()

    def take(self, at_most: int, timeout_s: float, linger_s: float = 0.0) -> list[Chunk]:
        """Return whole chunks, stopping at `at_most` messages; waits for the first, and so long for a FEW.

        A backlog that has just become complete is returned whole.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._chunks and (not self._held or self.full), timeout_s)
            if self._held and not self.full:
                return []
            if linger_s and self._chunks and not self._chunks[0].catching_up:
                self._changed.wait_for(lambda: self._messages >= FEW, linger_s)
            was_full = self.full
            if self._chunks and self._chunks[0].catching_up and not self.catching_up:
                at_most = self._messages
            taken: list[Chunk] = []
            count = 0
            while self._chunks and (not taken or count + len(self._chunks[0].messages) <= at_most):
                chunk = self._chunks.popleft()
                self._count(chunk, -1)
                count += len(chunk.messages)
                taken.append(chunk)
        if was_full and not self.full:
            self.on_room()
        return taken

    def _count(self, chunk: Chunk, sign: int) -> None:
        self._messages += sign * len(chunk.messages)
        self._bytes += sign * sum(len(message.payload) + _OVERHEAD for message in chunk.messages)
