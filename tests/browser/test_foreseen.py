"""A room that fails is foreseen in the background and told on the pages, in a browser."""

import pytest

from domain.times import MINUTE
from ledger.inputs import Batch
from ledger.requests import Apply, Item
from sites.file import load
from tests.api.test_forecasts import FAILS, ROOM_1, SITE, START, readings
from tests.browser.checking import check
from tests.browser.served import Served
from tests.servers.process import wait_until
from tests.thrift import migrated

PATIENCE_S = 120


@pytest.fixture
def failing(tmp_path):
    """The site twenty minutes after the cooling of ROOM-1 has failed, served."""
    database = migrated(tmp_path / "failing.db")
    served = Served(database)
    served.desk.ask("planner", Apply(entries=[Item(e.kind, e.doc) for e in load(SITE, "S.yaml")]), START)
    served.desk.now = FAILS + 20 * MINUTE
    served.desk.writer.step(Batch(list(readings("d1", ROOM_1[1], served.desk.now))), served.desk.now)
    with served:
        wait_until(lambda: served.app.state.services.forecasts.found, PATIENCE_S, lambda: "something foreseen")
        yield served
    database.close()


def test_now_and_the_place_say_what_is_to_come(failing, open_page_of):
    page = open_page_of(failing, "qa", "/")
    line = page.locator("#foreseen li")
    assert "ROOM-1 is warming:" in line.inner_text()
    assert "2 units at risk, first BLOOD B1" in line.inner_text()
    check(page)
    line.get_by_role("link").click()
    page.wait_for_url("**/places/ROOM-1#foreseen")
    assert page.locator("#foreseen tbody tr").count() == 5
    check(page)
