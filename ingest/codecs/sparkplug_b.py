"""Sparkplug B: `spBv1.0/{group}/{NBIRTH|NDATA|NDEATH|DBIRTH|DDATA|DDEATH}/{node}[/{device}]`, protobuf.

A birth says the names of all metrics and their aliases; data have the aliases only. A device is called
`group/node/device`. Where a message is missing, or an alias is not known, the node is asked for its births again.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from domain.errors import DecodeError
from domain.faults import Fault
from domain.notices import Notice, Remark
from domain.readings import Flag, Reading, reading_of
from domain.times import SECOND
from ingest import codecs
from ingest.codecs.common import settings, sparkplug, values
from ingest.codecs.common.sparkplug import Known
from ingest.codecs.common.states import status_of
from ingest.codecs.common.times import instant
from ingest.decoded import UNCHANGED, Action, Decoded, Memory, Message, Source, Status

_SPACE = "spBv1.0"
_NOTHING = Decoded()
_OF_NODES, _OF_DEVICES = {"NBIRTH", "NDATA", "NDEATH"}, {"DBIRTH", "DDATA", "DDEATH"}
_COMMANDS = {"NCMD", "DCMD"}
_SEQS = 256
_MS = 1000.0  # microseconds of the unit of time stamps
# A node is asked for its births no more often than this: many hosts asking at once make a storm.
_ASKED_EVERY = 30 * SECOND
_QUANTITIES = ("temperature", "humidity")
_DEVICES_AT_MOST = 5_000


class Node(msgspec.Struct, frozen=True, array_like=True, tag="node"):
    """A node's session: when it was born, the one before, its number, the last sequence number, when it was asked."""

    born: int = 0
    before: int = 0
    bdseq: int | None = None
    seq: int | None = None
    online: bool = False
    asked: int = 0


class Metrics(msgspec.Struct, frozen=True, array_like=True, tag="metrics"):
    """The metrics of a birth in the session that was born at an instant; `others` are aliases of no use."""

    born: int
    by_alias: dict[int, Known]
    by_name: dict[str, Known]
    others: frozenset[int]


class Devices(msgspec.Struct, frozen=True, array_like=True, tag="devices"):
    """The devices of a node that are there."""

    names: tuple[str, ...]


class _Topic(NamedTuple):
    kind: str
    node: str  # group/node
    device: str  # "" of the node itself

    @property
    def whole(self) -> str:
        """What readings are of."""
        return f"{self.node}/{self.device}" if self.device else self.node

    @property
    def metrics(self) -> str:
        """Where its metrics are remembered."""
        return f"{self.node}/{self.device}"

    @property
    def devices(self) -> str:
        """Where the node's devices are remembered: no device can be called so."""
        return f"{self.node}//"


def check(source: Source) -> None:
    """Raise InvalidError for a mapping: births say what there is."""
    settings.only(source)


