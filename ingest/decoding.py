"""From messages to what the one writer is given: the right codec for each, dead letters for what nobody can read."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.clocks import Run
from domain.errors import DecodeError
from domain.readings import Flag, Reading
from ingest.codecs import ignore
from ingest.decoded import UNCHANGED, Action, Memory, Message, Source, Status
from ingest.off_clocks import OWN
from ingest.placing import is_doubtful, place
from ingest.remembering import Layered, Memories, Stored
from ingest.sources import Found, Sources
from ledger.inputs import Arrived, Batch
from store.device_clocks import CLOCKS

log = logging.getLogger(__name__)

MAX_PAYLOAD = 262_144
_NONE = Flag.NONE
_NO_CLOCKS: Mapping[str, Any] = {}
_NOT_OWN = Flag.ARRIVAL_TIME | Flag.TWICE
_TO_DECIDE = Flag.NO_ZONE | Flag.TWICE
NO_SOURCE = "no source listens to this topic"


@dataclass(slots=True)
class Decoding:
    """What a sequence of messages says, and what the codecs remember after it."""

    arrived: list[Arrived] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    status: list[Status] = field(default_factory=list)
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)  # what differs, by the key of its source
    clocks: dict[str, dict[str, Any]] = field(default_factory=dict)  # runs of devices, by the key of their source
    known: dict[tuple[str, str], Run | None] = field(default_factory=dict)  # runs to be kept, by source and device

    def batch(self) -> Batch:
        """Return it for the writer."""
        kept = {
            (source, key): None if value is None else msgspec.msgpack.encode(value)
            for source, changes in self.memory.items()
            for key, value in changes.items()
        }
        for (source, device), run in self.known.items():
            kept[CLOCKS + source, device] = None if run is None else msgspec.msgpack.encode(run)
        return Batch(self.arrived, kept)


class Decoder:
    """Decodes with the sources' codecs. What a codec remembers counts only once it is adopted: after the commit."""

    def __init__(self, sources: Sources, memory: Stored | None = None, max_payload: int = MAX_PAYLOAD) -> None:
        self.sources = sources
        memory = memory or {}
        self._memories = Memories({key: kept for key, kept in memory.items() if not key[0].startswith(CLOCKS)})
        self._clocks: dict[str, dict[str, Any]] = {}
        for (source, device), kept in memory.items():
            if kept is not None and source.startswith(CLOCKS):
                run = Run(*msgspec.msgpack.decode(kept))
                self._clocks.setdefault(source.removeprefix(CLOCKS), {})[device] = run
        self._max_payload = max_payload

    def decode(self, messages: Iterable[Message]) -> Decoding:
        """Return what the messages say, one Arrived each, in order. Never raises for whatever they hold."""
        result = Decoding()
        for message in messages:
            topic, payload, retained, received_at = (
                message.topic,
                message.payload,
                message.retained,
                message.received_at,
            )
            arrived = Arrived(topic, payload, retained, received_at, user_properties=message.user_properties)
            result.arrived.append(arrived)
            found = self.sources.find(topic, received_at)
            if found is None:
                arrived.error = NO_SOURCE
            elif len(payload) > self._max_payload:
                arrived.source = found.key
                arrived.error = f"larger than {self._max_payload} bytes; only the first {len(payload)} are kept"
            else:
                arrived.source = found.key
                self._decode(found, message, arrived, result)
        return result

    def _decode(self, found: Found, message: Message, arrived: Arrived, result: Decoding) -> None:
        memory: Memory = UNCHANGED if found.remembers is None else self._memory(found, result)
        try:
            decoded, changes = found.decode(message, found.source, memory)
        except DecodeError as error:
            arrived.error = str(error)
            return
        except Exception as error:
            log.exception("the codec %s failed on a message of %s", found.source.format, message.topic)
            arrived.error = f"the codec failed: {type(error).__name__}: {error}"[:500]
            return
        arrived.readings = decoded.readings
        arrived.is_doubtful = found.source.clock is not None or is_doubtful(decoded.readings, message.received_at)
        arrived.believes_clock = found.source.clock == OWN
        arrived.remarks = decoded.remarks
        if not decoded.readings:
            arrived.is_ignored = found.source.format == ignore.NAME
            arrived.said_of = tuple(dict.fromkeys(status.device for status in decoded.status))
        if changes and found.remembers is not None:
            self._memories.add(found.key, result.memory.setdefault(found.key, {}), changes)
        if decoded.status:
            result.status += decoded.status
        if decoded.actions:
            result.actions += decoded.actions

    def _memory(self, found: Found, result: Decoding) -> Memory:
        committed = self._memories.of(found.key, found.remembers)
        changes = result.memory.get(found.key)
        return Layered(committed, changes) if changes else committed

    def place(self, decoding: Decoding) -> None:
        """Decide when readings were measured whose stamps leave a doubt: after it is known which messages waited.

        Where clocks of a source's devices are remembered, every message says whether they are right by now.
        """
        watched = set(self._clocks)
        for message in decoding.arrived:
            if message.is_doubtful or (message.source in watched and message.readings):
                watched.add(message.source)
                found = self.sources.find(message.topic, message.received_at)
                if found is not None:
                    self._place(message, found.source, found.key, decoding)

    def _place(self, message: Arrived, source: Source, key: str, decoding: Decoding) -> None:
        clocks = decoding.clocks.get(key)
        before = self._clocks.get(key, _NO_CLOCKS) if clocks is None else clocks
        changed = place(message, source, before)
        if not changed:
            return
        if clocks is None:  # what is committed changes only when this is
            clocks = decoding.clocks[key] = dict(before)
        clocks.update(changed)
        for device, run in changed.items():
            if run.is_kept:
                decoding.known[key, device] = run
            elif (known := before.get(device)) is not None and known.is_kept:  # off once, and in time again
                decoding.known[key, device] = None

    def adopt(self, decoding: Decoding) -> None:
        """Remember what the codecs remembered: it is committed."""
        for source, changes in decoding.memory.items():
            self._memories.adopt(source, changes)
        self._clocks.update(decoding.clocks)

    def again(self, heard: Sequence[Arrived]) -> Batch:
        """Decode what was heard before (dead letters, the journal), keeping the codecs' memory from call to call."""
        decoding = self.decode(
            Message(one.topic, one.payload, one.retained, one.received_at, one.user_properties) for one in heard
        )
        for one, new in zip(heard, decoding.arrived, strict=True):
            new.backlog = one.backlog
            if one.backlog:
                new.readings = without_own_time(new.readings)
        self.place(decoding)
        self.adopt(decoding)
        return decoding.batch()


def has_own_time(reading: Reading) -> bool:
    """Tell whether the message said when it was measured: its arrival, or what came before, cannot change it."""
    flags = reading.flags  # the usual ones are told apart without arithmetic, which is slow on flags
    return reading.measured_at is not None and (flags is _NONE or not flags & _NOT_OWN)


def without_own_time(readings: Sequence[Reading]) -> Sequence[Reading]:
    """Drop times that count from an arrival that says nothing. What is still to be decided stays as it is."""
    return [
        reading
        if has_own_time(reading) or reading.flags & _TO_DECIDE
        else reading._replace(measured_at=None, flags=reading.flags & Flag.MOVED)
        for reading in readings
    ]


def may_be_another(reading: Reading) -> bool:
    """Tell whether the stamp means one of two instants."""
    return reading.flags is not _NONE and bool(reading.flags & Flag.TWICE)
