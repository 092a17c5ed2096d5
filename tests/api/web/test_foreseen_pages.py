"""What is foreseen, in the words of the pages; staff see it, a client nothing of it."""

import functools

import pytest

from api.access import StaffPolicy
from api.deps import View
from api.forecast.forecasts import SensorForecast
from api.web.forecast.view import Expected, place_forecast, place_forecasts, rounded
from api.web.forecast.words import (
    forecast_basis,
    forecast_headline,
    forecast_range,
    forecast_risk,
    forecast_still,
)
from api.web.frame.formats import Clock, zone_named
from api.web.frame.shared import TICK
from domain.times import DAY, HOUR, MINUTE, SECOND
from forecast.risk import Allowance, Risk
from forecast.thermal import Crossing
from ledger.inputs import Batch
from store.loaded import LoadedSeries
from tests.api.web.reading import words
from tests.api.world import NOW, _message

SOON = Crossing(15 * 60.0, 25 * 60.0, 50 * 60.0)
PASSED = Crossing(0.0, 0.0, 0.0)
NEVER = Crossing(600.0, float("inf"), float("inf"))
NO_UNIT = (None, None, None)
UNIT = ("VAX", "ZZ1", "ZZUNIT")


def risk(
    subject=(None, None, None), reached=SOON, left_s=3600.0, action="hold", limit=8.0, rule="too-warm", place=None
):
    fires = Crossing(*(seconds + left_s for seconds in (reached.earliest, reached.likely, reached.latest)))
    return Risk(Allowance(subject, rule, action, limit, left_s, place), reached, fires)


def foreseen(*risks, sign=1, place="ROOM-1", read_at=NOW, sensor="S1"):
    places = frozenset((place,))
    return SensorForecast(sensor, place, places, sign, NOW - 20 * MINUTE, read_at, 6_700_000, risks)


OF_PLACE = risk(place="ROOM-1", left_s=600.0, action="notify", rule="zzroomrule")
OF_UNIT = risk(UNIT)


@pytest.fixture
def look(site, browse):
    """Return what a page says, while this is foreseen."""
    browse = functools.cache(browse)

    def say(path, *found, role="viewer"):
        site.desk.now += TICK  # what is shown to all is made anew
        site.app.state.services.forecasts._found = {i: each for i, each in enumerate(found)}
        return words(browse(role).get(path).text).replace("\N{NO-BREAK SPACE}", " ")

    return say


@pytest.fixture
def told(site):
    """Return what is told of something foreseen."""

    def tell(*risks, **how):
        caller = site.app.state.services
        with caller.database.read() as connection:
            view = View(connection, caller.snapshots.get(connection), StaffPolicy(), NOW, LoadedSeries(connection))
            return place_forecast(view, "ROOM-1", foreseen(*risks, **how))

    return tell


# --- words --------------------------------------------------------------------------------------------------------


def plain(said):
    return words(str(said)).replace("\N{NO-BREAK SPACE}", " ")


def test_a_limit_that_is_to_be_reached_is_said_first_with_the_unit_that_comes_first(told):
    found = told(OF_PLACE, OF_UNIT, risk(("VAX", "ZZ3", None), left_s=7200.0))
    assert plain(forecast_headline(found)) == "ROOM-1 is warming: 8.0 °C in about 25 min"
    assert plain(forecast_risk(found)) == "2 units at risk, first VAX ZZ1 ZZUNIT: on hold in about 1 h 30 min"


def test_an_estimate_says_its_range_and_what_it_rests_on(told):
    basis = plain(forecast_basis(told(OF_UNIT), Clock(zone_named("UTC"), NOW)))
    assert basis == "likely in 15–50 min if nobody acts; 6.7 °C at S1, outside its usual range since 2 Jan 23:40"


def test_past_the_limit_it_is_said_what_fires_next(told):
    found = told(risk(UNIT, PASSED, 2400.0))
    assert plain(forecast_still(found)) == "VAX ZZ1 ZZUNIT on hold in about 40 min"
    assert found.first.reached is None


def test_cooling_is_called_so_and_a_place_without_stock_has_no_unit_at_risk(told):
    found = told(risk(limit=2.0, place="ROOM-1"), sign=-1)
    assert plain(forecast_headline(found)) == "ROOM-1 is cooling: 2.0 °C in about 25 min"
    assert plain(forecast_risk(found)) == "no unit at risk"


def test_what_is_farther_than_a_day_is_not_told(told):
    far = Crossing(DAY / SECOND, 1.5 * DAY / SECOND, 2 * DAY / SECOND)
    assert told(risk(UNIT, far)) is None
    assert told(risk(UNIT, NEVER)) is None


