"""A reading on its way from a payload to a series, and what is known of its time."""

from enum import IntFlag
from typing import NamedTuple

from domain.times import DAY, MINUTE

# Stamps before this are clocks that were never set (1970, 1980, seconds since boot).
EARLIEST = 10957 * DAY  # 2000-01-01T00:00:00Z
AHEAD_AT_MOST = 5 * MINUTE
# What stands for a fault where values are plain 64-bit numbers: smaller than any value.
FAULT = -(1 << 63)


class Flag(IntFlag):
    """What is special about a reading. One with any of NOT_JUDGED is kept and never judged."""

    NONE = 0
    ARRIVAL_TIME = 1  # the message has no time of its own: it got its arrival time
    AHEAD = 2  # stamped further ahead of its arrival than allowed
    UNSET_CLOCK = 4  # stamped before the year 2000
    BACKLOG = 8  # without a time of its own, brought by a backlog after an outage: its real time is unknown
    HISTORICAL = 16  # the gateway says that it is backfill
    RETAINED = 32  # a retained copy without a time of its own: nobody knows how old
    REPLACED_FAULT = 64  # took the place of a fault at the same instant; set by the store


NOT_JUDGED = Flag.AHEAD | Flag.UNSET_CLOCK | Flag.BACKLOG | Flag.RETAINED


class Reading(NamedTuple):
    """One quantity of one probe at one instant; `value` None is a fault, `measured_at` None: no time of its own."""

    device: str
    probe: str  # "" where the device has one
    quantity: str
    value: int | None
    measured_at: int | None
    flags: Flag = Flag.NONE
