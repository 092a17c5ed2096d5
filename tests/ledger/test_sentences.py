"""The sentence an alert begins with."""

from dataclasses import replace

from domain.times import DAY, parse_instant
from rules.alarms.problems import Fired, Key, problems
from rules.judgement import Firing
from rules.messages.problem import no_longer, sentence_of
from rules.subjects.whereabouts import LocationKey, UnitKey

NOON = parse_instant("2026-01-03T12:00:00Z")
SINCE = parse_instant("2026-01-03T09:38:00Z")
AT = parse_instant("2026-01-03T10:38:00Z")
WHAT = "above 8.0 °C for 1 h 15 min, allowed 1 h"
WHY = {"bound": "above 8.0 °C", "peak": 9.6}
HELD = Firing(
    *("warm", AT, "hold", "critical", "p", 1, "limit", "temperature", "high", ("ROOM-1",), SINCE, None, WHAT, WHY)
)
REVIEWED = replace(HELD, rule="other", action="review")
HEAD = "Cold room 1 is above 8.0 °C (peak 9.6 °C, since 09:38 UTC)."


def sentence(*fired: Fired, now: int = NOON, lifted: dict[UnitKey, str] | None = None) -> str:
    [problem] = problems(Key("ROOM-1", "temperature", "high"), fired)
    return sentence_of(problem, now, "Cold room 1", lambda fired: fired.firing.sentence, lifted)


def units(lot: str, *names: str | None) -> list[UnitKey]:
    return [UnitKey("VAX", lot, name) for name in names]


def test_it_says_where_and_how_bad_which_stock_by_how_much_and_what_to_do() -> None:
    fired = [Fired(unit, HELD) for unit in units("A1", "P1", "P2", "P3")]
    assert sentence(*fired) == f"{HEAD} 3 units of VAX A1 are on hold: {WHAT}. Move the stock, then review it."


def test_a_single_unit_is_named():
    assert sentence(Fired(units("A1", "P1")[0], HELD)).startswith(f"{HEAD} P1 of VAX A1 is on hold: ")


def test_a_lot_without_units_is_named_alone():
    assert " VAX A1 is on hold: " in sentence(Fired(units("A1", None)[0], HELD))


def test_up_to_three_lots_are_named_and_a_product_once():
    fired = [Fired(units(lot, None)[0], HELD) for lot in ("A1", "A2", "A3")]
    assert " VAX A1, A2 and A3 are on hold: " in sentence(*fired)
    fired = [Fired(unit, HELD) for lot in ("A1", "A2") for unit in units(lot, "P1", "P2")]
    assert " 4 units of VAX A1 and A2 are on hold: " in sentence(*fired)


def test_more_lots_are_counted():
    fired = [Fired(unit, HELD) for lot in ("A1", "A2", "A3", "A4") for unit in units(lot, "P1", "P2")]
    assert " 8 units of 4 lots are on hold: " in sentence(*fired)


def test_only_those_of_the_worst_action_are_named():
    fired = [Fired(units("A1", None)[0], REVIEWED), Fired(units("A2", None)[0], HELD)]
    assert " VAX A2 is on hold: " in sentence(*fired)


def test_units_to_review_are_called_so():
    assert sentence(Fired(units("A1", None)[0], REVIEWED)).endswith(f"VAX A1 needs review: {WHAT}. Review the stock.")


def test_units_of_a_rule_that_only_notifies_were_exposed():
    assert (
        sentence(Fired(units("A1", None)[0], replace(HELD, action="notify"))) == f"{HEAD} VAX A1 was exposed: {WHAT}."
    )


def test_a_place_alone_holds_nothing_whatever_the_action():
    assert sentence(Fired(LocationKey("ROOM-1"), HELD)) == f"{HEAD[:-1]}: {WHAT}."


def test_an_ended_problem_says_until_when():
    ended = replace(HELD, until=parse_instant("2026-01-03T10:53:00Z"))
    assert sentence(Fired(units("A1", None)[0], ended)) == (
        f"Cold room 1 was above 8.0 °C (peak 9.6 °C, 09:38 to 10:53 UTC). VAX A1 is on hold: {WHAT}. Review the stock."
    )


