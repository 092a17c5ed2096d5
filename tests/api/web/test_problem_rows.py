"""How a problem is told in a row and in a sentence. Built by hand, without a database."""

import re
from datetime import UTC
from types import SimpleNamespace

import pytest

from api.web.components.current import Value
from api.web.components.limits import Limits
from api.web.frame.formats import Clock
from api.web.problems.rows import Notified, broken_rule, problem_row
from api.web.problems.words import headline, in_short, name_lots, what_is_held, who_was_notified
from domain.model import Location, Product, ProfileVersion, Rule, Site, always
from domain.times import HOUR, MINUTE
from rules.kinds.cumulative import Cumulative
from rules.kinds.limit import Limit
from rules.series.bounds import Bound, Bounds
from rules.subjects.whereabouts import UnitKey
from tests import alerts
from tests.alerts import lot_row

NOW = 1000 * HOUR
CLOCK = Clock(UTC, NOW)
TEMPERATURE = "temperature"
HELD = (UnitKey("VAX", "A1", None),)


def bounds(operator, celsius):
    return Bounds((Bound(operator, round(celsius * 1_000_000)),))


def version(profile, *rules):
    return ProfileVersion(profile, 1, 0, rules, HOUR)


SITE = Site(
    locations={"ROOM-1": Location("ROOM-1", profile=always("room"))},
    products={"VAX": Product("VAX", always("chilled"))},
    profiles={
        "room": (version("room", Rule("room-warm", "limit", Limit(TEMPERATURE, bounds("above", 7.0)))),),
        "chilled": (
            version(
                "chilled",
                Rule("too-warm", "limit", Limit(TEMPERATURE, bounds("above", 8.0)), action="hold"),
                Rule("too-cold", "limit", Limit(TEMPERATURE, bounds("at_or_below", -2.0)), action="hold"),
                Rule("in-all", "cumulative", Cumulative(TEMPERATURE, bounds("above", 9.0), HOUR), action="hold"),
            ),
        ),
    },
)


def lot(name="A1", unit=None, hold=None, product="VAX"):
    return lot_row(product, name, unit, hold=hold)


def alert(**given):
    times = {"since": NOW - 75 * MINUTE, "raised_at": NOW - 15 * MINUTE}
    return alerts.alert(**{**times, "lots": [lot(hold=3)], **given})


def row(peak=None, notified=(), held=HELD, **given):
    return problem_row(SITE, alert(**given), name="Cold room 1", peak=peak, notified=notified, held=frozenset(held))


def words(markup):
    return re.sub(r"<[^>]+>", "", str(markup)).replace("\N{NO-BREAK SPACE}", " ")


def now(celsius, live=True):
    return Value(TEMPERATURE, round(celsius * 1_000_000), NOW, Limits(), live)


# --- what it is ---------------------------------------------------------------------------------------------------


def test_what_is_over_is_told_as_over_though_its_off_delay_keeps_it_open():
    over = row(clearing={"since": NOW - 15 * MINUTE, "until": NOW + 5 * MINUTE})
    assert words(headline(over, Clock(UTC, NOW), now(7.5))) == "Cold room 1 was above 8.0 °C for 1 h"
    assert (over.alert.status, over.alert.until) == ("new", None)


def test_what_holds_says_more_than_what_only_tells():
    assert broken_rule(SITE, alert(rules=["room-warm", "too-warm"])).id == "too-warm"
    assert broken_rule(SITE, alert(rules=["room-warm"])).id == "room-warm"


def test_a_limit_says_more_than_a_sum():
    assert broken_rule(SITE, alert(rules=["in-all", "too-warm"])).id == "too-warm"


def test_a_rule_of_the_other_direction_or_of_no_profile_any_more_is_not_meant():
    assert broken_rule(SITE, alert(rules=["too-cold"])) is None
    assert broken_rule(SITE, alert(rules=["gone"], place="GONE")) is None


def test_only_units_that_are_still_held_count_as_held():
    told = row(lots=[lot("A1", hold=3), lot("A2", "P1", hold=4), lot("A2", "P2")])
    assert (told.units, told.held, told.lots) == (3, 1, (("VAX", "A1"), ("VAX", "A2")))


def test_the_most_urgent_come_first():
    calm = row(severity="warning", held=())
    known = row(acknowledged_at=NOW)
    old, new = row(since=NOW - 2 * HOUR), row(since=NOW - HOUR)
    assert sorted([calm, known, new, old], key=lambda each: each.urgency) == [old, new, known, calm]


