"""The plain judgement of complete histories: everything is derived at once, nothing is remembered."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from domain.errors import InvalidError
from domain.model import BatchKey, Site
from domain.offsets import offset_of
from rules.judgement import judge as judge_subject
from rules.report import batch_report, excursion_report, report
from rules.series.arrays.sorting import Sorted, sort_series
from rules.series.calibrated import as_judged, calibrated
from rules.series.series import Conflict, Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import SeriesOf, Timelines
from rules.subjects.whereabouts import UnitKey, Whereabouts
from rules.unit_verdict import BatchVerdict, UnitVerdict, unit_verdict

Load = Callable[[str, str], tuple[Sequence[int], Sequence[int | None]]]


class Row(Protocol):
    """A reading: `value` None is a fault."""

    @property
    def sensor(self) -> str: ...

    @property
    def quantity(self) -> str: ...

    @property
    def measured_at(self) -> int: ...

    @property
    def value(self) -> int | None: ...


def judge(site: Site, rows: Iterable[Row], until: int | None = None, *, explained: bool = False) -> dict[str, Any]:
    """Judge a whole file. Later rows than `until` (default: the greatest instant) are ignored.

    `explained`: say of every firing why.

    Raises InvalidError if there is no row and no `until`.
    """
    rows = list(rows)
    if until is None:
        if not rows:
            raise InvalidError("no readings, and no --until that says which instant is asked about")
        until = max(row.measured_at for row in rows)
    series, conflicts = _series([row for row in rows if row.measured_at <= until])
    return _whole(site, series, conflicts, until, explained)


class Table(Protocol):
    """Readings as columns, in the order received: `codes` are places in `series`, FAULT is a fault."""

    @property
    def series(self) -> Sequence[tuple[str, str]]: ...

    @property
    def codes(self) -> "array[int]": ...

    @property
    def times(self) -> "array[int]": ...

    @property
    def values(self) -> "array[int]": ...


def judge_table(site: Site, table: Table, until: int) -> dict[str, Any]:
    """Judge a whole file as `judge` does, its readings sorted all at once."""
    return _whole(site, *series_of(table, until), until)


def series_of(table: Table, until: int) -> tuple[dict[tuple[str, str], Series], list[Conflict]]:
    """Return the readings of each sensor and quantity up to an instant, and what contradicts what is kept."""
    columns = [np.array(column, np.int64) for column in (table.codes, table.times, table.values)]
    counts = columns[1] <= until
    found, refused = sort_series(*(column[counts] for column in columns))
    series = {table.series[each.code]: Series(*_arrays(each)) for each in found}
    return series, [Conflict(*table.series[each.code], *each[1:]) for each in refused]


def _arrays(found: Sorted) -> tuple["array[int]", "array[int]"]:
    return array("q", found.times.tobytes()), array("q", found.values.tobytes())


def _whole(
    site: Site,
    series: Mapping[tuple[str, str], Series],
    conflicts: Iterable[Conflict],
    until: int,
    explained: bool = False,
) -> dict[str, Any]:
    nothing = Series()
    judged = calibrated(site, series)
    judgement = _Judgement(site, lambda sensor, quantity: judged.get((sensor, quantity), nothing), until)
    batches = (batch_report(judgement.batch(batch), explained=explained) for batch in sorted(site.batches))
    return report(until, judgement.excursions(), batches, conflicts)


def judge_batch(site: Site, batch: BatchKey, load: Load, until: int) -> BatchVerdict:
    """Judge one batch, reading only what it needs.

    `load(sensor, quantity)` gives readings up to `until`, sorted, one an instant, as instants and values.
    """
    kept: dict[tuple[str, str], Series] = {}

    def series(sensor: str, quantity: str) -> Series:
        key = (sensor, quantity)
        if key not in kept:
            kept[key] = as_judged(offset_of(site.sensors.get(sensor), quantity), *load(sensor, quantity))
        return kept[key]

    return _Judgement(site, series, until).batch(batch)


class _Judgement:
    def __init__(self, site: Site, series: SeriesOf, until: int) -> None:
        self._site = site
        places = Places(site)
        self._whereabouts = Whereabouts(site, places)
        self._timelines = Timelines(places, series)
        self._until = until
        self._judged: dict[object, UnitVerdict] = {}

    def excursions(self) -> Iterator[dict[str, Any]]:
        for location in sorted(self._site.locations):
            subject = self._whereabouts.location(location)
            yield from excursion_report(location, judge_subject(SubjectEvidence(subject, self._timelines, self._until)))

    def batch(self, batch: BatchKey) -> BatchVerdict:
        units = [UnitKey(*batch, unit) for unit in self._whereabouts.units(batch, self._until)]
        return BatchVerdict(*batch, [self._unit(key) for key in units])

    def _unit(self, key: UnitKey) -> UnitVerdict:
        """Judge a unit; units that were in the same places by the same rules are judged once."""
        subject = self._whereabouts.unit(key, self._until)
        rests_on = (key.product, subject.stays)
        if rests_on not in self._judged:
            evidence = SubjectEvidence(subject, self._timelines, self._until)
            self._judged[rests_on] = unit_verdict(evidence, judge_subject(evidence))
        return replace(self._judged[rests_on], unit=key.unit)


def _series(rows: Sequence[Row]) -> tuple[dict[tuple[str, str], Series], list[Conflict]]:
    """Sort the readings of each sensor; of two values at one instant the first counts, and beats any fault."""
    values: dict[tuple[str, str], dict[int, int | None]] = {}
    conflicts = []
    for row in rows:
        of_sensor = values.setdefault((row.sensor, row.quantity), {})
        kept = of_sensor.setdefault(row.measured_at, row.value)
        if kept is None and row.value is not None:
            of_sensor[row.measured_at] = row.value
        elif kept is not None and row.value is not None and row.value != kept:
            conflicts.append(Conflict(row.sensor, row.quantity, row.measured_at, kept, row.value))
    ordered = {key: sorted(of_sensor.items()) for key, of_sensor in values.items()}
    return {key: Series([t for t, _ in rows], [v for _, v in rows]) for key, rows in ordered.items()}, conflicts
