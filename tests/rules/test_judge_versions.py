"""CONTRACTS 4.7: what counts at an instant is the version in force then."""

from tests.oracle.notation import (
    WARM,
    Judge,
    coverage,
    cumulative,
    exposures,
    fired,
    heard,
    limit,
    minute,
    mkt,
    silence,
    site,
    spans,
    verdicts,
    version,
)
from tests.oracle.sites import LONG_AGO, at

WARM_10 = heard("9x10 5")


def _warm(**fields: str) -> dict[str, str]:
    return limit(**{"above": "8", "action": "hold", **fields})


def test_a_bound_counts_while_its_version_is_in_force(judge: Judge) -> None:
    where = site(version(WARM), version(_warm(above="10"), since=4), version(_warm(above="7"), since=7))
    answer = judge(where, WARM_10, None)
    assert exposures(answer) == [
        "warm 0..4: 4 min, 4 °min, peak 9, fired 0",
        "warm 7..10: 3 min, 6 °min, peak 9, fired 7",
    ]


def test_exposures_of_the_same_rule_join_across_versions(judge: Judge) -> None:
    where = site(version(WARM), version(_warm(above="7"), since=4))
    assert exposures(judge(where, WARM_10, None)) == ["warm 0..10: 10 min, 16 °min, peak 9, fired 0"]


def test_a_rule_ends_with_the_version_that_has_it(judge: Judge) -> None:
    where = site(version(WARM), version(limit("other", above="8"), since=4))
    answer = judge(where, WARM_10, None)
    assert spans(answer) == ["other 4..10", "warm 0..4"]
    assert fired(answer) == ["other 4 notify", "warm 0 hold"]


def test_an_exposure_has_lasted_since_before_its_version(judge: Judge) -> None:
    where = site(version(_warm(delay="60min")), version(_warm(delay="6min", action="review"), since=4))
    assert fired(judge(where, WARM_10, None)) == ["warm 6 review"]


def test_a_shorter_for_that_is_reached_already_fires_at_the_boundary(judge: Judge) -> None:
    where = site(version(_warm(delay="60min")), version(_warm(delay="3min", action="review"), since=7))
    assert fired(judge(where, WARM_10, None)) == ["warm 7 review"]


def test_at_a_boundary_the_version_that_ends_is_asked_first(judge: Judge) -> None:
    where = site(version(_warm(delay="5min")), version(_warm(delay="2min", action="review"), since=5))
    assert fired(judge(where, WARM_10, None)) == ["warm 5 hold"]


def test_then_the_version_that_begins_is_asked(judge: Judge) -> None:
    where = site(version(_warm(delay="6min")), version(_warm(delay="2min", action="review"), since=5))
    assert fired(judge(where, WARM_10, None)) == ["warm 5 review"]


def test_a_version_in_force_from_until_on_is_asked(judge: Judge) -> None:
    where = site(version(_warm(delay="60min")), version(_warm(delay="2min", action="review"), since=5))
    assert fired(judge(where, WARM_10, minute(4.99))) == []
    assert fired(judge(where, WARM_10, minute(5))) == ["warm 5 review"]


def test_an_exposure_that_ends_with_its_version_still_fires_as_it_ends(judge: Judge) -> None:
    where = site(version(_warm(delay="5min")), version(_warm(above="10"), since=5))
    assert exposures(judge(where, WARM_10, None)) == ["warm 0..5: 5 min, 5 °min, peak 9, fired 5"]


def test_a_deadband_counts_as_if_its_version_had_always_been_in_force(judge: Judge) -> None:
    where = site(version(WARM), version(_warm(deadband="0.5"), since=3))
    answer = judge(where, heard("9 7.9 7.9 7.9 7.9 7.5"), None)
    assert exposures(answer) == [
        "warm 0..1: 1 min, 1 °min, peak 9, fired 0",
        "warm 3..5: 2 min, 0 °min, peak 7.9, fired 3",
    ]


def test_max_gap_is_that_of_the_version_in_force(judge: Judge) -> None:
    where = site(version(WARM, max_gap="5min"), version(WARM, max_gap="20min", since=10))
    answer = judge(where, heard("9"), minute(15))
    assert spans(answer) == ["warm 0..5", "warm 10.."]
    assert coverage(answer) == "0.6667, unknown 5 min, longest 5"


def test_gaps_count_as_the_version_in_force_says(judge: Judge) -> None:
    where = site(
        version(WARM, max_gap="2min"),
        version(WARM, max_gap="2min", since=4, gap_counts_as="exposed"),
        version(WARM, max_gap="2min", since=7, gap_counts_as="safe"),
    )
    answer = judge(where, heard("5"), minute(10))
    assert exposures(answer) == ["warm 4..7: 3 min, 0 °min, no peak, fired 4"]
    assert coverage(answer) == "0.5, unknown 5 min, longest 5"


def test_a_total_counts_exposure_under_all_versions(judge: Judge) -> None:
    def total(**fields: str) -> dict[str, str]:
        return cumulative(**{"above": "8", "total": "5min", **fields})

    where = site(version(total()), version(total(above="10"), since=2), version(total(above="7"), since=4))
    answer = judge(where, WARM_10, None)
    assert spans(answer) == ["total 0..2", "total 4..10"]
    assert fired(answer) == ["total 7 notify"]


def test_a_smaller_total_that_is_reached_already_fires_at_the_boundary(judge: Judge) -> None:
    where = site(
        version(cumulative(above="8", total="1h")), version(cumulative(above="8", total="3min", action="hold"), since=7)
    )
    answer = judge(where, heard("9x4 5x6"), None)
    assert fired(answer) == ["total 7 hold"]
    assert [line.rpartition(", ")[2] for line in exposures(answer)] == ["not fired"]


def test_a_total_that_was_fired_for_is_not_fired_for_again_by_the_next_version(judge: Judge) -> None:
    where = site(
        version(cumulative(above="8", total="5min")),
        version(cumulative(above="8", total="3min", action="hold"), since=7),
    )
    assert fired(judge(where, WARM_10, None)) == ["total 5 notify"]


def test_mkt_is_asked_of_the_version_in_force(judge: Judge) -> None:
    def rule(above: str, action: str) -> dict[str, str]:
        return mkt(above=above, window="10min", action=action)

    where = site(version(rule("10", "hold")), version(rule("8", "review"), since=7))
    assert fired(judge(where, WARM_10, None)) == ["mkt 7 review"]


def test_silence_lasts_across_versions(judge: Judge) -> None:
    where = site(version(silence(after="1h")), version(silence(after="3min", action="hold"), since=5))
    assert fired(judge(where, heard("5"), minute(20))) == ["silent 5 hold"]
    where = site(version(silence(after="4min")), version(silence(after="3min", action="hold"), since=5))
    assert fired(judge(where, heard("5"), minute(20))) == ["silent 4 notify"]


def test_a_products_profile_may_change_with_time(judge: Judge) -> None:
    profile = [{"value": "P", "from": LONG_AGO}, {"value": "Q", "from": at(4)}]
    where = site(
        version(WARM), version(limit("mild", above="8.5"), profile="Q"), products=[{"id": "V", "profile": profile}]
    )
    assert spans(judge(where, WARM_10, None)) == ["mild 4..10", "warm 0..4"]


def test_a_version_that_begins_after_until_says_nothing(judge: Judge) -> None:
    answer = judge(site(version(WARM, since=20)), WARM_10, None)
    assert exposures(answer) == []
    assert coverage(answer) == "0, unknown 0 min, longest 0"
    assert verdicts(answer) == ["A unknown"]
