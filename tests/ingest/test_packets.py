"""Our way of reading the stream against the client library's own."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.batch_client import BatchClient
from ingest.packets import Packet, ProtocolError, Reader, Run

Heard = tuple[str, bytes, bool]  # topic, payload, retained


def framed(header: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        size, low = divmod(size, 128)
        length.append(low | (128 if size else 0))
        if not size:
            return bytes([header]) + bytes(length) + body


def publish(
    topic: str, payload: bytes, qos: int = 1, number: int = 1, retained: bool = False, again: bool = False,
    properties: bytes | None = None,
) -> bytes:  # fmt: skip
    raw = topic.encode()
    body = (
        len(raw).to_bytes(2, "big") + raw + (number.to_bytes(2, "big") if qos else b"") + (properties or b"") + payload
    )
    return framed(0x30 | again << 3 | qos << 1 | retained, body)


def user_properties(pairs: list[tuple[str, str]]) -> bytes:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = pairs
    properties.MessageExpiryInterval = 60
    properties.ContentType = "application/json"
    properties.PayloadFormatIndicator = 1
    return bytes(properties.pack())


class Wire:
    """A client of either kind at one end of a socket pair, written to at the other."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        client._sock = self.ours
        self.subscribed: list[int] = []
        self.published: list[int] = []
        client.on_subscribe = lambda c, u, mid, reasons, properties: self.subscribed.append(mid)
        client.on_publish = lambda c, u, mid, reason, properties: self.published.append(mid)

    def send(self, data: bytes) -> list[MQTTErrorCode]:
        """Write it and let the client read all of it; return what went wrong."""
        self.theirs.sendall(data)
        codes = []
        for _ in range(len(data) + 1):
            if self.client.socket() is None:
                break
            code = self.client.loop_read()
            if code:
                codes.append(code)
        return codes

    def sent(self) -> bytes:
        self.client.loop_write()
        self.theirs.setblocking(False)
        try:
            return self.theirs.recv(1 << 20)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        self.client._sock = None
        self.ours.close()
        self.theirs.close()


class Library:
    """What the client library makes of a stream."""

    def __init__(self, version_5: bool) -> None:
        self.heard: list[Heard] = []
        self.ids: list[bytes] = []
        self.repeats: list[int] = []
        self.properties: list[Any] = []
        client = Client(
            CallbackAPIVersion.VERSION2,
            "x",
            clean_session=None if version_5 else False,
            protocol=MQTTv5 if version_5 else MQTTv311,
            manual_ack=True,
        )
        client.on_message = self.on_message
        self.wire = Wire(client)

    def on_message(self, client: Client, userdata: Any, message: Any) -> None:
        if message.dup:
            self.repeats.append(len(self.heard))
        self.heard.append((message.topic, bytes(message.payload), message.retain))
        if message.qos == 1:
            self.ids.append(message.mid.to_bytes(2, "big"))
        self.properties.append(tuple(getattr(message.properties, "UserProperty", ())))


class Ours:
    """What our client makes of it."""

    def __init__(self, version_5: bool) -> None:
        self.heard: list[Heard] = []
        self.ids: list[bytes] = []
        self.repeats: list[int] = []
        self.properties: list[Any] = []
        self.stamps: list[int] = []
        client = BatchClient("x", version_5)
        client.on_run = self.on_run
        self.wire = Wire(client)

    def on_run(self, run: Run, connection: int) -> None:
        self.repeats += [len(self.heard) + i for i in run.repeats]
        self.heard += [(message.topic, message.payload, message.retained) for message in run.messages]
        self.ids += run.ids
        self.properties += [message.user_properties for message in run.messages]
        self.stamps += [message.received_at for message in run.messages]


