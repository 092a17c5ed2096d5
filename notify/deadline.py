"""One deadline over an attempt whose library knows only of pauses between bytes."""

import threading
import time
from collections.abc import Callable

from domain.times import SECOND, format_duration
from notify.channels import DeliveryError


def within(timeout: int, work: Callable[[], None], abort: Callable[[], None]) -> None:
    """Run `work` for at most `timeout` microseconds; raise what it raises, or DeliveryError if it takes longer.

    `abort` is to break what it waits for; until that has happened it goes on in a thread of its own, not waited for.
    """
    raised: list[BaseException] = []
    deadline = time.monotonic() + timeout / SECOND

    def run() -> None:
        try:
            work()
        except BaseException as error:
            # What fails after the deadline was too slow, whether or not this was noticed in time.
            raised.append(error if time.monotonic() < deadline else _too_late(timeout))

    thread = threading.Thread(target=run, name=f"{threading.current_thread().name}: attempt", daemon=True)
    thread.start()
    thread.join(timeout / SECOND)
    if thread.is_alive():
        abort()
        raise _too_late(timeout)
    if raised:
        raise raised[0]


def _too_late(timeout: int) -> DeliveryError:
    return DeliveryError(f"no answer within {format_duration(timeout)}")
