"""Time too warm and time too cold as one budget: what is far is what is far for the budget around."""

from rules import batch_judge
from rules.engine import Engine
from tests.oracle import brute
from tests.oracle.notation import site, version
from tests.oracle.product import to_site
from tests.oracle.sites import MINUTE, START
from tests.oracle.world import Row

OUT = {"id": "out", "kind": "cumulative", "quantity": "temperature", "below": "2", "total": "4h", "action": "hold"}
WARM = {"id": "warm", "kind": "cumulative", "quantity": "temperature", "above": "8", "total": "4h", "within": "out"}
HOURS = (5.0, 9.0, 9.0, 5.0, 1.0, 1.0, 5.0), (5.0, 8.5, 8.5, 5.0, 1.5, 1.5, 5.0)
SITE = site(version(OUT, WARM), mounts=("S1 ROOM -9999999..", "S2 ROOM -9999999.."), stays=("A ROOM -9999999..",))
ROWS = [
    Row(f"S{sensor}", "temperature", START + (hour * 60 + part) * MINUTE, round(values[hour] * 1_000_000))
    for hour in range(7)
    for part in range(0, 60, 20)
    for sensor, values in enumerate(HOURS, 1)
]


def test_both_sides_use_up_one_budget_and_its_peak_is_in_its_own_direction() -> None:
    answer = batch_judge.judge(to_site(SITE), ROWS)
    [unit] = answer["batches"][0]["units"]
    assert [(each["rule"], each["peak"], each["minutes"]) for each in unit["exposures"]] == [
        ("out", 8.5, 120),
        ("out", 1.0, 120),
        ("warm", 9.0, 120),
    ]
    assert [(each["rule"], each["at"]) for each in unit["fired"]] == [("out", "2026-01-01T06:00:00Z")]
    assert answer == brute.judge(SITE, ROWS, None)


def test_live_as_in_hindsight() -> None:
    engine = Engine(to_site(SITE), lambda sensor, quantity: ((), ()), START)
    for row in ROWS:
        engine.add(*row)
        engine.settle(row.measured_at)
    until = ROWS[-1].measured_at
    assert engine.report(until) == batch_judge.judge(to_site(SITE), ROWS, until)
