"""What the page of a batch says first, and its rows: units alike share a sentence."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from api.web.batch.answer import answer
from api.web.batch.tables import decided, exposed, stayed
from api.web.batch.words import rule_at, short_names
from api.web.frame.formats import Clock
from domain.model import Batch, Product, ProfileVersion, Rule, Site, always
from domain.naming import called
from domain.times import HOUR, MINUTE, NEVER, parse_instant
from ledger.models.unit import Stay, coverage_of
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit
from rules.series.bounds import Bound, Bounds
from tests.units import a_firing, a_hold, a_unit, an_exposure

NOW = parse_instant("2026-11-19T15:00:00Z")
START = parse_instant("2026-11-18T00:00:00Z")
SINCE, UNTIL = parse_instant("2026-11-19T08:38:00Z"), parse_instant("2026-11-19T09:53:00Z")
CLOCK = Clock(ZoneInfo("Europe/Berlin"), NOW)
WARM = Rule("too-warm", "limit", Limit("temperature", Bounds((Bound("above", 8_000_000),)), HOUR), "hold", "critical")
TOTAL = Rule(
    "stability", "cumulative", Cumulative("temperature", Bounds((Bound("above", 8_000_000),)), 12 * HOUR), "hold"
)
SITE = Site(
    products={"VAX": Product("VAX", always("cold"))},
    batches={("VAX", "A1"): Batch("VAX", "A1")},
    profiles={"cold": (ProfileVersion("cold", 1, 0, (WARM, TOTAL), HOUR),)},
)


def exposure(rule="too-warm", since=SINCE, until=UNTIL, fired_at=SINCE + HOUR, **more):
    return an_exposure(rule, since, until, fired_at=fired_at, **more)


def hold(unit, state="held", founded=True, rule="too-warm"):
    disposed = {} if state == "held" else {"disposed_at": NOW, "disposed_by": "anna", "reason": "fine"}
    return a_hold(unit, rule, SINCE + HOUR, state=state, founded=founded, **disposed)


def stay(place, since=START, until=NEVER, inherited=False):
    return Stay(place or "X", place, inherited, since, until)


def unit(name, verdict="ok", exposures=(), holds=(), stays=None, firings=(), **known):
    stays = [stay("ROOM-1")] if stays is None else stays
    return a_unit(name, stays, NOW, verdict, exposures, holds, firings, **known)


def held(name, **more):
    return unit(name, "hold", [exposure()], [hold(name)], firings=[a_firing("too-warm", SINCE + HOUR)], **more)


def said(*units):
    return [
        str(f"{each.who} {each.what}".replace("\N{NO-BREAK SPACE}", " ")) for each in answer(SITE, "VAX", units, CLOCK)
    ]


def plain(text):
    """Return a text without the elements that times stand in."""

    return re.sub(r"<[^>]+>", "", text)


def test_units_alike_share_a_sentence_with_what_when_where_and_how_bad():
    (sentence,) = said(held("PALLET-7"), held("PALLET-8"))
    assert plain(sentence) == (
        "All 2 units are on hold: above 8.0 °C for 1 h 15 min in ROOM-1 from 09:38 to 10:53, "
        "allowed 1 h, peak 9.6 °C, 84 °C·min"
    )


def test_a_unit_that_had_left_is_told_of_after_those_that_are_held():
    left = unit(
        "PALLET-10", stays=[stay("ROOM-1", until=SINCE - 18 * MINUTE), stay("TRUCK-7", since=SINCE - 18 * MINUTE)]
    )
    first, second = said(left, held("PALLET-7"), held("PALLET-8"), held("PALLET-9"))
    assert plain(first).startswith("PALLET-7, 8 and 9 are on hold:")
    assert plain(second) == "PALLET-10 had left at 09:20 and was not exposed"


def test_a_unit_that_came_later_is_told_of_so_and_one_from_elsewhere_was_not_exposed():
    came = unit("B", stays=[stay("ROOM-2", until=UNTIL + HOUR), stay("ROOM-1", since=UNTIL + HOUR)])
    elsewhere = unit("C", stays=[stay("ROOM-2")])
    _, second, third = map(plain, said(held("A"), came, elsewhere))
    assert second == "B arrived at 11:53 and was not exposed"
    assert third == "C was not exposed"


def test_all_in_order_says_how_much_is_known():
    (sentence,) = said(unit("A", coverage=0.986, longest_gap=40 * MINUTE), unit("B"))
    assert plain(sentence) == ("All 2 units are OK: data coverage 98.6 % (39 h), longest gap 40 min")


def test_too_little_known_is_said_with_the_hours_that_are_missing():
    (sentence,) = said(unit(None, "unknown", coverage=0.4, longest_gap=5 * HOUR))
    assert plain(sentence) == (
        "The lot has insufficient data: data coverage 40.0 % (39 h), longest gap 5 h; no data for 24 h: since 11:00"
    )


def test_what_goes_on_is_said_to_go_on():
    going = unit("A", exposures=[exposure(until=None, fired_at=None, minutes=20.0)])
    (sentence,) = said(going)
    assert plain(sentence).startswith(
        "A is outside limits now: above 8.0 °C for 20 min in ROOM-1 since 09:38, allowed 1 h"
    )


def test_a_rule_of_another_kind_says_what_it_is_part_of():
    fired = a_firing("stability", SINCE + HOUR)
    both = unit("A", "hold", [exposure("stability")], [hold("A", rule="stability")], firings=[fired])
    (sentence,) = map(plain, said(both))
    assert "; alarm condition: above 8.0 °C for a total of 12 h" in sentence
    assert "limit" not in sentence


def test_a_rule_without_an_interval_says_when_it_was_reached():
    fired = a_firing("too-warm", SINCE, "review")
    (sentence,) = map(plain, said(unit("A", "review", firings=[fired])))
    assert sentence == "A needs review: above 8.0 °C for 1 h or more, triggered 09:38"


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (held("A"), "held"),
        (unit("A", holds=[hold("A", founded=False)]), "unfounded"),
        (unit("A", "hold", holds=[hold("A", "rejected")]), "rejected"),
        (unit("A", "hold", firings=[a_firing("too-warm", 1)]), "hold"),
        (unit("A", "hold", holds=[hold("A", "released")], firings=[a_firing("too-warm", 1)]), "released"),
        (unit("A", holds=[hold("A", "released")]), "released"),
        (unit("A", "review", holds=[hold("A", "released")]), "review"),
        (unit("A", exposures=[exposure(until=None)]), "outside"),
        (unit("A", "unknown"), "unknown"),
        (unit("A"), "ok"),
    ],
)
def test_the_state_is_what_a_person_decided_or_must_decide_else_the_verdict(given, state):
    assert given.usability.code == state


def test_a_second_rule_that_nobody_decided_on_is_still_to_be_held():
    fired = [a_firing("too-warm", 1), a_firing("stability", 2)]
    assert unit("A", "hold", holds=[hold("A", "released")], firings=fired).usability.code == "hold"


def test_what_has_expired_says_so_and_may_not_be_used():
    expired = replace(unit("A"), is_expired=True)
    assert not expired.usability.may_be_used
    assert plain(said(expired)[0]) == "A has expired"


def test_time_outside_several_rules_at_once_counts_once():
    assert unit("A", exposures=[exposure(), exposure("stability")]).outside == 75 * MINUTE


def test_a_unit_that_left_is_nowhere_and_came_from_its_last_place():
    gone = unit("A", stays=[stay("ROOM-1", until=SINCE), stay("TRUCK-7", since=SINCE, until=UNTIL)])
    assert gone.here == []
    assert gone.left.name == "TRUCK-7"


def test_how_much_is_known_of_a_batch_is_what_is_known_of_its_least_known_unit():
    half = unit("B", coverage=0.5, stays=[stay("ROOM-1", since=NOW - 13 * HOUR)])
    assert coverage_of([unit("A"), half]) == (0.5, 13 * HOUR)
    assert coverage_of([unit("A", stays=[])]) == (0.0, 0)


@pytest.mark.parametrize(
    ("names", "of", "shown"),
    [
        (["PALLET-7", "PALLET-8", "PALLET-9"], 4, "PALLET-7, 8 and 9"),
        (["A", "B"], 3, "A and B"),
        (["PALLET-7", "BOX-8"], 3, "PALLET-7 and BOX-8"),
        (["PALLET-7"], 4, "PALLET-7"),
        ([None], 1, "The lot"),
        ([str(i) for i in range(8)], 20, "8 of 20 units"),
        (["A", "B"], 2, "All 2 units"),
    ],
)
def test_units_are_named_as_short_as_can_be(names, of, shown):
    assert str(short_names(names, of)) == shown


def test_names_are_escaped():
    assert "<b>" not in str(short_names(["<b>", "C"], 3))


def test_rows_of_units_alike_are_one_row():
    units = [held("A"), held("B"), unit("C")]
    (row,) = exposed(SITE, "VAX", units)
    assert (row.units, row.places, row.quantity, row.exposure.duration) == (
        ("A", "B"),
        ("ROOM-1",),
        "temperature",
        75 * MINUTE,
    )
    (there,) = stayed(units)
    assert (there.units, there.place, there.until) == (("A", "B", "C"), "ROOM-1", None)
    (decision,) = decided(units)
    assert decision.units == ("A", "B")


def test_a_rule_is_that_of_the_version_in_force_then_else_of_any():
    later = Rule("too-warm", "limit", Limit("temperature", Bounds((Bound("above", 7_000_000),)), HOUR))
    site = Site(
        products=SITE.products,
        profiles={
            "cold": (ProfileVersion("cold", 1, 0, (WARM, TOTAL), HOUR), ProfileVersion("cold", 2, 100, (later,), HOUR))
        },
    )
    assert rule_at(site, "VAX", "too-warm", 50) is WARM
    assert rule_at(site, "VAX", "too-warm", 100) is later
    assert rule_at(site, "VAX", "stability", 100) is TOTAL
    assert rule_at(site, "VAX", "nonsense", 100) is None


def test_more_exposures_that_fired_are_counted_once_each():
    again = exposure(since=SINCE - HOUR * 5, until=SINCE - HOUR * 3, fired_at=SINCE - HOUR * 4)
    both = [again, exposure(), exposure("stability")]
    twice = unit("A", "hold", both, [hold("A")], firings=[a_firing("too-warm", SINCE + HOUR)])
    (sentence,) = map(plain, said(twice))
    assert sentence.endswith("84 °C·min; triggered one other time")


def test_locations_go_by_what_people_call_them():
    (sentence,) = answer(SITE, "VAX", [held("PALLET-7")], CLOCK, {"ROOM-1": "Cold room 1"})
    assert " in Cold room 1 from " in plain(str(sentence.what))


def test_locations_of_one_name_have_their_ids_beside_it():
    assert called({"A": "Cold room", "B": "Cold room", "C": "Dock"}) == {
        "A": "Cold room (A)",
        "B": "Cold room (B)",
        "C": "Dock",
    }