@codecs.register("sparkplug_b", check, Node | Metrics | Devices)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return what births and data say, and who is there. Remembered are sessions, metrics and devices of each node."""
    topic = _topic(message.topic)
    if topic is None or not message.payload:
        return _NOTHING, UNCHANGED
    payload = sparkplug.parse(message.payload)
    read = _death if topic.kind.endswith("DEATH") else _birth if topic.kind.endswith("BIRTH") else _data
    return read(topic, payload, message, memory)


def _topic(text: str) -> _Topic | None:
    """Return whose message it is; None for states of hosts and commands. Raises DecodeError for another topic."""
    levels = text.split("/")
    if levels[0] == _SPACE and len(levels) >= 3:
        kind = levels[2]
        if levels[1] == "STATE" or kind in _COMMANDS:
            return None
        is_whole = (kind in _OF_NODES and len(levels) == 4) or (kind in _OF_DEVICES and len(levels) == 5)
        if is_whole and all(levels):
            for name in levels[1:]:
                values.name_of(name, "a level of the topic")
            return _Topic(kind, f"{levels[1]}/{levels[3]}", levels[4] if len(levels) == 5 else "")
    if levels[0] == "STATE":
        return None  # of version 2.2
    raise DecodeError(f"not a topic of Sparkplug B: {values.shown(text)}")


# --- births and deaths ---


def _birth(topic: _Topic, payload: Any, message: Message, memory: Memory) -> tuple[Decoded, Memory]:
    known = list(sparkplug.known_of(payload.metrics))
    said = _reported(topic, payload, ((metric, each) for metric, each in known if each is not None))
    status = [Status(topic.whole, online=True, seq=_seq(payload)), *said.status]
    decoded = Decoded(said.readings, status, remarks=(*said.remarks, *sparkplug.unused(known)))
    if message.retained:
        return decoded, UNCHANGED  # births are not retained: nobody knows of which session this one is
    changes: dict[str, Any] = {}
    node: Node | None = memory.get(topic.node)
    if topic.kind == "NBIRTH":
        node = _born(node, payload, message)
    else:
        if node is None or not node.online:
            return _with(decoded, _ask(topic, node, message, changes)), changes
        node, actions = _followed(topic, node, payload, message)
        decoded = _with(decoded, actions)
        changes |= _with_device(topic, memory)
    changes[topic.node] = node
    changes[topic.metrics] = Metrics(
        node.born,
        {metric.alias: each for metric, each in known if each is not None and metric.HasField("alias")},
        {metric.name: each for metric, each in known if each is not None},
        frozenset(metric.alias for metric, each in known if each is None and metric.HasField("alias")),
    )
    if topic.kind == "NBIRTH" and memory.get(topic.devices) is not None:
        changes[topic.devices] = None  # each is there again with its own birth
    return decoded, changes


def _born(before: Node | None, payload: Any, message: Message) -> Node:
    """Return the session that begins, or goes on: asked for its births, a node says the same number again."""
    at = payload.timestamp or message.received_at // 1000
    bdseq = _bdseq(payload)
    if before is None:
        return Node(at, 0, bdseq, _seq(payload), True)
    goes_on = before.online and bdseq == before.bdseq
    return Node(at, before.before if goes_on else before.born, bdseq, _seq(payload), True)


def _death(topic: _Topic, payload: Any, message: Message, memory: Memory) -> tuple[Decoded, Memory]:
    if message.retained:
        return _NOTHING, UNCHANGED
    node: Node | None = memory.get(topic.node)
    gone = Status(topic.whole, online=False)
    if topic.device:
        changes: dict[str, Any] = {topic.metrics: None}
        devices: Devices | None = memory.get(topic.devices)
        if devices is not None:
            changes[topic.devices] = Devices(tuple(each for each in devices.names if each != topic.device))
        actions: list[Action] = []
        if node is not None and node.online:
            changes[topic.node], actions = _followed(topic, node, payload, message)
        return Decoded(status=[gone], actions=actions), changes
    if node is None:
        return Decoded(status=[gone]), UNCHANGED
    # A will of an earlier session may come late. Some nodes give all sessions one number: then its time tells, which is
    # that of the connection.
    is_of_another = _bdseq(payload) != node.bdseq or 0 < payload.timestamp <= node.before
    if is_of_another or not node.online:
        return _NOTHING, UNCHANGED
    there: Devices | None = memory.get(topic.devices)
    stale = [Status(f"{topic.node}/{name}", online=False) for name in (there.names if there else ())]
    return Decoded(status=[gone, *stale]), {topic.node: msgspec.structs.replace(node, online=False)}


def _with_device(topic: _Topic, memory: Memory) -> dict[str, Any]:
    devices: Devices | None = memory.get(topic.devices)
    names = devices.names if devices else ()
    if topic.device in names or len(names) >= _DEVICES_AT_MOST:
        return {}
    return {topic.devices: Devices((*names, topic.device))}


# --- data ---


def _data(topic: _Topic, payload: Any, message: Message, memory: Memory) -> tuple[Decoded, Memory]:
    node: Node | None = memory.get(topic.node)
    metrics: Metrics | None = memory.get(topic.metrics)
    if node is None or not node.online or metrics is None or metrics.born != node.born:
        metrics = None
    unknown: list[int] = []
    said = _reported(topic, payload, _looked_up(payload, metrics, unknown))
    decoded = Decoded(said.readings, [*said.status, Status(topic.whole, seq=_seq(payload))], remarks=said.remarks)
    changes: dict[str, Any] = {}
    if message.retained:
        return decoded, UNCHANGED
    if metrics is not None and node is not None and not unknown:
        changes[topic.node], actions = _followed(topic, node, payload, message)
        return _with(decoded, actions), changes
    if node is not None and node.online:
        node = msgspec.structs.replace(node, seq=_seq(payload))
    actions = _ask(topic, node, message, changes)
    if unknown:
        told = f"aliases without a birth: {', '.join(map(str, unknown[:10]))}; the node is asked for its births"
        decoded = msgspec.structs.replace(
            decoded, remarks=(*decoded.remarks, Remark(Notice.UNREADABLE_PART, told, topic.whole))
        )
    return _with(decoded, actions), changes


def _looked_up(payload: Any, metrics: Metrics | None, unknown: list[int]) -> Iterator[tuple[Any, Known]]:
    """Yield the metrics that are of use with what they are; aliases that nobody knows are added to `unknown`."""
    for metric in payload.metrics:
        known: Known | None = None
        if metrics is not None and metric.HasField("alias"):
            known = metrics.by_alias.get(metric.alias)
            if known is None and not metric.name and metric.alias not in metrics.others:
                unknown.append(metric.alias)
        elif metric.HasField("alias") and not metric.name:
            unknown.append(metric.alias)
        if known is None and metric.name:
            known = metrics.by_name.get(metric.name) if metrics is not None else _by_name(metric)
        if known is not None:
            yield metric, known


def _by_name(metric: Any) -> Known | None:
    """Return what a metric is that no birth named."""
    of_use = sparkplug.named(metric)
    if of_use is None:
        return None
    return Known(of_use.column, sparkplug.probe_of(metric.name), of_use.unit, metric.datatype)


def _followed(topic: _Topic, node: Node, payload: Any, message: Message) -> tuple[Node, list[Action]]:
    """Return the session after the message, and what is asked for if one before it is missing."""
    seq = _seq(payload)
    expected = None if node.seq is None else (node.seq + 1) % _SEQS
    after = msgspec.structs.replace(node, seq=seq)
    if seq is None or expected is None or seq in (expected, node.seq):
        return after, []
    changes: dict[str, Any] = {}
    actions = _ask(topic, after, message, changes)
    return changes.get(topic.node, after), actions


def _ask(topic: _Topic, node: Node | None, message: Message, changes: dict[str, Any]) -> list[Action]:
    """Return the question for the node's births, unless it was asked a moment ago."""
    node = node or Node()
    changes[topic.node] = node
    if 0 <= message.received_at - node.asked < _ASKED_EVERY and node.asked:
        return []
    changes[topic.node] = msgspec.structs.replace(node, asked=message.received_at)
    group, name = topic.node.split("/")
    return [Action("request_rebirth", f"{_SPACE}/{group}/NCMD/{name}", sparkplug.rebirth(message.received_at))]


