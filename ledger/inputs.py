"""What the one writer is given: messages with what they decoded to, in the order of their arrival."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from domain.notices import Remark
from domain.readings import Reading


@dataclass(slots=True)
class Arrived:
    """One message as it came and what it says.

    Whoever decodes leaves `measured_at` None where the message has no time of its own; a codec may set HISTORICAL. The
    ledger gives such a reading its arrival time and sets every other flag, so that the journal can be replayed.
    """

    topic: str
    payload: bytes
    retained: bool
    received_at: int
    source: str = ""  # key of the source entry that decoded it; "" if none listens to the topic
    readings: Sequence[Reading] = ()
    error: str | None = None  # why it could not be decoded: it becomes a dead letter
    backlog: bool = False  # brought by a backlog after an outage: what has no time of its own is kept, never judged
    user_properties: tuple[tuple[str, str], ...] = ()  # of MQTT 5
    is_doubtful: bool = False  # whether it must be decided when its readings were measured (ingest.placing)
    believes_clock: bool = False  # the source says that stamps count whatever their age
    remarks: Sequence[Remark] = ()
    said_of: Sequence[str] = ()  # the devices of which it says something, if it has no reading
    is_ignored: bool = False  # its source says that it carries no readings
    is_known_letter: bool = False  # a retained copy of a dead letter that waits: not taken again


@dataclass(slots=True)
class Batch:
    """A micro-batch; `memory` holds what codecs must remember after it where that changed, by source and key (None:
    nothing any more).

    While `catching_up` with what waited at the broker, time goes on for the rules only as far as what was measured: a
    sensor whose messages still wait is not silent. `clock_set`: by how much the clock of this machine was set since the
    batch before (back: below 0).
    """

    messages: Sequence[Arrived] = ()
    memory: Mapping[tuple[str, str], bytes | None] = field(default_factory=dict)
    catching_up: bool = False
    clock_set: int = 0


# Decodes again what was heard before (dead letters, the journal): given messages without readings, returns them with
# what they say now. It keeps the codecs' memory from call to call; wiring builds it, because ledger knows no formats.
Decode: TypeAlias = Callable[[Sequence[Arrived]], Batch]
