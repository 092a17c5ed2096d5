"""From messages to what the one writer is given: the right codec for each, dead letters for what nobody can read."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from domain.errors import DecodeError
from domain.readings import Flag, Reading
from ingest.decoded import Action, Memory, Message, Status
from ingest.sources import Found, Sources
from ledger.inputs import Arrived, Batch

log = logging.getLogger(__name__)

MAX_PAYLOAD = 262_144
_NONE = Flag.NONE
NO_SOURCE = "no source listens to this topic"


@dataclass(slots=True)
class Decoding:
    """What a sequence of messages says, and what the codecs remember after it."""

    arrived: list[Arrived] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    faults: list[Status] = field(default_factory=list)
    memory: dict[str, Memory] = field(default_factory=dict)

    def batch(self) -> Batch:
        """Return it for the writer."""
        return Batch(self.arrived, {key: msgspec.msgpack.encode(memory) for key, memory in self.memory.items()})


class Decoder:
    """Decodes with the sources' codecs. What a codec remembers counts only once it is adopted: after the commit."""

    def __init__(
        self, sources: Sources, memory: Mapping[str, bytes] | None = None, max_payload: int = MAX_PAYLOAD
    ) -> None:
        self.sources = sources
        self._memory = {key: msgspec.msgpack.decode(stored) for key, stored in (memory or {}).items()}
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
        key = found.key
        memory = result.memory[key] if key in result.memory else self._memory.get(key)
        try:
            decoded, after = found.decode(message, found.source, memory)
        except DecodeError as error:
            arrived.error = str(error)
            return
        except Exception as error:
            log.exception("the codec %s failed on a message of %s", found.source.format, message.topic)
            arrived.error = f"the codec failed: {type(error).__name__}: {error}"[:500]
            return
        arrived.readings = decoded.readings
        if after is not memory:
            result.memory[key] = after
        if decoded.status:
            result.faults += (status for status in decoded.status if status.fault)
        if decoded.actions:
            result.actions += decoded.actions

    def adopt(self, decoding: Decoding) -> None:
        """Remember what the codecs remembered: it is committed."""
        self._memory.update(decoding.memory)

    def again(self, heard: Sequence[Arrived]) -> Batch:
        """Decode what was heard before (dead letters, the journal), keeping the codecs' memory from call to call."""
        decoding = self.decode(
            Message(one.topic, one.payload, one.retained, one.received_at, one.user_properties) for one in heard
        )
        for one, new in zip(heard, decoding.arrived, strict=True):
            new.backlog = one.backlog
            if one.backlog:
                new.readings = without_own_time(new.readings)
        self.adopt(decoding)
        return decoding.batch()


def has_own_time(reading: Reading) -> bool:
    """Tell whether the message said when it was measured, without counting from its arrival."""
    flags = reading.flags  # the usual ones are told apart without arithmetic, which is slow on flags
    return reading.measured_at is not None and (flags is _NONE or not flags & Flag.ARRIVAL_TIME)


def without_own_time(readings: Sequence[Reading]) -> Sequence[Reading]:
    """Drop times that count from an arrival that says nothing."""
    return [
        reading if has_own_time(reading) else reading._replace(measured_at=None, flags=Flag.NONE)
        for reading in readings
    ]
