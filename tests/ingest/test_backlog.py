"""Messages without a time of their own, after an outage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Reading
from ingest.backlog import Circumstances, Repeats, settled
from ledger.inputs import Arrived

LIVE, LATE, AGAIN = Circumstances(False, False), Circumstances(True, False), Circumstances(True, True)


def said(payload: str, *, at: int | None = None, retained: bool = False) -> Arrived:
    """`A4 B5` is a message with a reading of A and one of B."""
    readings = [Reading(word[0], "", "temperature", int(word[1:]), at) for word in payload.split()]
    return Arrived("t", payload.encode(), retained, 0, readings=readings)


def marked(
    messages: list[Arrived], how: list[Circumstances], ended: bool = True, repeats: Repeats | None = None
) -> list[str]:
    """Return the payloads that are kept, `~` before those that are not judged."""
    kept = settled(messages, how, repeats or Repeats(), ended=ended)
    return [f"{'~' if message.backlog else ''}{message.payload.decode()}" for message in kept]


def test_live_messages_are_left_alone() -> None:
    assert marked([said("A1"), said("A1"), said("A2")], [LIVE] * 3) == ["A1", "A1", "A2"]


def test_of_a_backlog_only_the_newest_of_each_sensor_is_judged() -> None:
    payloads = ["A1", "B1", "A2", "B2", "A3", "C1"]
    assert marked([said(one) for one in payloads], [LATE] * 6) == ["~A1", "~B1", "~A2", "B2", "A3", "C1"]


def test_while_more_may_come_nothing_is_judged() -> None:
    assert marked([said("A1"), said("B1")], [LATE] * 2, ended=False) == ["~A1", "~B1"]


def test_a_live_message_is_newer_than_the_backlog() -> None:
    assert marked([said("A1"), said("B1"), said("A2")], [LATE, LATE, LIVE]) == ["~A1", "B1", "A2"]


def test_a_message_of_several_sensors_is_judged_only_if_it_is_the_newest_of_all() -> None:
    assert marked([said("A1 B1"), said("A2")], [LATE] * 2) == ["~A1 B1", "A2"]
    assert marked([said("A1"), said("A2 B1")], [LATE] * 2) == ["~A1", "A2 B1"]


def test_what_has_a_time_of_its_own_is_no_backlog() -> None:
    assert marked([said("A1", at=5), said("A2", at=6)], [LATE] * 2, ended=False) == ["A1", "A2"]


def test_a_newer_reading_with_a_time_of_its_own_is_newer_all_the_same() -> None:
    assert marked([said("A1"), said("A2", at=6)], [LATE] * 2) == ["~A1", "A2"]


def test_a_message_without_readings_is_no_backlog() -> None:
    assert marked([Arrived("t", b"offline", False, 0)], [LATE], ended=False) == ["offline"]


def test_a_retained_copy_is_neither_backlog_nor_newest() -> None:
    assert marked([said("A1"), said("A1", retained=True)], [LATE] * 2) == ["A1", "A1"]


# --- repeats ---


def after(*committed: str) -> Repeats:
    repeats = Repeats()
    repeats.committed(said(one) for one in committed)
    repeats.reconnected()
    return repeats


def test_a_repeat_of_what_was_committed_is_dropped() -> None:
    assert marked([said("A1"), said("A2")], [AGAIN] * 2, repeats=after("A1")) == ["A2"]


def test_each_committed_message_accounts_for_one_repeat() -> None:
    assert marked([said("A1")] * 3, [AGAIN] * 3, repeats=after("A1", "A1")) == ["A1"]


def test_an_equal_message_that_is_not_marked_as_repeated_is_kept() -> None:
    assert marked([said("A1")], [LATE], repeats=after("A1")) == ["A1"]


def test_an_equal_live_message_is_kept() -> None:
    assert marked([said("A1")], [Circumstances(False, True)], repeats=after("A1")) == ["A1"]


def test_a_repeated_message_that_was_not_committed_is_kept() -> None:
    assert marked([said("A1")], [AGAIN], repeats=after("B1")) == ["A1"]


def test_a_repeat_with_a_time_of_its_own_is_left_to_the_ledger() -> None:
    repeats = after()
    repeats.committed([said("A1", at=5)])
    repeats.reconnected()
    assert marked([said("A1", at=5)], [AGAIN], repeats=repeats) == ["A1"]


def test_nothing_is_a_repeat_before_a_reconnect_and_after_catching_up() -> None:
    repeats = Repeats()
    repeats.committed([said("A1")])
    assert not repeats.take(said("A1"))
    repeats.reconnected()
    repeats.caught_up()
    assert not repeats.take(said("A1"))


def test_what_the_journal_ends_with_is_known_after_a_restart() -> None:
    assert marked([said("A1"), said("A1")], [AGAIN] * 2, repeats=Repeats([("t", b"A1")])) == ["A1"]


def test_a_committed_message_may_come_again_after_every_reconnect() -> None:
    repeats = after("A1")
    assert repeats.take(said("A1"))
    repeats.reconnected()
    assert repeats.take(said("A1"))


def test_only_the_last_ones_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.backlog.REMEMBERED", 2)
    repeats = after("A1", "A2", "A3")
    assert [repeats.take(said(one)) for one in ("A1", "A2", "A3")] == [False, True, True]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3), st.booleans())), st.booleans())
def test_at_most_one_late_reading_of_a_sensor_is_judged_and_it_is_the_newest(
    heard: list[tuple[str, int, bool]], ended: bool
) -> None:
    late_first = sorted(heard, key=lambda one: not one[2])  # what waited comes before what is live
    messages = [said(f"{sensor}{value}") for sensor, value, _ in late_first]
    kept = settled(messages, [LATE if late else LIVE for _, _, late in late_first], Repeats(), ended=ended)
    assert kept == messages
    for sensor in "ABC":
        of_sensor = [i for i, one in enumerate(late_first) if one[0] == sensor]
        judged = [i for i in of_sensor if late_first[i][2] and not kept[i].backlog]
        assert judged in ([], of_sensor[-1:])
        assert bool(judged) == (ended and bool(of_sensor) and late_first[of_sensor[-1]][2])
        assert not any(kept[i].backlog for i in of_sensor if not late_first[i][2])
