"""What the one writer is given: messages with what they decoded to, in the order of their arrival."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

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


@dataclass(slots=True)
class Batch:
    """A micro-batch; `memory` holds what the codecs of the sources must remember after it, where that changed.

    While `catching_up` with what waited at the broker, time goes on for the rules only as far as what was measured: a
    sensor whose messages still wait is not silent.
    """

    messages: Sequence[Arrived] = ()
    memory: Mapping[str, bytes] = field(default_factory=dict)
    catching_up: bool = False


# Decodes again what was heard before (dead letters, the journal): given messages without readings, returns them with
# what they say now. It keeps the codecs' memory from call to call; wiring builds it, because ledger knows no formats.
Decode: TypeAlias = Callable[[Sequence[Arrived]], Batch]
