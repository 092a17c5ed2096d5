"""MQTT packets out of a stream of bytes: PUBLISH with QoS 0 or 1 as messages, every other packet as it is.

The client library reads a packet with three or more calls of recv and makes a lock, a condition and (MQTT 5) a table of
properties for each; at thousands of messages a second that is most of the time. Here a whole buffer is cut at once.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ingest.decoded import Message

Properties: TypeAlias = tuple[tuple[str, str], ...]

# Room for topic, packet id and properties beside the payload, before a packet counts as too large.
_BESIDE_PAYLOAD = 0x20000
_TOPICS_REMEMBERED = 50_000
_USER_PROPERTY = 0x26
# Lengths of the other properties of PUBLISH; 0: text or bytes with their own length; None: a variable integer.
_PROPERTY_LENGTHS = {0x01: 1, 0x02: 4, 0x03: 0, 0x08: 0, 0x09: 0, 0x0B: None, 0x23: 2}


class ProtocolError(Exception):
    """The stream is no MQTT; the connection must be closed."""


class Run(NamedTuple):
    """Messages in order of their arrival; the packet ids to acknowledge them with; which ones are marked as repeats."""

    messages: list[Message]
    ids: list[bytes]
    repeats: list[int]


class Packet(NamedTuple):
    """Any other packet: its first byte, and what follows its length."""

    header: int
    body: bytes


class Reader:
    """Cuts the stream of one connection. Of a payload longer than `max_payload` come its first `max_payload` + 1 bytes.

    `received_at` rises with every message: two without a time of their own never get the same.
    """

    def __init__(self, max_payload: int, version_5: bool) -> None:
        self._max_payload = max_payload
        self._version_5 = version_5
        self._rest = b""
        self._skip = 0  # bytes of a packet that was too large, still to come
        self._topics: dict[bytes, str] = {}

    def feed(self, data: bytes, now: int) -> Iterator[Run | Packet]:
        """Take more of the stream and yield what is complete. Raises ProtocolError."""
        data = self._joined(data)
        run = Run([], [], [])
        at, end = 0, len(data)
        while at + 2 <= end:
            header, size, body = data[at], data[at + 1], at + 2
            if size > 127:
                size, body = _length(data, at + 1)
                if body < 0:
                    break
            stop = body + size
            if stop > end:
                if not self._too_large(header, end - body):
                    break
                self._skip, stop = stop - end, end
            if header & 0xF4 == 0x30:
                now += 1
                self._publish(data, header, body, stop, now, run)
            else:
                if run.messages:
                    yield run
                    run = Run([], [], [])
                yield Packet(header, data[body:stop])
            at = stop
        self._rest = data[at:]
        if run.messages:
            yield run

    def _joined(self, data: bytes) -> bytes:
        """Return what was left, with more; without what is still to come of a packet that was too large."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        return self._rest + data if self._rest else data

    def _too_large(self, header: int, size: int) -> bool:
        """Tell whether so much of a packet is here that the rest is of no use."""
        if size < self._max_payload + _BESIDE_PAYLOAD:
            return False
        if header & 0xF4 != 0x30:
            raise ProtocolError(f"a packet of type {header >> 4} with more than {size} bytes")
        return True

    def _publish(self, data: bytes, header: int, body: int, stop: int, now: int, run: Run) -> None:
        at = body + 2 + int.from_bytes(data[body : body + 2], "big")
        raw = data[body + 2 : at]
        topic = self._topics.get(raw)
        if topic is None:
            topic = self._topic(raw)
        packet_id = None
        if header & 2:
            packet_id = data[at : at + 2]
            at += 2
        properties: Properties = ()
        if self._version_5:
            properties, at = _user_properties(data, at, stop)
        if at > stop:
            raise ProtocolError("a PUBLISH that is too short")
        if packet_id is not None:
            run.ids.append(packet_id)
        if header & 8:
            run.repeats.append(len(run.messages))
        payload = data[at:stop]
        if len(payload) > self._max_payload:
            payload = payload[: self._max_payload + 1]
        run.messages.append(Message(topic, payload, header & 1 == 1, now, properties))

    def _topic(self, raw: bytes) -> str:
        if not raw and not self._version_5:
            raise ProtocolError("a PUBLISH without a topic")
        if len(self._topics) >= _TOPICS_REMEMBERED:
            self._topics.clear()
        topic = self._topics[raw] = _kept(raw)
        return topic


def _kept(raw: bytes) -> str:
    """Return text without what MQTT forbids and no database can keep."""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable integer and where it ends, -1 if it is not complete. Raises ProtocolError beyond 4 bytes."""
    value = 0
    for i in range(4):
        if at + i >= len(data):
            return 0, -1
        byte = data[at + i]
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value, at + i + 1
    raise ProtocolError("a length of more than 4 bytes")


def _user_properties(data: bytes, at: int, stop: int) -> tuple[Properties, int]:
    """Return the user properties of a PUBLISH and where the payload begins."""
    size, at = _length(data, at)
    if at < 0 or at + size > stop:
        raise ProtocolError("properties that are cut off")
    end = at + size
    found = []
    while at < end:
        kind, at = data[at], at + 1
        if kind == _USER_PROPERTY:
            name, at = _text(data, at)
            value, at = _text(data, at)
            found.append((name, value))
        elif kind not in _PROPERTY_LENGTHS:
            raise ProtocolError(f"an unknown property {kind}")
        elif (length := _PROPERTY_LENGTHS[kind]) is None:
            at = _length(data, at)[1]
            if at < 0:
                break
        else:
            at += length or 2 + int.from_bytes(data[at : at + 2], "big")
    if at != end:
        raise ProtocolError("properties that are cut off")
    return tuple(found), end


def _text(data: bytes, at: int) -> tuple[str, int]:
    start = at + 2
    stop = start + int.from_bytes(data[at:start], "big")
    return _kept(data[start:stop]), stop
