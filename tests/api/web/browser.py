"""A browser without scripts: keeps cookies, finds the forms of a page, sends them with what they hold."""

from html.parser import HTMLParser

import httpx

from api.people.register import add_account
from api.people.sessions import begin_session
from api.web.frame.session import COOKIE

CLIENTS = {"client": "acme"}
BASE = "http://test"


class Forms(HTMLParser):
    """Collects the forms of a page: where they go and what their fields hold."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.found.append((given.get("action"), {}))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1][1][given["name"]] = given.get("value") or ""


class Browser:
    """Asks the application for pages."""

    def __init__(self, world, portal, cookie=None, base=BASE):
        self._portal = portal
        transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=base)
        if cookie is not None:
            self.cookie = cookie

    @property
    def cookie(self):
        return self.client.cookies.get(COOKIE)

    @cookie.setter
    def cookie(self, value):
        self.client.cookies.clear()
        self.client.cookies.set(COOKIE, value, domain="test.local")

    def ask(self, method, path, **more):
        async def run():
            return await self.client.request(method, path, **more)

        return self._portal.call(run)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, data=None, **more):
        return self.ask("POST", path, data=data or {}, **more)

    def form(self, path, action):
        """Return what the form with this action holds on a page."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        (fields,) = [fields for found, fields in Forms(page.text).found if found == action]
        return fields

    def send(self, path, action, **filled):
        """Fill in the form with this action on a page and send it; return the answer."""
        fields = self.form(path, action)
        assert set(filled) <= set(fields), f"the form has no field {set(filled) - set(fields)}"
        return self.post(action, fields | filled)


def add_person(world, role="qa", name=None):
    """Register a person, without a password."""
    name = name or f"{role}-person"
    with world.database.begin() as connection:
        return add_account(connection, name, name.title(), role, CLIENTS.get(role), "test", world.desk.now)


def signed_in(world, portal, role):
    """Return the browser of a new person of this role who is signed in."""
    person = add_person(world, role)
    with world.database.begin() as connection:
        return Browser(world, portal, begin_session(connection, person.name, world.desk.now))
