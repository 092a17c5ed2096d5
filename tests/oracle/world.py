"""The histories that a verdict rests on, asked point by point. The numbers in comments are CONTRACTS 4's."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tests.oracle.described import (
    FOREVER,
    Description,
    Rule,
    Version,
    dated,
    dates,
    end_of,
    instant,
    read_versions,
    start_of,
)

BOTH = ("temperature", "humidity")
_DATED = (("sensors", "quantities"), ("locations", "parent"), ("locations", "profile"), ("products", "profile"))


class Row(NamedTuple):
    """A cell of the file of readings; a value of None is a fault."""

    sensor: str
    quantity: str
    measured_at: int
    value: int | None


class Conflict(NamedTuple):
    """A value refused because another one was received first; sorted as printed."""

    sensor: str
    quantity: str
    measured_at: int
    kept: int
    refused: int


class World:
    """The histories as they were known at `until`."""

    def __init__(self, site: Description, rows: Iterable[Row], until: int | None) -> None:
        rows = list(rows)
        self.until = max(row.measured_at for row in rows) if until is None else until
        self.site = site
        self.sensors = {entry["id"]: entry for entry in site.get("sensors", [])}
        self.locations = {entry["id"]: entry for entry in site.get("locations", [])}
        self.products = {entry["id"]: entry for entry in site.get("products", [])}
        self.batches = {(entry["product"], entry["lot"]): entry for entry in site.get("batches", [])}
        # 4: placements that begin after `until` are ignored
        self.placements = [entry for entry in site.get("placements", []) if start_of(entry) <= self.until]
        self.versions = read_versions(site)
        self.conflicts: set[Conflict] = set()
        self.series = self._series(row for row in rows if row.measured_at <= self.until)
        self.instants = sorted(when for when in self._instants() if when <= self.until)
        self._states: dict[tuple[Any, ...], list[bool]] = {}
        self._speaking: dict[tuple[str, str, int], set[str]] = {}

    # 1 Value over time

    def _series(self, rows: Iterable[Row]) -> dict[tuple[str, str], list[tuple[int, int | None]]]:
        heard: dict[tuple[str, str], dict[int, int | None]] = {}
        for sensor, quantity, when, reading in rows:
            series = heard.setdefault((sensor, quantity), {})
            kept = series.get(when)
            if kept is None:
                series[when] = reading
            elif reading is not None and reading != kept:
                self.conflicts.add(Conflict(sensor, quantity, when, kept, reading))
        return {key: sorted(series.items()) for key, series in heard.items()}

    def _latest(self, sensor: str, quantity: str, when: int) -> int:
        """Return the index of the last reading or fault up to an instant, or -1."""
        return bisect_right(self.series.get((sensor, quantity), []), when, key=lambda item: item[0]) - 1

    def raw_value_of(self, sensor: str, quantity: str, when: int, version: Version) -> int | None:
        """Return what holds at an instant, plausible or not."""
        i = self._latest(sensor, quantity, when)
        if i < 0:
            return None
        read_at, reading = self.series[sensor, quantity][i]
        return reading if when < read_at + version.max_gap else None

    def value_of(self, sensor: str, quantity: str, when: int, version: Version) -> int | None:
        """Return the value that holds at an instant."""
        reading = self.raw_value_of(sensor, quantity, when, version)
        return reading if version.is_value(quantity, reading) else None

    def has_read(self, sensor: str, quantity: str, when: int, version: Version) -> bool:
        """Tell whether a value was read at that very instant."""
        i = self._latest(sensor, quantity, when)
        series = self.series.get((sensor, quantity), [])
        return i >= 0 and series[i][0] == when and version.is_value(quantity, series[i][1])

    def run_before(self, sensor: str, quantity: str, when: int, version: Version) -> list[tuple[int, int]]:
        """Return the readings up to an instant since the sensor was last unknown, the latest first."""
        run: list[tuple[int, int]] = []
        for i in range(self._latest(sensor, quantity, when), -1, -1):
            read_at, reading = self.series[sensor, quantity][i]
            if not version.is_value(quantity, reading) or (run and run[-1][0] - read_at > version.max_gap):
                break
            assert reading is not None
            run.append((read_at, reading))
        return run

    # 2 Where

    def _mounted(self, location: str, quantity: str, when: int) -> set[str]:
        return {
            mount["sensor"]
            for mount in self.site.get("mounts", [])
            if mount["location"] == location
            and start_of(mount) <= when < end_of(mount)
            and quantity in (dated(self.sensors[mount["sensor"]].get("quantities"), when, BOTH) or ())
        }

    def speaking(self, location: str, quantity: str, when: int) -> set[str]:
        """Return the sensors that speak for a location."""
        key = location, quantity, when
        if key not in self._speaking:
            self._speaking[key] = self._find_speaking(*key)
        return self._speaking[key]

    def _find_speaking(self, location: str, quantity: str, when: int) -> set[str]:
        here: str | None = location
        while here is not None:
            if mounted := self._mounted(here, quantity, when):
                return mounted
            if not self.locations[here].get("inherits", True):
                return set()
            here = dated(self.locations[here].get("parent"), when)
        return set()

    def values_by_sensor(self, location: str, quantity: str, when: int, version: Version) -> dict[str, int]:
        """Return the values that the sensors speaking for a location have."""
        values = {s: self.value_of(s, quantity, when, version) for s in self.speaking(location, quantity, when)}
        return {sensor: each for sensor, each in values.items() if each is not None}

    def values_at(self, location: str, quantity: str, when: int, version: Version) -> list[int]:
        """Return the values that the sensors speaking for a location have."""
        return list(self.values_by_sensor(location, quantity, when, version).values())

    # 3 Outside

    def is_outside(self, sensor: str, rule: Rule, when: int, version: Version) -> bool:
        """Return a sensor's own state for a limit, as if the version had always been in force."""
        assert rule.quantity
        if self.value_of(sensor, rule.quantity, when, version) is None:
            return False
        key = (sensor, rule.quantity, rule.bounds, rule.deadband, version)
        if key not in self._states:
            self._states[key] = list(_states(self.series[sensor, rule.quantity], rule, version))
        return self._states[key][self._latest(sensor, rule.quantity, when)]

    # everything that can change something

    def _instants(self) -> set[int]:
        found = {self.until}
        gaps = {version.max_gap for versions in self.versions.values() for version in versions}
        for series in self.series.values():
            found |= {when + gap for when, _ in series for gap in (0, *gaps)}
        found |= {when + length for length in self._lengths() for when in list(found)}
        for entry in (*self.site.get("mounts", []), *self.placements):
            found |= {start_of(entry), end_of(entry)}
        for kind, name in _DATED:
            for entry in self.site.get(kind, []):
                found |= set(dates(entry.get(name)))
        found |= {version.since for versions in self.versions.values() for version in versions}
        for batch in self.batches.values():
            found |= {end_of(batch, "made_at")} | {end_of(parent, "until") for parent in batch.get("parents") or []}
        return found

    def _lengths(self) -> set[int]:
        """Return how long a sensor must say the same to be stuck."""
        rules = (rule for versions in self.versions.values() for version in versions for rule in version.rules.values())
        return {rule.delay for rule in rules if rule.kind == "stuck"}

    def version_at(self, profile: Any, when: int) -> Version | None:
        """Return the version in force, of a profile that may change with time."""
        past = [version for version in self.versions.get(dated(profile, when), []) if version.since <= when]
        return past[-1] if past else None

    # 4 Units

    def units(self, product: str, lot: str) -> list[str | None]:
        """Return the units of a batch, the one without a name first."""
        own = {p.get("unit") for p in self.placements if (p["product"], p["lot"]) == (product, lot)}
        return sorted(own or {None}, key=lambda unit: (unit is not None, unit or ""))

    def stays(self, product: str, lot: str, unit: str | None, before: int = FOREVER) -> Iterator[tuple[str, int, int]]:
        """Yield where a unit was, its parents' whereabouts included."""
        for entry in self.placements:
            if (entry["product"], entry["lot"], entry.get("unit")) == (product, lot, unit):
                end = min(end_of(entry), before)
                if start_of(entry) < end:
                    yield entry["location"], start_of(entry), end
        batch = self.batches[product, lot]
        for parent in batch.get("parents") or []:
            end = min(before, instant(batch["made_at"]), end_of(parent, "until"))
            named = parent.get("unit")
            for each in [named] if named else self.units(parent["product"], parent["lot"]):
                yield from self.stays(parent["product"], parent["lot"], each, end)

    def first_mount(self, location: str) -> int | None:
        """4: return the earliest mount at a location or at a place that is ever its ancestor."""
        line, found = {location}, {location}
        while found:
            parents = {dated(self.locations[place].get("parent"), when) for place in found for when in self._all_time()}
            found = parents - line - {None}
            line |= found
        return min((start_of(m) for m in self.site.get("mounts", []) if m["location"] in line), default=None)

    def _all_time(self) -> list[int]:
        return [when for entry in self.locations.values() for when in (FOREVER, *dates(entry.get("parent")))]


def _states(series: Sequence[tuple[int, int | None]], rule: Rule, version: Version) -> Iterator[bool]:
    outside, known_until = False, 0
    assert rule.quantity
    for when, reading in series:
        if reading is None or not version.is_value(rule.quantity, reading):
            outside, known_until = False, when
        else:
            if when > known_until:  # after unknown time it starts afresh
                outside = False
            kept = outside and rule.deadband > 0 and not rule.is_back(reading)
            outside, known_until = rule.breaks(reading) or kept, when + version.max_gap
        yield outside
