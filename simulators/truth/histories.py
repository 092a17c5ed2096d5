"""All histories side by side, asked at every instant at which one of them may change."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from simulators.errors import InputError
from simulators.truth.described import (
    BOTH,
    FOREVER,
    Entry,
    Rule,
    Version,
    begin,
    dated,
    dates,
    end,
    read_versions,
)
from simulators.truth.measured import Measured

T = TypeVar("T")

_DATED = (("sensors", "quantities"), ("locations", "parent"), ("locations", "profile"), ("products", "profile"))


class Speaker(NamedTuple):
    """A sensor that speaks for a place, and where it is mounted."""

    sensor: str
    place: str


class Breach(NamedTuple):
    """How a place is outside at an instant: the farthest distance and value, and where the sensors hang."""

    distance: int
    farthest: int
    places: frozenset[str]


class Histories:
    """The site and what was measured, up to `until`. Columns are lists with an item for each of `instants`."""

    def __init__(self, site: Entry, placements: list[Any], measured: Measured, until: int) -> None:
        self.until = until
        self.site = site
        self.series = measured.series
        self.timeless = measured.timeless
        self.sensors = _by_id(site, "sensors")
        self.locations = _by_id(site, "locations")
        self.products = _by_id(site, "products")
        self.batches: dict[tuple[str, str], Entry] = {(b["product"], b["lot"]): b for b in site.get("batches") or []}
        # 4: placements that begin after `until` are ignored
        self.placements = [each for each in placements if begin(each) <= until]
        self.mounts = list(site.get("mounts") or [])
        self.versions = read_versions(site)
        of_site = set(self._of_site())
        self.instants = sorted(when for when in {until, *of_site, *self._of_readings()} if when <= until)
        self._epochs = sorted(of_site)
        for method in ("values", "outside", "speaking", "known", "breaches"):
            setattr(self, method, cache(getattr(self, method)))

    def index(self, when: int) -> int:
        """Return the last instant's index up to `when`; -1: none."""
        return bisect_right(self.instants, when) - 1

    # --- what can change ---

    def _of_site(self) -> Iterator[int]:
        for each in (*self.mounts, *self.placements):
            yield from (begin(each), end(each))
        for section, name in _DATED:
            for entry in self.site.get(section) or []:
                yield from dates(entry.get(name))
        yield from (version.since for versions in self.versions.values() for version in versions)
        for batch in self.batches.values():
            yield end(batch, "made_at")
            yield from (end(parent, "until") for parent in batch.get("parents") or [])

    def _of_readings(self) -> Iterator[int]:
        gaps = {version.max_gap for versions in self.versions.values() for version in versions}
        for series in self.series.values():
            for when in series:
                yield when
                yield from (when + gap for gap in gaps)

    # --- 1: values, 3: outside ---

    def values(self, sensor: str, quantity: str, max_gap: int) -> list[int | None]:
        """Return the value that holds at each instant."""
        series = sorted(self.series.get((sensor, quantity), {}).items())
        column: list[int | None] = []
        i, since, value = 0, -FOREVER, None
        for when in self.instants:
            while i < len(series) and series[i][0] <= when:
                since, value = series[i]
                i += 1
            column.append(value if when < since + max_gap else None)
        return column

    def outside(self, sensor: str, rule: Rule, max_gap: int) -> list[bool]:
        """Return the sensor's own state at each instant, as if the rule had always been in force."""
        column: list[bool] = []
        state = False
        for value in self.values(sensor, rule.quantity or "", max_gap):
            # Unknown time makes it start afresh: its end is an instant of its own, so no gap is overlooked.
            state = value is not None and (rule.breaks(value) or (state and rule.deadband > 0 and rule.lingers(value)))
            column.append(state)
        return column

    # --- 2: where ---

    def speaking(self, location: str, quantity: str) -> list[frozenset[Speaker]]:
        """Return who speaks for a location at each instant. Raises InputError for a sensor without times."""
        spoken = self.by_epoch(lambda when: self._find_speaking(location, quantity, when))
        for speaker in sorted(frozenset().union(*spoken) if spoken else ()):
            if speaker.sensor in self.timeless:
                raise InputError(
                    f"what {speaker.sensor} says has no time of its own: {location} cannot be judged by it"
                )
        return spoken

    def by_epoch(self, ask: Callable[[int], T]) -> list[T]:
        """Return a column of what only the site decides: asked once wherever the site changes."""
        asked = {-1: ask(-FOREVER)} | {i: ask(when) for i, when in enumerate(self._epochs)}
        return [asked[bisect_right(self._epochs, when) - 1] for when in self.instants]

    def _find_speaking(self, location: str, quantity: str, when: int) -> frozenset[Speaker]:
        here: str | None = location
        while here is not None:
            mounted = frozenset(Speaker(sensor, here) for sensor in self._mounted(here, quantity, when))
            entry = self.locations[here]
            if mounted or entry.get("inherits") == "false":
                return mounted
            here = dated(entry.get("parent"), when)
        return frozenset()

    def _mounted(self, location: str, quantity: str, when: int) -> Iterator[str]:
        for mount in self.mounts:
            declared = dated(self.sensors[mount["sensor"]].get("quantities"), when, BOTH) or ()
            if mount["location"] == location and begin(mount) <= when < end(mount) and quantity in declared:
                yield mount["sensor"]

    def known(self, location: str, quantity: str, max_gap: int) -> list[bool]:
        """Return whether a place is known at each instant."""
        heard = self._columns(self.speaking(location, quantity), lambda sensor: self.values(sensor, quantity, max_gap))
        return [
            any(heard[speaker.sensor][i] is not None for speaker in speakers)
            for i, speakers in enumerate(self.speaking(location, quantity))
        ]

    @staticmethod
    def _columns(spoken: list[frozenset[Speaker]], column: Callable[[str], list[T]]) -> dict[str, list[T]]:
        """Return a column for each sensor that ever speaks."""
        return {speaker.sensor: column(speaker.sensor) for speaker in frozenset().union(*spoken)}

    def breaches(self, location: str, rule: Rule, max_gap: int) -> list[Breach | None]:
        """3: return how a place is outside at each instant."""
        spoken = self.speaking(location, rule.quantity or "")
        outside = self._columns(spoken, lambda sensor: self.outside(sensor, rule, max_gap))
        values = self._columns(spoken, lambda sensor: self.values(sensor, rule.quantity or "", max_gap))
        column: list[Breach | None] = []
        for i, speakers in enumerate(spoken):
            beyond = [
                (value, speaker.place)
                for speaker in speakers
                if outside[speaker.sensor][i] and (value := values[speaker.sensor][i]) is not None
            ]
            column.append(_breach(rule, beyond) if beyond else None)
        return column

    # --- 4: units, 7: versions ---

    def version(self, profile: Any, when: int) -> Version | None:
        """Return the version in force of a profile that may change with time."""
        past = [each for each in self.versions.get(dated(profile, when), []) if each.since <= when]
        return past[-1] if past else None

    def units(self, product: str, lot: str) -> list[str | None]:
        """Return the units of a batch, the one without a name first."""
        own = {each.get("unit") for each in self.placements if (each["product"], each["lot"]) == (product, lot)}
        return sorted(own or {None}, key=lambda unit: (unit is not None, unit or ""))

    def stays(self, product: str, lot: str, unit: str | None, before: int = FOREVER) -> Iterator[tuple[str, int, int]]:
        """Yield where a unit was from when to when; where its parents were, before its batch was made."""
        for each in self.placements:
            if (each["product"], each["lot"], each.get("unit")) == (product, lot, unit):
                last = min(end(each), before)
                if begin(each) < last:
                    yield each["location"], begin(each), last
        batch = self.batches[product, lot]
        for parent in batch.get("parents") or []:
            last = min(before, end(batch, "made_at"), end(parent, "until"))
            named = parent.get("unit")
            for each in [named] if named else self.units(parent["product"], parent["lot"]):
                yield from self.stays(parent["product"], parent["lot"], each, last)

    def first_mount(self, location: str) -> int | None:
        """4: return the earliest mount at a location or at what is ever above it."""
        line, new = {location}, {location}
        while new:
            found = {self._parent(place, when) for place in new for when in (*self._epochs, FOREVER)}
            new = {place for place in found if place is not None} - line
            line |= new
        return min((begin(mount) for mount in self.mounts if mount["location"] in line), default=None)

    def _parent(self, place: str, when: int) -> str | None:
        parent: str | None = dated(self.locations[place].get("parent"), when)
        return parent


def _breach(rule: Rule, beyond: list[tuple[int, str]]) -> Breach:
    values = [value for value, _ in beyond]
    farthest = max(values) if rule.is_high else min(values)
    return Breach(max(map(rule.distance, values)), farthest, frozenset(place for _, place in beyond))


def _by_id(site: Entry, section: str) -> Mapping[str, Entry]:
    return {entry["id"]: entry for entry in site.get(section) or []}
