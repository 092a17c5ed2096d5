"""The demonstration's scenario: what must be found of it, whenever it starts."""

import json
from copy import copy
from functools import cache
from itertools import compress, tee
from operator import not_
from pathlib import Path
from typing import Any

import pytest

from simulators.demo.due import FRESH_S, Due, has_times
from simulators.demo.site_file import HISTORY, STARTING, depot
from simulators.errors import UnavailableError
from simulators.scenario.messages import Sent
from simulators.scenario.performance import Performance
from simulators.times import HOUR, MINUTE, SECOND, format_time, parse_time
from sites.build import build
from sites.file import load

STARTED = parse_time("2026-03-29T00:30:00Z")  # clocks go forward half an hour later
NOW = STARTED + STARTING
LATEST = NOW + 4 * MINUTE
IN_THE_WARM_ROOM = [
    ("VAX", "A101", "PALLET-1"),
    ("VAX", "A101-R", "CASE-1"),
    ("VAX", "A101-R", "CASE-2"),
    ("VAX", "A102", "PALLET-3"),
    ("VAX", "A102", "PALLET-4"),
]


@cache
def performance() -> Performance:
    """The same for all tests, with the messages of its day, which take a second to make."""
    made = depot(STARTED, "http://127.0.0.1:9/alerts", Path("hook.key"))
    (messages,) = tee(made.endless(), 1)
    made.endless = lambda: copy(messages)
    return made


@cache
def found(until: int) -> dict[str, Any]:
    """The truth of what has been sent by then."""
    start = performance().start
    sent = [each for each in performance().sent if start + each.second * SECOND <= until and has_times(each)]
    truth: dict[str, Any] = json.loads(performance().truth(sent, until, lambda second: start + second * SECOND))
    return truth


def units(holds: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(hold["product"], hold["lot"], hold["unit"]) for hold in holds]


def test_exactly_what_stands_in_the_warm_room_and_stood_there_yesterday_is_held() -> None:
    holds = found(LATEST)["holds"]
    assert units(holds) == IN_THE_WARM_ROOM
    assert {hold["rule"] for hold in holds} == {"warm-in-all"}


def test_it_is_held_soon_enough_for_whoever_opens_the_page_and_not_before() -> None:
    [at] = {parse_time(hold["at"]) for hold in found(LATEST)["holds"]}
    assert STARTED + MINUTE < at < STARTED + 100 * SECOND


def test_the_room_is_seen_to_get_warm() -> None:
    before, after = [e for e in found(LATEST)["excursions"] if e["location"] == "COLD-1"]
    assert before["to"] is not None and after["to"] is None
    assert NOW + 10 * SECOND < parse_time(after["from"]) < NOW + 30 * SECOND


def test_what_left_before_and_what_came_later_stays_free() -> None:
    verdicts = {(batch["lot"], unit["unit"]): unit for batch in found(LATEST)["batches"] for unit in batch["units"]}
    left, came = verdicts["A103", "PALLET-7"], verdicts["A104", "PALLET-9"]
    assert left["verdict"] == came["verdict"] == "ok"
    assert len([each for each in left["exposures"] if each["rule"] == "warm-in-all"]) == 1
    assert [each["to"] for each in came["exposures"]] == [None, None]  # it stands in the warmth


def test_the_only_problems_are_those_that_should_be_seen() -> None:
    said = [(p["place"], p["direction"], p["severity"], p["until"] is None) for p in found(LATEST)["problems"]]
    assert said == [
        ("COLD-1", "high", "warning", False),
        ("COLD-1", "high", "critical", True),
        ("FREEZER-2", "silent", "warning", True),
        ("TRUCK-1", "high", "warning", False),
    ]


def test_the_silent_freezer_is_noticed_after_the_history_is_told() -> None:
    [silent] = [p for p in found(LATEST)["problems"] if p["direction"] == "silent"]
    assert parse_time(silent["since"]) + 15 * MINUTE > NOW + 30 * SECOND


@pytest.mark.long
def test_the_room_gets_cold_again() -> None:
    end = NOW + 50 * MINUTE
    assert {e["to"] is None for e in found(end)["excursions"] if e["location"] == "COLD-1"} == {False}
    assert units(found(end)["holds"]) == IN_THE_WARM_ROOM


def test_its_site_file_is_a_good_one_and_small() -> None:
    site = build(load(performance().site_text, "site.yaml"))
    assert (len(site.sensors), len(site.products), len(site.batches)) == (13, 7, 11)
    assert len({(p.product, p.lot, p.unit) for p in site.placements}) == 20


