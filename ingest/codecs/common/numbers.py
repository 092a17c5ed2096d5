"""What came already: the newest sequence numbers of a device, so that what comes twice is told by its number.

One transmission is received by several gateways, and a sensor repeats a measurement until it has the next.
"""

import msgspec

_NUMBERS_KEPT = 8


class Received(msgspec.Struct, frozen=True, array_like=True, tag="received"):
    """The newest numbers of a device, the newest last."""

    numbers: tuple[int, ...]


def after(before: Received | None, number: int) -> Received:
    """Return what is remembered once the number was received."""
    kept = before.numbers if before else ()
    return Received((*kept[1 - _NUMBERS_KEPT :], number))
