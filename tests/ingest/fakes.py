"""A link and a writer without a broker and a database."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ingest.buffer import Buffer, Chunk
from ingest.decoded import Message
from ledger.inputs import Arrived, Batch


def always(value: Any) -> list[dict[str, Any]]:
    return [{"value": value, "from": None}]


def source(topic: str, format_name: str = "plain_scalar", mapping: Any = None, timezone: Any = None) -> dict[str, Any]:
    """An entry's document as the site keeps it."""
    return {"topic": topic, "format": format_name, "mapping": always(mapping), "timezone": always(timezone)}


class Done(NamedTuple):
    sources_changed: bool = False


class FakeLink:
    """Remembers what was acknowledged."""

    def __init__(self) -> None:
        self.buffer = Buffer()
        self.connected = True
        self.acknowledged: list[bytes] = []
        self.published: list[tuple[str, bytes]] = []
        self.topics: tuple[str, ...] = ()
        self._number = 0

    def bring(
        self, *messages: tuple[str, str], late: bool = False, connection: int = 1, repeats: Sequence[int] = ()
    ) -> list[bytes]:
        """Let messages arrive; return their packet ids."""
        first = self._number + 1
        self._number += len(messages)
        ids = [number.to_bytes(2, "big") for number in range(first, self._number + 1)]
        heard = [
            Message(topic, payload.encode(), False, number) for number, (topic, payload) in enumerate(messages, first)
        ]
        self.buffer.put(Chunk(connection, late, heard, ids, repeats))
        return ids

    def acknowledge(self, chunks: Iterable[Chunk]) -> None:
        for chunk in chunks:
            self.acknowledged += chunk.ids

    def publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, payload))

    def listen_to(self, topics: Iterable[str]) -> None:
        self.topics = tuple(topics)


class FakeWriter:
    """Keeps what it commits; fails as told."""

    def __init__(self, link: FakeLink) -> None:
        self.link = link
        self.committed: list[Arrived] = []
        self.memory: dict[tuple[str, str], bytes | None] = {}
        self.catching_up: list[bool] = []  # whether each step was told that more may come that waited
        self.steps: list[int] = []  # messages of every step, failed ones too
        self.errors: list[Exception] = []  # raised by the next steps
        self.poison: set[bytes] = set()  # payloads that no transaction survives
        self.sources_change = False

    def step(self, batch: Batch, now: int) -> Done:
        self.steps.append(len(batch.messages))
        self.catching_up.append(batch.catching_up)
        if self.errors:
            raise self.errors.pop(0)
        for message in batch.messages:
            if message.payload in self.poison and message.error is None:
                raise ValueError("poison")
        self.committed += batch.messages
        self.memory |= batch.memory
        return Done(self.sources_change)

    @property
    def payloads(self) -> list[str]:
        return [message.payload.decode() for message in self.committed]
