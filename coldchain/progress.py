"""How far a long command is: a bar on a terminal, else a plain line now and then; on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

LINE_EVERY_S = 10.0


class Progress(Protocol):
    """Told of each stage and how far it is."""

    def begin(self, stage: str, whole: int, unit: str) -> None:
        """Begin a stage of so many units."""

    def reached(self, done: int) -> None:
        """So many are done."""


class _Bar:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=None, unit="")

    def begin(self, stage: str, whole: int, unit: str) -> None:
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(stage, total=whole, unit=unit)

    def reached(self, done: int) -> None:
        self._bars.update(self._task, completed=done)


class _Lines:
    """Says a line when a stage has taken long, and again and again."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()
        self._stage, self._whole, self._unit = "", 0, ""

    def begin(self, stage: str, whole: int, unit: str) -> None:
        """Begin a stage of so many units."""
        self._stage, self._whole, self._unit = stage, whole, unit

    def reached(self, done: int) -> None:
        """Say how far it is, if it is time."""
        if time.monotonic() >= self._said_at + LINE_EVERY_S:
            self._said_at = time.monotonic()
            click.echo(f"{self._stage}: {done:,} of {self._whole:,} {self._unit}", err=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress until the block ends."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"))
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        yield _Bar(bars)
