"""CONTRACTS 4.6: the instants at which each kind of rule fires."""

import pytest

from tests.oracle.notation import (
    WARM,
    Judge,
    cumulative,
    exposures,
    fired,
    heard,
    limit,
    minute,
    mkt,
    silence,
    site,
    verdicts,
    version,
)

LASTING = site(version(limit(above="8", delay="5min", action="hold")))


@pytest.mark.parametrize(
    ("series", "at"), [("9x4 5", []), ("9x5 5", ["warm 5 hold"]), ("9x6 5", ["warm 5 hold"])], ids=["4", "5", "6 min"]
)
def test_a_limit_fires_when_the_exposure_has_lasted_that_long(judge: Judge, series: str, at: list[str]) -> None:
    assert fired(judge(LASTING, heard(series), None)) == at


@pytest.mark.parametrize(("until", "at"), [(4.99, []), (5, ["warm 5 hold"]), (5.01, ["warm 5 hold"])])
def test_a_limit_fires_only_by_until(judge: Judge, until: float, at: list[str]) -> None:
    assert fired(judge(LASTING, heard("9x10"), minute(until))) == at


def test_a_limit_fires_between_two_readings(judge: Judge) -> None:
    assert exposures(judge(LASTING, heard("9 _x6 5"), None)) == ["warm 0..7: 7 min, 7 °min, peak 9, fired 5"]


def test_a_limit_without_for_fires_at_the_start(judge: Judge) -> None:
    assert fired(judge(site(version(WARM)), heard("5 9 5"), None)) == ["warm 1 hold"]


def test_a_limit_fires_once_per_exposure(judge: Judge) -> None:
    answer = judge(LASTING, heard("9x12 5 9x4 5 9x5 5"), None)
    assert [line.rpartition(", ")[2] for line in exposures(answer)] == ["fired 5", "not fired", "fired 23"]
    assert fired(answer) == ["warm 5 hold", "warm 23 hold"]


TOTAL = site(version(cumulative(above="8", total="5min", action="review")))


def test_a_cumulative_rule_adds_up_over_exposures(judge: Judge) -> None:
    answer = judge(TOTAL, heard("9x3 5 9x3 5"), None)
    assert exposures(answer) == [
        "total 0..3: 3 min, 3 °min, peak 9, not fired",
        "total 4..7: 3 min, 3 °min, peak 9, fired 6",
    ]
    assert fired(answer) == ["total 6 review"]


@pytest.mark.parametrize(
    ("series", "at"),
    [("9x2 5 9x2 5", []), ("9x2 5 9x3 5", ["total 6 review"]), ("9x2 5 9x4 5", ["total 6 review"])],
    ids=["4", "5", "6 min"],
)
def test_a_cumulative_rule_fires_when_the_total_is_reached(judge: Judge, series: str, at: list[str]) -> None:
    assert fired(judge(TOTAL, heard(series), None)) == at


def test_the_exposure_that_ends_as_the_total_is_reached_has_fired(judge: Judge) -> None:
    assert exposures(judge(TOTAL, heard("9x2 5 9x3 5"), None))[1].endswith("3 °min, peak 9, fired 6")


def test_over_its_whole_life_a_unit_reaches_a_total_once(judge: Judge) -> None:
    assert fired(judge(TOTAL, heard("9x6 5x60 9x20 5"), None)) == ["total 5 review"]


@pytest.mark.parametrize(
    ("window", "at"),
    [
        ("5min", ["total 3 notify", "total 11 notify"]),  # 0 at 8
        ("7min", ["total 3 notify", "total 11 notify"]),  # 2 from 8 to 10, what comes in goes out
        ("8min", ["total 3 notify"]),  # 3 from 3 to 11, never below
        ("20min", ["total 3 notify"]),
    ],
)
def test_a_total_inside_a_window_fires_again_only_after_it_was_below(judge: Judge, window: str, at: list[str]) -> None:
    where = site(version(cumulative(above="8", total="3min", window=window)))
    assert fired(judge(where, heard("9x3 5x5 9x3 5"), None)) == at


MKT = site(version(mkt(above="8", window="10min", action="review")))


def test_mkt_fires_once_known_time_fills_half_the_window(judge: Judge) -> None:
    assert fired(judge(MKT, heard("9x12"), None)) == ["mkt 5 review"]


def test_mkt_of_an_even_temperature_is_that_temperature_and_not_above_it(judge: Judge) -> None:
    assert fired(judge(MKT, heard("8x30"), None)) == []
    assert fired(judge(MKT, heard("8.000001x30"), None)) == ["mkt 5 review"]


def test_mkt_is_asked_at_readings_only(judge: Judge) -> None:
    assert fired(judge(MKT, heard("9 _x7 9 9"), None)) == ["mkt 8 review"]
    assert fired(judge(MKT, heard("9 _x7 ! _ 9"), None)) == ["mkt 10 review"]


def test_the_value_read_at_that_instant_has_no_weight_yet_in_mkt(judge: Judge) -> None:
    assert fired(judge(MKT, heard("7x6 30 7"), None)) == ["mkt 7 review"]


def test_mkt_fires_again_only_after_it_was_not_above(judge: Judge) -> None:
    # the minute of 30 leaves the window of 10 minutes at 17
    assert fired(judge(MKT, heard("7x6 30 7x12 30 7 7"), None)) == ["mkt 7 review", "mkt 20 review"]


