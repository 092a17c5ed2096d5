"""Nothing is acknowledged before its commit, and nothing stalls the rest."""

import threading
from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry

from domain.errors import UnavailableError
from ingest.decoding import Decoder
from ingest.metrics import Metrics
from ingest.pace import FIRST
from ingest.pipeline import Pipeline
from ingest.sources import Sources
from tests.ingest.fakes import FakeLink, FakeWriter, source
from tests.ingest.test_decoding import Counting, counting

A, B = "site/A/temperature", "site/B/temperature"


class Plant:
    """A pipeline between a fake link and a fake writer."""

    def __init__(
        self, sources: Sources | None = None, recent: Iterable[tuple[str, bytes]] = (), marks: bool = True
    ) -> None:
        self.link = FakeLink()
        self.writer = FakeWriter(self.link)
        self.registry = CollectorRegistry()
        self.decoder = Decoder(sources or Sources([("k", source("site/+/temperature"))]))
        self.reloaded = Sources([("new", source("new/#"))])
        self.pipeline = Pipeline(
            self.link,
            self.writer,
            self.decoder,
            lambda: 10_000_000,
            reload=lambda: self.reloaded,
            recent=recent,
            broker_marks_repeats=marks,
            metrics=Metrics(self.registry),
        )

    def run(self, turns: int = 50) -> None:
        """Take turns until there is nothing left; as many steps may fail as in the worst case."""
        for _ in range(turns):
            self.pipeline.turn()
            if self.pipeline._work is None and not len(self.link.buffer):
                return

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"coldchain_{name}", labels) or 0.0


def test_what_has_arrived_is_committed_and_then_acknowledged() -> None:
    plant = Plant()
    ids = plant.link.bring((A, "4.2"), (B, "warm"), ("other", "1"))
    plant.pipeline.turn()
    assert plant.writer.payloads == ["4.2", "warm", "1"]
    assert plant.link.acknowledged == ids
    assert plant.count("messages_total") == 3
    assert plant.count("readings_total") == 1
    assert plant.count("dead_letters_total", reason="not decoded") == 1
    assert plant.count("dead_letters_total", reason="no source") == 1
    assert plant.count("lag_seconds") == pytest.approx(10)


