"""CONTRACTS 4.8 to 4.10: coverage, verdicts, and how numbers are printed."""

import json

import pytest

from tests.oracle.notation import (
    WARM,
    Judge,
    coverage,
    cumulative,
    exposures,
    heard,
    limit,
    minute,
    mkt,
    silence,
    site,
    unit,
    verdicts,
    version,
)
from tests.oracle.product import Entry

WET = limit("wet", quantity="humidity", above="60")


def test_coverage_is_known_time_over_time_under_watch(judge: Judge) -> None:
    answer = judge(site(version(WARM, max_gap="3min"), stays=["A ROOM 0..8"]), heard("5"), minute(60))
    assert coverage(answer) == "0.375, unknown 5 min, longest 5"


def test_time_is_known_while_all_quantities_that_rules_name_are(judge: Judge) -> None:
    rows = heard("5x4 !") + heard("_x2 50x8", quantity="humidity")
    assert coverage(judge(site(version(WARM, WET)), rows, None)) == "0.2222, unknown 7 min, longest 5"
    assert coverage(judge(site(version(WARM)), rows, None)) == "0.4444, unknown 5 min, longest 5"
    wet_total = cumulative(quantity="humidity", above="60", total="1h")
    assert coverage(judge(site(version(wet_total)), rows, None)) == "0.7778, unknown 2 min, longest 2"


def test_mkt_names_temperature_and_silence_names_nothing(judge: Judge) -> None:
    rows = heard("5x4 !") + heard("_x2 50x8", quantity="humidity")
    rules = mkt(above="8", window="1h"), silence(quantity="humidity", after="1h")
    assert coverage(judge(site(version(*rules)), rows, None)) == "0.4444, unknown 5 min, longest 5"


def test_the_longest_gap_goes_on_from_place_to_place(judge: Judge) -> None:
    where = site(version(WARM), stays=["A ROOM 0..2", "A DARK 2..4", "A ROOM 6..", "A DARK 8..9"])
    assert coverage(judge(where, heard("5x11"), None)) == "0.5, unknown 5 min, longest 4"


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        (["notify", "review", "hold"], "hold"),
        (["review", "notify"], "review"),
        (["notify"], "ok"),
        ([], "ok"),
    ],
)
def test_the_verdict_is_the_worst_action_that_fired(judge: Judge, actions: list[str], verdict: str) -> None:
    rules = [limit(f"r{i}", above="8", action=action) for i, action in enumerate(actions)]
    quiet = limit("quiet", above="20", action="hold")
    assert verdicts(judge(site(version(*rules, quiet)), heard("9x3"), None)) == [f"A {verdict}"]


@pytest.mark.parametrize(("least", "verdict"), [("0.4999", "ok"), ("0.5", "ok"), ("0.5001", "unknown")])
def test_a_verdict_is_unknown_below_the_least_coverage(judge: Judge, least: str, verdict: str) -> None:
    where = site(version(WARM, max_gap="5min", min_coverage=least))
    assert verdicts(judge(where, heard("5"), minute(10))) == [f"A {verdict}"]


def test_an_action_that_fired_is_worse_than_unknown(judge: Judge) -> None:
    where = site(version(limit(above="8", action="review"), max_gap="5min", min_coverage="1"))
    assert verdicts(judge(where, heard("9"), minute(10))) == ["A review"]


def test_notify_leaves_an_unknown_verdict_alone(judge: Judge) -> None:
    where = site(version(limit(above="8", action="notify"), max_gap="5min", min_coverage="1"))
    assert verdicts(judge(where, heard("9"), minute(10))) == ["A unknown"]


def test_the_least_coverage_is_that_of_the_version_before_the_end_of_the_watch(judge: Judge) -> None:
    def versions(since: float) -> list[Entry]:
        return [
            version(WARM, max_gap="5min", min_coverage="0"),
            version(WARM, max_gap="5min", min_coverage="1", since=since),
        ]

    def verdict(since: float) -> list[str]:
        return verdicts(judge(site(*versions(since), stays=["A ROOM 0..10"]), heard("5"), minute(20)))

    assert verdict(9.99) == ["A unknown"]
    assert verdict(10) == ["A ok"]
    assert verdicts(judge(site(*versions(10)), heard("5"), minute(10))) == ["A ok"]


def test_a_verdict_is_unknown_where_nothing_was_known(judge: Judge) -> None:
    assert verdicts(judge(site(version(WARM), stays=["A DARK"]), heard("5x5"), None)) == ["A unknown"]


