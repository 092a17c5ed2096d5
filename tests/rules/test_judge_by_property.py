"""Random sites: the oracle, the plain definitions and the streaming engine say the same.

COLDCHAIN_EXAMPLES=20000 makes a long run of it.
"""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import batch_judge
from rules.judgement import Judgement
from rules.subjects.whereabouts import LocationKey, UnitKey
from tests.oracle import brute
from tests.oracle.corrections import perturbed
from tests.oracle.kinds import judge_subject
from tests.oracle.live import Live
from tests.oracle.notation import Answer
from tests.oracle.product import to_site
from tests.oracle.sites import START, Case, Entries, cases, without_conflicts
from tests.oracle.subject import Subject, place_of, unit_of
from tests.oracle.world import Row, World
from tests.thrift import examples

_thorough = settings(
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def _differences(left: Any, right: Any, path: str = "") -> list[str]:
    """List the leaves that differ, each with its path."""
    if isinstance(left, dict) and isinstance(right, dict):
        names = {**left, **right}
        return [d for name in names for d in _differences(left.get(name), right.get(name), f"{path}.{name}")]
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = enumerate(zip(left, right, strict=True))
        return [d for i, (a, b) in pairs for d in _differences(a, b, f"{path}[{i}]")]
    return [] if left == right else [f"{path}: {left} is not {right}"]


def _assert_same(said: Answer, expected: Answer) -> None:
    differences = _differences(said, expected)
    assert not differences, "\n".join(differences)


def _last(rows: tuple[Row, ...], until: int | None) -> int:
    return max(row.measured_at for row in rows) if until is None else until


@_thorough
@given(cases())
def test_the_plain_definitions_say_what_the_oracle_says_and_ok_of_nothing_unknown(case: Case) -> None:
    said = batch_judge.judge(to_site(case.site), case.rows, case.until)
    _assert_same(said, brute.judge(case.site, case.rows, case.until))
    _assert_ok_only_where_enough_is_known(said, case)


def _assert_ok_only_where_enough_is_known(said: Answer, case: Case) -> None:
    """No unit is ok below the coverage asked or after too long a gap."""
    world = World(case.site, case.rows, _last(case.rows, case.until))
    for batch in said["batches"]:
        for unit in batch["units"]:
            it = judge_subject(unit_of(world, batch["product"], batch["lot"], unit["unit"]))
            enough = it.known > 0 and it.known >= it.min_coverage * it.watched
            assert unit["verdict"] != "ok" or (enough and (it.tolerated is None or it.longest_gap <= it.tolerated))


@_thorough
@given(cases(), st.data())
def test_the_engine_fed_in_file_order_says_what_the_plain_definitions_say(case: Case, data: st.DataObject) -> None:
    until = _last(case.rows, case.until)
    live = Live(case.site, min(START, until))
    for row in case.rows:
        live.hear(row)
        if data.draw(st.booleans()):
            live.settle(min(row.measured_at, until))
    _assert_same(live.report(until), batch_judge.judge(to_site(case.site), case.rows, until, explained=True))


def _corrected(case: Case, rows: tuple[Row, ...], until: int, data: st.DataObject) -> Live:
    """Hear the rows on the way from what was believed to what is so, settled now and then."""
    believed: list[Entries] = [data.draw(perturbed(case.site)) for _ in range(data.draw(st.integers(1, 3)))]
    steps: list[Row | Entries] = [*rows]
    places = sorted(data.draw(st.integers(0, len(rows))) for _ in believed)
    for place, site in zip(reversed(places), [case.site, *believed[:0:-1]], strict=True):
        steps.insert(place, site)
    live = Live(believed[0], data.draw(st.sampled_from((min(START, until), until))))
    for step in steps:
        if isinstance(step, Row):
            live.hear(step)
        else:
            live.replace(step)
        if data.draw(st.integers(0, 3)) == 3:
            live.settle(data.draw(st.integers(min(START, until), until)))
    live.settle(until)
    return live


@_thorough
@given(cases(), st.data())
def test_no_order_and_no_corrections_on_the_way_change_what_the_engine_says(case: Case, data: st.DataObject) -> None:
    rows, until = without_conflicts(case.rows), _last(case.rows, case.until)
    live = _corrected(case, rows, until, data)
    _assert_the_changes_add_up(live.told, World(case.site, rows, until))
    _assert_same(live.report(until), batch_judge.judge(to_site(case.site), rows, until, explained=True))


def _assert_the_changes_add_up(told: dict[object, Judgement], world: World) -> None:
    """The changes that are told add up to what is so."""
    so = _so(world)
    differing = {key for key in {*told, *so} if _essence(told.get(key, _NOTHING)) != so.get(key, ([], []))}
    assert not differing, [(key, told.get(key), so.get(key)) for key in differing]


_NOTHING = Judgement()


def _essence(judged: Judgement) -> tuple[list[Any], list[Any]]:
    exposures = [(e.rule, e.since, e.until, e.fired_at) for e in judged.exposures]
    return sorted(exposures, key=str), sorted((f.rule, f.at, f.action) for f in judged.firings)


def _so(world: World) -> dict[object, tuple[list[Any], list[Any]]]:
    """Return the same of all units and locations as the oracle has it."""
    subjects: dict[object, Subject] = {
        UnitKey(*batch, unit): unit_of(world, *batch, unit) for batch in world.batches for unit in world.units(*batch)
    }
    subjects |= {LocationKey(location): place_of(world, location) for location in world.locations}
    so = {}
    for key, subject in subjects.items():
        judged = judge_subject(subject)
        exposures = [(rule, e.start, e.to, e.fired_at) for rule, found in judged.exposures.items() for e in found]
        so[key] = sorted(exposures, key=str), sorted(tuple(each) for each in judged.fired)
    return so


def _fired(answer: Answer) -> set[tuple[str, ...]]:
    units = [(batch["lot"], unit) for batch in answer["batches"] for unit in batch["units"]]
    return {(lot, str(unit["unit"]), *map(str, fired.values())) for lot, unit in units for fired in unit["fired"]}


@_thorough
@given(cases())
def test_nothing_fires_before_the_engine_asks_to_be_settled(case: Case) -> None:
    now = _last(case.rows, case.until)
    live = Live(case.site, now)
    for row in case.rows:
        live.hear(row)
    live.settle(now)
    due_at = live.engine.due_at
    assert due_at is None or due_at > now
    later = now + 24 * 3_600_000_000 if due_at is None else due_at - 1
    assert _fired(brute.judge(case.site, case.rows, later)) == _fired(brute.judge(case.site, case.rows, now))
