"""Series as one look at the database reads them: what was read once is not read again."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from sqlalchemy import Connection

from domain.intervals import Interval
from domain.readings import FAULT
from domain.times import NEVER
from store.columns import NO_READINGS, Columns, Numbers, load_columns, load_known, load_many
from store.compaction import horizon
from store.gaps import gaps, gaps_in
from store.history import Window, grid
from store.newest import newest_instants, newest_of
from store.series import SeriesKey, find
from store.window import window_of


class LoadedSeries:
    """Answers about series; those that are loaded whole (`load`) are asked no more.

    `journal`: answers are of what had come with the journal's rows up to this one; any series is then loaded whole.
    """

    def __init__(self, connection: Connection, journal: int | None = None) -> None:
        self._connection = connection
        self._journal = journal
        self._numbers: dict[SeriesKey, int | None] = {}
        self._whole: dict[SeriesKey, Columns] = {}

    @cached_property
    def kept_from(self) -> int | None:
        """Return the instant before which readings were forgotten, if any were."""
        return horizon(self._connection)

    def numbers(self, keys: Iterable[SeriesKey]) -> dict[SeriesKey, int]:
        """Return the numbers of those that are known."""
        wanted = list(dict.fromkeys(keys))
        new = [key for key in wanted if key not in self._numbers]
        if new:
            found = find(self._connection, new)
            self._numbers.update((key, found.get(key)) for key in new)
        return {key: number for key in wanted if (number := self._numbers[key]) is not None}

    def load(self, keys: Iterable[SeriesKey]) -> None:
        """Read series whole, all at once."""
        numbers = {key: number for key, number in self.numbers(keys).items() if key not in self._whole}
        loaded = self._load(list(numbers.values()))
        self._whole.update((key, loaded[number]) for key, number in numbers.items())

    def _load(self, numbers: Sequence[int]) -> dict[int, Columns]:
        if self._journal is None:
            return load_many(self._connection, numbers)
        return {number: load_known(self._connection, number, self._journal) for number in numbers}

    def _look_back(self, keys: Iterable[SeriesKey]) -> None:
        """Load what is asked for, where it is asked for what had come by then."""
        if self._journal is not None:
            self.load(keys)

    def whole(self, key: SeriesKey) -> Columns:
        """Return a series that was loaded; empty for one that was not, or has no readings."""
        return self._whole.get(key, NO_READINGS)

    def columns(self, key: SeriesKey, until: int) -> Columns:
        """Return what is judged of a series before an instant."""
        self._look_back([key])
        if key in self._whole:
            return self._whole[key].cut(-NEVER, until)
        number = self.numbers([key]).get(key)
        return NO_READINGS if number is None else load_columns(self._connection, number, -NEVER, until)

    def gaps(self, key: SeriesKey, since: int, until: int, max_gap: int) -> list[Interval]:
        """Return when a series had no value, as `store.gaps` does."""
        self._look_back([key])
        if key in self._whole:
            return gaps_in(self._whole[key], since, until, max_gap)
        return gaps(self._connection, self.numbers([key]).get(key), since, until, max_gap)

    def newest(self, keys: Sequence[SeriesKey], until: int, reach: int, width: int) -> tuple[Numbers, bool]:
        """Return when any of these series had a reading, as `store.newest` does."""
        self._look_back(keys)
        known = self.numbers(keys)
        if all(key in self._whole for key in known):
            return newest_of([self._whole[key] for key in known], until, reach, width)
        return newest_instants(self._connection, list(known.values()), until, reach, width)


class LoadedHistory:
    """Implements History over series that were loaded."""

    def __init__(self, series: LoadedSeries) -> None:
        self._series = series

    def window(self, keys: Sequence[SeriesKey], since: int, until: int, buckets: int) -> dict[SeriesKey, Window]:
        """Return each series over `[since, until)` in at most so many buckets."""
        cut = grid(since, until, buckets)
        return {key: window_of(self._series.whole(key), cut, buckets) for key in keys}

    def load(self, key: SeriesKey, since: int, until: int) -> tuple[list[int], list[int | None]]:
        """Return instants and values of one series over `[since, until)`."""
        instants, values = (column.tolist() for column in self._series.whole(key).cut(since, until))
        return instants, [None if value == FAULT else value for value in values]
