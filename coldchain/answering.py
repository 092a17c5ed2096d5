"""When the API and pages answer: what is told to a person as their address should open."""

import http.client
import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

EVERY_S = 0.2
_ASKED_S = 2.0  # for one answer
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # listened on everywhere: asked right here


def answers(host: str, port: int) -> bool:
    """Tell whether something that speaks HTTP answers there, and is alive."""
    connection = http.client.HTTPConnection(_ANYWHERE.get(host, host), port, timeout=_ASKED_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until(answers: Callable[[], bool], stopping: threading.Event) -> bool:
    """Wait until something answers; tell whether it did before all was stopped."""
    while not answers():
        if stopping.wait(EVERY_S):
            return False
    return True


def tell_address(address: str, host: str, port: int, stopping: threading.Event) -> threading.Thread:
    """Log the address of the API and pages as soon as they answer there, and that they are starting until then."""

    def wait() -> None:
        if wait_until(lambda: answers(host, port), stopping):
            log.info("API and pages at http://%s", address)

    log.info("starting; the address of API and pages is told when they answer")
    thread = threading.Thread(target=wait, name="address", daemon=True)
    thread.start()
    return thread
