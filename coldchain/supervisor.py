"""Keeps programs running: starts them in order, restarts one that dies, stops them in order."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)

POLL_S = 0.1
STOP_S = 10.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# What ran for so long has earned a quick restart.
PROVEN_S = 60.0


class Program(Protocol):
    """Something that runs until it is stopped or dies."""

    name: str

    def start(self) -> None:
        """Start it."""

    def exit_code(self) -> int | None:
        """Return how it ended, None while it runs."""

    def stop(self) -> None:
        """Stop it, cleanly if it can, and wait for its end."""


class Child:
    """A module of ours as a process of its own, which dies with this one."""

    def __init__(self, name: str, module: str, *arguments: str) -> None:
        self.name = name
        # -P: nothing is imported from where it happens to be started
        self._command = [sys.executable, "-P", "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Its input is a pipe from here; signals to our group, a Ctrl-C say, reach only the supervisor."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)

    def exit_code(self) -> int | None:
        """Return how it ended, None while it runs; negative: by which signal."""
        return self._process.poll() if self._process else 0

    def stop(self) -> None:
        """Ask it to end, and end it if it takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            log.error("%s does not stop, killed", self.name)
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def command(name: str) -> Child:
    """Return one of our own commands as a program."""
    return Child(name, "coldchain.child", name)


@dataclass(slots=True)
class _State:
    program: Program
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Starts in the order given and stops in the opposite one."""

    programs: Sequence[Program]
    clock: Callable[[], float] = time.monotonic
    _states: list[_State] = field(default_factory=list)

    def start(self) -> None:
        """Start all. If one cannot be started, stops the others and raises what it raised."""
        for program in self.programs:
            watched = _State(program)
            try:
                self._start(watched)
            except BaseException:
                self.stop()
                raise
            self._states.append(watched)

    def watch(self, stopping: threading.Event) -> None:
        """Restart what dies, until told to stop."""
        while not stopping.wait(POLL_S):
            self.look()

    def look(self) -> None:
        """Look once after all."""
        for watched in self._states:
            self._look_at(watched, self.clock())

    def stop(self) -> None:
        """Stop all, the last one first."""
        while self._states:
            program = self._states.pop().program
            program.stop()
            log.info("%s stopped", program.name)

    def _look_at(self, watched: _State, now: float) -> None:
        if watched.restart_at is None:
            code = watched.program.exit_code()
            if code is not None:
                self._plan_restart(watched, code, now)
        elif now >= watched.restart_at:
            self._restart(watched, now)

    def _plan_restart(self, watched: _State, code: int, now: float) -> None:
        watched.deaths = 1 if now - watched.started_at >= PROVEN_S else watched.deaths + 1
        pause = min(FIRST_PAUSE_S * 2 ** (watched.deaths - 1), LONGEST_PAUSE_S)
        watched.restart_at = now + pause
        log.error("%s ended with %d, started again in %.1f s", watched.program.name, code, pause)

    def _restart(self, watched: _State, now: float) -> None:
        try:
            self._start(watched)
        except (OSError, RuntimeError) as error:  # no port, no memory: tried again like a death
            log.error("%s cannot be started: %s", watched.program.name, error)
            self._plan_restart(watched, 1, now)

    def _start(self, watched: _State) -> None:
        watched.program.start()
        watched.started_at, watched.restart_at = self.clock(), None
        log.info("%s started", watched.program.name)
