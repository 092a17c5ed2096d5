"""The newest reading that there is of a quantity."""

from typing import NamedTuple


class LastReading(NamedTuple):
    """When it was measured, and its value; None: a fault, and what kind of it in words."""

    quantity: str
    at: int
    value: int | None
    fault: str | None = None
