"""Judging every subject of a trial twice, by both sites, from the same readings."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ledger.backtest.trial import Trial
from rules.alarms.off_delay import clears_at, off_delay_of, off_delays
from rules.judgement import Firing, judge
from rules.report import verdict
from rules.series.series import Series
from rules.subjects.evidence.coverage import watched_and_unknown
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts

Key = UnitKey | LocationKey
Load = Callable[[str, str], Series]
# Readings that are kept to be asked again, 16 bytes each, and what was derived from them.
MOST_KEPT = 20_000_000


class Outcome(NamedTuple):
    """What is said of a subject; firings: those of the trial's time."""

    verdict: str
    firings: tuple[Firing, ...]
    watched_from: int  # NEVER if it never was
    clear_at: tuple[int, ...]  # of each firing: when people are told that it is over


class Compared(NamedTuple):
    """What is said of a subject by the site as it is, and by the one that is tried."""

    key: Key
    before: Outcome
    after: Outcome


class Readings:
    """The series of a look, the latest used ones kept."""

    def __init__(self, load: Load, most: int = MOST_KEPT) -> None:
        self._load, self._most = load, most
        self._kept: OrderedDict[tuple[str, str], Series] = OrderedDict()
        self._held = 0
        self._counted: dict[tuple[str, str], int] = {}

    @property
    def count(self) -> int:
        """How many readings were judged."""
        return sum(self._counted.values())

    def __call__(self, sensor: str, quantity: str) -> Series:
        """Return a series, loaded if it is not at hand."""
        key = (sensor, quantity)
        series = self._kept.get(key)
        if series is None:
            series = self._kept[key] = self._load(sensor, quantity)
            self._counted[key] = len(series.times)
            self._held += len(series.times)
            while self._held > self._most and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._held -= len(dropped.times)
        else:
            self._kept.move_to_end(key)
        return series


class Judging:
    """Judges the subjects of a trial one after the other."""

    def __init__(self, trial: Trial, readings: Readings) -> None:
        self._trial = trial
        places = Places(trial.before)  # where sensors hang is the same in both
        self._before, self._after = Whereabouts(trial.before, places), Whereabouts(trial.after, places)
        self._timelines = Timelines(places, readings)
        self._off_delays = {self._before: off_delays(trial.before), self._after: off_delays(trial.after)}
        self.subjects = self._subjects()

    def _subjects(self) -> list[Key]:
        """Return all that is judged, those at one place next to each other: they are judged by the same readings."""
        until = self._trial.until
        units = [UnitKey(*batch, unit) for batch in self._trial.batches() for unit in self._before.units(batch, until)]
        stood = {key: self._before.unit(key, until).stays for key in units}
        units.sort(key=lambda key: (stood[key][0].location if stood[key] else "", key[:2], key.unit or ""))
        return [*self._trial.locations(), *units]

    def compared(self) -> Iterator[Compared]:
        """Yield what is said of each subject."""
        for key in self.subjects:
            before, after = self._outcome(self._before, key), self._outcome(self._after, key)
            yield Compared(key, before, after)

    def _outcome(self, whereabouts: Whereabouts, key: Key) -> Outcome:
        evidence = SubjectEvidence(self._subject(whereabouts, key), self._timelines, self._trial.until)
        judged = judge(evidence)
        watched, unknown, _ = watched_and_unknown(evidence)
        inside = tuple(firing for firing in judged.firings if firing.at >= self._trial.since)
        known = self._off_delays[whereabouts]
        clear_at = tuple(clears_at(each, judged.exposures, off_delay_of(each, known)) for each in inside)
        return Outcome(verdict(evidence, judged, watched, unknown), inside, evidence.watch[0], clear_at)

    def _subject(self, whereabouts: Whereabouts, key: Key) -> Subject:
        if isinstance(key, LocationKey):
            return whereabouts.location(key.location)
        return whereabouts.unit(key, self._trial.until)