class Heard:
    """Keeps what is published, by topic."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []

    def __call__(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))


def test_everything_is_sent_once_when_its_time_has_come() -> None:
    actions, heard = Due(performance()), Heard()
    counts = [actions.publish_due(heard, NOW + seconds * SECOND) for seconds in (-3600, 0, 5, 5, 10)]
    assert counts[3] == 0 and sum(counts) == len(heard.messages) == len(actions.sent)
    assert [each.payload for each in actions.sent] == [payload for _, payload in heard.messages]
    first, last = (performance().start + actions.sent[i].second * SECOND for i in (0, -1))
    assert first < NOW - HISTORY + 5 * MINUTE and NOW + 5 * SECOND <= last <= NOW + 10 * SECOND


def test_the_history_is_sent_the_newest_first() -> None:
    actions, heard = Due(performance()), Heard()
    assert actions.publish_history(heard, NOW) == len(actions.sent) == len(heard.messages)
    seconds = [each.second for each in actions.sent]
    assert seconds == sorted(seconds, reverse=True)


def test_however_late_it_is_sent_the_history_ends_after_its_24_hours_and_the_rest_comes_in_order() -> None:
    actions = Due(performance())
    count = actions.publish_history(Heard(), NOW + 80 * SECOND)
    history, day = actions.sent[:count], HISTORY // SECOND
    assert max(each.second for each in history) <= day and all(has_times(each) for each in history)
    actions.publish_due(Heard(), NOW + 80 * SECOND)
    seconds = [each.second for each in actions.sent[count:]]
    assert seconds == sorted(seconds) and day < seconds[0] < day + 6 < seconds[-1] <= day + 80


@pytest.mark.long
def test_however_little_of_the_history_has_come_nothing_is_held_for_a_moment() -> None:
    """The other way round the vaccines would be, in the middle of the warm half hour."""
    actions = Due(performance())
    actions.publish_history(Heard(), NOW)
    yesterday = performance().start + 9 * HOUR + 25 * MINUTE
    came = [performance().start + each.second * SECOND >= yesterday for each in actions.sent]
    newer = list(compress(actions.sent, came))
    older = list(compress(actions.sent, map(not_, came)))
    assert held_of(newer) == held_of(actions.sent) == []
    assert held_of(list(reversed(older))) != []


def held_of(sent: list[Sent]) -> list[Any]:
    """What must be held now of what has come of the vaccines' room."""
    room = [each for each in sent if has_times(each) and each.topic.startswith("demo/gw-cold-1/")]
    holds: list[Any] = json.loads(performance().truth(room, NOW, lambda second: NOW))["holds"]
    return holds


def test_what_says_no_time_is_sent_at_its_time_or_never() -> None:
    actions = Due(performance())
    actions.publish_due(Heard(), NOW)
    timeless = [each.second for each in actions.sent if not has_times(each)]
    assert timeless and min(timeless) >= HISTORY // SECOND - FRESH_S
    assert len(actions.sent) < len([each for each in performance().sent if each.second <= HISTORY // SECOND])


def test_knocking_sends_the_next_message_and_loses_none() -> None:
    actions, heard = Due(performance()), Heard()
    actions.knock(heard)
    actions.knock(heard)
    actions.publish_due(heard, NOW - 23 * HOUR)
    assert heard.messages[0] == heard.messages[1] == heard.messages[2] != heard.messages[3]


def test_moves_are_told_once_when_they_are_done_even_if_later() -> None:
    actions = Due(performance())
    told: list[tuple[str, Any]] = []
    for seconds in (0, 7, 8, 9, 300, 301):
        actions.tell_due(lambda path, body: told.append((path, body)), NOW + seconds * SECOND)
    assert [path for path, _ in told] == ["/placements/move", "/placements", "/placements"]
    assert told[0][1]["at"] == format_time(NOW + 8 * SECOND)


def test_what_could_not_be_told_is_told_again() -> None:
    actions = Due(performance())

    def away(path: str, body: object) -> None:
        raise UnavailableError("away")

    with pytest.raises(UnavailableError):
        actions.tell_due(away, NOW + 300 * SECOND)
    told: list[str] = []
    actions.tell_due(lambda path, body: told.append(path), NOW + 300 * SECOND)
    assert len(told) == len(actions.told) == 3


def test_a_message_of_several_readings_has_times_if_all_have() -> None:
    said = performance().sent[0].says[0]
    assert has_times(Sent(0, "g", b"", (said, said)))
    assert not has_times(Sent(0, "g", b"", (said, said._replace(at=None))))
