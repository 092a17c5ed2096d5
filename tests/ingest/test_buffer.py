"""Bounded memory between the network and the pipeline."""

import threading

from ingest.buffer import Buffer, Chunk
from ingest.decoded import Message


def chunk(count: int, size: int = 1) -> Chunk:
    return Chunk(1, False, [Message("t", b"x" * size)] * count)


def test_chunks_come_out_in_order_and_whole() -> None:
    buffer = Buffer()
    for count in (3, 4, 5):
        buffer.put(chunk(count))
    assert [len(one.messages) for one in buffer.take(7, 0)] == [3, 4]
    assert [len(one.messages) for one in buffer.take(1, 0)] == [5]
    assert buffer.take(1, 0) == []


def test_it_is_full_at_the_limit_of_messages() -> None:
    buffer = Buffer(max_messages=5)
    buffer.put(chunk(4))
    assert not buffer.full
    buffer.put(chunk(1))
    assert buffer.full


def test_it_is_full_at_the_limit_of_bytes_payload_and_objects() -> None:
    buffer = Buffer(max_bytes=2600)
    buffer.put(chunk(1, 1000))
    assert not buffer.full
    buffer.put(chunk(1, 1000))
    assert buffer.full


def test_room_is_told_once_when_it_was_full() -> None:
    told: list[int] = []
    buffer = Buffer(max_messages=4)
    buffer.on_room = lambda: told.append(len(buffer))
    for _ in range(3):
        buffer.put(chunk(2))
    buffer.take(2, 0)
    assert told == []  # 4 are left: still full
    buffer.take(2, 0)
    buffer.take(2, 0)
    assert told == [2]


def test_taking_waits_for_the_first_and_not_for_more() -> None:
    buffer = Buffer()
    taken: list[list[Chunk]] = []
    waiting = threading.Thread(target=lambda: taken.append(buffer.take(100, 30)))
    waiting.start()
    buffer.put(chunk(2))
    waiting.join(10)
    assert [len(one.messages) for one in taken[0]] == [2]
