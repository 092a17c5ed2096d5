"""Messages without a time of their own, after an outage: repeats are dropped, old ones are kept but not judged.

The rule, exactly. *Catching up* lasts from the resumption of a session until everything that waited at the broker has
arrived (ingest.subscriber says how that is known). A message counts here if it has a reading without a time of its own;
one whose readings all say when they were measured is as good late as in time, and no rule touches it.

1. Repeats. A message that arrives while catching up, is marked by the broker as sent before, and equals in topic and
   payload a message taken before the connection, is dropped: its acknowledgement was lost. Each message taken accounts
   for one repeat. It is acknowledged and not written again. Of a broker that marks nothing (the embedded one), the
   messages that come first are repeats as long as each equals one of the last taken.
2. Backlog. Of the others that arrive while catching up, one is judged only if the catching up ends with its micro-batch
   and no later message of the same micro-batch has a reading of any of its series: then it is the newest there is, and
   its real time is near. Every other is marked `backlog`: kept, never judged, because its real time is unknown.
   One whose stamp means one of two instants (an hour that came twice) is never the newest: it waited for an unknown
   time, so its arrival does not say which.
3. Retained copies are neither backlog nor newest: the ledger marks them itself.

So at most one message per series is judged for a whole outage, and none with a newer one known. In return a series
whose newest message came more than a micro-batch before the end is judged from its next message on.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence

from ingest.decoding import has_own_time, may_be_another, without_own_time
from ledger.inputs import Arrived

# More than a broker can have in flight, which is numbered by 16 bits; the embedded one has far less.
REMEMBERED = 70_000
_IN_FLIGHT = 1000


class Repeats:
    """Fingerprints of what was taken lately, to know it again after a reconnect.

    What is taken is committed before anything that is taken later; `committed` are topics and payloads of an earlier
    process.
    """

    def __init__(self, committed: Iterable[tuple[str, bytes]] = (), *, broker_marks: bool = True) -> None:
        self._broker_marks = broker_marks
        self._recent = deque((hash(one) for one in committed), maxlen=REMEMBERED if broker_marks else _IN_FLIGHT)
        self._expected: Counter[int] = Counter()

    def reconnected(self) -> None:
        """From now on everything taken before may come again, once."""
        self._expected = Counter(self._recent)

    def caught_up(self) -> None:
        """Nothing taken before comes again."""
        self._expected.clear()

    def take(self, messages: Sequence[Arrived], marked: Collection[int]) -> list[Arrived]:
        """Return messages without repeats; only those at the places marked can be some, if the broker marks them."""
        if not self._expected:
            kept = list(messages)
        else:
            kept = [one for i, one in enumerate(messages) if not self._is_repeat(one, i in marked)]
        self._recent.extend(_fingerprint(one) for one in kept if is_timeless(one))
        return kept

    def _is_repeat(self, message: Arrived, marked: bool) -> bool:
        if (self._broker_marks and not marked) or not is_timeless(message):
            return False
        fingerprint = _fingerprint(message)
        if self._expected[fingerprint]:
            self._expected[fingerprint] -= 1
            return True
        if not self._broker_marks:
            self._expected.clear()  # repeats come first, so this was the end of them
        return False


def _fingerprint(message: Arrived) -> int:
    return hash((message.topic, message.payload))


def is_timeless(message: Arrived) -> bool:
    """Tell whether any reading of the message has no time of its own."""
    return any(not has_own_time(reading) for reading in message.readings)


def settled(messages: Sequence[Arrived], late: Sequence[bool], *, ended: bool) -> None:
    """Mark the backlog in a micro-batch. `late`: arrived while catching up, which has `ended` with this micro-batch."""
    if not any(map(is_timeless, messages)):
        return
    newer: set[tuple[str, str, str]] = set()
    for message, is_late in zip(reversed(messages), reversed(late), strict=True):
        if message.retained:
            continue
        timeless = {reading[:3] for reading in message.readings if not has_own_time(reading)}
        if is_late and timeless and (not ended or timeless & newer or any(map(may_be_another, message.readings))):
            message.backlog = True
            message.readings = without_own_time(message.readings)
        newer.update(reading[:3] for reading in message.readings)
