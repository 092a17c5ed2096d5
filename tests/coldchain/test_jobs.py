"""Sweeps: each runs again and again, alone, whatever happens to the others."""

import logging
import threading

import pytest

from coldchain.jobs import Jobs, Sweep
from domain.times import SECOND
from tests.servers.process import PATIENCE_S

TICK = SECOND // 100


class FakeLock:
    def __init__(self, free: bool) -> None:
        self.free = free
        self.released = False

    def try_acquire(self) -> bool:
        return self.free

    def release(self) -> None:
        self.released = True


class Counted:
    """A sweep that signals when it has run so often."""

    def __init__(self, enough: int = 3) -> None:
        self.runs = 0
        self._enough = enough
        self.done = threading.Event()

    def __call__(self) -> None:
        self.runs += 1
        if self.runs >= self._enough:
            self.done.set()


def test_a_failing_sweep_is_logged_and_counted_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    healthy = Counted()
    jobs = Jobs([Sweep("broken", TICK, lambda: 1 / 0), Sweep("healthy", TICK, healthy)])
    jobs.start()
    assert healthy.done.wait(PATIENCE_S)
    jobs.stop()
    assert jobs.failures["broken"] >= 1 and jobs.failures["healthy"] == 0
    assert "sweep broken failed, 1 times in a row" in caplog.messages


def test_a_sweep_that_is_woken_does_not_wait_for_its_time() -> None:
    news, swept = threading.Event(), Counted(2)

    def wait(timeout_s: float) -> None:
        news.wait(timeout_s)

    jobs = Jobs([Sweep("woken", 3600 * SECOND, swept, wait=wait)])
    jobs.start()
    news.set()
    assert swept.done.wait(PATIENCE_S)
    jobs.stop()


def test_a_sweep_that_works_again_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    recovered = Counted(2)

    def once_broken() -> None:
        recovered()
        if recovered.runs == 1:
            raise OSError("gone")

    jobs = Jobs([Sweep("forwarder", TICK, once_broken)])
    jobs.start()
    assert recovered.done.wait(PATIENCE_S)
    jobs.stop()
    assert "sweep forwarder works again" in caplog.messages
    assert jobs.failures == {"forwarder": 1}


def test_a_hanging_sweep_delays_no_other_and_is_not_started_twice() -> None:
    release, healthy, started = threading.Event(), Counted(10), Counted(1)

    def hang() -> None:
        started()
        release.wait(PATIENCE_S)

    jobs = Jobs([Sweep("hanging", TICK, hang), Sweep("healthy", TICK, healthy)])
    jobs.start()
    assert started.done.wait(PATIENCE_S) and healthy.done.wait(PATIENCE_S)
    assert started.runs == 1
    release.set()
    jobs.stop()


def test_a_sweep_whose_lock_another_process_holds_does_not_run() -> None:
    held, free, other = FakeLock(False), FakeLock(True), Counted()
    standby, active = Counted(), Counted()
    jobs = Jobs([Sweep("a", TICK, standby, held), Sweep("b", TICK, active, free), Sweep("c", TICK, other)])
    jobs.start()
    assert active.done.wait(PATIENCE_S) and other.done.wait(PATIENCE_S)
    jobs.stop()
    assert standby.runs == 0
    assert free.released