def test_what_is_no_matter_of_a_limit_is_told_by_its_reason():
    silent = replace(HELD, kind="silence", sentence="no data for 45 min", why={"bound": "no data"}, action="notify")
    assert sentence(Fired(LocationKey("ROOM-1"), silent)) == "Cold room 1 (since 09:38 UTC): no data for 45 min."


def test_times_of_another_day_carry_their_date():
    later = parse_instant("2026-01-04T00:00:00Z")
    assert "since 2026-01-03 09:38 UTC)." in sentence(Fired(units("A1", None)[0], HELD), now=later)


def test_units_that_were_lifted_are_said_after_those_that_are_not():
    fired = [Fired(unit, HELD) for unit in units("A1", "P1", "P2", "P3")]
    lifted = dict.fromkeys(units("A1", "P1", "P3"), "released by quinn")
    assert " P2 of VAX A1 is on hold, 2 units of VAX A1 released by quinn: " in sentence(*fired, lifted=lifted)


def test_nothing_is_asked_for_once_all_is_decided():
    lifted = dict.fromkeys(units("A1", "P1"), "released by quinn")
    assert (
        sentence(Fired(units("A1", "P1")[0], HELD), lifted=lifted) == f"{HEAD} P1 of VAX A1 released by quinn: {WHAT}."
    )


def test_what_is_gone_is_said_with_what_became_of_its_hold():
    p1, p2 = units("A1", "P1", "P2")
    assert no_longer({}) == ""
    assert no_longer({p1: False}) == " No longer affected: P1 of VAX A1."
    assert no_longer({p1: True, p2: False}) == (
        " No longer affected: P2 of VAX A1, P1 of VAX A1 (hold no longer supported)."
    )


def test_of_time_that_adds_up_the_one_peak_goes_with_the_sum():
    said = "32 of 30 min allowed above 8.0 °C used by … (29 min earlier, 3 min this time), peak 13.1 °C"
    adds_up = replace(HELD, kind="cumulative", sentence=said, why={**WHY, "peak": 13.1})
    head = "Cold room 1 is above 8.0 °C (since 09:38 UTC)."
    assert sentence(Fired(units("A1", "P1")[0], adds_up)) == (
        f"{head} P1 of VAX A1 is on hold: {said}. Move the stock, then review it."
    )
    noted = Fired(units("A1", "P2")[0], replace(adds_up, action="notify"))
    assert sentence(noted, Fired(units("A1", "P1")[0], HELD)).startswith(HEAD)


def test_a_problem_that_began_on_another_day_has_all_its_times_with_their_date() -> None:
    over = replace(HELD, since=SINCE - DAY, until=AT)
    said = sentence(Fired(units("A1", "P1")[0], over))
    assert said.startswith("Cold room 1 was above 8.0 °C (peak 9.6 °C, 2026-01-02 09:38 to 2026-01-03 10:38 UTC).")
    unknown = [(units("A2", None)[0], AT, None)]
    [problem] = problems(Key("ROOM-1", "temperature", "high"), [Fired(units("A1", "P1")[0], over)])
    said = sentence_of(problem, NOON, "Cold room 1", lambda fired: fired.firing.sentence, None, unknown)
    assert "1 lot, condition unknown since 2026-01-03 10:38 UTC: VAX A2." in said


def test_of_a_silence_the_longest_is_told() -> None:
    silent = replace(HELD, rule="silent", action="notify", severity="warning", kind="silence", direction="silent")
    place = Fired(LocationKey("ROOM-1"), replace(silent, sentence="no data from 09:38"))
    unit = Fired(units("A1", None)[0], replace(silent, since=AT, sentence="no data from 10:38"))
    [problem] = problems(Key("ROOM-1", "any", "silent"), [place, unit])
    said = sentence_of(problem, NOON, "Cold room 1", lambda fired: fired.firing.sentence)
    assert said == "Cold room 1 (since 09:38 UTC): no data from 09:38."
