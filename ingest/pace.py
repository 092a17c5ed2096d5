"""How many readings a step takes, so that it holds the database about as long as others may have to wait for it."""

from collections.abc import Iterator, Sequence

from ledger.inputs import Arrived, Batch

FIRST, LEAST, MOST = 4_000, 500, 20_000


class Pace:
    """Learns from every step how many readings fit into `step_s` seconds. A message without any counts like one."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._each = 1.0  # readings in a message, as of late
        self.at_most = FIRST

    @property
    def messages(self) -> int:
        """Return how many messages probably have as many readings."""
        return max(1, round(self.at_most / self._each))

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """Yield what was taken in steps; what the codecs remember is committed with the last one."""
        messages = batch.messages
        if not messages:
            return
        weights = [_weight(message) for message in messages]
        self._each = sum(weights) / len(weights)
        first = sum_of = 0
        for i, weight in enumerate(weights):
            if sum_of and sum_of + weight > self.at_most:
                yield Batch(messages[first:i])
                first, sum_of = i, 0
            sum_of += weight
        yield Batch(messages[first:], batch.memory)

    def took(self, messages: Sequence[Arrived], seconds: float) -> None:
        """Learn from a step, at most by a factor of two: one step may have been slow for a reason of its own."""
        readings = sum(map(_weight, messages))
        if 2 * readings < self.at_most:
            return  # small ones say nothing of large ones
        fitting = readings * self._step_s / max(seconds, 1e-6)
        fitting = min(max(fitting, self.at_most / 2), self.at_most * 2)
        self.at_most = round(min(max(fitting, LEAST), MOST))


def _weight(message: Arrived) -> int:
    return len(message.readings) or 1
