"""What adds up is said with the numbers of the record, so that no sentence contradicts itself."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.web.batch.answer import answer
from api.web.frame.allowance import say_used
from api.web.frame.formats import Clock
from api.web.problem import answer as problem
from api.web.problem.record import Record
from api.web.problems.rows import problem_row
from api.web.problems.words import headline, how_much_is_used
from domain.model import Batch, Location, Product, ProfileVersion, Rule, Site, always
from domain.times import DAY, HOUR, MINUTE, NEVER, SECOND, parse_instant
from ledger.models.exposure import exposure_of
from ledger.models.unit import Stay
from rules.alarms.problems import Fired
from rules.judgement import Exposure, Firing
from rules.kinds.cumulative import Cumulative
from rules.series.bounds import Bound, Bounds
from rules.subjects.whereabouts import UnitKey
from tests.alerts import alert, lot_row
from tests.api.web.reading import words
from tests.units import a_hold, a_unit, an_exposure

SINCE = parse_instant("2026-11-30T22:48:00Z")
NOW = SINCE + 10 * MINUTE
CLOCK = Clock(ZoneInfo("UTC"), NOW)
ABOVE = Bounds((Bound("above", 8_000_000),))
RULE = Rule("in-all", "cumulative", Cumulative("temperature", ABOVE, 30 * MINUTE), "hold", "critical")
SITE = Site(
    locations={"COLD-1": Location("COLD-1")},
    products={"VAX": Product("VAX", always("cold"))},
    batches={("VAX", "A1"): Batch("VAX", "A1")},
    profiles={"cold": (ProfileVersion("cold", 1, 0, (RULE,), HOUR),)},
)
UNIT = UnitKey("VAX", "A1", "P1")
WHY = {"bound": "above 8.0 °C", "measured": 32.0, "limit": 30.0, "unit": "min", "peak": 13.1}
FIRING = Firing(
    *("in-all", SINCE + MINUTE, "hold", "critical", "cold", 1, "cumulative", "temperature", "high", ("COLD-1",)),
    *(SINCE, None, "in-all: as recorded", WHY),
)
USED = "32 of 30 min allowed above 8.0 °C used by 22:51 (29 min earlier, 3 min this time), peak 13.1 °C"


def used(this_time=(SINCE, 3.0, 11_200_000), rule=RULE, **why):
    return say_used(rule, {**WHY, **why}, this_time, CLOCK)


def test_it_says_how_much_of_what_was_used_earlier_and_this_time():
    assert used() == USED


def test_a_window_is_named_and_the_day_of_what_is_past():
    rule = replace(RULE, condition=replace(RULE.condition, window=DAY))
    assert used((SINCE - DAY, 3.0, None), rule).startswith(
        "32 of 30 min allowed above 8.0 °C within 24 h used by 29 Nov 22:51 (29 min earlier"
    )


@pytest.mark.parametrize(("peak", "said"), [(11_200_000, "13.1 °C"), (14_500_000, "14.5 °C"), (None, "13.1 °C")])
def test_the_peak_is_that_of_all_that_counts(peak, said):
    assert used((SINCE, 3.0, peak)).endswith(f", peak {said}")


def test_what_is_low_has_its_lowest_value():
    low = replace(RULE, condition=replace(RULE.condition, bounds=Bounds((Bound("below", 2_000_000),))))
    assert used((SINCE, 3.0, 1_000_000), low, bound="below 2.0 °C", peak=1.5).endswith(", peak 1.0 °C")


def test_nothing_is_said_where_the_record_does_not_say_how_much():
    assert used(measured=None) is None
    assert say_used(RULE, None, (SINCE, 3.0, None), CLOCK) is None
    assert say_used(None, WHY, (SINCE, 3.0, None), CLOCK) is None


def a_held_unit(**more):
    stays = [Stay("RACK-B", "RACK-B", False, SINCE - DAY, NEVER)]
    exposure = an_exposure("in-all", SINCE, None, minutes=3.4, peak=11_200_000, fired_at=SINCE + MINUTE)
    return a_unit("P1", stays, NOW, "hold", [exposure], [a_hold("P1", "in-all", SINCE + MINUTE)], **more)


def batch_says(unit):
    (said,) = answer(SITE, "VAX", [unit], CLOCK)
    return words(f"{said.who} {said.what}")


def test_a_batch_says_it_as_judged_now():
    unit = a_held_unit(firings=[FIRING])
    judged = Exposure("in-all", SINCE, None, 3.0, 7.0, 11_200_000, SINCE + MINUTE)
    unit = replace(unit, verdict=replace(unit.verdict, exposures=(judged,)))
    assert batch_says(unit) == f"P1 is on hold: {USED}; this time in RACK-B since 22:48"


def test_a_batch_whose_rule_triggers_no_longer_says_it_as_the_hold_does():
    unit = a_held_unit()
    (hold,) = unit.holds
    unit = replace(unit, holds=[replace(hold, why=replace(hold.why, why={**WHY, "measured": 30.4}))])
    assert "30 of 30 min allowed above 8.0 °C used by 22:51 (27 min earlier, 3 min this time)" in batch_says(unit)


def test_a_batch_without_the_sum_calls_the_time_that_of_this_excursion():
    said = batch_says(a_held_unit())
    assert said.startswith("P1 is on hold: above 8.0 °C for 3 min 24 s this time in RACK-B since 22:48")


def a_problem(*fired, over=None):
    rows = [
        exposure_of(
            {
                **subject._asdict(),
                **{"id": i, "revision": 1, "rule": "in-all", "since": SINCE, "until": over, "minutes": minutes},
                **{"degree_minutes": 7.0, "peak": 11_200_000, "fired_at": SINCE + MINUTE, "known_at": SINCE},
                **dict.fromkeys(("superseded_at", "cause", "superseded_because")),
            }
        )
        for i, (subject, _, minutes) in enumerate(fired)
    ]
    firings = [Fired(subject, replace(FIRING, why={**WHY, "measured": measured})) for subject, measured, _ in fired]
    empty = {name: () for name in ("holds", "excursions", "entries", "messages", "comments")}
    told = alert(place="COLD-1", since=SINCE, until=over, rules=["in-all"])
    return Record(alert=told, exposures=rows, firings=firings, attempts={}, **empty)


def numbers(record):
    return words(problem.answer(record, (), SITE, CLOCK).numbers)


def test_a_problem_says_it_without_a_length_that_grows():
    assert numbers(a_problem((UNIT, 32.0, 3.0))) == f"{USED}; this time since 22:48"


def test_a_problem_that_is_over_says_when_it_was():
    over = SINCE + 3 * MINUTE
    assert numbers(a_problem((UNIT, 32.0, 3.0), over=over)) == f"{USED}; this time from 22:48 to 22:51"


def test_of_several_units_the_one_that_used_most_is_told_of():
    other = UNIT._replace(unit="P2")
    assert numbers(a_problem((other, 30.5, 1.5), (UNIT, 32.0, 3.0))) == f"up to {USED}; this time since 22:48"


def test_a_card_says_it_and_calls_its_growing_length_that_of_this_time():
    worst = {"kind": "cumulative", "rule": "in-all", "profile": "cold", "version": 1, "why": WHY, "minutes": 3.0}
    lots = [lot_row("VAX", "A1", "P1", since=SINCE, hold=1)]
    told = alert(place="COLD-1", since=SINCE, rules=["in-all"], lots=lots, worst={**worst, **UNIT._asdict()})
    row = problem_row(SITE, told, name="Cold room 1", peak=11_200_000, notified=(), held=frozenset([UNIT]))
    assert how_much_is_used(row, CLOCK) == USED
    later = Clock(ZoneInfo("UTC"), NOW + 5 * SECOND)
    assert words(headline(row, later)) == "Cold room 1 has been above 8.0 °C for 10 min this time"
    assert how_much_is_used(row, later) == USED


def test_a_problem_is_titled_with_what_people_call_the_location():
    record = a_problem((UNIT, 32.0, 3.0))
    said = problem.answer(record, (), SITE, CLOCK, "Cold room 1")
    assert words(said.title).startswith("Cold room 1 ")
    assert words(problem.answer(record, (), SITE, CLOCK).title).startswith("COLD-1 ")
