"""What a gateway has to say, how it is set up, and what becomes of it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulators.samples import Sample

UTC = ZoneInfo("UTC")
# A gateway set up with this leaves out what a faulty probe does not say.
SILENT = "omit"
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Style:
    """How a gateway is set up. `fault`: what it says for no value: `null`, a word, a number, or `omit`."""

    gateway: str
    topic: str
    fault: str = "null"
    zone: ZoneInfo = UTC

    def value(self, text: str | None) -> float | str | None:
        """Return what stands in the payload for a value."""
        said = self.fault if text is None else text
        if said == "null":
            return None
        return float(said) if _NUMBER.fullmatch(said) else said

    def is_sent(self, text: str | None) -> bool:
        """Tell whether anything is said of a value."""
        return text != "" and not (text is None and self.fault == SILENT)


class Spoken(NamedTuple):
    """A sample with the instant that the gateway's clock gave it, in microseconds."""

    sample: Sample
    at: int


class Message(NamedTuple):
    """A message, and what it says."""

    topic: str
    payload: bytes
    says: tuple[Spoken, ...]


Format = Callable[[Style, Sequence[Spoken]], Iterator[Message]]
