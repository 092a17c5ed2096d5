"""How far a forecast is off half-way to a limit, and how often it cries wolf: on simulated places, normal and failing.

    python -m benchmarks.forecast [SEEDS] [--kinds room fridge freezer ultra]

Two places of each kind run for ten days, their doors opened and their compressors cycling; then the compressor of one
fails and the power of the other is cut. Half of the way is half of the time from the failure to the first reading
beyond the limit that is followed by more of them. In the three days before the failure every forecast is a false one.
A failure that is not foreseen at half of the way counts as one with an endless error. Places whose normal running
reaches the limit, and those that reach it within 20 minutes, are left out of the failures.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from domain.times import SECOND, parse_instant
from forecast.normal import learn
from forecast.rises import Floats, smoothed
from forecast.trend import leaving, trend

LIMITS = {"room": 8.0, "fridge": 8.0, "freezer": -15.0, "ultra": -60.0}
FAULTS = ("compressor-failure", "power-cut")
START = parse_instant("2026-03-01T00:00:00Z")
DAY_S, HOUR_S = 86400.0, 3600.0
LEARNED_S = 7 * DAY_S
NORMAL_S = 10 * DAY_S
SOONEST_S = 1200.0
LASTING_S = 600.0
# In normal running it is asked as often as a page would, from yesterday's normal.
ASKED_EVERY_S = 300.0
# What is foreseen for later than this would not be shown.
SHOWN_S = 24 * HOUR_S

SCENARIO = """
seed: {seed}
site: site.yaml
starts: 2026-03-01T00:00:00Z
lasts: 11d
ambients: [{{id: indoors, mean: {mean}, swing: 2.5, dew_point: 9.0}}]
chambers: [{chambers}]
probes: [{probes}]
gateways: [{{id: gw, says: json-flat, topic: gw, hears: [{devices}]}}]
faults: [{faults}]
"""


class Place(NamedTuple):
    """A simulated place: seconds after the start, values, and when what fails."""

    kind: str
    fault: str
    times: Floats
    values: Floats
    fails_s: float


class Way(NamedTuple):
    """One failing place: what was left half-way and what was foreseen, seconds; None: nothing."""

    kind: str
    fault: str
    left: float
    likely: float | None
    covered: bool


def main() -> None:
    """Print a line for each kind of place and each fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="?", default=8)
    parser.add_argument("--kinds", nargs="+", choices=LIMITS, default=[*LIMITS])
    given = parser.parse_args()
    places = [place for seed in range(1, given.seeds + 1) for place in simulated(seed, given.kinds)]
    ways = [way for place in places if (way := half_way(place)) is not None]
    false = {kind: [false_forecasts(place) for place in places if place.kind == kind] for kind in given.kinds}
    print(f"{'':20} failures foreseen  median error  of the foreseen  in 5–95 %  false a place and week")
    for kind in given.kinds:
        _print(kind, [way for way in ways if way.kind == kind], false[kind])
    for fault in FAULTS:
        _print(fault, [way for way in ways if way.fault == fault], None)
    _print("all", ways, [count for counts in false.values() for count in counts])


def simulated(seed: int, kinds: list[str]) -> list[Place]:
    """Return the places of one scenario, by the simulators' physics."""
    fails = {fault: NORMAL_S + (5 * seed + 11 * i) % 24 * HOUR_S / 2 for i, fault in enumerate(FAULTS)}
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "site.yaml").write_text("site: {name: forecast}\n")
        (at / "scenario.yaml").write_text(_scenario(seed, fails, kinds))
        command = ["simulators", "scenario", str(at / "scenario.yaml"), "--readings", str(at / "R.csv")]
        subprocess.run([sys.executable, "-m", *command], check=True)
        measured = _read(at / "R.csv")
    return [Place(kind, fault, *measured[f"{kind}-{fault}"], fails[fault]) for kind in kinds for fault in FAULTS]


