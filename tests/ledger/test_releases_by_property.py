"""After any releases, readings and corrections no unit is exposed without a hold beyond what was accepted."""

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InvalidError, NotFoundError
from domain.times import MINUTE
from ledger.holds.decisions import release_of
from ledger.inputs import Batch
from ledger.requests import Allow, Correct, Dispose, EntryName, Item
from rules.decisions.again import held_again
from rules.judgement import judge
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import UnitKey, Whereabouts
from sites.build import build
from store.tables import decisions, exposures, holds, readings
from tests.ledger.stage import SITE, Stage, message, minute, reading
from tests.thrift import examples

P1 = UnitKey("VAX", "A1", "P1")
RULES = """
      - {id: too-warm, kind: limit, above: 8.0, for: 10min, action: hold}
      - {id: warm-total, kind: cumulative, above: 8.0, total: 20min, action: hold}
      - {id: lately, kind: cumulative, above: 8.0, total: 15min, window: 60min, action: hold}
      - {id: mean, kind: mkt, above: 8.0, window: 60min, action: hold}
      - {id: too-cold, kind: limit, below: 2.0, for: 5min, deadband: 0.5, action: hold}
"""
ONE = SITE.replace("version: 1", "version: 2").replace("2020-01-01", "2021-01-01")
ONE = ONE[: ONE.index("    rules:\n")] + "    max_gap: 6min\n    rules:" + RULES

