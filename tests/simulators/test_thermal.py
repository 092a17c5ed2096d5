"""The thermal model: heat goes where it must, and a probe shows what a probe shows."""

import pytest

from simulators.thermal import STEP_S, Build, Chamber, Probe, Surroundings

SUMMER = Surroundings(mean=25.0, swing=0.0, dew_point=12.0)
ROOM = Build(set_point=5.0, air=3e5, stock=2e6, leak=35.0, exchange=80.0, cooling=1500.0)


def run(chamber: Chamber, hours: float, start: int = 0) -> list[float]:
    """The air after each step."""
    temperatures = []
    for second in range(start, start + int(hours * 3600), STEP_S):
        chamber.step(second)
        temperatures.append(chamber.air)
    return temperatures


def test_a_thermostat_keeps_its_band() -> None:
    air = run(Chamber(ROOM, SUMMER, 1), 12)
    assert min(air) > 4.2 and max(air) < 5.8
    assert max(air[-1000:]) - min(air[-1000:]) > 1.2  # it cycles


def test_without_its_compressor_a_chamber_warms_towards_its_surroundings_and_never_beyond() -> None:
    chamber = Chamber(ROOM, SUMMER, 1)
    chamber.works = False
    air = run(chamber, 24 * 30)
    assert air == sorted(air)
    assert 24.9 < air[-1] <= 25.0


def test_repaired_it_comes_back() -> None:
    chamber = Chamber(ROOM, SUMMER, 1)
    chamber.works = False
    assert run(chamber, 3)[-1] > 8
    chamber.works = True
    assert run(chamber, 6, start=3 * 3600)[-1] < 6


def test_more_stock_warms_more_slowly() -> None:
    light, heavy = (
        Chamber(Build(set_point=5.0, air=3e5, stock=stock, leak=35.0, exchange=80.0), SUMMER, 1) for stock in (1e6, 4e6)
    )
    assert run(light, 4)[-1] > run(heavy, 4)[-1]


def test_doors_let_warmth_in() -> None:
    busy = Build(**{name: getattr(ROOM, name) for name in ROOM.__slots__} | {"doors_a_day": 50, "door_s": (120, 240)})
    assert max(run(Chamber(busy, SUMMER, 1), 24)) > 6.5


def test_the_surroundings_are_warmest_in_the_afternoon() -> None:
    day = Surroundings(mean=15.0, swing=6.0, dew_point=8.0)
    assert day.at(15 * 3600) == pytest.approx(21.0)
    assert day.at(3 * 3600) == pytest.approx(9.0)


def test_a_probe_is_late_and_rounds() -> None:
    chamber = Chamber(ROOM, SUMMER, 1)
    probe = Probe(chamber, 1, offset=0.5)
    chamber.air = 9.0
    shown = []
    for _ in range(12 * 60):
        probe.step()
        shown.append(float(probe.temperature()))
    assert shown[0] < 6.0 and shown[-1] == pytest.approx(9.5, abs=0.2)
    assert all(value == round(value, 1) for value in shown)


def test_humidity_stays_between_0_and_100() -> None:
    chamber = Chamber(ROOM, SUMMER, 1)
    probe = Probe(chamber, 1)
    chamber.dew_point = 40.0
    assert {probe.humidity() for _ in range(50)} <= {f"{tenths / 10:.1f}" for tenths in range(970, 1001)}


def test_no_minus_zero_is_shown() -> None:
    chamber = Chamber(ROOM, SUMMER, 1)
    chamber.air = -0.01
    probe = Probe(chamber, 1)
    assert "-0.0" not in {probe.temperature() for _ in range(200)}
