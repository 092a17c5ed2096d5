"""A scenario file is read whole, or refused with everything that is wrong."""

from pathlib import Path
from typing import Any

import pytest

from simulators.durations import parse_duration
from simulators.errors import InputError
from simulators.scenario.file import read_scenario
from simulators.scenario.performance import Performance, begins
from simulators.scenario.site import describe, render
from simulators.scenario.stock import carry
from simulators.times import HOUR, SECOND, parse_time
from tests.simulators.scenes import SMALL, scene, written

START = parse_time("2026-03-02T00:00:00Z")
NOW = START + 100 * HOUR


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30min", 5400), ("2d", 172_800), ("-17min", -1020), ("23h59min10s", 86_350), ("0s", 0)],
)
def test_durations_add_up(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "90", "1.5h", "min", "1h-30min", "1h 30min", "--1h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lasts": "soon"}, "lasts: Value error, 'soon' is no duration"),
        ({"colour": "blue"}, "colour: Extra inputs are not permitted"),
        ({"probes": [{"device": "S1", "in": "CELLAR", "every": "5min"}]}, "probes S1: no chamber 'CELLAR'"),
        ({"probes": [{"device": "S9", "in": "ROOM", "every": "5min"}]}, "probes S9: 0 gateways hear S9, expected one"),
        ({"probes": [{"device": "S1", "in": "ROOM", "every": "0s"}]}, "probes.0.every: Input should be greater than 0"),
        (
            {"gateways": [SMALL["gateways"][0] | {"says": "morse"}]},
            "gateways gw: unknown format 'morse'; known: json-flat",
        ),
        ({"gateways": [SMALL["gateways"][0] | {"timezone": "Mars"}]}, "gateways gw: no time zone 'Mars'"),
        ({"chambers": [SMALL["chambers"][0] | {"in": "space"}]}, "chambers ROOM: no ambient, and no chamber above it"),
        ({"chambers": [SMALL["chambers"][0] | {"but": {"colour": 1}}]}, "chambers ROOM: room has no colour"),
        ({"faults": [{"fault": "gremlins"}]}, "faults.0: unknown fault 'gremlins'; known: door-ajar"),
        (
            {"faults": [{"fault": "door-ajar", "at": "S1", "from": "1h", "to": "2h"}]},
            "door-ajar at 'S1'; known there: ROOM",
        ),
        (
            {"faults": [{"fault": "stuck-probe", "at": "S1", "from": "2h", "to": "1h"}]},
            "faults.0: it ends before it begins",
        ),
        (
            {"faults": [{"fault": "stuck-probe", "at": "S1", "from": "1h", "to": "2h", "by": "1h"}]},
            "stuck-probe takes from",
        ),
        (
            {"faults": [{"fault": "clock-skew", "at": "gw", "from": "1h", "to": "2h"}]},
            "clock-skew takes from, to, at, by",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        scene(tmp_path, **changes)
    assert said in str(caught.value) and str(caught.value).startswith("small.yaml ")


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scene(tmp_path, faults=[{"fault": "gremlins"}, {"fault": "door-ajar", "at": "S1", "from": "1h", "to": "2h"}])
    assert len(str(caught.value).splitlines()) == 2


def test_what_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text("seed: [")
    with pytest.raises(InputError, match=r"small\.yaml: "):
        read_scenario(path)


def test_times_of_the_site_file_are_counted_from_the_start() -> None:
    template = 'from: "${1h}", before: "${-90min}", url: "${url}"'
    assert render(template, START, url="x") == 'from: "2026-03-02T01:00:00Z", before: "2026-03-01T22:30:00Z", url: "x"'
    with pytest.raises(InputError, match="'soon' is no duration"):
        render("${soon}", START)


def test_text_of_a_site_file_stays_text() -> None:
    site = describe("batches: [{lot: 0123, client: NO, made_at: 2026-01-01, to: null, n: 1.50}]")
    assert site["batches"] == [{"lot": "0123", "client": "NO", "made_at": "2026-01-01", "to": None, "n": "1.50"}]


def test_a_site_file_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="site: it is no mapping"):
        describe("a text")


@pytest.mark.parametrize(
    ("speed", "before_now"), [(None, 6 * HOUR), (60.0, 6 * HOUR - 360 * SECOND), (1.0, 0), (0.5, 0)]
)
def test_a_scenario_without_a_time_ends_in_the_present_in_which_it_is_sent(
    tmp_path: Path, speed: float | None, before_now: int
) -> None:
    assert begins(scene(tmp_path, starts=None), speed, NOW) == NOW - before_now
    assert begins(scene(tmp_path), speed, NOW) == START


def unit(**fields: Any) -> dict[str, Any]:
    return {"product": "VAX", "lot": "0123", "unit": "P1", **fields}


def test_moves_become_calls_and_placements(tmp_path: Path) -> None:
    moves = [
        unit(at="3h", to="DOCK", told="5h"),
        unit(at="4h", to=None),
        {"product": "VAX", "lot": "0123", "unit": "P2", "at": "2h", "to": "ROOM", "quantity": 7},
    ]
    carried = Performance(scene(tmp_path, moves=moves), START).carried
    assert [(call.second // 3600, call.path) for call in carried.calls] == [
        (2, "/placements"),
        (4, "/placements"),
        (5, "/placements/move"),
    ]
    assert carried.calls[2].body == unit(location="DOCK", at="2026-03-02T03:00:00Z")
    assert carried.calls[1].body == unit(
        location="DOCK", quantity=5, **{"from": "2026-03-02T03:00:00Z", "to": "2026-03-02T04:00:00Z"}
    )
    assert [(each["unit"], each["location"], each["to"]) for each in carried.placements] == [
        ("P1", "ROOM", "2026-03-02T03:00:00Z"),
        ("P2", "ROOM", None),
        ("P1", "DOCK", "2026-03-02T04:00:00Z"),
    ]


def test_a_move_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    scenario = scene(tmp_path, moves=[unit(at="30min", to="DOCK")])
    with pytest.raises(InputError, match="VAX 0123 P1 cannot go to DOCK at 2026-03-02T00:30:00Z: it does not stand"):
        carry(describe(render(scenario.site_template, START)), scenario.moves, START)