AT_ROOM_1 = {"product": "VAX", "lot": "A1", "unit": "P1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"}
CORRECTIONS = [
    Correct(put=[Item("placement", {**AT_ROOM_1, "to": "2026-01-01T01:00:00Z"})]),
    Correct(put=[Item("placement", AT_ROOM_1)]),
    Correct(remove=[EntryName("mount", '["S1","ROOM-1","2026-01-01T00:00:00Z"]')]),
    Correct(put=[Item("mount", {"sensor": "S1", "location": "ROOM-1", "from": "2026-01-01T00:00:00Z"})]),
]
ALLOWANCES = st.sampled_from([None, None, Allow(5, 12_000_000), Allow(20, 10_800_000), Allow(60, 14_000_000)])
HEAR = st.tuples(st.just("hear"), st.sampled_from([5.0, 5.0, 9.0, 9.5, 11.0, 13.0, 1.0]), st.integers(1, 12))
LATE = st.tuples(st.just("late"), st.sampled_from([5.0, 9.0, 12.0]), st.integers(1, 60))
RELEASE = st.tuples(st.just("release"), ALLOWANCES, st.integers(0, 3))
OTHERS = st.one_of(
    st.tuples(st.just("correct"), st.sampled_from(CORRECTIONS), st.just(0)),
    st.tuples(st.just("wait"), st.just(0), st.integers(1, 12)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)
# It gets warm, perhaps cool again, and is released; then anything may happen.
BEGIN = st.tuples(
    st.tuples(st.just("hear"), st.sampled_from([9.0, 10.5]), st.integers(6, 14)),
    st.tuples(st.just("hear"), st.just(5.0), st.integers(0, 2)),
    RELEASE,
    RELEASE,
    RELEASE,
)
THEN = st.lists(st.one_of(HEAR, HEAR, RELEASE, RELEASE, LATE, OTHERS), min_size=2, max_size=10)
STEPS = st.tuples(BEGIN, THEN).map(lambda both: [*both[0], *both[1]])


def play(stage: Stage, steps) -> int:
    """Let it happen, a reading every two minutes; return the minute of the end."""
    now = 0
    for i, (what, how, count) in enumerate(steps):
        if what == "hear":
            for _ in range(count):
                stage.hear(reading(now, how))
                now += 2
        elif what == "late":
            at = max(0, now - count) + 0.5 + i / 100
            stage.writer.step(Batch([message(reading(at, how), at=minute(now))]), minute(now))
        elif what == "release":
            release(stage, now, how, count)
        elif what == "correct":
            with suppress(NotFoundError):  # it is away already
                stage.ask(how, minute(now))
        elif what == "wait":
            now += count
            stage.tick(now)
        else:
            stage.restart()
            stage.tick(now)
        now += 1
    stage.tick(now + 8)  # what goes on is judged, and every number is written
    stage.tick(now + 9)
    return now + 9


def release(stage: Stage, now: int, allow: Allow | None, which: int) -> None:
    """Release some hold if that is not refused."""
    open_holds = [row.id for row in stage.rows(holds, holds.c.unit == "P1") if row.state == "held"]
    if open_holds:
        number = open_holds[which % len(open_holds)]
        with suppress(ConflictError, InvalidError):  # it is still outside, or the value allows nothing
            stage.ask(Dispose(holds=[number], state="released", reason="fine", allow=allow), minute(now))


def evidence_of(stage: Stage, end: int) -> SubjectEvidence:
    """What happened to the unit, derived at once from all that is on record."""
    site = build(stage.entries())
    said = sorted((row.measured_at, row.value) for row in stage.rows(readings) if row.flags == 0)
    series = Series([at for at, _ in said], [value for _, value in said])
    places = Places(site)
    timelines = Timelines(places, lambda sensor, quantity: series if (sensor, quantity) == S1 else Series())
    return SubjectEvidence(Whereabouts(site, places).unit(P1, minute(end)), timelines, minute(end))


S1 = ("S1", "temperature")


def on_record(stage: Stage) -> dict[int, Any]:
    """The founded holds that come after a release, by the hold that was released."""
    rows = [
        row
        for row in stage.rows(holds, holds.c.unit == "P1")
        if row.founded and (row.why.get("after") or {}).get("own")
    ]
    return {row.why["after"]["hold"]: (row.rule, row.fired_at) for row in rows}


@settings(max_examples=examples(20), suppress_health_check=list(HealthCheck), deadline=None)
@given(STEPS)
def test_streaming_is_the_same_as_plain_recomputation_and_no_exposure_goes_beyond_what_was_accepted(fresh, steps):
    stage = Stage(fresh(), site="")
    stage.apply(ONE)
    end = play(stage, steps)
    evidence = evidence_of(stage, end)
    releases = [release_of(row) for row in stage.rows(decisions) if row.founded]
    plain = held_again(evidence, judge(evidence), releases).again
    assert on_record(stage) == {each.after.hold: (each.rule, each.at) for each in plain.firings}
    used = {row.id: row.why.get("used") for row in stage.rows(holds) if row.why.get("used") is not None}
    founded = {row.id for row in stage.rows(holds) if row.founded}
    assert {number: said["minutes"] for number, said in used.items() if number in founded} == {
        each.hold: each.minutes for each in plain.used if each.hold in founded
    }
    assert_nothing_goes_beyond(stage, end)


def assert_nothing_goes_beyond(stage: Stage, end: int) -> None:
    """Check by the exposures on record, without `rules.decisions`, that without a hold it is within what was signed."""
    if any(row.state == "held" and row.founded for row in stage.rows(holds, holds.c.unit == "P1")):
        return
    for rule, direction, lasts in (("too-warm", 1, 10), ("warm-total", 1, None), ("too-cold", -1, 5)):
        signed = [row for row in stage.rows(decisions, decisions.c.rule == rule) if row.founded]
        if not signed:
            continue
        last = signed[-1]
        rows = stage.rows(
            exposures, exposures.c.rule == rule, exposures.c.unit == "P1", exposures.c.superseded_at.is_(None)
        )
        spans = [(row.since, minute(end) if row.until is None else row.until, row) for row in rows]
        after = sum(max(0, b - max(a, last.known_to)) for a, b, _ in spans) / MINUTE
        allowed = last.allow_minutes or 0
        if lasts is None:
            assert sum(row.minutes for *_, row in spans) <= last.minutes + allowed + 0.01
        elif last.allow_minutes is not None:
            assert after <= allowed + 0.01
        else:
            assert all(b - max(a, last.known_to) < lasts * MINUTE for a, b, _ in spans if b > last.known_to)
        if last.allow_up_to is not None:
            began = [row for a, _, row in spans if a >= last.known_to]
            assert all(direction * row.peak <= direction * last.allow_up_to for row in began)