def test_a_verdict_is_unknown_where_the_product_has_no_profile(judge: Judge) -> None:
    answer = judge(site(version(WARM), products=[{"id": "V"}]), heard("5x5"), None)
    assert verdicts(answer) == ["A unknown"]
    assert exposures(answer) == []


def test_the_verdict_of_a_batch_is_its_worst_units(judge: Judge) -> None:
    where = site(version(WARM), stays=["A/U1 COLD", "A/U2 ROOM", "A/U3 ROOM 4.."], mounts=["S1 ROOM"])
    answer = judge(where, heard("9x2 5x4"), None)
    assert [unit(answer, f"A/U{i}")["verdict"] for i in (1, 2, 3)] == ["unknown", "hold", "ok"]
    assert verdicts(answer) == ["A hold"]
    assert verdicts(judge(where, heard("5x6"), None)) == ["A unknown"]


@pytest.mark.parametrize(("seconds", "minutes"), [(60.03, 1.0), (60.09, 1.002), (60.05, 1.001), (100, 1.667)], ids=str)
def test_minutes_have_3_decimals_half_to_even(judge: Judge, seconds: float, minutes: float) -> None:
    rows = heard("9") + heard("5", start=seconds / 60)
    (exposure,) = unit(judge(site(version(WARM)), rows, None))["exposures"]
    assert (exposure["minutes"], exposure["degree_minutes"]) == (minutes, minutes)


@pytest.mark.parametrize(("known", "said"), [(1, 0.0312), (3, 0.0938), (5, 0.1562), (32, 1.0)])
def test_coverage_has_4_decimals_half_to_even(judge: Judge, known: int, said: float) -> None:
    answer = judge(site(version(WARM, max_gap="1min")), heard(f"5x{known}"), minute(32))
    assert unit(answer)["coverage"] == said


@pytest.mark.parametrize("peak", ["8.1", "8.123456", "9", "10.000001"])
def test_values_are_printed_exactly(judge: Judge, peak: str) -> None:
    (exposure,) = unit(judge(site(version(WARM)), heard(peak), None))["exposures"]
    assert json.dumps(exposure["peak"]) == repr(float(peak))


def test_lists_are_sorted_by_their_keys_in_the_order_shown(judge: Judge) -> None:
    rules = limit("b", above="8"), limit("a", above="8", delay="2min"), limit("B", above="8")
    where = site(
        version(*rules),
        mounts=["S1 ROOM", "S1 HALL"],
        stays=["B ROOM", "A ROOM"],
        batches=[{"product": "V", "lot": "C"}, {"product": "U", "lot": "Z"}],
        products=[{"id": "V", "profile": "P"}, {"id": "U", "profile": "P"}],
        ROOM={"profile": "P"},
        HALL={"profile": "P"},
    )
    answer = judge(where, heard("9 5 9x3"), None)
    assert [(each["product"], each["lot"]) for each in answer["batches"]] == [
        ("U", "Z"),
        ("V", "A"),
        ("V", "B"),
        ("V", "C"),
    ]
    said = [(each["location"], each["rule"], each["from"][14:16]) for each in answer["excursions"]]
    assert said == [(place, rule, start) for place in ("HALL", "ROOM") for rule in "Bab" for start in ("00", "02")]
    assert [each["rule"] for each in unit(answer)["fired"]] == ["B", "B", "a", "b", "b"]


# --- no "ok" without evidence ---


@pytest.mark.parametrize(("known", "verdict"), [("5x94", "unknown"), ("5x95", "ok")])
def test_a_profile_that_says_nothing_asks_for_95_percent(judge: Judge, known: str, verdict: str) -> None:
    where = site(version(WARM, max_gap="1min"))
    assert verdicts(judge(where, heard(known), minute(100))) == [f"A {verdict}"]


def test_two_readings_in_a_month_are_unknown(judge: Judge) -> None:
    [first, second] = heard("5x2")
    month = 30 * 24 * 60
    last = second._replace(measured_at=minute(month))
    assert verdicts(judge(site(version(WARM)), [first, last], minute(month))) == ["A unknown"]


@pytest.mark.parametrize(("tolerated", "verdict"), [(None, "ok"), ("4min", "ok"), ("3min", "unknown")])
def test_with_a_longer_gap_than_is_tolerated_nothing_is_ok(judge: Judge, tolerated: str | None, verdict: str) -> None:
    more = {} if tolerated is None else {"longest_gap": tolerated}
    where = site(version(WARM, max_gap="1min", min_coverage="0.9", **more))
    assert verdicts(judge(where, heard("5x50 _x4 5x50"), None)) == [f"A {verdict}"]
