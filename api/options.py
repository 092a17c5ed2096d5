"""What the API is given besides the database."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.times import SECOND
from ledger.step import SHELVE_AT_MOST


def clock() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Options:
    """Limits and the clock; everything has a default that is right for production."""

    now: Callable[[], int] = clock
    # how long a correction may wait for the engine before the answer is "unavailable"
    wait_s: float = 15.0
    max_body_bytes: int = 1 << 20
    # an engine that gave no sign of life for longer counts as not there
    engine_silent_after: int = 30 * SECOND
    # people reach the pages over HTTPS, though a proxy in front may hide it
    secure_cookies: bool = False
    # for how long a person may shelve a problem: what the pages offer; the engine refuses more
    shelve_at_most: int = SHELVE_AT_MOST
    # a second person signs a version of a profile that reaches holds on record: what the pages say; the engine decides
    four_eyes: bool = True