def both_read(parts: list[bytes], version_5: bool) -> Ours:
    """Send the parts to both and return ours, which has heard the same."""
    library, ours = Library(version_5), Ours(version_5)
    try:
        assert [bool(library.wire.send(part)) for part in parts] == [bool(ours.wire.send(part)) for part in parts]
        for name in ("heard", "ids", "repeats", "properties"):
            assert getattr(ours, name) == getattr(library, name)
        assert ours.wire.subscribed == library.wire.subscribed
        assert ours.wire.published == library.wire.published
        assert (ours.wire.client.socket() is None) == (library.wire.client.socket() is None)
        assert ours.stamps == sorted(set(ours.stamps)), "two messages have the same arrival"
        return ours
    finally:
        library.wire.close()
        ours.wire.close()


def recorded(version_5: bool) -> bytes:
    """A stream as a broker sends it."""
    more = {"properties": b"\0"} if version_5 else {}
    named = {"properties": user_properties([("a", "b"), ("ü", "")])} if version_5 else {}
    suback = b"\x00\x05\x00\x01" if version_5 else b"\x00\x05\x01"
    return b"".join([
        framed(0x90, suback),
        publish("site/S1/readings", b'{"temp":4.2}', number=1, **more),
        publish("site/S2/readings", b"", qos=0, **more),
        publish("ä/ß", bytes(range(256)) * 2, number=258, retained=True, again=True, **named),
        framed(0xD0, b""),
        publish("x", b"y", qos=0, retained=True, **more),
        publish("site/S1/readings", b'{"temp":4.3}', number=65535, again=True, **more),
        framed(0x40, b"\x00\x09"),
    ])  # fmt: skip


@pytest.mark.parametrize("version_5", [False, True])
def test_the_stream_may_be_cut_at_every_byte(version_5: bool) -> None:
    stream = recorded(version_5)
    whole = both_read([stream], version_5)
    assert len(whole.heard) == 5
    assert whole.ids == [b"\x00\x01", b"\x01\x02", b"\xff\xff"]
    for cut in range(1, len(stream)):
        reader = Reader(10_000, version_5)
        parts = [*reader.feed(stream[:cut], 0), *reader.feed(stream[cut:], 100)]
        messages = [message for part in parts if isinstance(part, Run) for message in part.messages]
        assert [(one.topic, one.payload, one.retained) for one in messages] == whole.heard
        assert [part.header for part in parts if isinstance(part, Packet)] == [0x90, 0xD0, 0x40]


@pytest.mark.parametrize("version_5", [False, True])
def test_byte_by_byte_is_the_same_to_both_clients(version_5: bool) -> None:
    both_read([bytes([byte]) for byte in recorded(version_5)], version_5)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bool, list[bytes]]:
    version_5 = draw(st.booleans())
    # U+0000, which MQTT forbids, makes the library hang up; we read it as U+FFFD.
    characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    pairs = st.lists(st.tuples(st.text(characters, max_size=3), st.text(characters, max_size=3)), max_size=2)
    plain = st.text(characters, min_size=1, max_size=5)
    packets = draw(
        st.lists(
            st.builds(
                publish, plain, st.binary(max_size=200), st.integers(0, 1), st.integers(1, 65535), st.booleans(),
                st.booleans(), pairs.map(user_properties) if version_5 else st.none(),
            )
            | st.just(framed(0xD0, b""))
        )
    )  # fmt: skip
    stream = b"".join(packets)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    return version_5, [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b]


@given(streams())
def test_any_stream_is_the_same_to_both_clients(given_stream: tuple[bool, list[bytes]]) -> None:
    version_5, parts = given_stream
    both_read(parts, version_5)


@pytest.mark.parametrize(
    "stream",
    [
        b"\x32\x02\x00\x05",  # a topic longer than its packet
        b"\x32\x04\x00\x01a\x00",  # half a packet id
        b"\x30\x02\x00\x00",  # no topic
        b"\x30\x00",  # nothing at all
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x36\x06\x00\x01a\x00\x01b",  # QoS 3
        b"\xf0\x00",  # no packet of 3.1.1
        b"\xd0\x01x",  # a ping's answer with a body
        b"\x90\x01x",  # half a packet id
    ],
)
def test_both_clients_hang_up_on_what_is_no_mqtt(stream: bytes) -> None:
    assert both_read([publish("a", b"b"), stream], False).wire.client.socket() is None