def _scenario(seed: int, fails: dict[str, float], kinds: list[str]) -> str:
    names = [(kind, fault, f"{kind}-{fault}") for kind in kinds for fault in FAULTS]
    return SCENARIO.format(
        seed=seed,
        mean=16 + seed % 8,
        devices=", ".join(name for _, _, name in names),
        chambers=", ".join(f"{{id: {name.upper()}, kind: {kind}, in: indoors}}" for kind, _, name in names),
        probes=", ".join(f"{{device: {name}, in: {name.upper()}, every: 1min}}" for _, _, name in names),
        faults=", ".join(
            f"{{fault: {fault}, at: {name.upper()}, from: {fails[fault]:.0f}s, to: 11d}}" for _, fault, name in names
        ),
    )


def _read(path: Path) -> dict[str, tuple[Floats, Floats]]:
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            at = (parse_instant(row["measured_at"]) - START) / SECOND
            found[row["sensor"]].append((at, float(row["temperature"])))
    arrays = {sensor: np.array(sorted(readings)) for sensor, readings in found.items()}
    return {sensor: (array[:, 0], array[:, 1]) for sensor, array in arrays.items()}


def half_way(place: Place) -> Way | None:
    """Ask half-way; None where the limit is never reached, too soon, or in normal running too."""
    limit = LIMITS[place.kind]
    reached = _reached(place, limit)
    normal = place.times < place.fails_s
    if reached is None or reached - place.fails_s < SOONEST_S or place.values[normal].max() > limit:
        return None
    now = (place.fails_s + reached) / 2
    first, last = np.searchsorted(place.times, [now - LEARNED_S, now], side="right")
    left = reached - float(place.times[last - 1])
    found = trend(place.times[first:last], place.values[first:last], 1)
    if found is None:
        return Way(place.kind, place.fault, left, None, covered=False)
    crossing = found.crossing(limit)
    return Way(place.kind, place.fault, left, crossing.likely, crossing.earliest <= left <= crossing.latest)


def _reached(place: Place, limit: float) -> float | None:
    """Return when the failing place is beyond the limit to stay there for most of ten minutes."""
    beyond = smoothed(place.values) > limit
    for i in np.flatnonzero(beyond & (place.times > place.fails_s)):
        soon = (place.times >= place.times[i]) & (place.times <= place.times[i] + LASTING_S)
        if beyond[soon].mean() > 0.7:
            return float(place.times[i])
    return None


def false_forecasts(place: Place) -> float:
    """Return how often a week something is foreseen in normal running; what is an hour apart counts twice."""
    limit, stretches, last = LIMITS[place.kind], 0, -np.inf
    for day in np.arange(LEARNED_S, NORMAL_S, DAY_S):
        first, end = np.searchsorted(place.times, [day - LEARNED_S, day])
        normal = learn(place.times[first:end], place.values[first:end])
        for now in np.arange(day, day + DAY_S, ASKED_EVERY_S):
            first, end = np.searchsorted(place.times, [now - DAY_S, now], side="right")
            found = leaving(normal, place.times[first:end], place.values[first:end], 1) if normal else None
            if found is not None and 0 < found.crossing(limit).likely < SHOWN_S:
                stretches += now - last > HOUR_S
                last = now
    return stretches * 7 * DAY_S / (NORMAL_S - LEARNED_S)


def _print(name: str, ways: list[Way], false: list[float] | None) -> None:
    errors = [np.inf if way.likely is None else abs(way.likely - way.left) / way.left for way in ways]
    foreseen = [error for way, error in zip(ways, errors, strict=True) if way.likely is not None]
    covered = f"{sum(way.covered for way in ways) / len(foreseen):.0%}" if foreseen else "–"
    cries = "" if false is None else f"{np.mean(false):.2f}"
    shares = f"{_share(errors):>13} {_share(foreseen):>16} {covered:>10}"
    print(f"{name:20} {len(ways):8} {len(foreseen):8} {shares} {cries:>23}")


def _share(errors: list[float]) -> str:
    return f"{np.median(errors):.1%}" if errors and np.isfinite(np.median(errors)) else "–"


if __name__ == "__main__":
    main()