def test_who_fires_first_comes_first_and_a_place_is_told_of_once(site):
    services = site.app.state.services
    late, soon = foreseen(risk(UNIT, left_s=9000.0)), foreseen(OF_UNIT, place="ZZROOM")
    with services.database.read() as connection:
        view = View(connection, services.snapshots.get(connection), StaffPolicy(), NOW, LoadedSeries(connection))
        assert [each.place for each in place_forecasts(view, [soon, late, soon])] == ["ZZROOM", "ROOM-1"]


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (15 * MINUTE, 50 * MINUTE, "15–50 min"),
        (25 * MINUTE, 25 * MINUTE, "25 min"),
        (40 * MINUTE, 90 * MINUTE, "40 min to 1 h 30 min"),
        (0, 5 * MINUTE, "0–5 min"),
        (2 * HOUR, None, "2 h or more"),
    ],
)
def test_ranges(earliest, latest, said):
    until = None if latest is None else NOW + latest
    assert forecast_range(Expected(NOW, NOW + earliest, NOW + earliest, until)) == said


@pytest.mark.parametrize(
    ("length", "said"), [(-5, 0), (7, 7), (12, 10), (58, 60), (64, 60), (66, 70), (359, 360), (400, 420), (1500, 1500)]
)
def test_estimates_are_rounded(length, said):
    assert rounded(length * MINUTE) == said * MINUTE


# --- pages --------------------------------------------------------------------------------------------------------


def test_now_has_a_line_of_what_is_foreseen(look):
    page = look("/", foreseen(OF_PLACE, OF_UNIT))
    assert "Estimate ROOM-1 is warming: 8.0 °C in about 25 min" in page
    assert "1 unit at risk, first VAX ZZ1 ZZUNIT: on hold in about 1 h 30 min · likely in 15–50 min" in page


def test_now_has_no_line_when_nothing_is_foreseen(look):
    assert "Estimate" not in look("/")
    assert "Estimate" not in look("/?wall=1")


def test_the_wall_screen_says_it_too(look):
    assert "Estimate ROOM-1 is warming: 8.0 °C in about 25 min; 1 unit at risk" in look("/?wall=1", foreseen(OF_UNIT))


def test_a_place_lists_who_is_at_risk_in_order(look):
    page = look("/places/ROOM-1", foreseen(OF_PLACE, OF_UNIT))
    assert "Estimate ROOM-1 is warming: 8.0 °C in about 25 min; 1 unit at risk" in page
    table = page[page.index("Stock at risk Rule Limit") :]
    first, second = (
        table.index("the location itself zzroomrule 8.0 °C about"),
        table.index("VAX ZZ1 ZZUNIT too-warm 8.0 °C"),
    )
    assert first < second
    assert "in 15–50 min about 02:25 in 1 h 20 min to 1 h 50 min Hold" in table
    assert "Forecasts do not affect verdicts." in page


def test_a_place_of_which_nothing_is_foreseen_says_nothing(look):
    assert "Stock at risk" not in look("/places/ROOM-1", foreseen(OF_UNIT, place="ZZROOM"))


def test_a_problem_that_goes_on_says_what_is_still_to_come(site, look):
    heard = [_message("dev1", "zz/1/readings", 2850 + i * 5, 9.9) for i in range(6)]
    site.desk.writer.step(Batch(heard), NOW)
    number = max(row.id for row in site.desk.rows("alerts"))
    still = risk(UNIT, PASSED, 2400.0)
    page = look(f"/problems/{number}", foreseen(still))
    assert "Forecast Estimate" in page
    assert "VAX ZZ1 ZZUNIT too-warm 8.0 °C passed about" in page
    assert "Estimate VAX ZZ1 ZZUNIT on hold in about 40 min" in look("/", foreseen(still))
    assert "ROOM-1 is warming" not in look("/", foreseen(still))  # its problem says so
    assert "Forecast" not in look(f"/problems/{number}", foreseen(still, sign=-1))


def test_a_problem_that_is_over_has_nothing_to_come(site, look):
    number = min(row.id for row in site.desk.rows("alerts") if row.place == "ROOM-1")
    assert "Forecast" not in look(f"/problems/{number}", foreseen(OF_UNIT))


def test_a_client_sees_nothing_of_it(look):
    for path in ("/", "/batches", "/batches/VAX/A1", "/places/ROOM-1", "/problems/1", "/?wall=1"):
        page = look(path, foreseen(OF_PLACE, OF_UNIT), role="client")
        assert "Estimate" not in page
        assert "at risk" not in page.lower()
