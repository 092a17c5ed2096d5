"""What is settled stays as it is, whatever comes in order and whatever else is still owed: of every kind of rule.

COLDCHAIN_EXAMPLES=20000 makes a long run of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rules.read_rule  # noqa: F401 - loads the kinds
from domain.model import Site
from domain.times import MINUTE, NEVER
from rules.judgement import Exposure, Firing, judge
from rules.kinds.base import KINDS
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.finality import ReadingTimes, ground_of, outstanding, reading_times
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts
from tests.oracle.product import to_site
from tests.oracle.sites import Case, cases, without_conflicts
from tests.oracle.world import Row
from tests.thrift import examples

_thorough = settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
every_kind = pytest.mark.parametrize("kind", KINDS.names())
_VALUES = st.sampled_from([5_000_000, 9_000_000, 8_100_000, 7_900_000, 1_000_000, 61_000_000, 50_000_000, None])


class Statement(NamedTuple):
    """What is said of one subject, and of all that whether it is settled."""

    exposures: dict[Exposure, bool]
    firings: dict[tuple[str, int, str], bool]


class Known:
    """A site and the readings that are known."""

    def __init__(self, site: Site, rows: Iterable[Row]) -> None:
        self.site, self.rows, self.places = site, tuple(rows), Places(site)
        of_series: dict[tuple[str, str], dict[int, int | None]] = defaultdict(dict)
        for row in self.rows:
            if of_series[row.sensor, row.quantity].get(row.measured_at) is None:
                of_series[row.sensor, row.quantity][row.measured_at] = row.value
        self._series = {key: Series(*zip(*sorted(found.items()), strict=True)) for key, found in of_series.items()}
        self._whereabouts = Whereabouts(site, self.places)
        self._timelines = Timelines(self.places, lambda *key: self._series.get(key) or Series())

    def reading_times(self, sensor: str, now: int) -> ReadingTimes:
        return reading_times(
            sorted({row.measured_at for row in self.rows if row.sensor == sensor and row.measured_at <= now})
        )

    def subjects(self, now: int) -> list[Subject]:
        units = [UnitKey(*batch, unit) for batch in self.site.batches for unit in self._whereabouts.units(batch, now)]
        places = [self._whereabouts.location(location) for location in self.site.locations]
        return places + [self._whereabouts.unit(unit, now) for unit in units]

    def subject(self, key: LocationKey | UnitKey, now: int) -> Subject:
        found = self._whereabouts
        return found.location(key.location) if isinstance(key, LocationKey) else found.unit(key, now)

    def evidence(self, subject: Subject, now: int) -> SubjectEvidence:
        return SubjectEvidence(subject, self._timelines, now)

    def is_settled(self, subject: Subject, rule: str, since: int, until: int | None, now: int) -> bool:
        if until is None:
            return False
        ground = ground_of(subject, rule, since, until)
        assert ground is not None
        return not outstanding(
            ground, subject, self.places, lambda sensor: self.reading_times(sensor, now), now, -NEVER
        )

    def said(self, subject: Subject, now: int) -> Statement:
        judged = judge(self.evidence(subject, now))
        return Statement(
            {e: self.is_settled(subject, e.rule, e.since, e.until, now) for e in judged.exposures},
            {_key(f): self.is_settled(subject, f.rule, min(f.since, f.at), f.at, now) for f in judged.firings},
        )


def _key(firing: Firing) -> tuple[str, int, str]:
    return firing.rule, firing.at, firing.action


def _forgiven(site: Site, sensor: str, at: int) -> bool:
    """Tell whether it lies just before a sensor was taken away: what is missing there is not waited for."""
    ends = [mount.until for mount in site.mounts if mount.sensor == sensor]
    for location in site.locations.values():
        ends += [until for _, until, _ in location.parent.pieces()]
    ends += [until for _, until, _ in site.sensors[sensor].quantities.pieces()]
    ends += [mount.since for mount in site.mounts]  # another one speaks for the place from then on
    return any(end - 31 * MINUTE <= at <= end for end in ends)


def _to_come(data: st.DataObject, known: Known, now: int, max_gap: int) -> list[Row]:
    """Draw readings that each sensor still owes, and such as come in order of time."""
    rows: list[Row] = []
    for name in known.site.sensors:
        said = known.reading_times(name, now)
        holes = [(since + MINUTE, until - MINUTE) for since, until in said.holes(max_gap)]
        begin = now - 120 * MINUTE if said.last is None else said.last + MINUTE
        for since, until in [*holes, (begin, max(begin, now) + 60 * MINUTE)]:
            instants = data.draw(st.lists(st.integers(since, max(since, until)), max_size=4, unique=True))
            for at in instants:
                quantity = data.draw(st.sampled_from(["temperature", "temperature", "humidity"]))
                rows.append(Row(name, quantity, at, data.draw(_VALUES)))
    return [row for row in rows if not _forgiven(known.site, row.sensor, row.measured_at)]


def _gone(before: dict[Any, bool], after: Iterable[Any]) -> list[Any]:
    return [each for each in before if before[each] and each not in set(after)]


@every_kind
def test_what_is_settled_stays_as_it_is_when_only_what_is_owed_comes(kind: str) -> None:
    @_thorough
    @given(cases(kind), st.data())
    def check(case: Case, data: st.DataObject) -> None:
        site = to_site(case.site)
        rows = without_conflicts(case.rows)
        now = max(row.measured_at for row in rows) if case.until is None else case.until
        known = Known(site, [row for row in rows if row.measured_at <= now])
        max_gap = max((version.max_gap for versions in site.profiles.values() for version in versions), default=MINUTE)
        later = Known(site, [*known.rows, *_to_come(data, known, now, max_gap)])
        then = now + data.draw(st.sampled_from([0, 5, 60])) * MINUTE
        for subject in known.subjects(now):
            moved = later.subject(subject.key, then)
            if moved.stays != subject.stays:
                continue  # it goes elsewhere meanwhile, which is no reading
            before, after = known.said(subject, now), later.said(moved, then)
            assert _gone(before.exposures, after.exposures) == []
            assert _gone(before.firings, after.firings) == []

    check()
