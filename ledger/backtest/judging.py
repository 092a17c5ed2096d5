"""Judging every subject of a trial twice, by both sites, from the same readings."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ledger.backtest.sides import Key, Outcome, Side
from ledger.backtest.trial import Trial
from rules.series.series import Series
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import UnitKey

__all__ = ["Compared", "Judging", "Key", "Outcome", "Readings"]

Load = Callable[[str, str], Series]
# Readings that are kept to be asked again, 16 bytes each, and what was derived from them.
MOST_KEPT = 20_000_000


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
        places = Places(trial.before)  # where sensors are installed is the same in both
        timelines = Timelines(places, readings)
        self._before = Side(trial.before, places, timelines, trial.since, trial.until)
        self._after = Side(trial.after, places, timelines, trial.since, trial.until)
        self.subjects = self._subjects()

    def _subjects(self) -> list[Key]:
        """Return all that is judged, those at one place next to each other: they are judged by the same readings."""
        until, whereabouts = self._trial.until, self._before.whereabouts
        units = [UnitKey(*batch, unit) for batch in self._trial.batches() for unit in whereabouts.units(batch, until)]
        stood = {key: whereabouts.unit(key, until).stays for key in units}
        units.sort(key=lambda key: (stood[key][0].location if stood[key] else "", key[:2], key.unit or ""))
        return [*self._trial.locations(), *units]

    def compared(self) -> Iterator[Compared]:
        """Yield what is said of each subject."""
        for key in self.subjects:
            yield Compared(key, self._before.outcome(key), self._after.outcome(key))
