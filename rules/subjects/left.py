"""Units that left and of which nothing is said or due: not in memory, and taken in when something reaches them.

What was judged of them rests on the readings up to their end. Only a reading from before that, or another
configuration of that time, can change it: then whoever keeps them on record is asked for those concerned.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from rules.subjects.whereabouts import Placed, UnitKey


class At(NamedTuple):
    """A location over a closed span."""

    location: str
    since: int
    until: int


class Left(Protocol):
    """Who knows of the units that are not in memory. What is given may be more than is asked for."""

    def stood(self, spans: Collection[At]) -> Mapping[UnitKey, Placed]:
        """Return the units that stood there then, and where each was."""

    def of_products(self, since: Mapping[str, int]) -> Mapping[UnitKey, Placed]:
        """Return the units of products that left at an instant or later, and where each was."""


class NobodyLeft:
    """Every unit is in memory."""

    def stood(self, spans: Collection[At]) -> Mapping[UnitKey, Placed]:
        """Return that there is none."""
        return {}

    def of_products(self, since: Mapping[str, int]) -> Mapping[UnitKey, Placed]:
        """Return that there is none."""
        return {}
