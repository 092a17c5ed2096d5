"""When everything that waited at the broker has arrived."""

from ingest.buffer import Buffer, Chunk
from ingest.catching_up import GATHER_S, LONGEST_S, MOMENT_S, QUIET_S, UNANSWERED_AT_MOST, CatchingUp
from ingest.decoded import Message
from ingest.packets import Run

MARK = "coldchain/x/marker"


class Resumed:
    """A session resumed at the instant 100."""

    def __init__(self) -> None:
        self.buffer = Buffer()
        self.catching_up = CatchingUp(self.buffer, MARK)
        marker = self.catching_up.connected(True, 100.0)
        assert marker is not None
        self.marker = marker

    def heard(self, *messages: tuple[str, bytes], at: float = 100.0, repeats: tuple[int, ...] = ()) -> None:
        ids = [bytes([0, i]) for i in range(len(messages))]
        run = Run([Message(topic, payload) for topic, payload in messages], ids, list(repeats))
        self.catching_up.received(run, 1, at)

    def taken(self) -> list[tuple[bool, list[str], int]]:
        """Whether late, topics, and how many are acknowledged."""
        chunks: list[Chunk] = self.buffer.take(1000, 0)
        return [(one.catching_up, [message.topic for message in one.messages], len(one.ids)) for one in chunks]


def test_a_new_session_has_nothing_to_catch_up_with() -> None:
    buffer = Buffer()
    assert CatchingUp(buffer, MARK).connected(False, 100.0) is None
    assert not buffer.catching_up


def test_what_comes_before_the_marker_is_late_and_what_follows_is_live() -> None:
    link = Resumed()
    link.heard(("a", b""), ("b", b""))
    assert link.taken() == []  # held
    link.heard(("c", b""), (MARK, link.marker), ("d", b""))
    link.heard(("e", b""))
    assert not link.buffer.catching_up
    assert link.taken() == [(True, ["a", "b"], 2), (True, ["c"], 0), (False, ["d"], 3), (False, ["e"], 1)]


def test_a_marker_alone_is_acknowledged() -> None:
    link = Resumed()
    link.heard((MARK, link.marker))
    assert link.taken() == [(True, [], 0), (False, [], 1)]


def test_markers_of_earlier_connections_are_left_out() -> None:
    link = Resumed()
    link.heard(("a", b""), (MARK, b"old"), ("b", b""), repeats=(0, 2))
    assert link.buffer.catching_up
    link.buffer.release()
    chunks = link.buffer.take(1000, 0)
    assert [[message.topic for message in chunk.messages] for chunk in chunks] == [["a", "b"], []]
    assert chunks[0].repeats == [0, 1]
    assert len(chunks[1].ids) == 3


def test_what_is_held_is_given_out_when_nothing_comes_for_a_moment() -> None:
    link = Resumed()
    link.heard(("a", b""), at=100.1)
    link.catching_up.look(100.1 + MOMENT_S - 0.01)
    assert link.taken() == []
    link.catching_up.look(100.1 + MOMENT_S + 0.01)
    assert link.taken() == [(True, ["a"], 1)]
    assert link.buffer.catching_up


def test_what_is_held_is_given_out_after_a_while_even_if_more_comes() -> None:
    link = Resumed()
    link.heard(("a", b""), at=100.0 + GATHER_S - 0.01)
    link.catching_up.look(100.0 + GATHER_S - 0.01)
    assert link.taken() == []
    link.catching_up.look(100.0 + GATHER_S + 0.01)
    assert link.taken() == [(True, ["a"], 1)]


def test_without_the_marker_it_ends_when_it_is_quiet_and_everything_is_taken() -> None:
    link = Resumed()
    link.heard(("a", b""))
    link.catching_up.look(100.0 + QUIET_S + 1)
    assert link.buffer.catching_up  # the writer is slow, not the broker quiet
    link.taken()
    link.catching_up.active(102.0)
    link.catching_up.look(102.0 + QUIET_S - 0.01)
    assert link.buffer.catching_up
    link.catching_up.look(102.0 + QUIET_S + 0.01)
    assert not link.buffer.catching_up
    link.heard(("b", b""), at=104.0)
    assert link.taken() == [(False, ["b"], 1)]


def test_a_marker_that_comes_after_all_changes_nothing_that_is_live() -> None:
    link = Resumed()
    link.catching_up.look(100.0 + QUIET_S + 1)
    link.heard(("a", b""), (MARK, link.marker), ("b", b""))
    assert link.taken() == [(False, ["a"], 0), (False, ["b"], 3)]


def test_it_does_not_last_for_ever() -> None:
    link = Resumed()
    link.heard(("a", b""), at=100.0 + LONGEST_S)
    link.catching_up.look(100.0 + LONGEST_S + 0.01)
    assert not link.buffer.catching_up


def test_a_lost_connection_ends_it() -> None:
    link = Resumed()
    link.heard(("a", b""))
    link.catching_up.ended()
    assert link.taken() == [(True, ["a"], 1)]


def test_markers_that_do_not_come_back_are_given_up_until_one_does() -> None:
    link = Resumed()
    for _ in range(UNANSWERED_AT_MOST - 1):
        assert link.catching_up.connected(True, 101.0) is not None
    assert link.catching_up.connected(True, 102.0) is None
    assert link.buffer.catching_up
    answered = Resumed()
    for _ in range(5):
        marker = answered.catching_up.connected(True, 103.0)
        assert marker is not None
        answered.heard((MARK, marker))
