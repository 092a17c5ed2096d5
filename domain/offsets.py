"""Calibration offsets: what is added to what a sensor reads, from an instant of measurement on.

A reading stays as it came; judged and shown is the value with the offset. Values and offsets are integers of 10⁻⁶
of the unit.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from domain.model import Dated, Sensor
from domain.readings import FAULT


def offset_of(sensor: Sensor | None, quantity: str) -> Dated[int] | None:
    """Return the offsets of one quantity of a sensor; None if it never has any, or is unknown."""
    return None if sensor is None else sensor.offsets.get(quantity)


def offset_at(offset: Dated[int] | None, instant: int) -> int:
    """Return what is added to a reading of an instant."""
    return 0 if offset is None else offset.at(instant) or 0


def shifted(offset: Dated[int], instants: Sequence[int], values: Sequence[int | None]) -> "array[int]":
    """Return values with their offsets, `instants` being sorted; faults (None or FAULT) are FAULT."""
    cuts = [0, *(bisect_left(instants, since) for since, _ in offset.steps), len(values)]
    added = [0, *(value for _, value in offset.steps)]
    found = array("q")
    for (low, high), add in zip(pairwise(cuts), added, strict=True):
        found.extend(FAULT if value is None or value == FAULT else value + add for value in values[low:high])
    return found
