"""What people read on every page that links lead to: locations by their names, times in the zone of the site.

Ids of locations stand in addresses, in forms' values and where they are set. The site is in a zone a quarter of an hour
off, and everything happens at full ten minutes of UTC: a time that ends so is not in the zone.
"""

import re
from collections import deque
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from store.database import open_database
from store.migrate import migrate
from tests.api import world
from tests.api.conftest import World
from tests.api.web.browser import signed_in

NAMES = {"SITE-A": "Plant North", "ROOM-1": "Cold room east", "ROOM-2": "Cold room west", "ZZROOM": "Far store"}
IDS = {place: f"PLACEID{number}" for number, place in enumerate(NAMES)}
NAMED = re.compile("|".join(rf"{name} \({IDS[place]}\)" for place, name in NAMES.items()))  # a record says both
PAGES_AT_MOST = 250
# Pages on which the id of a location is what they are about: it is entered, looked up or corrected there by its id.
OF_IDS = re.compile(r"^/(places$|search\?q=PLACEID|audit)")


ZONE = "Asia/Kathmandu"
CLOCK = re.compile(r"\b\d\d:\d\d\b")
# A time in UTC that does not say so: everything happens at a minute that ends in 0, or a minute later.
AXIS = re.compile(r"\d\d:[0-5]0|.* 00:00")  # round times of the zone
UTC_UNSAID = re.compile(r"(?<![\d:+−-])([01]\d|2[0-3]):[0-5][01](?::\d\d)?(?![:\d])(?!\S*Z)(?! UTC)")


class Text(HTMLParser):
    """What a person reads of a page, and where its links lead."""

    def __init__(self, page):
        super().__init__()
        self.words, self.links, self.times = [], [], []  # times: what a machine reads, and what a person reads
        self._hidden, self._is_id, self._time, self._drawn = 0, False, None, 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self._hidden += tag in ("script", "style", "template")
        given = dict(attributes)
        self._drawn += tag == "svg"
        if tag == "time":
            self._time = given["datetime"]
        self._is_id = "id" in (given.get("class") or "").split()
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])
        self.words += [given[name] for name in ("title", "aria-label", "placeholder", "alt") if given.get(name)]

    def handle_endtag(self, tag):
        self._is_id = False
        self._drawn -= tag == "svg"
        self._time = None if tag == "time" else self._time
        self._hidden -= tag in ("script", "style", "template")

    def handle_data(self, data):
        if self._time is not None:
            self.times.append((self._time, data))
        elif not self._hidden and not self._is_id and not (self._drawn and AXIS.fullmatch(data.strip())):
            self.words.append(data)


@pytest.fixture(scope="module")
def named_site(tmp_path_factory, portal):
    """The site with ids that cannot be mistaken for a name."""
    site = world.SITE.replace("timezone: Europe/Berlin", f"timezone: {ZONE}")
    for place, name in NAMES.items():
        site = re.sub(rf"\b{place}\b", IDS[place], site)
        site = site.replace(f"- {{id: {IDS[place]},", f"- {{id: {IDS[place]}, name: {name},")
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('named')}/coldchain.db")
    migrate(database)
    world.build(database, site, IDS["ROOM-1"])
    yield World(portal, database, world.add_tokens(database))
    database.close()


@pytest.fixture(scope="module", params=["admin", "qa", "client"])
def pages(request, named_site, portal):
    """Every page that links lead a person to, as its words, by address."""
    browser = signed_in(named_site, portal, request.param)
    waiting, seen, found = deque(["/"]), {"/"}, {}
    while waiting and len(seen) < PAGES_AT_MOST:
        address = waiting.popleft()
        answer = browser.get(address, follow_redirects=True)
        if answer.headers["content-type"].startswith("text/html"):
            page = Text(answer.text)
            found[address] = [" ".join(words.split()) for words in page.words], page.times
            new = [link for link in page.links if link not in seen and not link.startswith(("/api/", "/sign-out"))]
            seen.update(new)
            waiting.extend(dict.fromkeys(new))
    assert len(found) > (10 if request.param == "client" else 40)
    return found


def test_no_page_shows_the_id_of_a_location_where_it_has_a_name(pages):
    shown = {
        address: [said for said in words if "PLACEID" in NAMED.sub("", said)]
        for address, (words, _) in pages.items()
        if not OF_IDS.search(address)
    }
    assert {address: found for address, found in shown.items() if found} == {}


def test_times_are_in_the_zone_of_the_site_or_say_that_they_are_not(pages):
    shown = {address: [said for said in words if UTC_UNSAID.search(said)] for address, (words, _) in pages.items()}
    assert {address: found for address, found in shown.items() if found} == {}
    clocks = [(at, said) for _, times in pages.values() for at, said in times if CLOCK.search(said)]
    assert len(clocks) > 10
    for at, said in clocks:
        local = datetime.fromisoformat(at).astimezone(ZoneInfo(ZONE))
        assert f"{local:%H:%M}" == CLOCK.search(said)[0], (at, said)
