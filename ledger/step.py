"""One step of the writer: its transaction, its present instant, and the histories that it judges by."""

from dataclasses import dataclass

from sqlalchemy import Connection

from domain.times import HOUR, SECOND
from ledger.corrections.causes import Why, rebuilt
from ledger.event_log import EventLog
from ledger.histories import Histories

# How long a message waits for what makes it unnecessary, if it tells of something that is late.
HOLD_OFF = 30 * SECOND
# For how long a person may shelve a problem.
SHELVE_AT_MOST = 8 * HOUR
# So many units and locations that a correction reaches are judged when it is answered; more in the background.
AT_ONCE = 200


@dataclass(slots=True)
class Step:
    """What everything that happens in one transaction shares."""

    connection: Connection
    histories: Histories
    event_log: EventLog
    judged_at: int  # the present instant of the rules: behind while catching up
    hold_off: int = HOLD_OFF
    shelve_at_most: int = SHELVE_AT_MOST
    at_once: int = AT_ONCE
    four_eyes: bool = True  # what reaches holds on record is signed by two people
    why: Why = rebuilt  # something else is said of a subject

    @property
    def now(self) -> int:
        """The instant that everything written in the step is dated with."""
        return self.event_log.at
