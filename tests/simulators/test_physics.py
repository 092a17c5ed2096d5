"""The thermal model: heat goes where it must, and a probe shows what a probe shows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from simulators.physics.ambient import Ambient
from simulators.physics.builds import BUILDS
from simulators.physics.chamber import REST_S, STEP_S, Chamber, Trouble
from simulators.physics.probe import Make, Probe, rounded

SUMMER = Ambient(mean=25.0, swing=0.0, dew_point=12.0)
ROOM = replace(BUILDS["room"], doors_a_day=0.0)
HOUR_S = 3600


def run(chamber: Chamber, hours: float, start: int = 0, trouble: Trouble | None = None) -> list[float]:
    """The air after each step."""
    chamber.trouble = trouble or Trouble()
    temperatures = []
    for second in range(start, start + int(hours * HOUR_S), STEP_S):
        chamber.step(second)
        temperatures.append(chamber.air)
    return temperatures


def room(**changes: float) -> Chamber:
    return Chamber(replace(ROOM, **changes), SUMMER.at, "a seed")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["room", "fridge", "freezer", "ultra", "truck"])
def test_each_cooled_kind_keeps_its_set_point(kind: str) -> None:
    build = replace(BUILDS[kind], doors_a_day=0.0, defrost_every_s=0)
    air = run(Chamber(build, SUMMER.at, "a seed"), 12)
    assert build.set_point is not None
    assert build.set_point - 3 < min(air[5000:]) <= max(air[5000:]) < build.set_point + 3


def test_a_thermostat_switches_at_both_ends_of_its_band() -> None:
    air = run(room(), 12)
    assert min(air) > 4.2 and max(air) < 5.8
    assert max(air[-1000:]) - min(air[-1000:]) > 1.2  # it cycles


def test_a_compressor_that_stopped_rests() -> None:
    chamber = room(hysteresis=0.01, leak=5.0, cooling=9000.0)  # it would switch every few seconds
    runs = []
    for second in range(0, 2 * HOUR_S, STEP_S):
        chamber.step(second)
        runs.append(chamber._runs)
    stops = [i for i in range(1, len(runs)) if runs[i - 1] and not runs[i]]
    assert len(stops) > 5
    assert all(not any(runs[i : i + REST_S // STEP_S]) for i in stops)


def test_without_its_compressor_a_chamber_warms_towards_its_surroundings_and_never_beyond() -> None:
    air = run(room(), 24 * 30, trouble=Trouble(compressor=True))
    assert air == sorted(air)
    assert 24.9 < air[-1] <= 25.0


def test_repaired_it_comes_back() -> None:
    chamber = room()
    assert run(chamber, 3, trouble=Trouble(compressor=True))[-1] > 8
    assert run(chamber, 6, start=3 * HOUR_S)[-1] < 6


def test_more_stock_warms_more_slowly() -> None:
    light, heavy = (run(room(stock=stock), 4, trouble=Trouble(compressor=True))[-1] for stock in (1e6, 4e6))
    assert light > heavy


def test_the_wider_a_door_stands_open_the_warmer_it_gets() -> None:
    shut, ajar, open_ = (max(run(room(), 2, trouble=Trouble(door=door))) for door in (0.0, 0.4, 1.0))
    assert shut < 6 < ajar < open_


def test_without_a_fan_the_air_warms_faster_because_the_stock_does_not_help_to_keep_it_cold() -> None:
    cut, failed = (run(room(), 1, trouble=trouble)[-1] for trouble in (Trouble(power=True), Trouble(compressor=True)))
    assert cut > failed > 6


def test_defrosting_warms_the_air_at_its_hours() -> None:
    build = replace(BUILDS["freezer"], doors_a_day=0.0)
    air = run(Chamber(build, SUMMER.at, "a seed"), 24)
    per_hour = HOUR_S // STEP_S
    warm = {i // per_hour for i, value in enumerate(air) if value > -19}
    assert warm == {7, 8, 15, 16, 23}


def test_people_open_doors_in_working_hours_only() -> None:
    quiet, busy = (Chamber(replace(ROOM, doors_a_day=60), SUMMER.at, "a seed") for _ in range(2))
    assert max(run(quiet, 5.5)) < 6
    assert max(run(busy, 24)) > 6


def test_a_chamber_in_a_hall_feels_the_hall() -> None:
    hall = Chamber(BUILDS["hall"], Ambient(mean=35.0, swing=0.0, dew_point=12.0).at, "a seed")
    inside = Chamber(ROOM, hall.at, "a seed")
    assert run(inside, 3, trouble=Trouble(compressor=True))[-1] > run(room(), 3, trouble=Trouble(compressor=True))[-1]


def test_the_surroundings_are_warmest_in_the_afternoon() -> None:
    day = Ambient(mean=15.0, swing=6.0, dew_point=8.0)
    assert day.at(15 * HOUR_S).temperature == pytest.approx(21.0)
    assert day.at(3 * HOUR_S).temperature == pytest.approx(9.0)


def test_cooling_dries_the_air() -> None:
    cooled, failed = room(), room()
    run(cooled, 24)
    run(failed, 24, trouble=Trouble(compressor=True))
    assert cooled.dew_point < 5 < failed.dew_point <= 12
    assert 0 < cooled.humidity < 100


def test_humidity_stays_between_0_and_100() -> None:
    chamber = room()
    chamber.dew_point = 40.0
    probe = Probe(Make(humid=True), chamber, "a seed")
    assert {probe.humidity() for _ in range(50)} <= {f"{tenths / 10:.1f}" for tenths in range(970, 1001)}
    assert Probe(Make(), chamber, "a seed").humidity() == ""


def test_a_probe_is_late_and_off() -> None:
    chamber = room()
    probe = Probe(Make(offset=0.4, noise=0.0, lag_s=300), chamber, "a seed")
    assert probe.temperature() == pytest.approx(5.4)
    chamber.air = 10.0
    for _ in range(60):
        probe.step()
    assert probe.temperature() == pytest.approx(0.4 + 10 - 5 / 2.718, abs=0.05)  # one lag later


@pytest.mark.parametrize(
    ("value", "resolution", "text"),
    [
        (4.26, "0.1", "4.3"),
        (-0.04, "0.1", "0.0"),
        (4.26, "0.0625", "4.2500"),
        (4.26, "0.5", "4.5"),
        (-0.26, "0.5", "-0.5"),
    ],
)
def test_a_display_rounds_to_its_resolution(value: float, resolution: str, text: str) -> None:
    assert rounded(value, Decimal(resolution)) == text
