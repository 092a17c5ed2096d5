"""How many messages a step takes, so that it holds the database about as long as others may have to wait for it."""

FIRST, LEAST, MOST = 2_000, 250, 10_000


class Pace:
    """Learns from every step how many messages fit into `step_s` seconds."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self.at_most = FIRST

    def took(self, messages: int, seconds: float) -> None:
        """Learn from a step, at most by a factor of two: one step may have been slow for a reason of its own."""
        if 2 * messages < self.at_most:
            return  # small ones say nothing of large ones
        fitting = messages * self._step_s / max(seconds, 1e-6)
        fitting = min(max(fitting, self.at_most / 2), self.at_most * 2)
        self.at_most = round(min(max(fitting, LEAST), MOST))
