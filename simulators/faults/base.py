"""What all faults have: at what, from when, to when, in seconds after the scenario's start."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """In force over `[since, until)`."""

    at: str
    since: int
    until: int

    def in_force(self, second: int) -> bool:
        """Tell whether it is in force."""
        return self.since <= second < self.until
