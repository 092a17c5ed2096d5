"""How far the judging of a far-reaching correction is: by the API, as a number, and as a bar on the pages."""

import pytest
from sqlalchemy import insert

from api.reads.underway import read_underway
from store.tables import judgings

CAUSE = {"kind": "correction", "who": "anna", "entries": [], "count": 1, "event": 7}


@pytest.fixture
def going(site):
    """One is over, one goes on."""
    with site.desk.database.begin() as connection:
        over = {"begun_at": 1_000_000, "ended_at": 2_000_000, "cause": CAUSE, "total": 300, "done": 300}
        on = {"begun_at": 3_000_000, "ended_at": None, "cause": CAUSE, "total": 10_000, "done": 1_200}
        connection.execute(insert(judgings), [over, on])
    return site


def test_those_that_go_on_come_first_with_how_far_they_are(going):
    newest, older = going.api("viewer").items("/judgings")
    assert (newest["total"], newest["done"], newest["ended_at"]) == (10_000, 1_200, None)
    assert (newest["cause"]["kind"], newest["cause"]["who"]) == ("correction", "anna")
    assert older["ended_at"] == "1970-01-01T00:00:02Z"
    assert going.api("viewer").get(f"/judgings/{newest['id']}").json() == newest
    assert going.api("viewer").get("/judgings/99").status_code == 404


def test_a_client_is_not_told_of_it(going):
    assert going.api("client").get("/judgings").status_code == 403


def test_the_metrics_say_how_much_waits(going):

    with going.desk.database.read() as connection:
        underway = read_underway(connection)
    assert (underway.done, underway.total) == (1_200, 10_000)


def test_without_any_there_is_nothing_to_say(site):

    assert site.api("viewer").items("/judgings") == []
    with site.desk.database.read() as connection:
        assert read_underway(connection) is None
