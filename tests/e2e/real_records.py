"""Real logger records, a site in which they could have been made, and what is true of it: as `coldchain judge` says."""

import csv
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from domain.model import Site
from domain.numbers import parse_value
from domain.times import MINUTE, format_instant, parse_instant
from rules.alarms.problems import Fired, Key, Problem, Subject, keys_of, problems
from rules.judgement import Firing, judge
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import LocationKey, UnitKey, Whereabouts
from sites.build import build
from sites.file import load_file

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).with_name("real_site.yaml")
# A logger's file and its serial number, in the order of time.
RECORDS = {
    "fridgetag2L_130500109088.csv": "130500109088",
    "qtag_RCPJ00010_run1.csv": "RCPJ00010",
    "qtag_RCPJ00010_run3.csv": "RCPJ00010",
    "fridgetagUL_100800001215.csv": "100800001215",
}
THE_LONGEST = next(iter(RECORDS))
# Well after the last reading: nothing happens between then and today.
UNTIL = "2023-05-01T00:00:00Z"
BEGAN = parse_instant("2022-05-02T00:00:00Z")

Object = dict[str, Any]
Instants = tuple[list[int], list[int | None]]


class Records:
    """The loggers' own files, and made of them one file for `judge` and one with the devices' names for the replay.

    `unplaced`: how many readings more are replayed, of a device that hangs nowhere; to keep them is quick.
    """

    def __init__(self, folder: Path, directory: Path, names: Sequence[str] = tuple(RECORDS), unplaced: int = 0) -> None:
        self.files = {folder / name: RECORDS[name] for name in names}
        self.judged, self.replayed = directory / "judged.csv", directory / "replayed.csv"
        self.site: Site = build(load_file(SITE))
        self.series: dict[str, Instants] = defaultdict(lambda: ([], []))
        ids = {sensor.device: sensor.id for sensor in self.site.sensors.values()}
        rows = [*self._rows(), *_of_no_place(unplaced)]
        for device, measured_at, text in rows:
            instants, values = self.series[device]
            instants.append(parse_instant(measured_at))
            values.append(None if text == "fault" else parse_value(text))
        _write(self.replayed, rows)
        _write(self.judged, ((ids[device], *rest) for device, *rest in rows if device in ids))

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for path, device in self.files.items():
            with path.open() as file:
                for row in csv.DictReader(file):
                    yield device, f"{row['timestamp_device_local']}:00Z", row["temperature_c"] or "fault"

    @cached_property
    def count(self) -> int:
        """How many readings there are."""
        return sum(len(instants) for instants, _ in self.series.values())

    @cached_property
    def truth(self) -> Object:
        """What the live system must say in the end; the same shape as `said.said_by`."""
        judged = self._judgement()
        units = [
            ({"product": batch["product"], "lot": batch["lot"], "unit": unit["unit"]}, unit)
            for batch in judged["batches"]
            for unit in batch["units"]
        ]
        fired = [{**name, **each} for name, unit in units for each in unit["fired"]]
        return {
            "excursions": ordered(judged["excursions"]),
            "exposures": ordered({**name, **each} for name, unit in units for each in unit["exposures"]),
            "verdicts": judged["batches"],
            "fired for units": ordered(fired),
            "fired for locations": ordered(
                {"location": subject.location, "rule": firing.rule, "at": format_instant(firing.at)}
                for subject, firing in self._fired
                if isinstance(subject, LocationKey)
            ),
            "founded holds": ordered(
                {name: each[name] for name in ("product", "lot", "unit", "rule", "at")}
                for each in fired
                if each["action"] == "hold"
            ),
            "founded alerts": ordered(self.problems),
        }

    def _judgement(self) -> Object:
        """Return what `coldchain judge` prints."""
        command = [sys.executable, "-m", "coldchain", "judge", "--site", str(SITE), "--readings", str(self.judged)]
        done = subprocess.run([*command, "--until", UNTIL, "--json"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        answer: Object = json.loads(done.stdout)
        return answer

    @cached_property
    def _fired(self) -> list[tuple[Subject, Firing]]:
        """Everything that fired, with the places whose sensors spoke: `judge` does not print those."""
        until = parse_instant(UNTIL)
        places = Places(self.site)
        whereabouts = Whereabouts(self.site, places)
        timelines = Timelines(places, self._series)
        subjects = [whereabouts.location(location) for location in self.site.locations]
        for batch in self.site.batches:
            subjects += [whereabouts.unit(UnitKey(*batch, unit), until) for unit in whereabouts.units(batch, until)]
        return [
            (subject.key, firing)
            for subject in subjects
            for firing in judge(SubjectEvidence(subject, timelines, until)).firings
        ]

    def _series(self, sensor: str, quantity: str) -> Series:
        device = self.site.sensors[sensor].device
        if quantity != "temperature" or device not in self.series:
            return Series()
        return Series(*self.sorted(device))

    def sorted(self, device: str) -> Instants:
        """Return instants and values of a device in order of time."""
        pairs = sorted(zip(*self.series[device], strict=True))
        return [at for at, _ in pairs], [value for _, value in pairs]

    @cached_property
    def problems(self) -> list[Object]:
        """What people must be told of, in the words of an alert."""
        at: dict[Key, list[Fired]] = defaultdict(list)
        for subject, firing in self._fired:
            for key in keys_of(firing):
                at[key].append(Fired(subject, firing))
        return [_told(problem) for key, fired in at.items() for problem in problems(key, fired)]


def _of_no_place(count: int) -> Iterator[tuple[str, str, str]]:
    for i in range(count):
        yield "D2", format_instant(BEGAN + i * MINUTE), f"{i % 1009 / 100}"


def ordered(items: Iterable[Object]) -> list[Object]:
    """Sort by what they say: in which order they were found does not matter."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("sensor", "measured_at", "temperature"), *rows])


def _told(problem: Problem) -> Object:
    """Return it as `said` reads an alert: what goes on only because data ended, with the end of the data."""
    until = problem.no_data.unknown_since if problem.is_silent and problem.no_data else problem.until
    return {
        "place": problem.key.place,
        "quantity": problem.key.quantity,
        "direction": problem.key.direction,
        "severity": problem.severity,
        "since": format_instant(problem.since),
        "until": None if until is None else format_instant(until),
        "rules": list(problem.rules),
        "lots": [unit._asdict() for unit in problem.units],
    }
