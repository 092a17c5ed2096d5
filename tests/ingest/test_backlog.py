"""Messages without a time of their own, after an outage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Reading
from ingest.backlog import Repeats, settled
from ledger.inputs import Arrived

LIVE, LATE = False, True


def said(payload: str, *, at: int | None = None, retained: bool = False) -> Arrived:
    """`A4 B5` is a message with a reading of A and one of B."""
    readings = [Reading(word[0], "", "temperature", int(word[1:]), at) for word in payload.split()]
    return Arrived("t", payload.encode(), retained, 0, readings=readings)


def marked(messages: list[Arrived], late: list[bool], ended: bool = True) -> list[str]:
    """Return the payloads, `~` before those that are not judged."""
    settled(messages, late, ended=ended)
    return [f"{'~' if message.backlog else ''}{message.payload.decode()}" for message in messages]


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


def after(*taken: str, broker_marks: bool = True) -> Repeats:
    repeats = Repeats(broker_marks=broker_marks)
    repeats.take([said(one) for one in taken], ())
    repeats.reconnected()
    return repeats


def kept(repeats: Repeats, *payloads: str, marked: bool = True) -> list[str]:
    """Return what is kept of messages that come again."""
    messages = [said(payload) for payload in payloads]
    return [one.payload.decode() for one in repeats.take(messages, range(len(messages)) if marked else ())]


def test_a_repeat_of_what_was_taken_is_dropped() -> None:
    assert kept(after("A1"), "A1", "A2") == ["A2"]


def test_each_message_taken_accounts_for_one_repeat() -> None:
    assert kept(after("A1", "A1"), "A1", "A1", "A1") == ["A1"]


def test_an_equal_message_that_is_not_marked_as_repeated_is_kept() -> None:
    assert kept(after("A1"), "A1", marked=False) == ["A1"]


def test_where_the_broker_marks_nothing_repeats_come_first() -> None:
    assert kept(after("A1", "A2", broker_marks=False), "A1", "A2", "A1", marked=False) == ["A1"]
    assert kept(after("A1", "A2", broker_marks=False), "A2", "A3", "A1", marked=False) == ["A3", "A1"]


def test_a_repeated_message_that_was_not_taken_is_kept() -> None:
    assert kept(after("B1"), "A1") == ["A1"]


def test_a_repeat_with_a_time_of_its_own_is_left_to_the_ledger() -> None:
    repeats = after()
    repeats.take([said("A1", at=5)], ())
    repeats.reconnected()
    again = said("A1", at=5)
    assert repeats.take([again], [0]) == [again]


def test_nothing_is_a_repeat_before_a_reconnect_and_after_catching_up() -> None:
    repeats = Repeats([("t", b"A1")])
    assert kept(repeats, "A1") == ["A1"]
    repeats.reconnected()
    repeats.caught_up()
    assert kept(repeats, "A1") == ["A1"]


def test_what_the_journal_ends_with_is_known_after_a_restart() -> None:
    repeats = Repeats([("t", b"A1")])
    repeats.reconnected()
    assert kept(repeats, "A1", "A1") == ["A1"]


def test_what_was_taken_may_come_again_after_every_reconnect() -> None:
    repeats = after("A1")
    assert kept(repeats, "A1") == []
    repeats.reconnected()
    assert kept(repeats, "A1") == []


def test_only_the_last_ones_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.backlog.REMEMBERED", 2)
    assert kept(after("A1", "A2", "A3"), "A1", "A2", "A3") == ["A1"]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3), st.booleans())), st.booleans())
def test_at_most_one_late_reading_of_a_sensor_is_judged_and_it_is_the_newest(
    heard: list[tuple[str, int, bool]], ended: bool
) -> None:
    late_first = sorted(heard, key=lambda one: not one[2])  # what waited comes before what is live
    messages = [said(f"{sensor}{value}") for sensor, value, _ in late_first]
    settled(messages, [late for _, _, late in late_first], ended=ended)
    for sensor in "ABC":
        of_sensor = [i for i, one in enumerate(late_first) if one[0] == sensor]
        judged = [i for i in of_sensor if late_first[i][2] and not messages[i].backlog]
        assert judged in ([], of_sensor[-1:])
        assert bool(judged) == (ended and bool(of_sensor) and late_first[of_sensor[-1]][2])
        assert not any(messages[i].backlog for i in of_sensor if not late_first[i][2])
