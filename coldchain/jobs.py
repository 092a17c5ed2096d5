"""Sweeps that run again and again. Each is idempotent, with its state in the database: nothing is lost with this."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from domain.times import SECOND

log = logging.getLogger(__name__)


class Lock(Protocol):
    """A lock that only one process holds; asking again for one that is held is harmless."""

    def try_acquire(self) -> bool:
        """Take it if nobody has it."""

    def release(self) -> None:
        """Give it back."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something to do every so many microseconds; with a lock only in the one process that holds it.

    `wait` waits for so many seconds, or shorter if there is something to do.
    """

    name: str
    every: int
    run: Callable[[], object]
    lock: Lock | None = None
    wait: Callable[[float], None] | None = None


class Jobs:
    """Runs sweeps beside each other, none of them twice at once; one that fails or hangs stops no other."""

    def __init__(self, sweeps: Sequence[Sweep]) -> None:
        self._sweeps = tuple(sweeps)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._in_a_row: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(len(self._sweeps), 1))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Run each sweep now, and then again and again."""
        for sweep in self._sweeps:
            if sweep.wait is not None:
                thread = threading.Thread(target=self._again_and_again, args=(sweep,), name=sweep.name, daemon=True)
                self._threads.append(thread)
                thread.start()
                continue
            self._scheduler.add_job(
                self._run,
                "interval",
                seconds=sweep.every / SECOND,
                args=[sweep],
                id=sweep.name,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Start no sweep any more, wait for those that run, give the locks back."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        for thread in self._threads:
            thread.join()
        for sweep in self._sweeps:
            if sweep.lock is not None:
                sweep.lock.release()

    def _again_and_again(self, sweep: Sweep) -> None:
        assert sweep.wait is not None
        while not self._stopping.is_set():
            self._run(sweep)
            sweep.wait(sweep.every / SECOND)

    def _run(self, sweep: Sweep) -> None:
        if self._stopping.is_set():
            return
        try:
            if sweep.lock is None or sweep.lock.try_acquire():
                sweep.run()
        except Exception:
            self.failures[sweep.name] += 1
            self._in_a_row[sweep.name] += 1
            self._tell(sweep.name, self._in_a_row[sweep.name])
        else:
            if self._in_a_row.pop(sweep.name, 0):
                log.info("sweep %s works again", sweep.name)

    def _tell(self, name: str, failures: int) -> None:
        """Log the 1st, 2nd, 4th, 8th … failure in a row: a sweep may fail several times a second."""
        if failures & (failures - 1) == 0:
            log.exception("sweep %s failed, %d times in a row", name, failures)
