"""A reading on its way from a payload to a series, and what is known of its time."""

from collections.abc import Mapping
from enum import IntFlag
from typing import NamedTuple

from domain.faults import Fault
from domain.language import mark
from domain.times import DAY, MINUTE

# Instants before this are no time of storage: what is kept is sorted, packed and forgotten by what is later.
EARLIEST = 10957 * DAY  # 2000-01-01T00:00:00Z
# Stamps before this are of clocks that were never set: 1970, 1980, seconds since boot, and what is set to 2000-01-01 at
# power-on and counts from there.
UNSET_BEFORE = EARLIEST + 366 * DAY  # 2001-01-01T00:00:00Z
# So far behind its arrival a message's stamp is of a clock that begins with the date of its firmware (2010, 2016 …).
YEARS_BEHIND = 2 * 366 * DAY
AHEAD_AT_MOST = 5 * MINUTE
# What stands for a fault where values are plain 64-bit numbers: smaller than any value.
FAULT = -(1 << 63)
# From FAULT up to here in files and blocks of readings: a fault of the kind `value - FAULT`.
LAST_FAULT = FAULT + 0xFF


class Flag(IntFlag):
    """What is special about a reading. One with any of NOT_JUDGED is kept and never judged."""

    NONE = 0
    ARRIVAL_TIME = 1  # it got its arrival time: the message has no time of its own, or none that can be used
    AHEAD = 2  # stamped further ahead of its arrival than allowed
    UNSET_CLOCK = 4  # stamped by a clock that was never set: 1970, 1980, 2000, years before its arrival
    BACKLOG = 8  # without a time of its own, brought by a backlog after an outage: its real time is unknown
    HISTORICAL = 16  # the gateway says that it is backfill
    RETAINED = 32  # a retained copy without a time of its own: nobody knows how old
    REPLACED_FAULT = 64  # took the place of a fault at the same instant; set by the store
    NO_ZONE = 128  # live, in local time of a zone that nobody says: it got its arrival time
    UNKNOWN_ZONE = 256  # not live, in local time of a zone that nobody says: kept under the time as it is written
    TWICE = 512  # local time that came twice when clocks went back, and nothing says which of the two
    SKIPPED = 1024  # local time that never was: clocks went forward over it
    CLOCK_OFF = 2048  # of a device whose clock is off: its source refuses it, or it is a backlog
    CLOCK_REPLACED = 4096  # of a device whose clock is off: it got its arrival time, as the source says
    CLOCK_AHEAD = 8192  # received while the clock of this system was ahead
    ARRIVED_AHEAD = 16384  # and it got its arrival time by that clock
    MOVED = 32768  # of one of several probes that only positions tell apart, and one is gone: maybe another's


NOT_JUDGED = (
    Flag.AHEAD
    | Flag.UNSET_CLOCK
    | Flag.BACKLOG
    | Flag.RETAINED
    | Flag.UNKNOWN_ZONE
    | Flag.TWICE
    | Flag.SKIPPED
    | Flag.CLOCK_OFF
    | Flag.ARRIVED_AHEAD
    | Flag.MOVED
)

# Of these nobody knows when they were measured; the instant that they are kept under only sorts them.
UNPLACED = Flag.UNKNOWN_ZONE | Flag.TWICE | Flag.SKIPPED

# What each mark means, for whoever reads a command's output.
EXPLAINED: Mapping[Flag, str] = {
    Flag.ARRIVAL_TIME: mark("no time stamp that can be used: counted at its arrival"),
    Flag.AHEAD: mark("stamped ahead of its arrival: the device's clock is wrong"),
    Flag.UNSET_CLOCK: mark("the device's clock was never set"),
    Flag.BACKLOG: mark("from a backlog without time stamps: its real time is unknown"),
    Flag.HISTORICAL: mark("sent later by the gateway"),
    Flag.RETAINED: mark("a retained copy without a time stamp: nobody knows how old"),
    Flag.REPLACED_FAULT: mark("took the place of a fault"),
    Flag.NO_ZONE: mark("local time without a zone: counted at its arrival; set the source's timezone"),
    Flag.UNKNOWN_ZONE: mark("local time without a zone, and not live: set the source's timezone"),
    Flag.TWICE: mark("local time that came twice when clocks went back, and nothing says which"),
    Flag.SKIPPED: mark("local time that never was: clocks went forward over it"),
    Flag.CLOCK_OFF: mark("the device's clock is off; the source's clock setting says what counts"),
    Flag.CLOCK_REPLACED: mark("the device's clock is off: counted at its arrival"),
    Flag.CLOCK_AHEAD: mark("received while the clock of this system was ahead"),
    Flag.ARRIVED_AHEAD: mark("no time stamp, received while this system's clock was ahead: its time is unknown"),
    Flag.MOVED: mark("fewer probes than before: the value may belong to another probe"),
}


class Reading(NamedTuple):
    """One quantity of one probe at one instant; `value` None is a fault, `measured_at` None: no time of its own.

    `value` is as it was sent: what is beyond the sensor becomes a fault at its gate (`domain.gate`). Stored, the kind
    of a fault lies in the flags (`domain.faults`).
    """

    device: str
    probe: str  # "" where the device has one
    quantity: str
    value: int | None
    measured_at: int | None
    flags: Flag = Flag.NONE
    fault: int = Fault.UNKNOWN  # its kind, where there is no value


def reading_of(
    device: str, probe: str, quantity: str, said: int | Fault, measured_at: int | None, flags: Flag = Flag.NONE
) -> Reading:
    """Return what a probe said: a value, or a fault."""
    if isinstance(said, Fault):
        return Reading(device, probe, quantity, None, measured_at, flags, said)
    return Reading(device, probe, quantity, said, measured_at, flags)