# --- what is said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "current", "sentence"),
    [
        ({}, now(9.6), "Cold room 1 is at 9.6 °C, above 8.0 °C for 1 h 15 min"),
        ({}, now(9.6, live=False), "Cold room 1 has been above 8.0 °C for 1 h 15 min"),
        ({}, None, "Cold room 1 has been above 8.0 °C for 1 h 15 min"),
        ({"until": NOW - 15 * MINUTE}, now(5.0), "Cold room 1 was above 8.0 °C for 1 h"),
        ({"rules": ["in-all"]}, now(9.6), "Cold room 1 is at 9.6 °C, above 9.0 °C for 1 h 15 min this time"),
        (
            {"direction": "low", "rules": ["too-cold"]},
            now(-2.5),
            "Cold room 1 is at −2.5 °C, at or below −2.0 °C for 1 h 15 min",
        ),
        ({"rules": ["gone"]}, now(9.6), "Cold room 1 is at 9.6 °C, too high for 1 h 15 min"),
        (
            {"direction": "silent", "quantity": "", "rules": ["quiet"]},
            None,
            "No data from Cold room 1 for 1 h 15 min",
        ),
        (
            {"direction": "silent", "until": NOW, "rules": [], "quantity": ""},
            None,
            "There was no data from Cold room 1 for 1 h 15 min",
        ),
        (
            {"direction": "silent", "until": NOW, "rules": []},
            None,
            "There was no temperature data from Cold room 1, for 1 h 15 min",
        ),
        (
            {"worst": {"kind": "rate", "rule": "fast", "profile": "gone", "version": 1}},
            now(6.0),
            "Cold room 1 is warming too fast, for 1 h 15 min",
        ),
        (
            {"worst": {"kind": "spread", "rule": "apart", "profile": "gone", "version": 1}, "direction": "faulty"},
            now(6.0),
            "The temperature sensors of Cold room 1 disagree, for 1 h 15 min",
        ),
        (
            {"worst": {"kind": "mkt", "rule": "mkt", "profile": "gone", "version": 1}, "until": NOW - 75 * MINUTE},
            now(6.0),
            "The mean kinetic temperature of Cold room 1 was too high",
        ),
    ],
)
def test_the_sentence_of_a_problem(given, current, sentence):
    assert words(headline(row(**given), CLOCK, current)) == sentence


def test_names_are_escaped():
    told = problem_row(SITE, alert(), name="<b>", peak=None, notified=(), held=frozenset())
    assert str(headline(told, CLOCK)).startswith("&lt;b&gt; has been")


def test_in_a_list_it_is_said_in_short():
    assert words(in_short(row())) == "above 8.0 °C"
    assert words(in_short(row(direction="silent", quantity=""))) == "no data"
    assert words(in_short(row(direction="silent"))) == "no temperature data"


@pytest.mark.parametrize(
    ("lots", "held", "sentence"),
    [
        ([lot(hold=3)], [("A1", None)], "1 unit of VAX A1 on hold"),
        ([lot(unit="P1", hold=3), lot(unit="P2")], [("A1", "P1")], "1 of 2 units of VAX A1 on hold"),
        ([lot()], [], "1 unit of VAX A1 exposed, no hold for it"),
        ([], [], "no stock exposed"),
    ],
)
def test_what_is_held(lots, held, sentence):
    units = [UnitKey("VAX", name, unit) for name, unit in held]
    assert words(what_is_held(row(lots=lots, held=units), CLOCK)) == sentence


UNKNOWN = {"product": "VAX", "lot": "A1", "unit": "P1", "client": None, "since": NOW - MINUTE, "until": None}


@pytest.mark.parametrize(
    ("lots", "direction", "until", "sentence"),
    [
        ([], "high", None, "VAX A1: condition unknown since 15:59"),
        ([lot()], "high", None, "1 unit of VAX A1 exposed, no hold for it; VAX A1: condition unknown since 15:59"),
        ([lot()], "silent", None, "VAX A1: condition unknown since 15:59"),
        ([], "silent", NOW, "VAX A1: condition unknown from 15:59 to 16:00"),
    ],
)
def test_stock_of_which_nothing_is_known_is_named_and_not_said_to_be_unexposed(lots, direction, until, sentence):
    found = row(lots=lots, direction=direction, unknown=[{**UNKNOWN, "until": until}])
    assert words(what_is_held(found, CLOCK)) == sentence


def test_what_goes_on_because_data_ended_says_so():
    no_data = {
        "since": NOW - 10 * MINUTE,
        "unknown_since": NOW - MINUTE,
        "until": None,
        "sensor": "S1",
        "value": 12_000_000,
    }
    said = words(headline(row(no_data=no_data), CLOCK))
    assert said == "No data from Cold room 1 for 10 min, last 12.0 °C"


def test_many_lots_are_counted_and_few_lead_to_their_pages():
    assert words(name_lots(tuple(("VAX", f"A{i}") for i in range(4)))) == "4 lots"
    assert 'href="/batches/VAX/A%2F3"' in str(name_lots((("VAX", "A/3"),)))


def test_who_was_notified_and_who_could_not_be():
    reached = [Notified("qa-mail", NOW - MINUTE), Notified("erp", NOW), Notified("pager", None)]
    said = words(who_was_notified(row(notified=reached), CLOCK))
    assert said == "qa-mail and erp notified at 15:59, pager not reached"
    assert who_was_notified(row(), CLOCK) == ""


def test_a_mean_is_no_value_to_compare_with():
    mean = SimpleNamespace(
        exposes=False,
        bounds=bounds("above", 8.0),
        quantity=TEMPERATURE,
        direction="high",
        describe=lambda: "mean kinetic temperature above 8.0 °C",
    )
    site = Site(
        profiles={"p": (version("p", Rule("mkt", "mkt", mean)),)},
        locations={"ROOM-1": Location("ROOM-1", profile=always("p"))},
    )
    of_it = alert(rules=["mkt"], lots=[])
    shown = problem_row(site, of_it, name="Cold room 1", peak=None, notified=(), held=frozenset())
    assert (
        words(headline(shown, CLOCK, now(9.6)))
        == "The mean kinetic temperature of Cold room 1 is too high, for 1 h 15 min"
    )
    assert words(in_short(shown)) == "mean kinetic temperature above 8.0 °C"
