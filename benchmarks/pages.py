"""What open pages cost the ingest: the drain of what waited at the broker, with and without 100 pages open.

    python -m benchmarks.pages [--messages 300000] [--pages 100] [--rounds 3]

mosquitto with the shipped configuration, coldchain on SQLite, `coldchain serve` in every round. A page follows the
stream of events and is fetched again as its script does. Whoever looks at the pages runs on the same machine here.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from api.people.register import add_account
from api.people.sessions import begin_session
from api.web.frame.session import COOKIE
from benchmarks.cpu import seconds_used
from benchmarks.plant import TOPIC, Outage
from benchmarks.running import running
from benchmarks.session import fill, leave
from benchmarks.tap import Tap
from benchmarks.visitors import Visitors
from coldchain.bootstrap import clock
from store.database import Database, open_database
from store.migrate import migrate
from store.state import installation_id
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import MissingError, free_port, wait_until

PATIENCE_S = 300.0
# Pages, and how often each is fetched for readings alone (its own `data-readings-every`).
_PAGES = (("/", 0.0), ("/", 0.0), ("/problems", 0.0), ("/places/R0", 5.0), ("/batches/VAX/L0-0", 30.0))


class Drain(NamedTuple):
    """How it went."""

    seconds: float
    cpu_s: dict[str, float]
    fetched: Counter[str]


def drain(messages: int, pages: int) -> Drain:
    """Let coldchain drain while pages are open."""
    outage = Outage(messages, clock())
    with ExitStack() as stack:
        folder, place = (Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coldchain-"))) for _ in range(2))
        database = open_database(f"sqlite:///{folder}/coldchain.db")
        migrate(database)
        outage.prepare(database)
        broker = stack.enter_context(Mosquitto(place))
        leave(broker.port, _client_of(database), TOPIC)
        fill(broker.port, outage.waiting())
        tap = stack.enter_context(Tap(broker.port, messages))
        port = free_port()
        settings = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/coldchain.db"}
        settings |= {"MQTT_URL": tap.url, "HTTP_ADDRESS": f"127.0.0.1:{port}"}
        serve = stack.enter_context(running("serve", settings))
        wait_until(lambda: _answers(port), PATIENCE_S, "the pages")
        visitors = Visitors(port, f"{COOKIE}={_signed_in(database)}", list(islice(cycle(_PAGES), pages)))
        if pages:
            stack.enter_context(visitors)
        found = _timed(tap, stack, settings, {"serve": serve} | ({"visitors": visitors.pid} if pages else {}))
        database.close()
    return found._replace(fetched=visitors.counts)


def _timed(tap: Tap, stack: ExitStack, settings: dict[str, str], pids: dict[str, int]) -> Drain:
    pids = {"ingest": stack.enter_context(running("ingest", settings)), **pids}
    wait_until(tap.started.is_set, PATIENCE_S, "the engine to connect")
    before = {name: seconds_used(pid) for name, pid in pids.items()}
    seconds = tap.wait(PATIENCE_S)
    return Drain(seconds, {name: seconds_used(pid) - before[name] for name, pid in pids.items()}, Counter())


def _signed_in(database: Database) -> str:
    with database.begin() as connection:
        add_account(connection, "quinn", "Quinn", "qa", None, "benchmark", clock())
        return begin_session(connection, "quinn", clock())


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _client_of(database: Database) -> str:
    with database.read() as connection:
        return f"coldchain-{installation_id(connection)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each drain, then the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    drains: dict[int, list[Drain]] = {0: [], given.pages: []}
    print(f"{given.messages:,} messages of two quantities drained")
    for _ in range(given.rounds):
        for pages, done in drains.items():
            done.append(drain(given.messages, pages))
            fetched = ", ".join(f"{count} {what}" for what, count in sorted(done[-1].fetched.items()))
            print(f"{pages:>4} pages {done[-1].seconds:>7.2f} s  {fetched}", flush=True)
    print(f"\n{'':>10} {'seconds':>8} {'messages/s':>11} {'ratio':>6}  CPU seconds")
    alone = median(each.seconds for each in drains[0])
    for pages, done in drains.items():
        seconds = median(each.seconds for each in done)
        cpu = ", ".join(f"{name} {median(each.cpu_s[name] for each in done):.1f}" for name in done[0].cpu_s)
        print(f"{pages:>4} pages {seconds:>8.2f} {given.messages / seconds:>11,.0f} {seconds / alone:>6.2f}  {cpu}")


if __name__ == "__main__":
    try:
        main()
    except MissingError as error:
        sys.exit(str(error))
