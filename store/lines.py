"""How a reading is written to InfluxDB, as line protocol. Pure.

Measurement `reading`, tags `device` and `probe` (left out where the device has one), and per quantity a field with the
value and a field `…_fault`: true for a fault, false where a value took a fault's place. What is not judged goes to
measurement `unjudged` with its flags, so that nobody's query meets it by accident. Time in microseconds.
"""

from typing import NamedTuple

from domain.errors import InvalidError
from domain.numbers import SCALE
from store.chunk import REPLACED_FAULT_BIT, Stored, is_judged
from store.series import SeriesKey

JUDGED, UNJUDGED = "reading", "unjudged"
_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


class Refused(NamedTuple):
    """A line that InfluxDB will not take, and why."""

    line: str
    reason: str


def fault_field(quantity: str) -> str:
    """Return the name of the field that says a quantity is at fault."""
    return f"{quantity}_fault"


def is_writable(key: SeriesKey) -> bool:
    """Tell whether the names can be written: with line breaks one point could pose as two."""
    return all(part.isprintable() for part in key)


class Lines:
    """Writes lines of one series."""

    def __init__(self, key: SeriesKey) -> None:
        """Raises InvalidError for names that cannot be written."""
        if not is_writable(key):
            raise InvalidError(f"a name with control characters cannot be written to InfluxDB: {tuple(key)!r}")
        tags = f",device={_escaped(key.device)}" + (f",probe={_escaped(key.probe)}" if key.probe else "")
        self._judged, self._unjudged = JUDGED + tags, UNJUDGED + tags
        self._value, self._fault = _escaped(key.quantity), _escaped(fault_field(key.quantity))

    def line(self, reading: Stored) -> str:
        """Return the line of a reading."""
        if reading.value is None:
            field = f"{self._fault}=true"
        elif reading.flags & REPLACED_FAULT_BIT:
            field = f"{self._value}={reading.value / SCALE:.6f},{self._fault}=false"
        else:
            field = f"{self._value}={reading.value / SCALE:.6f}"
        if is_judged(reading):
            return f"{self._judged} {field} {reading.measured_at}"
        return f"{self._unjudged} {field},flags={reading.flags}i {reading.measured_at}"


def _escaped(name: str) -> str:
    return name.translate(_ESCAPES)
