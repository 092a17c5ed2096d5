"""The API over a site where much has happened; the site is built once and copied for each test."""

import shutil
import threading
from contextlib import contextmanager

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from api.app import create_app
from api.options import Options
from store.database import open_database
from tests.api import world
from tests.thrift import SORTS, migrated


class Api:
    """Asks the application as a program would, with one token."""

    def __init__(self, portal, app, token=None):
        self.app = app
        self._portal = portal
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    def ask(self, method, path, **more):
        """Return the response; paths begin behind `/api/v1` unless they begin with `//`."""
        url = path[1:] if path.startswith("//") else f"/api/v1{path}"

        async def run():
            return await self._client.request(method, url, **more)

        return self._portal.call(run)

    def get(self, path, **query):
        return self.ask("GET", path, params=query)

    def post(self, path, body):
        return self.ask("POST", path, json=body)

    def put(self, path, body):
        return self.ask("PUT", path, json=body)

    def delete(self, path):
        return self.ask("DELETE", path)

    def items(self, path, **query):
        """Return all items of a list, page by page."""
        found = []
        while True:
            page = self.get(path, **query).raise_for_status().json()
            found += page["items"]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]


@pytest.fixture(scope="session")
def portal():
    with start_blocking_portal() as found:
        yield found


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The file of a site where everything has happened, and tokens."""
    database = migrated(tmp_path_factory.mktemp("api") / "coldchain.db")
    world.build(database)
    tokens = world.add_tokens(database)
    database.close()
    return database.path, tokens


class World:
    """An application over a database of its own."""

    def __init__(self, portal, database, tokens):
        self.database = database
        self.desk = world.Desk(database)
        self.tokens = tokens
        self._portal = portal
        self._lock = threading.Lock()
        self.app = create_app(database, Options(now=lambda: self.desk.now), self._submit)

    def _submit(self, *asked):
        with self._lock:
            return self.desk.submit(*asked)

    def api(self, role=None, token=None):
        return Api(self._portal, self.app, token or self.tokens.get(role))


@contextmanager
def copied(template, folder, portal):
    """Open an application over a copy of a site."""
    path, tokens = template
    shutil.copy(path, folder / "coldchain.db")
    database = open_database(f"sqlite:///{folder}/coldchain.db")
    yield World(portal, database, tokens)
    database.close()


@pytest.fixture
def site(template, tmp_path, portal):
    """A site of one's own."""
    with copied(template, tmp_path, portal) as found:
        yield found


@pytest.fixture
def postgres_site(postgresql_database, portal):
    """The same on PostgreSQL."""
    world.build(postgresql_database)
    return World(portal, postgresql_database, world.add_tokens(postgresql_database))


@pytest.fixture(params=SORTS)
def any_site(request):
    """A site on each sort of database."""
    return request.getfixturevalue("site" if request.param == "sqlite" else "postgres_site")


@pytest.fixture(scope="session")
def shared_site(template, tmp_path_factory, portal):
    """A site for tests that only look."""
    with copied(template, tmp_path_factory.mktemp("api-shared"), portal) as found:
        yield found
