"""A room of which each reading is judged for itself: at every instant the engine, which holds hardly any
readings, has told what is so then.

COLDCHAIN_EXAMPLES=2000 makes a long run of it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model import Site
from rules import batch_judge
from rules.engine import Engine
from rules.judgement import Judgement, judge
from rules.series.series import Series
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.places import Places
from rules.subjects.timelines import Timelines
from rules.subjects.whereabouts import LocationKey, UnitKey, Whereabouts
from tests.oracle import sites
from tests.oracle.described import Description
from tests.oracle.kept import Kept
from tests.oracle.notation import limit, minute, silence, site, version
from tests.oracle.product import Entry, to_site
from tests.oracle.sites import pick
from tests.oracle.world import Row
from tests.thrift import examples

Essence = tuple[list[Any], list[Any]]
MOUNTS = ("S1 ROOM", "S2 ROOM 10..", "S3 COLD")
STAYS = ("A/U1 ROOM", "A/U2 ROOM 15..", "B COLD 0..20", "B ROOM 20..50", "C ROOM 0..30")
_LEVELS = {"temperature": (5.0, 7.9, 8.0, 9.0, 9.0, 12.5, 2.0, 30.0), "humidity": (50.0, 60.0, 70.0, 95.0)}

_thorough = settings(
    max_examples=examples(3),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def _versions(draw: st.DrawFn, kind: str) -> Iterator[Entry]:
    more = [limit("hot", above="12", delay="5min"), silence(after="12min")][: draw(st.integers(0, 2))]
    for since in (None, 30) if draw(st.booleans()) else (None,):
        quantity = "humidity" if kind == "dew" else "temperature"
        rule = {"kind": kind, "action": "hold", **sites.KINDS[kind](draw, "it", quantity, True)}
        max_gap = pick(draw, ("30min", "10min"))
        yield version(rule, *more, since=since, max_gap=max_gap, profile="P")


def _walk(draw: st.DrawFn, sensor: str, quantity: str) -> Iterator[Row]:
    """Yield readings that go to a level and stay there, at once or ever more slowly, with pauses and faults."""
    value, at = 5.0 if quantity == "temperature" else 50.0, draw(st.integers(0, 3))
    step = pick(draw, (1, 2, 3))
    while at < 60:
        level, share = pick(draw, _LEVELS[quantity]), pick(draw, (1.0, 1.0, 0.5, 0.1))
        noise = pick(draw, (0.0, 0.0, 0.1, 0.5))
        for i in range(draw(st.integers(1, 15))):
            value += (level - value) * share
            read = round(value + (noise if i % 2 else -noise), 1)
            yield Row(sensor, quantity, minute(at), round(read * 1_000_000))
            at += step
        end = pick(draw, ("", "", "", "", "pause", "fault"))
        if end == "fault":
            yield Row(sensor, quantity, minute(at), None)
        at += pick(draw, (11, 12, 15, 35)) if end == "pause" else step


@st.composite
def rooms(draw: st.DrawFn, kind: str) -> tuple[Description, list[Row]]:
    """Draw a room with something in it, and what is heard of it."""
    sensors = [{"id": name, "quantities": ["temperature", "humidity"]} for name in ("S1", "S2", "S3")]
    found = site(*_versions(draw, kind), mounts=MOUNTS, stays=STAYS, sensors=sensors, ROOM={"profile": "P"})
    rows = [row for name in ("S1", "S2", "S3") for row in _walk(draw, name, "temperature")]
    rows += _walk(draw, "S1", "humidity") if kind == "dew" else []
    return found, sorted(rows, key=lambda row: (row.measured_at, row.sensor))


def _subjects(whereabouts: Whereabouts, now: int) -> Iterator[tuple[UnitKey | LocationKey, Any]]:
    yield LocationKey("ROOM"), whereabouts.location("ROOM")
    for lot in ("A", "B", "C"):
        for unit in whereabouts.units(("V", lot), now):
            yield UnitKey("V", lot, unit), whereabouts.unit(UnitKey("V", lot, unit), now)


def _so(found: Site, rows: Iterable[Row], now: int) -> dict[object, Essence]:
    series, _ = batch_judge._series(list(rows))
    places = Places(found)
    timelines = Timelines(places, lambda *key: series.get(key) or Series())
    subjects = _subjects(Whereabouts(found, places), now)
    return {key: _essence(judge(SubjectEvidence(subject, timelines, now))) for key, subject in subjects}


def _essence(judged: Judgement) -> Essence:
    exposures = [(e.rule, e.since, e.until, e.fired_at) for e in judged.exposures]
    return exposures, [(f.rule, f.at, f.action, f.until, f.lost) for f in judged.firings]


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(sites.KINDS))
def test_a_reading_at_a_time_is_told_as_it_is_at_every_instant(kind: str) -> None:
    @_thorough
    @given(rooms(kind))
    def check(drawn: tuple[Description, list[Row]]) -> None:
        found, rows = to_site(drawn[0]), drawn[1]
        kept = Kept()
        engine = Engine(found, kept.load, minute(0), memory=kept.memory)
        engine.settle(minute(0))
        for i, row in enumerate(rows):
            engine.add(*row)
            kept.keep(row)
            engine.settle(row.measured_at)
            for key, so in _so(found, rows[: i + 1], row.measured_at).items():
                assert _essence(engine.judgement(key)) == so, (key, i, row)

    check()
