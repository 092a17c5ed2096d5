"""What a trial comes to, from readings in memory: held against judging with the version applied."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model import ProfileVersion
from domain.times import MINUTE
from ledger.backtest.judging import Judging, Readings
from ledger.backtest.outcome import report
from ledger.backtest.trial import Trial, trial
from rules import batch_judge
from rules.series.series import Series
from sites.build import build
from sites.convert import profile
from sites.file import load
from sites.rows import Row
from tests.ledger.stage import SITE, START, minute
from tests.thrift import examples

SITE_NOW = build(load(SITE, "S.yaml"))
Value = float | None


def version(*rules: str, number: int = 2) -> ProfileVersion:
    head = f"id: cold, version: {number}, effective_from: 2030-01-01T00:00:00Z"
    return profile(load(f"profiles: [{{{head}, rules: [{', '.join(rules)}]}}]", "P.yaml")[0].doc)


def warm(above: float = 8, after: str = "10min", action: str = "hold") -> str:
    return f"{{id: too-warm, kind: limit, above: {above}, for: {after}, severity: critical, action: {action}}}"


def backtest(tried: Trial, values: dict[str, Sequence[Value]], most: int = 10**6) -> dict[str, Any]:
    """Try on a reading a minute of each sensor."""

    def load_series(sensor: str, quantity: str) -> Series:
        said = values.get(sensor, ()) if quantity == "temperature" else ()
        numbers = [None if each is None else round(each * 1_000_000) for each in said]
        return Series([START + i * MINUTE for i in range(len(said))], numbers)

    readings = Readings(load_series, most)
    found = list(Judging(tried, readings).compared())
    return report(tried, found, readings.count, None)


ROOM_1 = {"S1": [5] * 10 + [9] * 15 + [5] * 35, "S2": [5] * 60}


def test_a_longer_delay_lets_batches_through_and_says_what_would_not_fire() -> None:
    answer = backtest(trial(SITE_NOW, [version(warm(after="20min"))], until=minute(60)), ROOM_1)
    assert answer["batches"] == {
        "judged": 2,
        "changed": [{"product": "VAX", "lot": "A1", "before": "hold", "after": "ok"}],
    }
    assert [each["unit"] for each in answer["units"]["changed"]] == ["P1", "P2"]
    assert [each["location"] for each in answer["places"]["changed"]] == ["ROOM-1"]
    assert (answer["alarms"]["before"], answer["alarms"]["after"]) == (1, 0)
    gone = answer["would_not_fire"]
    assert {(each["location"], each["unit"]) for each in gone} == {("ROOM-1", None), (None, "P1"), (None, "P2")}
    assert {each["at"] for each in gone} == {"2026-01-01T00:20:00Z"}
    assert gone[0]["sentence"].startswith("too-warm: above 8.0 °C for 15 min from 2026-01-01 00:10 UTC")
    assert (answer["would_fire"], answer["at_another_time"]) == ([], [])


def test_a_lower_limit_catches_what_was_missed() -> None:
    answer = backtest(trial(SITE_NOW, [version(warm(above=4.5))], until=minute(60)), ROOM_1)
    assert [each["lot"] for each in answer["batches"]["changed"]] == ["A2"]
    assert {each["lot"] or each["location"] for each in answer["would_fire"]} == {"A2", "ROOM-2"}
    # the same excursion, longer: it fires at its tenth minute already
    moved = answer["at_another_time"]
    assert {(each["was_at"], each["at"]) for each in moved} == {("2026-01-01T00:20:00Z", "2026-01-01T00:10:00Z")}
    assert answer["alarms"] | {"more_a_day": 0} == {"days": 0.04, "before": 1, "after": 2, "more_a_day": 0}
    assert answer["alarms"]["more_a_day"] == 24.0


def test_the_same_rules_change_nothing() -> None:
    stored = SITE_NOW.profiles["cold"][0]
    answer = backtest(trial(SITE_NOW, [stored], until=minute(60)), ROOM_1)
    assert [answer[what]["changed"] for what in ("batches", "units", "places")] == [[], [], []]
    assert answer["alarms"]["before"] == answer["alarms"]["after"] == 1
    assert [answer[what] for what in ("would_fire", "would_not_fire", "at_another_time")] == [[], [], []]
    assert answer["tried"] == [{"profile": "cold", "version": 1, "instead_of": [1]}]


def test_from_an_instant_on_only_what_fires_then_is_compared() -> None:
    answer = backtest(trial(SITE_NOW, [version(warm(after="20min"))], since=minute(30), until=minute(60)), ROOM_1)
    assert answer["from"] == "2026-01-01T00:30:00Z"
    assert answer["units"]["changed"] == []  # what fired before is on record
    assert answer["would_not_fire"] == []


def test_an_action_that_changes_is_told_though_the_time_is_the_same() -> None:
    answer = backtest(trial(SITE_NOW, [version(warm(action="review"))], until=minute(60)), ROOM_1)
    assert [each["after"] for each in answer["batches"]["changed"]] == ["review"]
    assert {(each["was_action"], each["action"]) for each in answer["at_another_time"]} == {("hold", "review")}


def test_readings_that_do_not_fit_are_loaded_again_and_counted_once() -> None:
    tried = trial(SITE_NOW, [version(warm(above=4.5))], until=minute(60))
    assert backtest(tried, ROOM_1, most=1) == backtest(tried, ROOM_1)
    assert backtest(tried, ROOM_1, most=1)["readings"] == 120


KINDS = (
    "{id: quiet, kind: silence, after: 7min, action: review}",
    "{id: sum, kind: cumulative, above: 8, total: 9min, window: 20min, action: review}",
    "{id: mean, kind: mkt, above: 8, window: 20min, action: review}",
    "{id: fast, kind: rate, rise: 1, per: 5min, window: 10min, action: review}",
    "{id: dark, kind: gap, total: 5min, action: review}",
    "{id: mad, kind: plausible, from: 0, to: 8.5, action: review}",
)
values = st.lists(st.one_of(st.sampled_from([4.0, 8.0, 8.1, 9.0]), st.none()), max_size=50)


@settings(max_examples=examples(60), deadline=None)
@given(
    s1=values,
    s2=values,
    above=st.sampled_from([4.5, 8, 8.5]),
    after=st.sampled_from(["0min", "5min", "20min"]),
    since=st.one_of(st.none(), st.integers(1, 40)),
    more=st.lists(st.sampled_from(KINDS), unique=True),
)
def test_the_verdicts_are_those_of_the_version_applied(
    s1: list[Value], s2: list[Value], above: float, after: str, since: int | None, more: list[str]
) -> None:
    given_version = version(warm(above, after), *more)
    tried = trial(SITE_NOW, [given_version], since=None if since is None else minute(since), until=minute(50))
    readings = {"S1": s1, "S2": s2}
    answer = backtest(tried, readings)
    rows = [
        Row(sensor, "temperature", START + i * MINUTE, None if value is None else round(value * 1_000_000))
        for sensor, said in readings.items()
        for i, value in enumerate(said)
    ]
    first = tried.after.profiles["cold"][-1].effective_from
    applied = (*(() if since is None else SITE_NOW.profiles["cold"]), replace(given_version, effective_from=first))
    before = batch_judge.judge(SITE_NOW, rows, minute(50))
    judged = batch_judge.judge(replace(SITE_NOW, profiles={"cold": applied}), rows, minute(50))
    expected = [
        {"product": old["product"], "lot": old["lot"], "before": old["verdict"], "after": new["verdict"]}
        for old, new in zip(before["batches"], judged["batches"], strict=True)
        if old["verdict"] != new["verdict"]
    ]
    assert answer["batches"]["changed"] == expected


@given(st.sampled_from(["30min", "2h", "5h"]))
@settings(max_examples=examples(3))
def test_an_off_delay_joins_alarms_and_changes_nothing_that_is_judged(off_delay: str) -> None:
    values = {"S1": [5] * 10 + [9] * 15 + [5] * 150 + [9] * 15 + [5] * 30, "S2": [5] * 220}
    rule = warm()[:-1] + f", off_delay: {off_delay}}}"
    delayed, plainly = (
        backtest(trial(SITE_NOW, [version(each)], until=minute(220)), values) for each in (rule, warm())
    )
    joined = off_delay == "5h"
    assert (delayed["alarms"]["after"], plainly["alarms"]["after"]) == (1 if joined else 2, 2)
    assert {**delayed, "alarms": None} == {**plainly, "alarms": None}
