"""Objects of plain names and values, whose names say what they are: telemetry of platforms that fix no names."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from domain.readings import Reading
from domain.units import CELSIUS
from ingest.codecs.common import reading
from ingest.codecs.common.names import Meaning, is_bare, meaning_of
from ingest.codecs.common.states import status_if_any
from ingest.codecs.common.times import Stamp
from ingest.decoded import Status


@lru_cache(maxsize=4096)
def _meant(name: str) -> tuple[Meaning, str] | None:
    """Return what a name means and its probe: the name, unless it only says what is measured."""
    meaning = meaning_of(name)
    return None if meaning is None else (meaning, "" if is_bare(name) else name)


def read(
    device: str, values: Mapping[str, Any] | Iterable[tuple[str, Any]], stamp: Stamp, unit: str = CELSIUS
) -> tuple[list[Reading], list[Status]]:
    """Return readings and what is said beside them; `unit` is that of temperatures whose names do not say another."""
    readings: list[Reading] = []
    beside: list[tuple[str, Any]] = []
    for name, raw in values.items() if isinstance(values, Mapping) else values:
        meant = _meant(name)
        if meant is None:
            continue
        meaning, probe = meant
        if meaning.column == "temperature":
            own = unit if meaning.unit == CELSIUS else meaning.unit
            readings.append(reading.temperature(device, probe, raw, stamp, own))
        elif meaning.column == "humidity":
            readings.append(reading.humidity(device, probe, raw, stamp))
        elif raw is not None:
            beside.append((meaning.column, raw))
    return readings, status_if_any(device, "", stamp[0], beside)
