"""From messages to what the writer is given."""

import msgspec
import pytest

from domain.readings import Flag, Reading
from ingest import codecs
from ingest.decoded import Action, Decoded, Memory, Message, Source
from ingest.decoding import Decoder, has_own_time
from ingest.remembering import Layered
from ingest.sources import Found, Sources
from ledger.inputs import Arrived
from tests.ingest.fakes import source


class Counting(Sources):
    """One source whose codec counts its messages."""

    def __init__(self, decode: codecs.Decode) -> None:
        super().__init__()
        self.decode = decode

    def find(self, topic: str, at: int) -> Found | None:
        return Found("k", Source(topic, "counting"), self.decode, Count)


class Count(msgspec.Struct, frozen=True, array_like=True, tag="count"):
    """How many messages there were."""

    messages: int


class Name(msgspec.Struct, frozen=True, array_like=True, tag="name"):
    """What another codec remembers."""

    name: str


def counting(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Count the messages of each topic; what is empty makes it forgotten."""
    if not message.payload:
        return Decoded(), {message.topic: None}
    seen = Count(memory.get(message.topic, Count(0)).messages + 1)
    return Decoded(actions=[Action("told", "t", str(seen.messages).encode())]), {message.topic: seen}


def broken(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    raise ZeroDivisionError("oh")


def test_each_message_becomes_one_arrived_in_order() -> None:
    decoder = Decoder(Sources([("k", source("site/+/temperature"))]), max_payload=5)
    messages = [
        Message("site/S1/temperature", b"4.2", False, 7),
        Message("site/S1/temperature", b"warm", False, 8),
        Message("other", b"4.2", False, 9),
        Message("site/S1/temperature", b"4.2000", True, 10),
    ]
    assert decoder.decode(messages).batch().messages == [
        Arrived("site/S1/temperature", b"4.2", False, 7, "k", [Reading("site/S1", "", "temperature", 4_200_000, None)]),
        Arrived("site/S1/temperature", b"warm", False, 8, "k", error="temperature is not a number: 'warm'"),
        Arrived("other", b"4.2", False, 9, error="no source listens to this topic"),
        Arrived(
            "site/S1/temperature", b"4.2000", True, 10, "k", error="larger than 5 bytes; only the first 6 are kept"
        ),
    ]


def test_a_codec_that_fails_makes_a_dead_letter_and_stops_nobody() -> None:
    [arrived] = Decoder(Counting(broken)).decode([Message("t", b"x")]).arrived
    assert arrived.error == "the codec failed: ZeroDivisionError: oh"


def test_what_a_codec_remembers_counts_only_once_it_is_adopted() -> None:
    decoder = Decoder(Counting(counting))
    two = [Message("t", b"x")] * 2
    first = decoder.decode(two)
    again = decoder.decode(two)  # the first was rolled back
    assert first.memory == again.memory == {"k": {"t": Count(2)}}
    assert [action.payload for action in again.actions] == [b"1", b"2"]
    decoder.adopt(again)
    assert decoder.decode(two).memory == {"k": {"t": Count(4)}}


def test_what_was_remembered_is_stored_and_read_back() -> None:
    decoder = Decoder(Counting(counting))
    stored = decoder.decode([Message("t", b"x")] * 3).batch().memory
    assert Decoder(Counting(counting), stored).decode([Message("t", b"x")]).memory == {"k": {"t": Count(4)}}


def test_only_what_changed_is_stored() -> None:
    decoder = Decoder(Counting(counting))
    decoder.adopt(decoder.decode([Message(topic, b"x") for topic in "abc"]))
    decoding = decoder.decode([Message("b", b"x")])
    assert decoding.batch().memory == {("k", "b"): msgspec.msgpack.encode(Count(2))}


def test_what_is_forgotten_is_removed_from_what_is_stored_and_not_known_any_more() -> None:
    decoder = Decoder(Counting(counting))
    decoder.adopt(decoder.decode([Message("t", b"x")] * 3))
    decoding = decoder.decode([Message("t", b"")])
    assert decoding.batch().memory == {("k", "t"): None}
    assert decoder.decode([Message("t", b""), Message("t", b"x")]).memory == {"k": {"t": Count(1)}}
    decoder.adopt(decoding)
    assert decoder.decode([Message("t", b"x")]).memory == {"k": {"t": Count(1)}}


def test_what_was_first_remembered_is_forgotten_where_there_is_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.remembering.KEYS_AT_MOST", 3)
    decoder = Decoder(Counting(counting))
    for topic in "abcad":
        decoding = decoder.decode([Message(topic, b"x")])
        decoder.adopt(decoding)
    assert decoding.memory == {"k": {"d": Count(1), "a": None}}
    assert decoder.decode([Message("a", b"x"), Message("c", b"x")]).memory["k"] == {
        "a": Count(1),
        "b": None,
        "c": Count(2),
    }


def test_what_another_format_remembered_of_a_source_says_nothing() -> None:
    stored = {("k", "t"): msgspec.msgpack.encode(Name("3")), ("k", "m"): b"\xc1"}
    assert Decoder(Counting(counting), stored).decode([Message("t", b"x")]).memory == {"k": {"t": Count(1)}}


def test_a_source_whose_format_changes_begins_anew() -> None:
    decoder = Decoder(Counting(counting))
    decoder.adopt(decoder.decode([Message("t", b"x")] * 3))

    def naming(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
        assert dict(memory) == {}
        return Decoded(), {"t": Name("x")}

    class Naming(Sources):
        def find(self, topic: str, at: int) -> Found | None:
            return Found("k", Source(topic, "naming"), naming, Name)

    decoder.sources = Naming()
    assert decoder.decode([Message("t", b"x")]).memory == {"k": {"t": Name("x")}}


def test_what_is_remembered_is_seen_with_the_changes_on_top() -> None:
    layered = Layered({"a": 1, "b": 2, "c": 3}, {"b": None, "c": 4, "d": 5})
    assert dict(layered) == {"a": 1, "c": 4, "d": 5}
    assert (len(layered), layered.get("b"), layered.get("b", 7), "b" in layered, "d" in layered) == (
        3,
        None,
        7,
        False,
        True,
    )


def test_decoding_again_says_the_same_and_keeps_the_backlog() -> None:
    decoder = Decoder(Sources([("k", source("s", "senml"))]))
    pack = b'[{"bn":"S1","u":"Cel","t":-5,"v":4.2},{"u":"Cel","t":1767225600,"v":4.3}]'
    live, late = (Arrived("s", pack, False, 100_000_000, backlog=backlog) for backlog in (False, True))
    first, second = decoder.again([live, late]).messages
    assert [(one.measured_at, one.flags) for one in first.readings] == [
        (95_000_000, Flag.ARRIVAL_TIME),
        (1767225600_000000, Flag.NONE),
    ]
    assert [(one.measured_at, one.flags) for one in second.readings] == [
        (None, Flag.NONE),
        (1767225600_000000, Flag.NONE),
    ]
    assert second.backlog


def test_a_time_that_counts_from_the_arrival_is_none_of_its_own() -> None:
    reading = Reading("S1", "", "temperature", 1, 5)
    assert has_own_time(reading)
    assert has_own_time(reading._replace(flags=Flag.HISTORICAL))
    assert not has_own_time(reading._replace(flags=Flag.ARRIVAL_TIME))
    assert not has_own_time(reading._replace(measured_at=None))


def test_mqtt_5_properties_stay_with_their_message_and_reach_the_codec_again() -> None:
    seen: list[tuple[tuple[str, str], ...]] = []

    def noting(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
        seen.append(message.user_properties)
        return Decoded(), {}

    decoder = Decoder(Counting(noting))
    [arrived] = decoder.decode([Message("t", b"", False, 7, (("unit", "°C"),))]).batch().messages
    assert arrived.user_properties == (("unit", "°C"),)
    decoder.again([arrived])
    assert seen == [(("unit", "°C"),)] * 2
