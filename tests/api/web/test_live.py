"""The stream of events: nothing missing, nothing twice, nobody's business to nobody else."""

import asyncio
import json
import re

import pytest
from sqlalchemy import func, insert, select

from api.people.roles import Person
from api.people.sessions import begin_session, hash_of
from api.web.frame import live as module
from api.web.frame.live import Listener, Live
from domain.times import MINUTE, SECOND
from store.people import end_session
from store.tables import alerts, events
from tests.api.web.browser import add_person

SOON = 60.0  # seconds that nothing here takes, however busy the machine is


class Page:
    """An open page: takes what the stream says."""

    def __init__(self, live, listener, after=None):
        self._stream = live.follow(listener, after)
        self.lines = []
        self._task = asyncio.ensure_future(self._take())

    async def _take(self):
        async for line in self._stream:
            self.lines.append(line)

    async def until(self, wanted):
        """Wait until what was said satisfies a condition."""
        async with asyncio.timeout(SOON):
            while not wanted(self):
                assert not self._task.done(), "the stream ended"
                await asyncio.sleep(0.005)

    async def ended(self):
        async with asyncio.timeout(SOON):
            await self._task

    async def cut(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._stream.aclose()

    @property
    def numbers(self):
        return [int(found) for line in self.lines for found in re.findall(r"^id: (\d+)", line)]

    @property
    def text(self):
        return "".join(self.lines)


@pytest.fixture
def live(site):
    return Live(site.app.state.services, look_every_s=0.005, beat_every_s=60)


@pytest.fixture
def listener(site):
    """Return a function: the listener of a new session of a role."""

    def of(role, client=None):
        person = add_person(site, role)
        with site.database.begin() as connection:
            secret = begin_session(connection, person.name, site.desk.now)
        return Listener(Person(person.name, role, client), hash_of(secret))

    return of


def happen(site, count=1, kind="tested", subject=()):
    """Let something happen."""
    with site.database.begin() as connection:
        last = connection.scalars(select(events.c.number).order_by(events.c.number.desc()).limit(1)).first()
        rows = [
            {"number": last + 1 + i, "at": site.desk.now, "kind": kind, "subject": dict(subject)} for i in range(count)
        ]
        connection.execute(insert(events), rows)
    return [row["number"] for row in rows]


def numbers(site, after=0):
    """Return what a page must hear: everything but readings."""
    with site.database.read() as connection:
        wanted = select(events.c.number).where(events.c.number > after, events.c.kind != "messages")
        return list(connection.scalars(wanted.order_by(events.c.number)))


def test_a_page_hears_what_happens_from_now_on(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        happened = await asyncio.to_thread(happen, site, 3)
        await page.until(lambda page: len(page.numbers) == 3)
        assert page.numbers == happened
        await page.cut()

    asyncio.run(run())


def test_a_page_that_was_cut_off_goes_on_without_gap_or_duplicate(site, live, listener):
    who = listener("viewer")
    start = numbers(site)[-1]

    async def run():
        heard = []
        for i in range(6):  # each time a few while it listens, a few while it is cut off
            page = Page(live, who, after=heard[-1] if heard else start)
            await asyncio.to_thread(happen, site, 3)
            wanted = numbers(site, heard[-1] if heard else start)
            await page.until(lambda page, wanted=wanted: len(page.numbers) >= len(wanted))
            heard += page.numbers
            await page.cut()
            if i % 2:
                await asyncio.to_thread(happen, site, 5)
        return heard

    heard = asyncio.run(run())
    assert heard == numbers(site, start)[: len(heard)]
    assert len(heard) == 6 * 3 + 2 * 5


def test_what_others_heard_long_ago_is_told_from_the_database(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"), after=0)
        wanted = numbers(site)
        await page.until(lambda page: len(page.numbers) >= len(wanted))
        assert page.numbers == wanted
        await page.cut()

    asyncio.run(run())


def test_who_missed_too_much_is_told_to_load_anew(site, live, listener, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 10)
    start = numbers(site)[-1]
    last = happen(site, 11)[-1]

    async def run():
        page = Page(live, listener("viewer"), after=start)
        await page.until(lambda page: "event: reset" in page.text)
        assert page.numbers == [last]
        following = await asyncio.to_thread(happen, site, 1)
        await page.until(lambda page: page.numbers[1:] == following)
        await page.cut()

    asyncio.run(run())


def test_more_than_is_remembered_at_once_is_no_gap(site, live, listener, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 10)

    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        last = (await asyncio.to_thread(happen, site, 25))[-1]
        await page.until(lambda page: page.numbers and page.numbers[-1] == last)
        assert "event: reset" in page.text  # it does not have them all, and knows
        await page.cut()

    asyncio.run(run())


def test_readings_are_told_at_most_every_two_seconds_and_only_the_newest(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        first = await asyncio.to_thread(happen, site, 1, "messages")
        await page.until(lambda page: page.numbers == first)
        later = await asyncio.to_thread(happen, site, 5, "messages")
        await asyncio.sleep(0.1)
        assert page.numbers == first
        site.desk.now += 2 * SECOND
        await page.until(lambda page: page.numbers == first + later[-1:])
        await page.cut()

    asyncio.run(run())


def test_readings_wait_behind_no_deed(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        first = await asyncio.to_thread(happen, site, 1, "messages")
        await page.until(lambda page: page.numbers == first)
        await asyncio.to_thread(happen, site, 2, "messages")
        deed = await asyncio.to_thread(happen, site, 1)
        await page.until(lambda page: page.numbers == first + deed)
        site.desk.now += 2 * SECOND
        await asyncio.sleep(0.05)
        assert page.numbers == first + deed  # whoever loaded the page for the deed has the readings before it
        await page.cut()

    asyncio.run(run())


def test_staff_are_told_how_many_problems_are_open(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: "event: problems\ndata: 0\n" in page.text)
        with site.database.begin() as connection:
            connection.execute(alerts.update().where(alerts.c.id == 1).values(until=None, founded=True))
        await asyncio.to_thread(happen, site)
        await page.until(lambda page: "event: problems\ndata: 1\n" in page.text)
        await page.cut()

    asyncio.run(run())


def alert_of(site, *lots):
    """Return an alert that is about these lots."""
    with site.database.begin() as connection:
        row = dict(connection.execute(select(alerts)).first()._mapping)
        row["id"] = connection.scalar(select(func.max(alerts.c.id))) + 1
        row["lots"] = [{"product": product, "lot": lot, "unit": None, "hold": None} for product, lot in lots]
        connection.execute(insert(alerts).values(row))
    return row["id"]


def test_a_client_hears_that_something_of_its_own_changed_and_nothing_else(site, live, listener):
    theirs, mine = alert_of(site, ("VAX", "ZZ1")), alert_of(site, ("VAX", "ZZ1"), ("VAX", "A1"))

    others = [
        ("alert.updated", {"alert": theirs}),
        ("location.put", {"kind": "location", "key": '["ZZNEW"]'}),
        ("batch.put", {"kind": "batch", "key": '["VAX","ZZ9"]'}),
        ("placement.put", {"kind": "placement", "key": '["VAX","ZZ1","","ROOM-1","2026-01-01T00:00:00Z"]'}),
        ("placement.put", {"kind": "placement", "key": '["zz-placement"]'}),
        ("hold.placed", {"hold": 7, "product": "VAX", "lot": "ZZ1"}),
        ("judged", {"location": "ROOM-1"}),
        ("messages", {"journal": 9, "count": 3, "dead_letters": 0}),
    ]
    own = [
        ("alert.updated", {"alert": mine}),
        ("batch.put", {"kind": "batch", "key": '["VAX","A1"]'}),
        ("placement.put", {"kind": "placement", "key": '["VAX","A1","","ROOM-1","2026-01-01T00:00:00Z"]'}),
        ("hold.placed", {"hold": 8, "product": "VAX", "lot": "A1"}),
        ("judged", {"product": "VAX", "lot": "A1", "unit": None}),
    ]

    async def run():
        page = Page(live, listener("client", "acme"), after=0)  # a number that it cannot have learnt from us
        await page.until(lambda page: page.lines)
        for event in others:
            await asyncio.to_thread(happen, site, 1, *event)
        await asyncio.sleep(0.1)
        assert page.lines == [module.TO_BEGIN]
        for i, event in enumerate(own):
            await asyncio.to_thread(happen, site, 1, *event)
            await page.until(lambda page, i=i: len(page.lines) == 2 + i)
        assert page.lines[1:] == [module.CHANGED] * len(own)
        await page.cut()

    asyncio.run(run())


def test_a_client_that_was_kept_waiting_is_told_nothing_but_to_look(site, live, listener, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 10)

    async def run():
        page = Page(live, listener("client", "acme"))
        await page.until(lambda page: page.lines)
        await asyncio.to_thread(happen, site, 25)
        await page.until(lambda page: len(page.lines) == 2)
        assert page.lines == [module.TO_BEGIN, module.CHANGED]
        await page.cut()

    asyncio.run(run())


def test_the_stream_ends_with_the_session(site, live, listener):
    who, other = listener("viewer"), listener("qa")

    async def run():
        page, stays = Page(live, who), Page(live, other)
        await page.until(lambda page: page.lines)
        with site.database.begin() as connection:
            end_session(connection, who.session)
        site.desk.now += MINUTE
        await page.ended()
        happened = await asyncio.to_thread(happen, site)
        await stays.until(lambda page: page.numbers == happened)
        await stays.cut()

    asyncio.run(run())


def test_however_many_listen_the_database_is_looked_at_once(site, listener, monkeypatch):
    live = Live(site.app.state.services, look_every_s=0.5, beat_every_s=60)
    looks = []
    look = live._scan
    monkeypatch.setattr(live, "_scan", lambda after: looks.append(after) or look(after))
    who = listener("viewer")

    async def run():
        pages = [Page(live, who) for _ in range(100)]
        for page in pages:
            await page.until(lambda page: page.lines)
        happened = await asyncio.to_thread(happen, site, 2)
        for page in pages:
            await page.until(lambda page: page.numbers == happened)
        assert len(looks) < 100
        for page in pages:
            await page.cut()
        before = len(looks)
        await asyncio.sleep(0.1)
        assert len(looks) <= before + 1  # and not at all where nobody listens

    asyncio.run(run())


def test_a_silent_stream_says_that_it_lives(site, listener):
    live = Live(site.app.state.services, look_every_s=0.005, beat_every_s=0.02)

    async def run():
        page = Page(live, listener("client", "acme"))
        await page.until(lambda page: page.lines.count(module.BEAT) >= 2)
        await page.cut()

    asyncio.run(run())


def test_a_look_that_fails_is_followed_by_one_that_does_not(site, live, listener, monkeypatch, caplog):
    look, fails = live._scan, iter([True, False, True])
    monkeypatch.setattr(live, "_scan", lambda after: look(after) if not next(fails, False) else 1 / 0)

    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        happened = await asyncio.to_thread(happen, site)
        await page.until(lambda page: page.numbers == happened)
        await page.cut()

    asyncio.run(run())
    assert "pages are not told of events" in caplog.text


def test_events_are_told_as_they_are_on_record(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"), after=numbers(site)[-2])
        await page.until(lambda page: page.numbers)
        told = json.loads(re.search(r"^data: (.*)$", "".join(page.lines[1:]), re.MULTILINE)[1])
        with site.database.read() as connection:
            row = connection.execute(select(events).where(events.c.number == told["number"])).one()
        assert told == dict(row._mapping)
        await page.cut()

    asyncio.run(run())


def test_when_the_process_stops_every_stream_ends(site, live, listener):
    async def run():
        page = Page(live, listener("viewer"))
        await page.until(lambda page: page.lines)
        await live.stop()
        await page.ended()

    asyncio.run(run())
