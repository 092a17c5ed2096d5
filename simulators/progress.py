"""How far a replay is, on standard error: one line that is rewritten on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

from simulators.times import format_time

TERMINAL_S = 0.2
ELSEWHERE_S = 10.0


class Counts(Protocol):
    """What a publisher counts."""

    sent: int
    acknowledged: int


class Progress:
    """Says how far it is, not more often than is useful, and at the end how it went."""

    def __init__(self, counts: Counts, total: int, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._counts = counts
        self._total = total
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._started = self._shown = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Say how it ended."""
        took = self._clock() - self._started
        counts = self._counts
        end = "\r\x1b[K" if self._terminal else ""
        print(
            f"{end}{counts.sent} of {self._total} messages sent, {counts.acknowledged} acknowledged, in {took:.1f} s",
            file=self._stream,
        )

    def show(self, at: int) -> None:
        """Say that the reading of this instant was sent."""
        now = self._clock()
        if now - self._shown < (TERMINAL_S if self._terminal else ELSEWHERE_S):
            return
        self._shown = now
        line = f"{self._counts.sent} of {self._total} sent, {self._counts.acknowledged} acknowledged, {format_time(at)}"
        print(
            f"\r{line}\x1b[K" if self._terminal else line,
            end="" if self._terminal else "\n",
            file=self._stream,
            flush=True,
        )
