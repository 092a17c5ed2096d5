"""What the truth file says of small things; of random sites see test_truth_by_property."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from simulators.__main__ import cli
from simulators.errors import InputError
from simulators.scenario.site import describe, render
from simulators.times import HOUR, MINUTE, parse_time
from simulators.truth import Stamped, find
from tests.simulators.broker import Listener, embedded_broker
from tests.simulators.scenes import SITE, written

START = parse_time("2026-03-02T00:00:00Z")
NOW = START + 100 * HOUR
UNTIL = START + 10 * HOUR


def said(minute: float, value: str | None, sensor: str = "S1", arrives: int = NOW) -> Stamped:
    return Stamped(sensor, "", "temperature", START + round(minute * MINUTE), value, arrives)


def truth(*stamped: Stamped, site: str = SITE, until: int = UNTIL) -> dict[str, Any]:
    description = describe(render(site, START))
    return find(description, description["placements"], stamped, until)


def test_of_two_sensors_the_farther_one_counts_and_once() -> None:
    found = truth(*(said(m, "9", s) for m in (120, 140) for s in ("S1", "S2")), said(160, "5"), said(170, "5", "S2"))
    [excursion] = found["excursions"]
    assert (excursion["from"], excursion["to"]) == ("2026-03-02T02:00:00Z", "2026-03-02T02:50:00Z")
    assert (excursion["minutes"], excursion["degree_minutes"], excursion["peak"]) == (50.0, 50.0, 9.0)
    assert excursion["fired_at"] == "2026-03-02T02:10:00Z"


def test_what_is_held_is_what_stood_there_long_enough() -> None:
    found = truth(said(50, "9"), said(70, "9"), said(95, "5"))
    assert found["holds"] == [
        {"product": "VAX", "lot": "0123", "unit": "P1", "rule": "too-warm", "at": "2026-03-02T01:30:00Z"}
    ]
    assert truth(said(50, "9"), said(70, "9"), said(89, "5"))["holds"] == []


def test_one_place_quantity_and_direction_is_one_problem_with_all_rules_and_lots() -> None:
    [problem] = truth(said(50, "9"), said(70, "9"), said(95, "5"))["problems"]
    assert problem == {
        "place": "ROOM",
        "quantity": "temperature",
        "direction": "high",
        "severity": "critical",
        "since": "2026-03-02T00:50:00Z",
        "until": "2026-03-02T01:35:00Z",
        "rules": ["too-warm", "warm"],
        "lots": [{"product": "VAX", "lot": "0123", "unit": "P1"}],
    }


@pytest.mark.parametrize(("pause", "problems"), [(60, 1), (61, 2)])
def test_what_lies_more_than_an_hour_apart_is_another_problem(pause: int, problems: int) -> None:
    spells = [said(m + offset, v) for offset in (0, 20 + pause) for m, v in ((200, "9"), (220, "5"))]
    assert len(truth(*spells)["problems"]) == problems


def test_the_value_received_first_counts_and_the_other_is_a_conflict() -> None:
    found = truth(said(120, "5"), said(120, "9.5"), said(120, None))
    assert found["excursions"] == []
    assert found["conflicts"] == [
        {"sensor": "S1", "quantity": "temperature", "measured_at": "2026-03-02T02:00:00Z", "kept": 5.0, "refused": 9.5}
    ]


@pytest.mark.parametrize(("minutes_ahead", "counts"), [(5, True), (66, False)])
def test_a_stamp_too_far_ahead_of_its_arrival_is_not_judged(minutes_ahead: int, counts: bool) -> None:
    early = said(120, "9", arrives=START + (120 - minutes_ahead) * MINUTE)
    assert bool(truth(early, said(140, "5"))["excursions"]) == counts


def test_a_stamp_that_would_be_judged_if_it_came_later_is_refused() -> None:
    with pytest.raises(InputError, match="S1: whether 2026-03-02T02:00:00Z is judged depends on how soon"):
        truth(said(120, "9", arrives=START + 114 * MINUTE))


def test_a_clock_that_was_never_set_is_not_judged() -> None:
    assert truth(said(120, "5"), Stamped("S1", "", "temperature", 86_400_000_000, "9", NOW))["excursions"] == []


def test_what_has_no_time_of_its_own_cannot_be_judged() -> None:
    with pytest.raises(InputError, match="what S1 says has no time of its own: ROOM cannot be judged by it"):
        truth(Stamped("S1", "", "temperature", None, "5", NOW))


def test_a_device_that_hangs_nowhere_says_nothing() -> None:
    assert truth(said(120, "9", sensor="S9")) == truth()


def test_a_rule_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="rule warm: nothing is known here of the kind 'mkt'; known: limit"):
        truth(site=SITE.replace("id: warm, kind: limit", "id: warm, kind: mkt"))


# --- the command ---

FAULTS = [{"fault": "door-ajar", "at": "ROOM", "from": "2h", "to": "4h"}]


def run(*arguments: str) -> None:
    done = CliRunner().invoke(cli, ["scenario", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_command_writes_site_and_truth_the_same_every_time(tmp_path: Path) -> None:
    scenario = str(written(tmp_path, faults=FAULTS))
    for name in ("a", "b"):
        run(scenario, "--site", str(tmp_path / f"{name}.yaml"), "--truth", str(tmp_path / f"{name}.json"))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert 'from: "2026-03-02T01:00:00Z"' in (tmp_path / "a.yaml").read_text()
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["until"] == "2026-03-02T06:00:00Z"
    assert [hold["unit"] for hold in found["holds"]] == ["P1"]


def test_the_command_sends_every_message(tmp_path: Path) -> None:
    with embedded_broker() as url, Listener(url) as listener:
        run(str(written(tmp_path)), "--mqtt", url)
        listener.wait(144)
        assert {json.loads(payload)["device"] for payload in listener.payloads} == {"S1", "S2"}


def test_the_command_begins_when_it_is_told(tmp_path: Path) -> None:
    run(str(written(tmp_path)), "--start", "2026-05-01T00:00:00Z", "--site", str(tmp_path / "s.yaml"))
    assert 'from: "2026-05-01T01:00:00Z"' in (tmp_path / "s.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--api", "127.0.0.1:8000"), "--api needs --token-file"),
        (("--start", "soon"), "no RFC 3339 time with a zone: 'soon'"),
        (("--speed", "0"), "'0' is neither a number above 0 nor the word max"),
    ],
)
def test_wrong_use_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(cli, ["scenario", str(written(tmp_path)), *options])
    assert done.exit_code == 2 and said in done.output


def test_a_site_file_that_is_missing_is_named(tmp_path: Path) -> None:
    scenario = written(tmp_path)
    (tmp_path / "site.yaml").unlink()
    with pytest.raises(InputError, match=r"site: .*site\.yaml cannot be read: No such file"):
        CliRunner().invoke(cli, ["scenario", str(scenario)], catch_exceptions=False)