def test_mkt_weighs_hot_time_more(judge: Judge) -> None:
    # the mean is 6.4 °C; the mean kinetic temperature 8.108857 °C, as published
    series = heard("4x4 16 4")
    assert fired(judge(site(version(mkt(above="8.1088", window="5min"))), series, None)) == ["mkt 5 notify"]
    assert fired(judge(site(version(mkt(above="8.1089", window="5min"))), series, None)) == []


def test_mkt_takes_the_activation_energy_it_is_given(judge: Judge) -> None:
    rule = mkt(above="6.6813", window="5min", activation_energy_kj_mol="20")
    assert fired(judge(site(version(rule)), heard("4x4 16 4"), None)) == ["mkt 5 notify"]
    rule = mkt(above="6.6814", window="5min", activation_energy_kj_mol="20")
    assert fired(judge(site(version(rule)), heard("4x4 16 4"), None)) == []


def test_mkt_is_of_the_warmest_sensor(judge: Judge) -> None:
    where = {
        **MKT,
        "mounts": [*MKT["mounts"], {**MKT["mounts"][0], "sensor": "S2"}],
        "sensors": [{"id": "S1"}, {"id": "S2"}],
    }
    assert fired(judge(where, heard("7x12") + heard("9x12", "S2"), None)) == ["mkt 5 review"]


def test_mkt_weighs_known_time_only(judge: Judge) -> None:
    # 30 for a minute, then unknown: 1 of 2 known minutes would do, 1 of 10 does not fill half
    where = site(version(mkt(above="8", window="10min"), max_gap="2min"))
    assert fired(judge(where, heard("30 ! _x3 7x4"), None)) == []
    assert fired(judge(where, heard("30 ! _x3 7x5"), None)) == ["mkt 9 notify"]


SILENT = site(version(silence(after="5min", severity="warning", action="review")))


@pytest.mark.parametrize(
    ("series", "at"),
    [("5 _x3 5", []), ("5 _x4 5", []), ("5 _x5 5", ["silent 5 review"])],
    ids=["4", "5", "6 min"],
)
def test_silence_fires_after_that_long_unless_a_value_comes_at_that_very_instant(
    judge: Judge, series: str, at: list[str]
) -> None:
    assert fired(judge(SILENT, heard(series), None)) == at


@pytest.mark.parametrize(("until", "at"), [(4.99, []), (5, ["silent 5 review"]), (60, ["silent 5 review"])])
def test_silence_fires_once_per_stretch_by_until(judge: Judge, until: float, at: list[str]) -> None:
    assert fired(judge(SILENT, heard("5"), minute(until))) == at


def test_silence_counts_again_from_the_next_value(judge: Judge) -> None:
    answer = judge(SILENT, heard("5 _x7 5"), minute(15))
    assert fired(answer) == ["silent 5 review", "silent 13 review"]


def test_faults_are_no_values_to_silence(judge: Judge) -> None:
    assert fired(judge(SILENT, heard("5 !x8"), None)) == ["silent 5 review"]


def test_silence_counts_from_the_start_of_the_watch(judge: Judge) -> None:
    where = {**SILENT, "placements": [{**SILENT["placements"][0], "from": "2026-01-01T00:02:00Z"}]}
    assert fired(judge(where, [], minute(10))) == ["silent 7 review"]
    assert fired(judge(where, heard("5 5"), minute(10))) == ["silent 7 review"]


def test_a_value_of_any_quantity_breaks_a_silence_that_names_none(judge: Judge) -> None:
    rows = heard("5") + heard("50x9", quantity="humidity")
    assert fired(judge(SILENT, rows, None)) == []


def test_only_the_quantity_it_names_breaks_a_silence(judge: Judge) -> None:
    where = site(version(silence(after="5min", quantity="temperature")))
    rows = heard("5") + heard("50x9", quantity="humidity")
    assert fired(judge(where, rows, None)) == ["silent 5 notify"]


def test_silence_hears_what_spoke_for_the_place_the_unit_stood_in(judge: Judge) -> None:
    # at 3 the unit stands in the dark already
    where = {**SILENT, "placements": site(mounts=[], stays=["A ROOM 0..3", "A DARK 3.."])["placements"]}
    where = {**where, "locations": [{"id": "ROOM"}, {"id": "DARK"}]}
    assert fired(judge(where, heard("5x20"), None)) == ["silent 7 review"]


def test_a_value_that_still_holds_does_not_break_a_silence(judge: Judge) -> None:
    where = site(version(silence(after="5min"), WARM, max_gap="1h"))
    assert fired(judge(where, heard("5 _x8 5"), None)) == ["silent 5 notify"]


def test_a_location_fires_by_its_own_profile_and_never_holds_lots(judge: Judge) -> None:
    where = site(
        version(limit("mild", above="20", action="hold")),
        version(limit("warm", above="8", action="hold"), profile="Q"),
        ROOM={"profile": "Q"},
    )
    answer = judge(where, heard("9x5"), None)
    assert answer["excursions"][0]["fired_at"] == "2026-01-01T00:00:00Z"
    assert fired(answer) == []
    assert verdicts(answer) == ["A ok"]


def test_the_action_is_notify_unless_said(judge: Judge) -> None:
    assert fired(judge(site(version(limit(above="8"))), heard("9"), None)) == ["warm 0 notify"]