@given(st.lists(st.binary(max_size=40)), st.booleans())
def test_any_bytes_are_read_or_a_protocol_error(parts: list[bytes], version_5: bool) -> None:
    reader = Reader(100, version_5)
    try:
        for part in parts:
            list(reader.feed(part, 0))
    except ProtocolError:
        pass


@given(properties=st.binary(max_size=20))
def test_any_properties_are_read_or_a_protocol_error(properties: bytes) -> None:
    stream = publish("a", b"payload", qos=0, properties=bytes([len(properties)]) + properties)
    try:
        [run] = Reader(100, True).feed(stream, 0)
        assert isinstance(run, Run)
        assert run.messages[0].payload == b"payload"
    except ProtocolError:
        pass


@pytest.mark.parametrize(("size", "kept"), [(999, 999), (1000, 1000), (1001, 1001), (1002, 1001), (400_000, 1001)])
@pytest.mark.parametrize("step", [1000, 65536, 1 << 20])
def test_of_a_payload_that_is_too_large_only_the_beginning_is_kept(size: int, kept: int, step: int) -> None:
    reader = Reader(1000, False)
    stream = publish("a", b"x" * size, number=7) + publish("b", b"y", number=8)
    held = 0
    messages, ids = [], []
    for first in range(0, len(stream), step):
        for part in reader.feed(stream[first : first + step], 0):
            assert isinstance(part, Run)
            messages += part.messages
            ids += part.ids
        held = max(held, len(reader._rest))
    assert [(one.topic, len(one.payload)) for one in messages] == [("a", kept), ("b", 1)]
    assert ids == [b"\0\7", b"\0\10"]
    assert held < 1000 + 0x20000 + step


def test_another_packet_that_is_too_large_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="type 9"):
        list(Reader(1000, False).feed(framed(0x90, b"x" * 400_000)[:200_000], 0))


def test_a_topic_no_database_can_keep_is_replaced() -> None:
    [run] = Reader(1000, False).feed(framed(0x30, b"\0\3a\0\xff4.2"), 0)
    assert isinstance(run, Run)
    assert run.messages[0].topic == "a��"


# --- acknowledgements ---


def test_many_are_acknowledged_in_one_packet_write_as_the_library_would_one_by_one() -> None:
    library, ours = Library(False), Ours(False)
    stream = b"".join(publish("a", b"b", number=number) for number in (1, 2, 65535))
    library.wire.send(stream)
    ours.wire.send(stream)
    for number in (1, 2, 65535):
        library.wire.client.ack(number, 1)
    client = ours.wire.client
    assert isinstance(client, BatchClient)
    client.acknowledge(ours.ids, client.connection)
    assert len(client._out_packet) == 1
    assert ours.wire.sent() == library.wire.sent() == b"@\x02\x00\x01@\x02\x00\x02@\x02\xff\xff"
    library.wire.close()
    ours.wire.close()


def test_nothing_is_acknowledged_on_another_connection_than_it_came_on() -> None:
    ours = Ours(False)
    client = ours.wire.client
    assert isinstance(client, BatchClient)
    client.acknowledge([b"\0\1"], client.connection - 1)
    client.acknowledge([], client.connection)
    assert not client.want_write()
    ours.wire.close()


def test_a_message_of_exactly_once_is_heard_and_completed() -> None:
    ours = Ours(False)
    ours.wire.send(publish("a", b"b", qos=2, number=9))
    assert ours.wire.sent() == b"\x50\x02\x00\x09"
    ours.wire.send(framed(0x62, b"\x00\x09"))
    assert ours.heard == [("a", b"b", False)]
    assert ours.wire.sent() == b"\x70\x02\x00\x09"
    ours.wire.close()