def test_whatever_has_arrived_goes_into_one_step_up_to_a_limit() -> None:
    plant = Plant()
    for _ in range(3):
        plant.link.bring(*[(A, "4.2")] * (FIRST // 2))
    plant.run()
    assert plant.writer.steps == [FIRST, FIRST // 2]


def test_with_nothing_to_do_the_writer_gets_its_tick() -> None:
    plant = Plant()
    plant.pipeline.turn()
    assert plant.writer.steps == [0]


def test_a_tick_that_fails_is_tried_again_later() -> None:
    plant = Plant()
    plant.writer.errors = [UnavailableError("no database")]
    assert plant.pipeline.turn() > 0
    assert plant.pipeline.turn() == 0
    assert plant.count("step_failures_total") == 1


@pytest.mark.parametrize("error", [UnavailableError("no database"), RuntimeError("what")])
def test_if_the_step_fails_nothing_is_acknowledged_and_the_same_messages_come_again(error: Exception) -> None:
    plant = Plant()
    ids = plant.link.bring((A, "4.2"), (A, "4.3"))
    plant.writer.errors = [error]
    assert plant.pipeline.turn() > 0
    assert plant.link.acknowledged == []
    plant.link.bring((A, "4.4"))
    plant.pipeline.turn()
    assert plant.writer.steps == [2, 2]
    assert plant.writer.payloads == ["4.2", "4.3"]
    assert plant.link.acknowledged == ids


def test_an_unavailable_database_never_makes_a_dead_letter() -> None:
    plant = Plant()
    plant.link.bring((A, "4.2"), (A, "4.3"))
    plant.writer.errors = [UnavailableError("no database")] * 20
    pauses = [plant.pipeline.turn() for _ in range(20)]
    assert plant.writer.steps == [2] * 20
    assert pauses[0] < pauses[-1] == 5.0
    plant.run()
    assert [message.error for message in plant.writer.committed] == [None, None]


@pytest.mark.parametrize("place", range(7))
def test_a_message_that_no_transaction_survives_becomes_a_dead_letter_and_the_rest_goes_on(place: int) -> None:
    plant = Plant()
    payloads = [f"4.{i}" for i in range(7)]
    ids = plant.link.bring(*[(A, payload) for payload in payloads])
    plant.writer.poison = {payloads[place].encode()}
    plant.run()
    assert plant.writer.payloads == payloads
    letters = [message for message in plant.writer.committed if message.error]
    assert [(one.payload.decode(), one.error, one.readings) for one in letters] == [
        (payloads[place], "could not be committed: ValueError: poison", ())
    ]
    assert plant.link.acknowledged == ids
    assert plant.count("dead_letters_total", reason="not committed") == 1


def test_several_poisonous_messages_are_each_found() -> None:
    plant = Plant()
    plant.link.bring(*[(A, f"4.{i}") for i in range(9)])
    plant.writer.poison = {b"4.0", b"4.4", b"4.8"}
    plant.run()
    assert plant.writer.payloads == [f"4.{i}" for i in range(9)]
    assert [bool(message.error) for message in plant.writer.committed] == [i % 4 == 0 for i in range(9)]


def test_when_nothing_can_be_committed_no_message_is_blamed() -> None:
    plant = Plant()
    ids = plant.link.bring((A, "4.2"), (A, "4.3"), (A, "warm"))
    plant.writer.errors = [RuntimeError("disk full")] * 100
    for _ in range(20):
        plant.pipeline.turn()
    while plant.pipeline.turn() == 0:
        pass
    assert plant.link.acknowledged == plant.writer.committed == []
    plant.writer.errors = []  # during a pause
    plant.run()
    assert plant.writer.payloads == ["4.2", "4.3", "warm"]
    errors = [message.error for message in plant.writer.committed]
    assert errors == [None, None, "temperature is not a number: 'warm'"]
    assert [len(message.readings) for message in plant.writer.committed] == [1, 1, 0]
    assert plant.link.acknowledged == ids


def test_what_codecs_remember_is_committed_with_the_last_part() -> None:
    plant = Plant(Counting(counting))
    plant.link.bring(("t", "a"), ("t", "b"), ("t", "c"))
    plant.writer.poison = {b"b"}
    plant.run()
    assert plant.writer.memory == {("k", "t"): b"\x92\xa5count\3"}
    plant.link.bring(("t", "d"))
    plant.run()
    assert plant.writer.memory == {("k", "t"): b"\x92\xa5count\4"}
    assert [payload for _, payload in plant.link.published] == [b"1", b"2", b"3", b"4"]


def test_what_a_codec_wants_published_waits_for_the_commit() -> None:
    plant = Plant(Counting(counting))
    plant.link.bring(("t", "a"))
    plant.writer.errors = [UnavailableError("no database")]
    plant.pipeline.turn()
    assert plant.link.published == []
    plant.pipeline.turn()
    assert plant.link.published == [("t", b"1")]


def test_changed_sources_are_listened_to_and_decode_from_then_on() -> None:
    plant = Plant()
    plant.writer.sources_change = True
    plant.pipeline.turn()
    plant.pipeline.turn()
    assert plant.link.topics == ("new/#",)
    plant.link.bring(("new/x/temperature", "4.2"))
    plant.run()
    assert plant.writer.committed[0].source == "new"


def test_changed_sources_that_cannot_be_read_yet_are_waited_for() -> None:
    plant = Plant()
    failing = [UnavailableError("no database"), UnavailableError("no database")]
    reloaded = plant.reloaded

    def reload() -> Sources:
        if failing:
            raise failing.pop()
        return reloaded

    plant.pipeline._reload = reload
    plant.writer.sources_change = True
    plant.link.bring((A, "4.1"))
    plant.pipeline.turn()
    plant.link.bring(("new/x/temperature", "4.2"))
    assert plant.pipeline.turn() > 0
    assert plant.pipeline.turn() > 0
    assert plant.writer.payloads == ["4.1"]
    plant.run()
    assert plant.writer.committed[1].source == "new"


def test_running_ends_when_told() -> None:
    plant = Plant()
    stopping = threading.Event()
    running = threading.Thread(target=plant.pipeline.run, args=(stopping,))
    running.start()
    ids = plant.link.bring((A, "4.2"))
    while plant.link.acknowledged != ids:
        threading.Event().wait(0.001)
    stopping.set()
    running.join(60)
    assert not running.is_alive()


# --- after an outage ---


def test_a_small_backlog_is_gathered_and_only_its_newest_is_judged() -> None:
    plant = Plant()
    plant.link.buffer.catching_up = True
    plant.link.buffer.hold()
    plant.link.bring((A, "4.1"), (B, "5.1"), late=True)
    plant.pipeline.turn()
    assert plant.writer.committed == []
    plant.link.bring((A, "4.2"), late=True)
    plant.link.bring((B, "5.2"))
    plant.link.buffer.catching_up = False
    plant.link.buffer.release()
    plant.run()
    assert [(one.payload.decode(), one.backlog) for one in plant.writer.committed] == [
        ("4.1", True),
        ("5.1", True),
        ("4.2", False),
        ("5.2", False),
    ]


def test_of_a_large_backlog_what_comes_before_its_end_is_not_judged() -> None:
    plant = Plant()
    plant.link.buffer.catching_up = True
    plant.link.bring((A, "4.1"), late=True)
    plant.pipeline.turn()
    plant.link.bring((A, "4.2"), late=True)
    plant.link.buffer.catching_up = False
    plant.run()
    assert [(one.payload.decode(), one.backlog) for one in plant.writer.committed] == [("4.1", True), ("4.2", False)]


def test_silence_says_nothing_before_the_broker_was_met_and_while_it_brings_what_waited() -> None:
    plant = Plant()
    plant.link.connected = False
    plant.pipeline.turn()
    plant.link.connected = plant.link.buffer.catching_up = True
    plant.link.bring((A, "4.1"), late=True)
    plant.pipeline.turn()
    plant.link.buffer.catching_up = False
    plant.pipeline.turn()
    assert plant.writer.catching_up == [True, True, False]


def test_a_complete_backlog_is_looked_at_as_a_whole_and_committed_in_steps() -> None:
    plant = Plant()
    for _ in range(4):
        plant.link.bring(*[(A, "4.2")] * FIRST, late=True)
    plant.run()
    assert plant.writer.steps == [FIRST] * 4
    assert plant.writer.catching_up == [True, True, True, False]  # what is not committed yet is not silent
    assert [one.backlog for one in plant.writer.committed] == [True] * (4 * FIRST - 1) + [False]


@pytest.mark.parametrize("marks", [True, False])
def test_a_message_whose_acknowledgement_was_lost_is_not_written_twice(marks: bool) -> None:
    plant = Plant(marks=marks)
    plant.link.bring((A, "4.1"), (A, "4.2"))
    plant.run()
    ids = plant.link.bring((A, "4.2"), (A, "4.3"), connection=2, late=True, repeats=[0, 1] if marks else [])
    plant.run()
    assert plant.writer.payloads == ["4.1", "4.2", "4.3"]
    assert plant.link.acknowledged[-2:] == ids
    assert plant.count("repeats_total") == 1


def test_a_repeat_is_known_after_a_restart_by_the_end_of_the_journal() -> None:
    plant = Plant(recent=[(A, b"4.1"), (A, b"4.2")])
    ids = plant.link.bring((A, "4.2"), late=True, repeats=[0])
    plant.run()
    assert plant.writer.committed == []
    assert plant.link.acknowledged == ids


def test_what_was_taken_and_not_committed_when_the_connection_broke_is_written_once() -> None:
    plant = Plant()
    plant.link.bring((A, "4.1"))
    plant.writer.errors = [UnavailableError("no database")]
    plant.pipeline.turn()
    plant.link.bring((A, "4.1"), connection=2, late=True, repeats=[0])
    plant.run()
    assert plant.writer.payloads == ["4.1"]
