"""Delivers what is due, each channel in a thread of its own, so that one that does not answer delays no other."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection

from domain.errors import ColdchainError
from domain.times import SECOND, format_duration
from notify import outbox
from notify.channels import Channel, DeliveryError
from notify.delivery import Delivery, NoDelivery, prepare
from notify.outbox import Claimed

log = logging.getLogger(__name__)

# A channel that fails is asked again after a pause of its own; it is never longer than this, so that the end of an
# outage is noticed soon.
LONGEST_PROBE = 30 * SECOND


class Database(Protocol):
    """What is needed of the database."""

    def begin(self) -> AbstractContextManager[Connection]:
        """Run a write transaction."""

    def read(self) -> AbstractContextManager[Connection]:
        """Run a read transaction."""


class Notifier:
    """Sweeps the outbox. Any number of them, in any number of processes, deliver each message once between failures."""

    def __init__(
        self,
        database: Database,
        build: Callable[[Mapping[str, Any]], Channel],
        clock: Callable[[], int],
        *,
        timeout: int,
        give_up_after: int,
        pages: str = "",
        chance: Callable[[], float] = outbox.chance,
    ) -> None:
        self._database = database
        self._build = build
        self._clock = clock
        self._lease = timeout + outbox.LEASE_MARGIN
        self._give_up_after = give_up_after
        self._pages = pages
        self._chance = chance
        self._busy: dict[str, threading.Thread] = {}
        self._failures: dict[str, tuple[int, int]] = {}  # channel: failures in a row, not to be tried before
        self._closing = threading.Event()

    def sweep(self) -> None:
        """Start delivering what is due and return at once."""
        now = self._clock()
        self._busy = {channel: thread for channel, thread in self._busy.items() if thread.is_alive()}
        paused = {channel for channel, (_, until) in self._failures.items() if until > now}
        with self._database.read() as connection:
            due = outbox.due_channels(connection, now, paused)
        for channel in due:
            if channel in self._busy:
                continue
            thread = threading.Thread(target=self._deliver_due, args=(channel,), name=f"channel {channel}", daemon=True)
            self._busy[channel] = thread
            thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the threads that were started have ended."""
        for thread in list(self._busy.values()):
            thread.join(timeout)

    def close(self, timeout: float = 2.0) -> None:
        """Take no more messages; one that is being sent gets a moment to end, else it is sent again some time."""
        self._closing.set()
        self.wait(timeout)

    def _deliver_due(self, channel: str) -> None:
        try:
            with self._database.begin() as connection:
                claimed = self._claim(connection, channel)
            while claimed is not None:
                claimed = self._deliver(claimed)
        except ColdchainError as error:  # the database: the message comes due again when its lease ends
            log.error("channel %s: %s", channel, error)

    def _claim(self, connection: Connection, channel: str) -> Claimed | None:
        if self._closing.is_set():
            return None
        return outbox.claim(connection, channel, self._clock(), self._lease)

    def _deliver(self, claimed: Claimed) -> Claimed | None:
        """Send one message, record what became of it, and take the next, if the channel is fit for more.

        The last two in one transaction: beside a busy engine each has to wait for its turn.
        """
        with self._database.read() as connection:
            delivery = prepare(connection, claimed, self._pages)
        if isinstance(delivery, NoDelivery):
            with self._database.begin() as connection:
                self._finish(connection, claimed, "failed" if delivery.failed else "skipped", delivery.reason)
                return self._claim(connection, claimed.channel)
        began, start = self._clock(), time.perf_counter()
        error = self._attempt(delivery, claimed)
        took = round((time.perf_counter() - start) * SECOND)
        with self._database.begin() as connection:
            outbox.record(connection, claimed, began, took, str(error) if error else None)
            fit = self._conclude(connection, claimed, error)
            return self._claim(connection, claimed.channel) if fit else None

    def _conclude(self, connection: Connection, claimed: Claimed, error: DeliveryError | None) -> bool:
        """Record the end of an attempt; return whether the channel is fit for more."""
        if error is None:
            self._failures.pop(claimed.channel, None)
            self._finish(connection, claimed, "delivered", None)
        elif error.permanent or self._clock() - claimed.created_at >= self._give_up_after:
            self._finish(connection, claimed, "failed", str(error))
        elif claimed.event == "test":  # whoever asked for a test waits for the answer, and asks again
            self._finish(connection, claimed, "failed", str(error))
            return False
        else:
            self._postpone(connection, claimed, str(error))
            return False
        return True

    def _attempt(self, delivery: Delivery, claimed: Claimed) -> DeliveryError | None:
        try:
            self._build(delivery.entry).send(delivery.message)
        except DeliveryError as error:
            return error
        except ColdchainError as error:  # an unknown kind: cured by another entry or version
            return DeliveryError(str(error))
        except Exception as error:
            log.exception("channel %s: cannot tell %s", claimed.channel, claimed)
            return DeliveryError(f"internal error: {type(error).__name__}")
        return None

    def _finish(self, connection: Connection, claimed: Claimed, state: str, reason: str | None) -> None:
        outbox.finish(connection, claimed, state, self._clock(), reason)
        level = logging.ERROR if state == "failed" else logging.INFO
        why = f": {reason}" if reason else ""
        log.log(level, "channel %s: %s %s%s", claimed.channel, state, claimed, why)

    def _postpone(self, connection: Connection, claimed: Claimed, reason: str) -> None:
        now = self._clock()
        pause = outbox.pause_after(claimed.attempts, self._chance())
        outbox.postpone(connection, claimed, now + pause, reason)
        failures = self._failures.get(claimed.channel, (0, 0))[0] + 1
        probe = min(outbox.pause_after(failures, self._chance()), LONGEST_PROBE)
        self._failures[claimed.channel] = (failures, now + probe)
        again = format_duration(max(pause // SECOND, 1) * SECOND)
        log.warning("channel %s: not delivered %s: %s; again in %s", claimed.channel, claimed, reason, again)
