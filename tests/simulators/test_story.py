"""The demonstration's story: what the site file makes of it, whenever it starts."""

import json
from itertools import takewhile
from typing import Any

import pytest

from domain.numbers import parse_value
from rules import plain
from simulators.demo.gateways import Gateways
from simulators.demo.play import ALLOWED, HOLD_AFTER
from simulators.demo.site import render
from simulators.demo.stock import PLAN
from simulators.demo.story import DEVICES, INTERVAL_S, Story
from simulators.times import HOUR, MINUTE, SECOND, format_time, parse_time
from sites.build import build
from sites.file import load
from sites.readings import Row

START = parse_time("2026-03-29T00:30:00Z")
HOLD_AT = START + HOLD_AFTER
LATEST = START + 45 * MINUTE


class Heard:
    """Keeps what gateways publish."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, json.loads(payload)))


@pytest.fixture(scope="module")
def messages() -> list[tuple[str, dict[str, Any]]]:
    heard = Heard()
    count = Gateways(Story(), START, HOLD_AT - ALLOWED).publish_due(heard, LATEST)
    assert count == len(heard.messages)
    return heard.messages


def judged(messages: list[tuple[str, dict[str, Any]]], until: int) -> dict[str, Any]:
    """What the plain judgement says with all that was carried until then."""
    text = render(START)
    for seconds, path, body in PLAN:
        at = START + seconds * SECOND
        if at <= until:
            text = carried(text, path, dict(body), format_time(at))
    site = build(load(text, "site.yaml"))
    rows = [
        Row(payload["device"], "temperature", parse_time(payload["ts"]), parse_value(str(payload["temp"])))
        for _, payload in messages
    ]
    return plain.judge(site, rows, until)


def carried(text: str, path: str, body: dict[str, Any], at: str) -> str:
    """The site file after a placement or a move."""
    lines = text.splitlines()
    if path == "/placements/move":
        [number] = [i for i, line in enumerate(lines) if f"unit: {body['unit']}," in line]
        lines[number] = lines[number].replace("}", f', to: "{at}"}}')
    first = lines.index("placements:")
    fields = {name: value for name, value in body.items() if value is not None} | {"from": f'"{at}"'}
    lines.insert(first + 1, f"  - {{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}")
    return "\n".join(lines)


def held(answer: dict[str, Any]) -> list[tuple[str, str, str | None, str]]:
    return [
        (batch["product"], batch["lot"], unit["unit"], fired["at"])
        for batch in answer["batches"]
        for unit in batch["units"]
        for fired in unit["fired"]
        if fired["action"] == "hold"
    ]


def test_until_the_hour_is_over_nothing_is_held_and_then_exactly_what_stands_in_the_warm_room(
    messages: list[tuple[str, dict[str, Any]]],
) -> None:
    assert held(judged(messages, HOLD_AT - 1)) == []
    at = format_time(HOLD_AT)
    assert held(judged(messages, HOLD_AT)) == [
        ("INS", "B201", None, at),
        ("VAX", "A101", "PALLET-1", at),
        ("VAX", "A101", "PALLET-2", at),
        ("VAX", "A102", "PALLET-3", at),
    ]


def test_nothing_more_is_held_later_and_the_room_gets_cold_again(messages: list[tuple[str, dict[str, Any]]]) -> None:
    answer = judged(messages, LATEST)
    assert len(held(answer)) == 4
    last = [found for found in answer["excursions"] if found["location"] == "COLD-1"][-1]
    assert last["from"] == format_time(HOLD_AT - ALLOWED)
    assert last["to"] is not None


def test_excursions_of_the_truck_are_short(messages: list[tuple[str, dict[str, Any]]]) -> None:
    """So that there is something to see that did not fire."""
    truck = [found for found in judged(messages, LATEST)["excursions"] if found["location"] == "TRUCK-1"]
    assert truck and all(found["fired_at"] is None for found in truck)


def test_the_history_is_a_day_long_and_in_order(messages: list[tuple[str, dict[str, Any]]]) -> None:
    times = [parse_time(payload["ts"]) for _, payload in messages]
    assert times == sorted(times)
    assert START - 24 * HOUR <= times[0] < START - 24 * HOUR + INTERVAL_S * SECOND
    history = list(takewhile(lambda at: at <= START, times))
    assert len(history) == pytest.approx(len(DEVICES) * 24 * 3600 / INTERVAL_S, abs=len(DEVICES))


def test_each_place_has_its_gateway(messages: list[tuple[str, dict[str, Any]]]) -> None:
    assert {(topic, payload["device"]) for topic, payload in messages} == {
        (f"demo/{device.chamber}/readings", device.name) for device in DEVICES
    }


def test_the_story_is_the_same_every_time() -> None:
    first, second = (list(zip(range(500), Story(), strict=False)) for _ in range(2))
    assert first == second


def test_knocking_publishes_the_same_reading_again_and_loses_none() -> None:
    heard = Heard()
    gateways = Gateways(Story(), START, HOLD_AT - ALLOWED)
    assert gateways.knock(heard) == gateways.knock(heard)
    gateways.publish_due(heard, START - 23 * HOUR)
    assert heard.messages[0] == heard.messages[1] == heard.messages[2] != heard.messages[3]
