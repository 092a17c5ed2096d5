"""The lists say the same on SQLite and on PostgreSQL."""

import asyncio

import pytest

from api.people.roles import Person
from api.web.frame.live import Listener, Live
from tests.api.web.browser import signed_in
from tests.api.web.test_lists import rows
from tests.api.web.test_now_page import hear, ids


def test_now_and_the_lists(any_site, portal):
    hear(any_site, "dev1", 9.6)
    staff = signed_in(any_site, portal, "viewer")
    assert {"ROOM-1", "ROOM-2", "ZZROOM"} <= set(ids(staff.get("/").text))
    assert len(rows(staff.get("/problems?show=all").text, "problem")) >= 2
    assert len(rows(staff.get("/batches").text, "batch")) == 7
    assert staff.get("/search?q=A1").headers["location"] == "/batches/VAX/A1"
    client = signed_in(any_site, portal, "client")
    assert len(rows(client.get("/batches").text, "batch")) == 4


@pytest.mark.parametrize("after", [0, 20])
def test_the_stream_tells_everything_since(any_site, after):
    live = Live(any_site.app.state.services, look_every_s=0.01)
    wanted = [row.number for row in any_site.desk.rows("events") if row.number > after and row.kind != "messages"]

    async def run():
        heard = []
        stream = live.follow(Listener(Person("v", "viewer"), "session"), after)
        async with asyncio.timeout(60):
            async for words in stream:
                heard += [int(line[4:]) for line in words.split("\n") if line.startswith("id: ")]
                if len(heard) >= len(wanted):
                    break
        await stream.aclose()
        await live.stop()
        return heard

    assert wanted
    assert asyncio.run(run()) == wanted
