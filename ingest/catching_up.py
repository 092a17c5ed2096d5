"""Knows when everything that waited at the broker has arrived: what came before was late, what follows is live.

A session that is resumed brings its queue first, in order. So a message that we publish to ourselves right then, the
marker, comes back behind all of it. Where it does not come back (we may not publish, the broker keeps no order),
catching up ends when it has been quiet for a while. Instants are seconds of a clock that never goes back.
"""

import logging
import random

from ingest.buffer import Buffer, Chunk
from ingest.packets import Run

log = logging.getLogger(__name__)

# Without the marker, catching up ends when nothing has come or been acknowledged for so long, or after so long at all.
QUIET_S, LONGEST_S = 1.0, 300.0
# So long at most a small backlog is held until it is complete; less if nothing comes for a moment, because then the
# broker waits for acknowledgements.
GATHER_S, MOMENT_S = 1.0, 0.2
# Some brokers hang up on whoever publishes what he may not: after so many markers in a row that did not come back there
# are no more.
UNANSWERED_AT_MOST = 2


class CatchingUp:
    """Fills the buffer and tells it what is late. Only the network thread uses it."""

    def __init__(self, buffer: Buffer, marker_topic: str) -> None:
        self.marker_topic = marker_topic
        self._buffer = buffer
        self._marker = b""  # what is to come back
        self._unanswered = 0
        self._resumed_at = self._active_at = 0.0

    def connected(self, resumed: bool, now: float) -> bytes | None:
        """Begin, if a session is resumed. Return what to publish on the marker topic, if anything."""
        self.ended()
        if not resumed:
            return None
        self._buffer.catching_up = True
        self._buffer.hold()
        self._resumed_at = self._active_at = now
        if self._unanswered >= UNANSWERED_AT_MOST:
            return None
        self._unanswered += 1
        self._marker = random.randbytes(8).hex().encode()
        return self._marker

    def active(self, now: float) -> None:
        """Something was acknowledged: the broker may send more."""
        self._active_at = now

    def received(self, run: Run, connection: int, now: float) -> None:
        """Put messages into the buffer, without markers."""
        self._active_at = now
        if self._marker and any(message.topic == self.marker_topic for message in run.messages):
            self._split(run, connection)
        else:
            self._buffer.put(Chunk(connection, self._buffer.catching_up, run.messages, run.ids, run.repeats))

    def _split(self, run: Run, connection: int) -> None:
        """Split at our marker. Those of earlier connections are left out. Acknowledgements go with the last part."""
        marks = [message.topic == self.marker_topic for message in run.messages]
        end = next((i for i, one in enumerate(run.messages) if marks[i] and one.payload == self._marker), None)
        late = [i for i in range(len(marks) if end is None else end) if not marks[i]]
        repeats = [place for place, i in enumerate(late) if i in run.repeats]
        self._buffer.put(Chunk(connection, self._buffer.catching_up, [run.messages[i] for i in late], (), repeats))
        live = [] if end is None else [run.messages[i] for i in range(end, len(marks)) if not marks[i]]
        self._buffer.put(Chunk(connection, self._buffer.catching_up and end is None, live, run.ids))
        if end is not None:
            self._unanswered = 0
            self.ended()

    def look(self, now: float) -> None:
        """See whether it has ended without the marker, and whether what is held should be held longer."""
        if not self._buffer.catching_up:
            return
        since_resumed, quiet_for = now - self._resumed_at, now - self._active_at
        if since_resumed > GATHER_S or quiet_for > MOMENT_S:
            self._buffer.release()
        if (quiet_for > QUIET_S and not len(self._buffer)) or since_resumed > LONGEST_S:
            if self._marker:
                log.warning("our own message on %s did not come back; may we not publish it?", self.marker_topic)
            self._buffer.catching_up = False

    def ended(self) -> None:
        """End: everything that waited has come, or the connection is gone."""
        self._marker = b""
        self._buffer.catching_up = False
        self._buffer.release()
