"""The demonstration from start to end: the program, the gateways, the people who carry stock, and what is shown."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console

from simulators.api import Api
from simulators.demo.clerk import Clerk
from simulators.demo.due import Due
from simulators.demo.lines import Lines
from simulators.demo.overview import overview_of
from simulators.demo.plan import Plan
from simulators.demo.product import Product
from simulators.demo.receiver import Receiver
from simulators.demo.site_file import depot
from simulators.demo.view import View
from simulators.errors import ProductError, UnavailableError
from simulators.mqtt import Publisher, parse_address
from simulators.times import SECOND

READY_S = 120.0
LOOK_S = 1.0
BEAT_S = 0.2
PERSON = "quinn"


def present() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def play(directory: Path, lasts_s: float | None) -> bool:
    """Play until interrupted or, if it lasts only so long, until then; return whether a hold was seen.

    Raises SimulatorError.
    """
    start = present()
    screen = _screen()
    product = Product(directory)
    demonstration = Demonstration(product, screen)
    try:
        with Receiver(product.directory / "alerts.log", screen.say) as receiver:
            demonstration.run(receiver.url, None if lasts_s is None else start + round(lasts_s * SECOND))
    except KeyboardInterrupt:
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C would leave it running
            signal.signal(number, signal.SIG_IGN)
        try:
            print("stopping ...", flush=True)
        finally:  # even where nobody reads any more
            product.stop()
    return demonstration.hold_seen


class Demonstration:
    """One run."""

    def __init__(self, product: Product, screen: View | Lines) -> None:
        self.hold_seen = False
        self._product = product
        self._screen = screen

    def run(self, receiver: str, until: int | None) -> None:
        """Start the program and play; until an instant, or without end. Raises SimulatorError."""
        product = self._product
        performance = depot(present(), receiver, product.secret)
        product.write_site(performance.site_text)
        product.write_start(performance.start)
        token = product.add_token("demonstration", "admin")
        product.start()
        due = Due(performance)
        with Api(product.http, token) as api:
            self._wait_for("its API", api.answers)
            self._wait_for("its site file to be applied", lambda: bool(api.all("/locations")))
            with Publisher(parse_address(f"mqtt://{product.mqtt}")) as publisher:
                self._wait_for("it to listen", lambda: _is_listening(due, publisher, api))
                count = due.publish_history(publisher.publish, present())
                publisher.drain()
                print(f"the last 24 hours are sent, {count} messages; from now on in real time", flush=True)
                print(greeting(product, token), flush=True)
                with (
                    self._screen,
                    Warehouse(product, Plan(performance.site, performance.start), self._screen) as warehouse,
                ):
                    self._go_on(api, due, publisher, warehouse, until)

    def _go_on(self, api: Api, due: Due, publisher: Publisher, warehouse: "Warehouse", until: int | None) -> None:
        look_at = 0.0
        while until is None or present() < until:
            self._product.check()
            now = present()
            try:
                # Before what was measured meanwhile: the order is placed before the hold, however long the start took.
                due.tell_due(api.post, now)
                warehouse.tell_due(now)
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOK_S
                    self._look(api)
            except UnavailableError as error:  # a part is being started again
                self._screen.say(str(error))
            due.publish_due(publisher.publish, now)
            time.sleep(BEAT_S)

    def _look(self, api: Api) -> None:
        picture = api.look()
        self.hold_seen |= bool(picture.holds)
        self._screen.show(overview_of(picture, present()), present())

    def _wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        """Return when it has come. Raises ProductError if the program has ended or takes too long."""
        deadline = time.monotonic() + READY_S
        while not _comes_true(condition):
            self._product.check()
            if time.monotonic() > deadline:
                raise ProductError(f"waited {READY_S:g} s for {what}; its log is {self._product.log}")
            time.sleep(BEAT_S)


class Warehouse:
    """Who records what happens to stock, with a token of their own."""

    def __init__(self, product: Product, plan: Plan, screen: View | Lines) -> None:
        self._clerk = Clerk(plan.actions(), screen.say)
        self._api = Api(product.http, product.add_token("warehouse", "warehouse"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close its connections."""
        self._api.__exit__(kind, error, traceback)

    def tell_due(self, now: int) -> None:
        """Tell what has been done until now. Raises ProductError."""
        self._clerk.tell_due(self._api, now)


def greeting(product: Product, token: str) -> str:
    """Return how to get in, with a fresh link for a person."""
    root = f"http://{product.http}/api/v1"
    again = f"COLDCHAIN_CONFIG={product.settings} .venv/bin/coldchain user link {PERSON}"
    return (
        "\n"
        f"open   {product.add_person(PERSON)}\n"
        f"       (works once; another one: {again})\n"
        "\n"
        f"API    {root}   (described at {root}/openapi.json)\n"
        f"token  {token}\n"
        f'try    curl -H "Authorization: Bearer {token}" {root}/holds\n'
        f"log    {product.log}; alerts in {product.directory / 'alerts.log'}\n"
        "The door of cold room 1 stands open: it is too warm in a moment, and its stock on hold about a minute later.\n"
        "To release or reject it, give yourself a password first: click on your name. Ctrl-C stops it all."
    )


def _screen() -> View | Lines:
    console = Console()
    return View(console) if console.is_terminal else Lines(sys.stdout)


def _comes_true(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except UnavailableError:  # a part is being started again
        return False


def _is_listening(due: Due, publisher: Publisher, api: Api) -> bool:
    """Knock until somebody listens: a broker drops what nobody has asked for yet."""
    due.knock(publisher.publish)
    publisher.drain()
    time.sleep(BEAT_S)
    return any(api.get(f"/sensors/{sensor['doc']['id']}/latest")["readings"] for sensor in api.all("/sensors"))
