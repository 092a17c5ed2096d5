"""Calibration offsets: judged is what a sensor says with its offset, whenever the offset became known."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model import Dated, Site
from domain.offsets import offset_at, offset_of, shifted
from domain.readings import FAULT
from domain.times import MINUTE
from rules import batch_judge
from rules.engine import Engine
from rules.subjects.whereabouts import UnitKey
from tests.oracle.notation import heard, limit, minute, site, version
from tests.oracle.product import to_site
from tests.oracle.sites import START, Case, cases, without_conflicts
from tests.oracle.world import Row
from tests.thrift import examples

_thorough = settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
OFFSET = Dated(((0, 1), (10, -2)))


def test_before_the_first_step_nothing_is_added():
    assert [offset_at(OFFSET, at) for at in (-1, 0, 9, 10)] == [0, 1, 1, -2]
    assert offset_at(None, 5) == 0


def test_columns_are_shifted_step_by_step_and_faults_stay_faults():
    instants, values = [-5, 0, 3, 9, 10, 11], [100, 100, None, FAULT, 100, 100]
    assert shifted(OFFSET, instants, values).tolist() == [100, 101, FAULT, FAULT, 98, 98]


def test_an_unknown_sensor_has_no_offset():
    assert offset_of(None, "temperature") is None


def calibrated(site: Site, offsets: dict[tuple[str, str], Dated[int]]) -> Site:
    sensors = {
        name: replace(sensor, offsets={quantity: it for (of, quantity), it in offsets.items() if of == name})
        for name, sensor in site.sensors.items()
    }
    return replace(site, sensors=sensors)


def said(offsets: dict[tuple[str, str], Dated[int]], row: Row) -> Row:
    """Return a row as a sensor without these offsets would have to say it."""
    if row.value is None:
        return row
    return row._replace(value=row.value + offset_at(offsets.get((row.sensor, row.quantity)), row.measured_at))


@st.composite
def offsets_for(draw: st.DrawFn, case: Case) -> dict[tuple[str, str], Dated[int]]:
    series = sorted({(row.sensor, row.quantity) for row in case.rows})
    chosen = draw(st.lists(st.sampled_from(series), unique=True)) if series else []
    steps = st.dictionaries(
        st.integers(-5, 60).map(lambda n: START + n * 5 * MINUTE),
        st.integers(-30, 30).map(lambda n: n * 100_000),
        min_size=1,
        max_size=3,
    )
    return {key: Dated(tuple(sorted(draw(steps).items()))) for key in chosen}


def last(case: Case) -> int:
    return max(row.measured_at for row in case.rows) if case.until is None else case.until


@_thorough
@given(cases(), st.data())
def test_readings_with_offsets_are_judged_as_readings_that_say_so(case: Case, data: st.DataObject) -> None:
    offsets, rows = data.draw(offsets_for(case)), without_conflicts(case.rows)
    known = to_site(case.site)
    expected = batch_judge.judge(known, [said(offsets, row) for row in rows], last(case))
    assert batch_judge.judge(calibrated(known, offsets), rows, last(case)) == expected


@_thorough
@given(cases(), st.data())
def test_an_engine_that_learns_of_offsets_at_any_moment_ends_in_the_same(case: Case, data: st.DataObject) -> None:
    believed, offsets = data.draw(offsets_for(case)), data.draw(offsets_for(case))
    rows, known, until = without_conflicts(case.rows), to_site(case.site), last(case)
    kept: dict[tuple[str, str], dict[int, int | None]] = {}

    def load(sensor: str, quantity: str) -> tuple[list[int], list[int | None]]:
        found = sorted(kept.get((sensor, quantity), {}).items())
        return [at for at, _ in found], [value for _, value in found]

    engine = Engine(calibrated(known, believed), load, min(START, until))
    corrected_after = data.draw(st.integers(0, len(rows)))
    for number, row in enumerate([*rows, None]):
        if number == corrected_after:
            engine.replace(calibrated(known, offsets), engine._now)
            if data.draw(st.booleans()):
                engine.settle(until)
        if row is None:
            break
        engine.add(*row)
        of_series = kept.setdefault(row[:2], {})
        if of_series.get(row.measured_at) is None:
            of_series[row.measured_at] = row.value
        if data.draw(st.booleans()):
            engine.settle(min(row.measured_at, until))
    assert engine.report(until) == batch_judge.judge(calibrated(known, offsets), rows, until)


def test_a_run_of_readings_has_its_offsets_too():
    room = calibrated(to_site(site(version(limit(above="8")))), {("S1", "temperature"): Dated(((START, 1_000_000),))})
    engine = Engine(room, lambda sensor, quantity: ((), ()), START)
    rows = heard("5 7.5 7.5 5")
    engine.add_run(rows[0].sensor, "temperature", [row.measured_at for row in rows], [row.value for row in rows])
    assert engine.report(minute(3)) == batch_judge.judge(room, rows, minute(3))
    assert [e.peak for e in engine.judgement(UnitKey("V", "A", None)).exposures] == [8_500_000]
