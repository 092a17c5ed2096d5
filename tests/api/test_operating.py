"""Probes and metrics."""

import re

import pytest

from api.app import create_app
from api.health import TRIED
from api.options import Options
from domain.errors import UnavailableError
from domain.times import SECOND
from ledger.inbox import LOCK
from store.lock import Lock
from store.state import position, submit_request
from tests.api.conftest import Api
from tests.api.world import MARK, NOW


@pytest.fixture
def engine(site):
    """Somebody holds the lock of the one writer."""
    lock = Lock(site.database, LOCK)
    assert lock.try_acquire()
    yield site
    lock.release()


def test_it_is_alive_whatever_else_is_not(site):
    assert site.api().get("//healthz").json() == {"status": "ok", "troubles": {}}


def test_it_is_ready_while_an_engine_runs(engine):
    assert engine.api().get("//readyz").json() == {"status": "ok", "troubles": {}}


def test_without_an_engine_it_is_not_ready(site):
    response = site.api().get("//readyz")
    assert (response.status_code, response.json()["troubles"]) == (503, {"engine": "not running"})


@pytest.mark.parametrize(("waited", "ready"), [(30 * SECOND, True), (30 * SECOND + 1, False)])
def test_an_engine_that_takes_no_requests_does_not_count(engine, waited, ready):
    with engine.database.begin() as connection:
        submit_request(connection, "x", {}, NOW - waited)
    response = engine.api().get("//readyz")
    assert (response.status_code == 200) == ready
    if not ready:
        assert response.json()["troubles"] == {"engine": "it does not take requests"}


def test_where_nothing_can_be_written_it_is_not_ready(engine, monkeypatch):
    def full():
        raise UnavailableError("database does not answer: database or disk is full")

    monkeypatch.setattr(engine.database, "begin", full)
    response = engine.api().get("//readyz")
    assert (response.status_code, response.json()["troubles"]) == (503, {"database": "cannot be written"})


def test_whether_it_can_write_is_tried_now_and_then_only(engine):
    for _ in range(3):
        assert engine.api().get("//readyz").status_code == 200
    with engine.database.read() as connection:
        assert position(connection, TRIED) == NOW


def test_without_its_database_it_is_not_ready_and_says_no_more(portal):
    class Broken:
        def read(self):
            raise UnavailableError("database postgresql://secret-host does not answer")

    response = Api(portal, create_app(Broken(), Options())).get("//readyz")
    assert (response.status_code, response.json()["troubles"]) == (503, {"database": "does not answer"})


def numbers(text):
    return dict(re.findall(r"^(coldchain_\S+) ([\d.e+]+)$", text, re.MULTILINE))


def test_metrics_tell_of_the_whole_installation(engine):
    api = engine.api("viewer")
    found = numbers(api.get("//metrics").text)
    assert found['coldchain_holds{state="held"}'] == "5.0"
    assert found['coldchain_holds{state="released"}'] == "2.0"
    assert found["coldchain_dead_letters_waiting"] == "1.0"
    assert found["coldchain_problems_open"] == "0.0"
    assert found["coldchain_engine_running"] == "1.0"
    assert (found["coldchain_alarms_day"], found["coldchain_alarms_peak"]) == ("2.0", "2.0")
    assert (found["coldchain_alarms_flood"], found["coldchain_alarms_stale"]) == ("0.0", "0.0")
    assert (found["coldchain_alarms_chattering"], found["coldchain_alarms_suppressed"]) == ("0.0", "0.0")
    assert float(found["coldchain_journal_newest_seconds"]) == NOW / 1e6


def test_metrics_count_requests_by_route_and_name_no_lot(site):
    api = site.api("viewer")
    for lot in ("ZZ1", "A1", "NONE"):
        api.get(f"/batches/VAX/{lot}/verdict")
    api.get("/zz-nothing")
    text = api.get("//metrics").text
    found = numbers(text)
    verdict = 'coldchain_http_requests_total{method="GET",route="/batches/{product}/{lot:path}/verdict",status="%d"}'
    assert (found[verdict % 200], found[verdict % 404]) == ("2.0", "1.0")
    assert found['coldchain_http_requests_total{method="GET",route="none",status="404"}'] == "1.0"
    assert MARK not in text.lower()


def test_answers_are_not_kept_by_caches_and_run_in_no_browser(shared_site):
    for path in ("/holds", "//healthz", "/nothing", "/me?x=%00", "/dead-letters/1/payload"):
        headers = shared_site.api("viewer").get(path).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["x-content-type-options"] == "nosniff", path
