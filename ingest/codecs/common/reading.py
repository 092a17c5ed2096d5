"""Readings out of raw values, for formats that say themselves which of their fields is what."""

from typing import Any

from domain.readings import Flag, Reading, reading_of
from domain.units import CELSIUS
from ingest.codecs.common import values
from ingest.codecs.common.times import NO_STAMP, Stamp

_NONE = Flag.NONE


def temperature(device: str, probe: str, raw: Any, stamp: Stamp = NO_STAMP, unit: str = CELSIUS) -> Reading:
    """Return the reading of a temperature as it is written, or of its fault. Raises DecodeError for what is neither."""
    return reading_of(device, probe, "temperature", values.temperature(raw, unit), stamp[0], stamp[1])


def humidity(device: str, probe: str, raw: Any, stamp: Stamp = NO_STAMP) -> Reading:
    """Return the reading of a relative humidity as it is written, or of its fault. Raises DecodeError for neither."""
    return reading_of(device, probe, "humidity", values.humidity(raw), stamp[0], stamp[1])
