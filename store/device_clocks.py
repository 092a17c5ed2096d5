"""What is known of devices' clocks: how far ahead they stamp live messages, and which zone their local times fit.

Nothing is counted while messages come: stamp and arrival of a device's newest readings are kept anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, func, select

from domain.clocks import SAYS_NOTHING, Estimate, Run, estimated, of_run
from domain.readings import AHEAD_AT_MOST, UNSET_BEFORE, Flag
from domain.times import NEVER
from store.series import list_series
from store.state import load_codec_memory, load_entries
from store.tables import UNPLACED, readings

# What is remembered of clocks is kept with what codecs remember of a source, under keys that no source can have.
CLOCKS = "clocks of "
# So many readings of a device are looked at.
_MOST = 30
_SAYS_NOTHING = int(SAYS_NOTHING)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A device that stamps local time, and a source that does not say of which zone."""

    device: str
    topic: str  # of the source
    run: Run


def estimates(connection: Connection, now: int, devices: Sequence[str] | None = None) -> dict[str, Estimate]:
    """Return what is known of the clocks of devices (None: of all) that stamp their readings."""
    numbers: dict[str, int] = {}
    for number, key in list_series(connection, devices).items():
        numbers.setdefault(key.device, number)
    found = {device: estimated(_stamps(connection, number, now)) for device, number in numbers.items()}
    # What was counted at its arrival says nothing by itself: its run was remembered.
    replaced = {device: of_run(run) for device, run in _runs(connection) if devices is None or device in devices}
    known = {device: replaced.get(device) or estimate for device, estimate in found.items()}
    return {device: estimate for device, estimate in known.items() if estimate is not None}


def local_times(connection: Connection) -> list[LocalTime]:
    """Return the devices that stamp local time of a zone that nobody says, by name."""
    found = [
        LocalTime(device, source["topic"], run)
        for source, runs in _memories(connection)
        if source["timezone"][-1]["value"] is None  # else it says the zone by now
        for device, run in runs.items()
        if run.is_local
    ]
    return sorted(found, key=lambda each: each.device)


def _runs(connection: Connection) -> Iterator[tuple[str, Run]]:
    """Yield what is remembered of the clocks of devices, whose source does not believe them whatever they say."""
    for source, runs in _memories(connection):
        steps = source.get("clock") or [{"value": None}]
        if steps[-1]["value"] != "own":
            yield from runs.items()


def _memories(connection: Connection) -> Iterator[tuple[Mapping[str, Any], dict[str, Run]]]:
    """Yield each source that is there with the runs of its devices."""
    sources = {entry.key: entry.doc for entry in load_entries(connection, "source")}
    runs: dict[str, dict[str, Run]] = {}
    for (key, device), memory in load_codec_memory(connection).items():
        if key.startswith(CLOCKS):
            runs.setdefault(key.removeprefix(CLOCKS), {})[device] = Run(*msgspec.msgpack.decode(memory))
    yield from ((sources[key], of_source) for key, of_source in runs.items() if key in sources)


def count_unplaced(connection: Connection) -> dict[Flag, int]:
    """Count readings of recent days of which nobody knows when they were measured, by their mark."""
    counted = select(readings.c.flags, func.count()).where(UNPLACED).group_by(readings.c.flags)
    found: dict[Flag, int] = {}
    for flags, count in connection.execute(counted):
        mark = next(flag for flag in (Flag.UNKNOWN_ZONE, Flag.TWICE, Flag.SKIPPED) if flags & flag)
        found[mark] = found.get(mark, 0) + count
    return found


def site_zone(connection: Connection) -> ZoneInfo:
    """Return the site's time zone."""
    return ZoneInfo(next((entry.doc.get("timezone") for entry in load_entries(connection, "site")), None) or "UTC")


def _stamps(connection: Connection, series: int, now: int) -> Iterator[tuple[int, int]]:
    """Yield arrival and stamp of the readings received last: the newest in time, from the future, of unset clocks."""
    latest = now + AHEAD_AT_MOST
    rows = [
        row
        for since, until in ((UNSET_BEFORE, latest), (latest, NEVER), (-NEVER, UNSET_BEFORE))
        for row in connection.execute(
            select(readings.c.received_at, readings.c.measured_at, readings.c.flags)
            .where(readings.c.series == series, readings.c.measured_at >= since, readings.c.measured_at < until)
            .order_by(readings.c.measured_at.desc())
            .limit(_MOST)
        )
    ]
    rows.sort(key=lambda row: row.received_at)
    for row in rows[-_MOST:]:
        if not row.flags & _SAYS_NOTHING:
            yield row.received_at, row.measured_at
