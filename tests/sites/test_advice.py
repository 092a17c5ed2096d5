"""Warnings about profiles: a rule is without effect only if another one surely says the same or more before it."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.times import MINUTE, parse_instant
from sites.advice import advice
from sites.cases.case import Case, Expected, Stay
from sites.cases.notation import Reading, SensorSeries
from sites.cases.trial import answer_of
from sites.convert import profile
from sites.file import load
from tests.thrift import examples

HEAD = "id: p, version: 1, effective_from: 2026-01-01T00:00:00Z, rules: "


def said(*rules: str) -> list[str]:
    numbered = ", ".join(f"{{id: r{i}, {rule}}}" for i, rule in enumerate(rules))
    entries = load(f"profiles: [{{{HEAD}[{numbered}]}}]", "S.yaml")
    return [f"{each.rule}: {each.text}" for each in advice(profile(entry.doc) for entry in entries)]


def idle(rule: int, because_of: int) -> list[str]:
    text = f'never makes a difference: whenever it fires, "r{because_of}" has fired, and says no less'
    return [f"{rule}: {text}"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("kind: limit, above: 8, for: 1h, action: hold", "kind: limit, above: 10, for: 2h, action: review"),
        ("kind: limit, above: 8, for: 1h", "kind: limit, above: 8, for: 1h"),
        ("kind: limit, at_or_above: 8", "kind: limit, above: 8"),
        ("kind: limit, above: 8, deadband: 1", "kind: limit, above: 8"),
        ("kind: limit, below: 2", "kind: limit, below: 1, deadband: 1"),
        ("kind: limit, above: 8", "kind: limit, above: 8, at_or_below: 25"),
        ("kind: limit, above: 8", "kind: cumulative, above: 8, total: 1h"),
        ("kind: limit, above: 8", "kind: mkt, above: 8, window: 24h"),
        ("kind: cumulative, above: 8, total: 1h", "kind: limit, above: 8, for: 1h"),
        ("kind: cumulative, above: 8, total: 1h", "kind: cumulative, above: 9, total: 1h, window: 1d"),
        ("kind: cumulative, above: 8, total: 1h, window: 1d", "kind: cumulative, above: 8, total: 1h, window: 12h"),
        ("kind: cumulative, above: 8, total: 1h", "kind: cumulative, above: 8, total: 2h, at_kinds: [truck]"),
        ("kind: cumulative, above: 8, total: 2h", "kind: cumulative, above: 5, total: 3h, within: r0"),
        ("kind: mkt, above: 8, window: 24h", "kind: mkt, above: 9, window: 24h"),
        ("kind: silence, after: 1h", "kind: silence, after: 2h"),
        ("kind: silence, quantity: temperature, after: 1h", "kind: silence, after: 1h"),
        ("kind: gap, total: 1h", "kind: gap, total: 2h, window: 1d"),
        ("kind: stuck, resolution: 0.2, for: 2h", "kind: stuck, for: 3h"),
        ("kind: rate, rise: 1, per: 10min, window: 30min", "kind: rate, rise: 6, window: 30min, for: 10min"),
        ("kind: spread, by: 1", "kind: spread, by: 2, for: 1h"),
        ("kind: dew, margin: 2, surface: 5", "kind: dew, margin: 1, surface: 5"),
        ("kind: life, table: VVM7, left: 0.2", "kind: life, table: VVM7"),
    ],
)
def test_a_rule_that_another_always_goes_before_is_warned_of(first: str, second: str) -> None:
    assert said(first, second) == idle(1, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("kind: limit, above: 8, for: 1h, action: review", "kind: limit, above: 10, for: 2h, action: hold"),
        ("kind: limit, above: 8, for: 1h, severity: info", "kind: limit, above: 10, for: 2h, severity: critical"),
        ("kind: limit, above: 8, for: 3h", "kind: limit, above: 10, for: 2h"),
        ("kind: limit, above: 8", "kind: limit, below: 2"),
        ("kind: limit, above: 8", "kind: limit, quantity: humidity, above: 60"),
        ("kind: limit, above: 8", "kind: limit, above: 7.5, for: 1h, deadband: 1"),
        ("kind: limit, above: 8, for: 1min", "kind: cumulative, above: 8, total: 1h"),
        ("kind: limit, above: 8.5", "kind: mkt, above: 8, window: 24h"),
        ("kind: cumulative, above: 8, total: 2h", "kind: limit, above: 8, for: 1h"),
        ("kind: silence, quantity: humidity, after: 1h", "kind: silence, quantity: temperature, after: 2h"),
        ("kind: silence, after: 1h", "kind: silence, quantity: temperature, after: 2h"),
        ("kind: gap, total: 1h, window: 1d", "kind: gap, total: 2h"),
        ("kind: gap, total: 1h", "kind: gap, quantity: temperature, total: 2h"),
        ("kind: stuck, resolution: 0.1, for: 2h", "kind: stuck, resolution: 0.2, for: 3h"),
        ("kind: rate, rise: 5, window: 30min", "kind: rate, rise: 6, window: 20min"),
        ("kind: rate, rise: 5, window: 30min", "kind: rate, fall: 6, window: 30min"),
        ("kind: spread, by: 2", "kind: spread, by: 1, for: 1h"),
        ("kind: dew, margin: 2, surface: 5", "kind: dew, margin: 1"),
        ("kind: life, table: VVM7, left: 0.2", "kind: life, table: VVM14, left: 0.1"),
        ("kind: mkt, above: 8, window: 24h", "kind: mkt, above: 8, window: 48h"),
        ("kind: mkt, above: 8, window: 24h, floor: 2", "kind: mkt, above: 9, window: 24h"),
        ("kind: cumulative, above: 8, total: 2h", "kind: cumulative, above: 5, total: 3h"),
        ("kind: cumulative, above: 8, total: 1h, at_kinds: [truck]", "kind: cumulative, above: 8, total: 2h"),
        ("kind: cumulative, above: 8, total: 1h, at_kinds: [truck]", "kind: limit, above: 8, for: 2h"),
    ],
)
def test_a_rule_that_may_come_first_or_say_more_is_not(first: str, second: str) -> None:
    assert said(first, second) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("kind: limit, above: 10, for: 2h", "kind: limit, above: 8, for: 1h"),
        ("kind: limit, above: 8, at_or_below: 25", "kind: limit, above: 8"),
        ("kind: cumulative, above: 8, total: 1h, window: 12h", "kind: cumulative, above: 8, total: 1h, window: 1d"),
        ("kind: cumulative, above: 8, total: 1h, window: 1d", "kind: cumulative, above: 8, total: 1h"),
    ],
)
def test_the_rule_without_effect_may_stand_first(first: str, second: str) -> None:
    assert said(first, second) == idle(0, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [("above: 2", "below: 8"), ("at_or_below: 5", "at_or_above: 5"), ("at_or_below: 5", "above: 5")],
)
def test_limits_that_no_value_keeps_are_warned_of(first: str, second: str) -> None:
    assert said(f"kind: limit, {first}", f"kind: limit, {second}") == ['1: no temperature is inside both this and "r0"']


def test_limits_that_one_value_keeps_are_not() -> None:
    assert said("kind: limit, above: 5", "kind: limit, below: 5") == []
    assert said("kind: limit, above: 2", "kind: limit, quantity: humidity, below: 8") == []


def test_a_later_version_that_takes_effect_earlier_is_warned_of() -> None:
    rule = "{id: r, kind: silence, after: 1h}"
    text = "profiles:\n" + "\n".join(
        f"  - {{id: p, version: {number}, effective_from: {day}T00:00:00Z, rules: [{rule}]}}"
        for number, day in ((1, "2026-02-01"), (2, "2026-01-01"), (3, "2026-03-01"))
    )
    found = list(advice(profile(entry.doc) for entry in load(text, "S.yaml")))
    assert [(each.version, each.rule, each.text) for each in found] == [
        (2, None, "takes effect before version 1, at 2026-01-01T00:00:00Z")
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "kind: limit, above: 60",
        "kind: limit, below: -40",
        "kind: limit, above: 60, at_or_below: 80",
        "kind: cumulative, at_or_above: 60.1, total: 1h",
        "kind: mkt, above: 60, window: 1d",
    ],
)
def test_a_rule_of_values_that_are_taken_for_faults_never_fires(rule: str) -> None:
    doubt = "kind: plausible, from: -40, to: 60"
    assert said(rule, doubt) == ['0: never fires: "r1" takes every such value for a fault']


@pytest.mark.parametrize("rule", ["kind: limit, at_or_above: 60", "kind: limit, quantity: humidity, above: 70"])
def test_a_rule_of_values_of_which_some_are_plausible_may_fire(rule: str) -> None:
    assert said(rule, "kind: plausible, from: -40, to: 60") == []


def test_a_budget_that_counts_at_no_place_there_is_is_warned_of_with_the_nearest_kind() -> None:
    rule = "{id: r, kind: cumulative, above: 8, total: 1h, at_kinds: [trcuk, room]}"
    [entry] = load(f"profiles: [{{{HEAD}[{rule}]}}]", "S.yaml")
    found = [each.text for each in advice([profile(entry.doc)], {"truck", "room"})]
    assert found == ['no location here is of kind "trcuk" (did you mean "truck"?)']
    assert list(advice([profile(entry.doc)])) == []


def test_a_profile_without_rules_is_warned_of() -> None:
    assert said() == ["None: has no rules: nothing is ever asked by it"]


bounds = st.sampled_from(
    ["above: 8", "at_or_above: 8", "above: 9", "above: 8, at_or_below: 9", "above: 8, deadband: 1"]
)
times = st.sampled_from(["5min", "10min", "20min"])
a_rule = st.one_of(
    st.builds("kind: limit, {}, for: {}".format, bounds, st.one_of(st.just("0min"), times)),
    st.builds("kind: cumulative, {}, total: {}".format, bounds, times),
    st.builds("kind: cumulative, {}, total: {}, window: {}".format, bounds, times, st.sampled_from(["20min", "40min"])),
    st.builds("kind: mkt, above: {}, window: 10min".format, st.sampled_from(["8", "8.5"])),
    st.builds("kind: silence, {}after: {}".format, st.sampled_from(["", "quantity: temperature, "]), times),
    st.builds("kind: gap, total: {}, window: {}".format, times, st.sampled_from(["20min", "40min"])),
    st.builds("kind: stuck, resolution: {}, for: {}".format, st.sampled_from(["0", "0.5", "1"]), times),
    st.builds("kind: rate, rise: {}, window: 5min, for: {}".format, st.sampled_from(["6", "12"]), times),
    st.builds("kind: life, table: [5 = 3h, 25 = 10min], left: {}".format, st.sampled_from(["0.5", "0.9"])),
)
START = parse_instant("2026-01-01T00:00:00Z")


def fired(rules: tuple[str, str], values: list[float | None]) -> dict[str, list[str]]:
    """Return when each rule fired on a reading a minute."""
    numbered = ", ".join(f"{{id: r{i}, {rule}}}" for i, rule in enumerate(rules))
    version = profile(load(f"profiles: [{{{HEAD}[{numbered}]}}]", "S.yaml")[0].doc)
    numbers = [None if value is None else round(value * 1_000_000) for value in values]
    heard = SensorSeries(tuple(Reading(i * MINUTE, number) for i, number in enumerate(numbers)), len(values) * MINUTE)
    place = {("S1", "temperature"): heard}, {"S1": "PLACE"}, (Stay("PLACE", START, None),)
    answer = answer_of(Case("n", 1, (version,), START, START + heard.end, *place, {}, Expected()))
    return {f"r{i}": [firing["at"] for firing in answer["fired"] if firing["rule"] == f"r{i}"] for i in range(2)}


# Few pairs of rules are such that one of them has no effect.
@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.filter_too_much])
@given(st.tuples(a_rule, a_rule), st.lists(st.sampled_from([5, 7.5, 8, 8.5, 9, 9.5, None]), min_size=10, max_size=60))
def test_whenever_a_rule_without_effect_fires_the_other_has_fired(
    rules: tuple[str, str], values: list[float | None]
) -> None:
    warned = said(*rules)
    assume(len(warned) == 1 and "never makes a difference" in warned[0])
    idle_one, other = ("r0", "r1") if warned[0].startswith("0") else ("r1", "r0")
    found = fired(rules, values)
    assert not found[idle_one] or (found[other] and found[other][0] <= found[idle_one][0])
