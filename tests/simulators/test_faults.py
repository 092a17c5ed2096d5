"""What each fault does to what is measured and to what is sent."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulators.faults import FAULTS
from simulators.scenario.messages import Sent, messages
from simulators.scenario.performance import Performance
from simulators.times import SECOND, parse_time
from tests.simulators.scenes import SMALL, scene

START = parse_time("2026-03-02T00:00:00Z")
HOUR_S = 3600


def sent(folder: Path, *faults: dict[str, Any], **changes: Any) -> list[Sent]:
    return Performance(scene(folder, faults=list(faults), **changes), START).sent


def shown(messages: list[Sent], device: str = "S1", quantity: str = "temperature") -> dict[int, float | None]:
    """What a device claims to have measured at each second; the first value that came counts."""
    found: dict[int, float | None] = {}
    for each in messages:
        for said in each.says:
            if (said.device, said.quantity) == (device, quantity):
                assert said.at is not None
                found.setdefault((said.at - START) // SECOND, None if said.value is None else float(said.value))
    return found


def values(messages: list[Sent], since: float, until: float, device: str = "S1") -> list[float | None]:
    """What was measured between two hours."""
    return [v for s, v in sorted(shown(messages, device).items()) if since * HOUR_S <= s < until * HOUR_S]


def warmest(messages: list[Sent], since: float, until: float) -> float:
    return max(v for v in values(messages, since, until) if v is not None)


def test_without_faults_all_is_well(tmp_path: Path) -> None:
    assert 4 < warmest(sent(tmp_path), 0, 6) < 6.5


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "door-ajar", "at": "ROOM", "opened": 0.8},
        {"fault": "compressor-failure", "at": "ROOM"},
        {"fault": "power-cut", "at": "ROOM"},
    ],
)
def test_what_happens_to_a_chamber_warms_it_while_it_lasts(tmp_path: Path, fault: dict[str, Any]) -> None:
    messages = sent(tmp_path, fault | {"from": "1h", "to": "2h30min"})
    assert warmest(messages, 0, 1) < 6.5 < 7.9 < warmest(messages, 2, 2.6)
    assert warmest(messages, 5, 6) < 6.5


def test_a_power_cut_silences_the_gateway_on_the_same_mains_for_good(tmp_path: Path) -> None:
    cut = {"fault": "power-cut", "at": "ROOM", "from": "1h", "to": "2h", "gateway": "gw"}
    messages = sent(tmp_path, cut)
    assert values(messages, 1, 2) == []
    assert len(values(messages, 2, 3)) == 12


def test_an_unplugged_probe_has_no_value(tmp_path: Path) -> None:
    messages = sent(tmp_path, {"fault": "probe-unplugged", "at": "S1", "from": "1h", "to": "2h"})
    assert values(messages, 1, 2) == [None] * 12
    assert None not in values(messages, 0, 1) + values(messages, 2, 6) + values(messages, 0, 6, "S2")


def test_a_stuck_probe_repeats_itself_as_new(tmp_path: Path) -> None:
    messages = sent(tmp_path, {"fault": "stuck-probe", "at": "S1", "from": "1h", "to": "3h"})
    assert len(values(messages, 1, 3)) == 24 and set(values(messages, 1, 3)) == {values(messages, 0, 1)[-1]}
    assert len(set(values(messages, 3, 6))) > 3


def test_a_drifting_probe_goes_away_from_the_truth_and_back_when_it_is_replaced(tmp_path: Path) -> None:
    messages = sent(tmp_path, {"fault": "drifting-probe", "at": "S1", "from": "1h", "to": "5h", "kelvin_per_hour": 2.0})
    healthy = sent(tmp_path)
    late = zip(values(messages, 4.5, 5), values(healthy, 4.5, 5), strict=True)
    assert all(drifted is not None and right is not None and 6.9 < drifted - right < 8.1 for drifted, right in late)
    assert values(messages, 5, 6) == values(healthy, 5, 6)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_gateway_that_buffers_brings_all_of_an_outage_afterwards(tmp_path: Path, newest_first: bool) -> None:
    outage = {"fault": "gateway-outage", "at": "gw", "from": "1h", "to": "2h", "newest_first": newest_first}
    messages = sent(tmp_path, outage)
    assert shown(messages) == shown(sent(tmp_path))
    late = [each.says[0].at or 0 for each in messages if each.second == 2 * HOUR_S]
    assert len(late) >= 24
    assert not [each for each in messages if 1 * HOUR_S <= each.second < 2 * HOUR_S]
    backfill = [at for at in late if at < START + 2 * HOUR_S * SECOND]
    assert backfill == sorted(backfill, reverse=newest_first)


def test_one_that_does_not_loses_it(tmp_path: Path) -> None:
    outage = {"fault": "gateway-outage", "at": "gw", "from": "1h", "to": "2h"}
    forgetful = [SMALL["gateways"][0] | {"buffers": False}]
    assert values(sent(tmp_path, outage, gateways=forgetful), 1, 2) == []


def test_a_skewed_clock_moves_what_it_stamps(tmp_path: Path) -> None:
    skewed = shown(sent(tmp_path, {"fault": "clock-skew", "at": "gw", "from": "1h", "to": "2h", "by": "-7min"}))
    right = shown(sent(tmp_path))
    moved = {second - 420 if HOUR_S <= second < 2 * HOUR_S else second: value for second, value in right.items()}
    assert skewed == moved


def test_duplicates_are_the_same_bytes_once_more_and_later(tmp_path: Path) -> None:
    fault = {"fault": "duplicates", "at": "gw", "from": "0s", "to": "6h", "share": 0.5, "after": "11min"}
    messages, once = sent(tmp_path, fault), sent(tmp_path)
    assert {each.payload for each in messages} == {each.payload for each in once}
    assert 0.3 * len(once) < len(messages) - len(once) < 0.7 * len(once)
    times: dict[bytes, list[int]] = {}
    for each in messages:
        times.setdefault(each.payload, []).append(each.second)
    assert {b[1] - b[0] for b in times.values() if len(b) == 2} == {660}


def test_reordering_loses_nothing_and_sends_nothing_before_it_was_measured(tmp_path: Path) -> None:
    messages = sent(tmp_path, {"fault": "reordering", "at": "gw", "from": "0s", "to": "6h", "over": "30min"})
    assert sorted(each.payload for each in messages) == sorted(each.payload for each in sent(tmp_path))
    stamps = [each.says[0].at or 0 for each in messages]
    assert stamps != sorted(stamps)
    assert all(at <= START + each.second * SECOND for at, each in zip(stamps, messages, strict=True))


def test_faults_of_one_gateway_add_up(tmp_path: Path) -> None:
    outage = {"fault": "gateway-outage", "at": "gw", "from": "1h", "to": "2h"}
    twice = {"fault": "duplicates", "at": "gw", "from": "2h", "to": "2h1min", "share": 1.0, "after": "1s"}
    messages = sent(tmp_path, outage, twice)
    assert len([each for each in messages if each.second == 2 * HOUR_S + 1]) >= 24


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_nothing_before_it_begins(tmp_path: Path, name: str) -> None:
    more: dict[str, Any] = {"clock-skew": {"by": "1h"}, "drifting-probe": {"kelvin_per_hour": 1}}.get(name, {})
    at = next(at for at in ("ROOM", "S1", "gw") if at in kinds_of(name))
    fault = {"fault": name, "at": at, "from": "3h", "to": "4h", **more}
    before = [each for each in sent(tmp_path, fault) if each.second < 3 * HOUR_S]
    assert before == [each for each in sent(tmp_path) if each.second < 3 * HOUR_S]


def kinds_of(name: str) -> str:
    return {"chambers": "ROOM", "probes": "S1", "gateways": "gw"}[FAULTS[name].__module__.rpartition(".")[2]]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    fault = {"fault": "duplicates", "at": "gw", "from": "0s", "to": "6h"}
    assert sent(tmp_path, fault) == sent(tmp_path, fault)
    assert sent(tmp_path, fault) != sent(tmp_path, fault, seed=2)


def test_another_probe_changes_nothing_for_the_others(tmp_path: Path) -> None:
    more = [*SMALL["probes"], {"device": "S3", "in": "ROOM", "every": "5min"}]
    gateways = [SMALL["gateways"][0] | {"hears": ["S1", "S2", "S3"]}]
    assert shown(sent(tmp_path, probes=more, gateways=gateways)) == shown(sent(tmp_path))


def test_a_gateway_that_collects_sends_all_at_once(tmp_path: Path) -> None:
    collecting = [SMALL["gateways"][0] | {"says": "json-nested", "every": "15min"}]
    messages = sent(tmp_path, gateways=collecting)
    assert {each.second % 900 for each in messages} == {0}
    assert {len(json.loads(each.payload)["readings"]) for each in messages} <= {5, 6, 2, 1}
    assert shown(messages) == shown(sent(tmp_path))


def test_a_hurried_probe_reports_oftener_from_then_on(tmp_path: Path) -> None:
    hurried = [SMALL["probes"][0] | {"hurried": {"from": "5h", "every": "10s"}}, SMALL["probes"][1]]
    found = sent(tmp_path, probes=hurried)
    assert len(values(found, 4, 5)) == 12 and len(values(found, 5, 6)) == 360


def test_what_comes_after_the_end_goes_on_where_it_was(tmp_path: Path) -> None:
    performance = Performance(scene(tmp_path), START)
    longer = Performance(scene(tmp_path, lasts="8h"), START)
    endless = performance.endless()
    assert [next(endless) for _ in longer.sent] == longer.sent


def test_messages_are_in_the_order_in_which_they_are_sent(tmp_path: Path) -> None:
    scenario = scene(tmp_path)
    seconds = [each.second for each in messages(scenario, [], START)]
    assert seconds == []
    seconds = [each.second for each in sent(tmp_path)]
    assert seconds == sorted(seconds)
