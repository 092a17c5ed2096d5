"""A site where much has happened, served over HTTP as it would be to people; time stands still at `world.NOW`."""

import shutil
import threading
from contextlib import contextmanager

from api.app import create_app
from api.options import Options
from api.people.register import add_account
from api.people.sessions import begin_session
from coldchain.commands.serve import Server
from domain.readings import Reading
from ledger.inputs import Arrived, Batch
from store.database import open_database
from tests.api import world

CLIENTS = {"client": "acme"}


class Served:
    """An application over a database of its own, at `url`. What is asked of the one writer is done at once."""

    def __init__(self, database):
        self.database = database
        self.desk = world.Desk(database)
        self._lock = threading.Lock()
        self._people = {}
        self.app = create_app(database, Options(now=lambda: self.desk.now), self._submit)
        self._server = Server(self.app, port=0, log_level="error")
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self):
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join(60)

    def _submit(self, *asked):
        with self._lock:
            return self.desk.submit(*asked)

    def ask(self, who, request):
        """Let somebody ask the one writer for something, now."""
        with self._lock:
            return self.desk.ask(who, request, self.desk.now)

    def hear(self, device, celsius, later=0):
        """Let time go on by `later` microseconds, and a device say its temperature."""
        with self._lock:
            self.desk.now += later
            said = Reading(device, "", "temperature", round(celsius * 1_000_000), self.desk.now)
            self.desk.writer.step(
                Batch([Arrived("zz/1/readings", b"{}", False, self.desk.now, "zz", [said])]), self.desk.now
            )

    def session(self, role):
        """Return the cookie of a person of this role who is signed in: `qa-person` and the like."""
        if role not in self._people:
            with self.database.begin() as connection:
                name = f"{role}-person"
                add_account(connection, name, name.title(), role, CLIENTS.get(role), "test", self.desk.now)
                self._people[role] = begin_session(connection, name, self.desk.now)
        return self._people[role]


@contextmanager
def copied(built, folder):
    """Serve a copy of a site that was built."""
    shutil.copy(built, folder / "coldchain.db")
    database = open_database(f"sqlite:///{folder}/coldchain.db")
    with Served(database) as found:
        yield found
    database.close()
