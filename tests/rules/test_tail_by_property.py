"""Rooms that flap around their limits: what is taken over of earlier judgements, by an engine that holds hardly
any readings, is what a judgement from scratch says.

COLDCHAIN_EXAMPLES=20000 makes a long run of it.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.engine import Engine, LastJudgement
from rules.judgement import Due
from rules.subjects.whereabouts import Subject
from tests.oracle.described import Description
from tests.oracle.kept import Kept
from tests.oracle.notation import cumulative, limit, minute, silence, site, version
from tests.oracle.product import Entry, to_site
from tests.oracle.sites import pick
from tests.oracle.world import Row
from tests.thrift import examples

STAYS = ("A/U1 ROOM", "A/U2 ROOM 25..", "B COLD 0..20", "B ROOM 20..45", "C ROOM 0..30", "C COLD 15..40")
_RULES: tuple[Entry, ...] = (
    limit("warm", above="8", action="hold"),
    limit("lasting", above="8", delay="2min", deadband="1", action="review"),
    cumulative("total", above="8", total="6min", action="hold"),
    cumulative("lately", above="8", total="3min", window="10min"),
    cumulative("part", above="10", total="2min", within="total"),
    {"id": "apart", "kind": "spread", "by": "3", "for": "1min"},
    silence(after="6min"),
)
Drawn = tuple[Description, list[tuple[Row, int]]]
_VALUES = (5.0, 5.0, 7.5, 9.0, 9.0, 11.0, None)


@st.composite
def flapping(draw: st.DrawFn) -> Drawn:
    """Draw a site, and what is heard of it with the instants at which it is: most in order, some late or twice."""
    numbers = [pick(draw, ("8", "7")) for _ in range(draw(st.integers(1, 2)))]
    versions = [
        version(
            *({**rule, "above": number} if rule.get("above") == "8" else rule for rule in _RULES),
            since=30 * i or None,
            max_gap=pick(draw, ("3min", "10min")),
            gap_counts_as=pick(draw, ("unknown", "unknown", "exposed")),
        )
        for i, number in enumerate(numbers)
    ]
    found = site(*versions, mounts=("S1 ROOM", "S2 ROOM 10..40", "S3 COLD"), stays=STAYS, ROOM={"profile": "P"})
    heard = [each for sensor in ("S1", "S2", "S3") for each in _heard(draw, sensor)]
    return found, sorted(heard, key=lambda each: (each[1], each[0].measured_at, each[0].sensor))


def _heard(draw: st.DrawFn, sensor: str) -> Iterator[tuple[Row, int]]:
    at = draw(st.integers(0, 3))
    while at < 60:
        value = pick(draw, _VALUES)
        row = Row(sensor, "temperature", minute(at), None if value is None else round(value * 1_000_000))
        late = pick(draw, (0,) * 9 + (2, 7, 30))
        for again in pick(draw, ((0,),) * 9 + ((0, 5),)):
            yield row, minute(at + late + again)
        at += pick(draw, (1,) * 7 + (2, 4, 12))


class Forgetful(Engine):
    """Judges each subject from scratch, whenever it judges it."""

    def _judge_anew(self, subject: Subject, known: LastJudgement | None) -> tuple[LastJudgement, Due]:
        return super()._judge_anew(subject, None)


def _told(engine: Engine, now: int) -> list[tuple[object, Any, Any]]:
    changes = [*engine.settle(now), *engine.grow()]
    return [(change.subject, change.after.exposures, change.after.firings) for change in changes]


@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(flapping(), st.data())
def test_what_is_taken_over_is_what_is_so(drawn: Drawn, data: st.DataObject) -> None:
    found, heard = to_site(drawn[0]), drawn[1]
    kept = Kept()
    keeping = Engine(found, kept.load, minute(0), memory=kept.memory)
    engines = keeping, Forgetful(found, lambda sensor, quantity: ((), ()), minute(0))
    for row, now in heard:
        for engine in engines:
            engine.add(*row)
        kept.keep(row)
        if data.draw(st.integers(0, 3)) < 3:  # else it is judged together with the next one
            taken_over, from_scratch = (_told(engine, now) for engine in engines)
            assert taken_over == from_scratch
