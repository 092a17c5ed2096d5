"""Random sites: the truth file's method and the tests' oracle, written apart, say the same."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings

from domain.times import format_instant
from rules.alarms.problems import Fired, Key, Problem, keys_of, problems
from rules.judgement import judge
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import UnitKey, Whereabouts
from simulators.truth import Stamped, find
from simulators.truth.described import BEYOND, KINDS
from tests.oracle import brute
from tests.oracle.described import Description
from tests.oracle.product import to_site
from tests.oracle.sites import Case, Entries, cases
from tests.oracle.world import Row
from tests.thrift import examples

LATER = 4_000_000_000_000_000


def covered(site: Entries) -> Description:
    """The site without the rules of which the truth file knows nothing."""
    profiles = [
        version | {"rules": [rule for rule in version["rules"] if is_covered(rule)]} for version in site["profiles"]
    ]
    return {**site, "profiles": profiles}


def is_covered(rule: Entries) -> bool:
    return rule["kind"] in KINDS and all(rule.get(name) is None for name in BEYOND)


def as_texts(site: Description) -> Description:
    """As it is read from a file: all scalars are texts."""
    locations = [each | {"inherits": str(each.get("inherits", True)).lower()} for each in site["locations"]]
    return {**site, "locations": locations}


def said(row: Row) -> Stamped:
    value = None if row.value is None else str(Decimal(row.value) / 1_000_000)
    return Stamped(row.sensor, "", row.quantity, row.measured_at, value, LATER)


@settings(max_examples=examples(300))
@given(case=cases())
def test_of_a_random_site_the_truth_is_what_the_oracle_says_and_its_problems_those_that_alerts_are_raised_for(
    case: Case,
) -> None:
    site = covered(case.site)
    until = max(row.measured_at for row in case.rows) if case.until is None else case.until
    truth = find(as_texts(site), site["placements"], map(said, case.rows), until)
    oracle = brute.judge(site, case.rows, case.until)
    for what in oracle:
        assert truth[what] == oracle[what], what
    assert sorted(truth["problems"], key=str) == sorted(alerted(site, case.rows, until), key=str)


def alerted(site: Description, rows: tuple[Row, ...], until: int) -> list[dict[str, Any]]:
    """What the product's rules call a problem."""
    model = to_site(site)
    places = Places(model)
    whereabouts = Whereabouts(model, places)
    series: dict[tuple[str, str], dict[int, int | None]] = {}
    for row in rows:
        if row.measured_at <= until:
            heard = series.setdefault((row.sensor, row.quantity), {})
            if heard.get(row.measured_at) is None:
                heard[row.measured_at] = row.value
    timelines = Timelines(places, lambda *key: Series(*_columns(series.get(key, {}))))
    subjects = [whereabouts.location(location) for location in model.locations]
    for batch in model.batches:
        subjects += [whereabouts.unit(UnitKey(*batch, unit), until) for unit in whereabouts.units(batch, until)]
    at: dict[Key, list[Fired]] = defaultdict(list)
    for subject in subjects:
        for firing in judge(SubjectEvidence(subject, timelines, until)).firings:
            for key in keys_of(firing):
                at[key].append(Fired(subject.key, replace(firing, lost=None)))  # the record, whatever people are told
    return [_told(problem) for key, fired in at.items() for problem in problems(key, fired)]


def _columns(heard: dict[int, int | None]) -> tuple[list[int], list[int | None]]:
    instants = sorted(heard)
    return instants, [heard[instant] for instant in instants]


def _told(problem: Problem) -> dict[str, Any]:
    assert (problem.key.product, problem.key.lot) == ("", "")  # nothing became known too late
    return {
        **dict(zip(("place", "quantity", "direction"), problem.key[:3], strict=True)),
        "severity": problem.severity,
        "since": format_instant(problem.since),
        "until": None if problem.until is None else format_instant(problem.until),
        "rules": list(problem.rules),
        "lots": [unit._asdict() for unit in problem.units],
    }
