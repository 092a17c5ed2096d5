"""From messages to what the writer is given."""

from domain.readings import Flag, Reading
from ingest import codecs
from ingest.decoded import Action, Decoded, Memory, Message, Source
from ingest.decoding import Decoder, has_own_time
from ingest.sources import Found, Sources
from ledger.inputs import Arrived
from tests.ingest.fakes import source


class Counting(Sources):
    """One source whose codec counts its messages."""

    def __init__(self, decode: codecs.Decode) -> None:
        super().__init__()
        self.decode = decode

    def find(self, topic: str, at: int) -> Found | None:
        return Found("k", Source(topic, "counting"), self.decode)


def counting(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    seen = memory + 1 if isinstance(memory, int) else 1
    return Decoded(actions=[Action("told", "t", str(seen).encode())]), seen


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
    assert first.memory == again.memory == {"k": 2}
    assert [action.payload for action in again.actions] == [b"1", b"2"]
    decoder.adopt(again)
    assert decoder.decode(two).memory == {"k": 4}


def test_what_was_remembered_is_stored_and_read_back() -> None:
    decoder = Decoder(Counting(counting))
    stored = decoder.decode([Message("t", b"x")] * 3).batch().memory
    assert Decoder(Counting(counting), stored).decode([Message("t", b"x")]).memory == {"k": 4}


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
        return Decoded(), memory

    decoder = Decoder(Counting(noting))
    [arrived] = decoder.decode([Message("t", b"", False, 7, (("unit", "°C"),))]).batch().messages
    assert arrived.user_properties == (("unit", "°C"),)
    decoder.again([arrived])
    assert seen == [(("unit", "°C"),)] * 2
