"""Bounded memory between the network and the pipeline."""

import threading

from ingest.buffer import FEW, Buffer, Chunk
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


def test_taking_waits_for_the_first_and_unasked_not_for_more() -> None:
    buffer = Buffer()
    taken: list[list[Chunk]] = []
    waiting = threading.Thread(target=lambda: taken.append(buffer.take(100, 60)))
    waiting.start()
    buffer.put(chunk(2))
    waiting.join(60)
    assert [len(one.messages) for one in taken[0]] == [2]


def late(count: int) -> Chunk:
    return chunk(count)._replace(catching_up=True)


def test_while_held_nothing_comes_out_until_it_is_full() -> None:
    buffer = Buffer(max_messages=5)
    buffer.hold()
    buffer.put(chunk(4))
    assert buffer.take(9, 0) == []
    buffer.put(chunk(1))
    assert [len(one.messages) for one in buffer.take(4, 0)] == [4]
    assert buffer.take(9, 0) == []
    buffer.release()
    assert [len(one.messages) for one in buffer.take(9, 0)] == [1]


def test_a_complete_backlog_comes_out_whole_with_what_follows() -> None:
    buffer = Buffer()
    buffer.catching_up = True
    for _ in range(3):
        buffer.put(late(2))
    assert len(buffer.take(2, 0)) == 1
    assert buffer.late_to_come
    buffer.catching_up = False
    assert buffer.late_to_come
    buffer.put(chunk(2))
    assert len(buffer.take(2, 0)) == 3
    assert not buffer.late_to_come


def test_a_chunk_of_acknowledgements_alone_comes_out_too() -> None:
    buffer = Buffer()
    buffer.put(Chunk(1, False, [], [b"\0\1"]))
    assert buffer.take(9, 0) == [Chunk(1, False, [], [b"\0\1"])]


def test_a_few_wait_for_more_until_a_step_pays() -> None:
    buffer = Buffer()
    taken: list[list[Chunk]] = []
    buffer.put(chunk(1))
    waiting = threading.Thread(target=lambda: taken.append(buffer.take(100, 0, linger_s=60)))
    waiting.start()
    for _ in range(FEW - 1):
        assert taken == []
        buffer.put(chunk(1))
    waiting.join(60)
    assert len(taken[0]) == FEW


def test_a_few_wait_no_longer_than_asked() -> None:
    buffer = Buffer()
    buffer.put(chunk(1))
    assert len(buffer.take(100, 0, linger_s=0.001)) == 1


def test_a_backlog_waits_for_nothing() -> None:
    buffer = Buffer()
    buffer.put(late(1))
    assert len(buffer.take(100, 0, linger_s=3600)) == 1