def _with(decoded: Decoded, actions: list[Action]) -> Decoded:
    return msgspec.structs.replace(decoded, actions=actions) if actions else decoded


# --- metrics ---


class _Reported(NamedTuple):
    readings: list[Reading]
    status: list[Status]
    remarks: tuple[Remark, ...]


def _reported(topic: _Topic, payload: Any, metrics: Iterator[tuple[Any, Known]]) -> _Reported:
    readings: list[Reading] = []
    beside: list[tuple[str, Any]] = []
    remarks: list[Remark] = []
    device = topic.whole
    for metric, known in metrics:
        try:
            if known.column in _QUANTITIES:
                found = _reading(device, metric, known, payload.timestamp)
                if found is not None:
                    readings.append(found)
            elif (
                not metric.is_null
                and (value := sparkplug.value_of(metric, metric.datatype or known.datatype)) is not None
            ):
                beside.append((known.column, value))
        except DecodeError as error:
            remarks.append(Remark(Notice.UNREADABLE_PART, str(error), device))
    status = [status_of(device, "", None, beside)] if beside else []
    return _Reported(readings, status, tuple(remarks))


def _reading(device: str, metric: Any, known: Known, sent: int) -> Reading | None:
    """Return what a metric measured; None for an old value that is said again, and for what is no number."""
    said = _value(metric, known)
    if said is None:
        return None
    at, _ = instant(metric.timestamp or sent or None, _MS, None)
    flags = Flag.HISTORICAL if metric.is_historical else Flag.NONE
    return reading_of(device, known.probe, known.column, said, at, flags)


def _value(metric: Any, known: Known) -> int | Fault | None:
    if metric.is_null:
        return Fault.NO_VALUE
    quality = sparkplug.properties_of(metric).get("Quality")
    if quality == sparkplug.STALE:
        return None
    if quality == sparkplug.BAD:
        return Fault.SENSOR_ERROR
    raw = sparkplug.value_of(metric, metric.datatype or known.datatype)
    if raw is None or type(raw) is bool:
        return None
    if known.column == "humidity":
        return values.humidity(raw)
    return values.temperature(raw, known.unit)


def _seq(payload: Any) -> int | None:
    return payload.seq if payload.HasField("seq") and payload.seq < _SEQS else None


def _bdseq(payload: Any) -> int | None:
    for metric in payload.metrics:
        if metric.name == sparkplug.BDSEQ:
            value = sparkplug.value_of(metric)
            return value if type(value) is int and 0 <= value < 1 << 63 else None
    return None
