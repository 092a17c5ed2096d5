"""Pages of rare states in a browser: readings that count for nothing, an off-delay that passes, a sensor that dies."""

from domain.readings import Flag, Reading
from domain.times import MINUTE
from ledger.inputs import Arrived, Batch
from tests.api.web import states
from tests.api.world import NOW, START
from tests.browser.checking import check


def test_readings_that_count_for_nothing_are_listed_for_everybody(served, open_page):
    at = START + 30 * MINUTE
    said = [Reading("dev1", "", "humidity", 40_000_000, at + i, Flag.UNKNOWN_ZONE) for i in range(3)]
    served.desk.writer.step(Batch([Arrived("zz/1/readings", b"{}", False, NOW, "src", said)]), NOW)
    page = open_page("qa", "/setup/devices/dev1")
    page.get_by_role("link", name="List all readings of this kind").click()
    page.wait_for_url("**/setup/unused-readings**")
    assert page.get_by_text("as written, time not certain").count() == 3
    check(page)


def test_what_waits_for_its_off_delay_is_said_to_be_over(served, open_page):
    states.pending(served)
    page = open_page("qa", f"/problems/{states.newest_problem(served)}")
    assert page.get_by_role("heading", level=1).inner_text().startswith("ZZROOM was too warm")
    assert page.get_by_text("back within limits; cleared at").is_visible()
    check(page)


def test_a_sensor_that_dies_outside_is_not_said_to_be_over(served, open_page):
    states.no_data(served)
    page = open_page("qa", f"/problems/{states.newest_problem(served)}")
    assert page.get_by_text("Whether it is over is not known until a value within limits arrives").is_visible()
    check(page)
