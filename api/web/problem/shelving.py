"""For how long a problem may be shelved on its page. Pure."""

from domain.times import HOUR, MINUTE

_USUAL = (30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR)


def times_offered(at_most: int) -> list[int]:
    """Return the usual lengths that the site allows, and the longest it does, in microseconds."""
    return sorted({length for length in _USUAL if length < at_most} | {at_most})
