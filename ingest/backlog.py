"""Messages without a time of their own, after an outage: repeats are dropped, old ones are kept but not judged.

The rule, exactly. *Catching up* lasts from the resumption of a session until everything that waited at the broker has
arrived (ingest.subscriber says how that is known). A message counts here if it has a reading without a time of its own;
one whose readings all say when they were measured is as good late as in time, and no rule touches it.

1. Repeats. A message that arrives while catching up, is marked by the broker as sent before (asked only of a broker
   that marks), and equals in topic and payload a message committed just before the connection, is dropped: its
   acknowledgement was lost. Each committed message accounts for one repeat. It is acknowledged and not written again.
2. Backlog. Of the others that arrive while catching up, one is judged only if the catching up ends with its micro-batch
   and no later message of the same micro-batch has a reading of any of its series: then it is the newest there is, and
   its real time is near. Every other is marked `backlog`: kept, never judged, because its real time is unknown.
3. Retained copies are neither backlog nor newest: the ledger marks them itself.

So at most one message per series is judged for a whole outage, and none with a newer one known. In return a series
whose newest message came more than a micro-batch before the end is judged from its next message on.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.decoding import has_own_time, without_own_time
from ledger.inputs import Arrived

# More than a broker keeps in flight before the first acknowledgement must have reached it.
REMEMBERED = 70_000


class Circumstances(NamedTuple):
    """How a message of a micro-batch came."""

    catching_up: bool
    repeated: bool  # marked by the broker as sent before


class Repeats:
    """Fingerprints of what was committed lately, to know it again after a reconnect."""

    def __init__(self, committed: Iterable[tuple[str, bytes]] = ()) -> None:
        self._recent = deque((hash(one) for one in committed), maxlen=REMEMBERED)
        self._expected: Counter[int] = Counter(self._recent)

    def reconnected(self) -> None:
        """From now on everything committed before may come again, once."""
        self._expected = Counter(self._recent)

    def caught_up(self) -> None:
        """Nothing committed before comes again."""
        self._expected.clear()

    def take(self, message: Arrived) -> bool:
        """Tell whether the message is a repeat; the next equal one is not."""
        fingerprint = hash((message.topic, message.payload))
        if not self._expected[fingerprint]:
            return False
        self._expected[fingerprint] -= 1
        return True

    def committed(self, messages: Iterable[Arrived]) -> None:
        """Remember those without a time of their own."""
        self._recent.extend(hash((one.topic, one.payload)) for one in messages if is_timeless(one))


def is_timeless(message: Arrived) -> bool:
    """Tell whether any reading of the message has no time of its own."""
    return any(not has_own_time(reading) for reading in message.readings)


def settled(
    messages: Sequence[Arrived], how: Sequence[Circumstances], repeats: Repeats, *, ended: bool
) -> list[Arrived]:
    """Return a micro-batch without repeats, with the backlog marked. `ended`: it is the last of the catching up."""
    kept = [
        (message, late.catching_up)
        for message, late in zip(messages, how, strict=True)
        if not (late.catching_up and late.repeated and is_timeless(message) and repeats.take(message))
    ]
    newer: set[tuple[str, str, str]] = set()
    for message, late in reversed(kept):
        if message.retained:
            continue
        timeless = {reading[:3] for reading in message.readings if not has_own_time(reading)}
        if late and timeless and (not ended or timeless & newer):
            message.backlog = True
            message.readings = without_own_time(message.readings)
        newer.update(reading[:3] for reading in message.readings)
    return [message for message, _ in kept]
