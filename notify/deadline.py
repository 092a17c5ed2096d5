"""One deadline over an attempt whose library knows only of pauses between bytes."""

import threading
from collections.abc import Callable

from domain.times import SECOND, format_duration
from notify.channels import DeliveryError


def within(timeout: int, work: Callable[[], None], abort: Callable[[], None]) -> None:
    """Run `work` for at most `timeout` microseconds; raise what it raises, or DeliveryError if it takes longer.

    `abort` is to break what it waits for; until that has happened it goes on in a thread that nobody waits for.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name=f"{threading.current_thread().name}: attempt", daemon=True)
    thread.start()
    thread.join(timeout / SECOND)
    if thread.is_alive():
        abort()
        raise DeliveryError(f"no answer within {format_duration(timeout)}")
    if raised:
        raise raised[0]
