"""A logger's record from CSV: `sensor,measured_at` with a column for each quantity, or a logger's own two columns.

Of the latter, `timestamp_device_local,temperature_c`, other columns are passed over, times are UTC, a blank is a fault.
Of the former a blank says nothing, and the word `fault` is a fault.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from simulators.errors import InputError
from simulators.payload import Report
from simulators.scenario.messages import Statement
from simulators.times import format_time, parse_time

T = TypeVar("T")
Cells = dict[str, str]

FAULT = "fault"
QUANTITIES = ("temperature", "humidity")
LOGGER_COLUMNS = ("timestamp_device_local", "temperature_c")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def read_record(path: Path, sensor: str | None = None, device_column: str = "sensor") -> list[Report]:
    """Read a file in its order; `sensor` names the device of a logger's own file.

    Raises InputError with every problem, e.g. `R.csv:7 temperature: no number: 'warm'`.
    """
    with path.open(encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        return _Reader(path.name, sensor, device_column).read(file)


def write_record(path: Path, said: Iterable[Statement]) -> None:
    """Write what was said, a line each, in its order; `sensor` is `device` or `device/probe`.

    What says no time is left out: only who hears it knows when that was.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("sensor", "measured_at", *QUANTITIES))
        for each in said:
            if each.at is not None:
                name = f"{each.device}/{each.probe}" if each.probe else each.device
                value = FAULT if each.value is None else each.value
                cells = (value if quantity == each.quantity else "" for quantity in QUANTITIES)
                table.writerow((name, format_time(each.at), *cells))


class _Reader:
    """One file on its way from text to reports."""

    def __init__(self, name: str, sensor: str | None, device_column: str) -> None:
        self._name = name
        self._sensor = sensor
        self._device_column = device_column
        self._header: list[str] = []
        self._problems: list[str] = []

    def read(self, lines: Iterable[str]) -> list[Report]:
        table = csv.reader(lines, strict=True)
        reports: list[Report] = []
        try:
            self._header = next(table, [])
            read_line = self._line_reader()
            if not self._problems:
                reports = [report for report in self._lines(table, read_line) if report]
        except csv.Error as error:
            self._wrong(table.line_num, f": not CSV: {error}")
        if not reports and not self._problems:
            self._problems.append(f"{self._name}: there are no readings in it")
        if self._problems:
            raise InputError("\n".join(self._problems))
        return reports

    def _line_reader(self) -> Callable[[Cells], Report | None]:
        if set(LOGGER_COLUMNS) <= set(self._header):
            if not self._sensor:
                self._problems.append(f"{self._name} is a logger's own file and does not say whose: give --sensor NAME")
            return self._logger_line
        self._check_columns()
        if self._sensor:
            self._problems.append(f"{self._name} names its sensors itself: leave --sensor out")
        return self._record_line

    def _check_columns(self) -> None:
        """A misspelt column would be readings lost without a word."""
        known = ("sensor", "measured_at", self._device_column, *QUANTITIES)
        for i, column in enumerate(self._header):
            if column not in known:
                self._wrong(1, f" {column!r}: unknown column; known: {', '.join(dict.fromkeys(known))}")
            elif column in self._header[:i]:
                self._wrong(1, f" {column}: this column is there twice")
        for column in (self._device_column, "measured_at"):
            if column not in self._header:
                self._wrong(1, f": no column {column}")
        if not set(QUANTITIES) & set(self._header):
            self._wrong(1, f": no column {' or '.join(QUANTITIES)}")

    def _lines(self, table: Any, read_line: Callable[[Cells], Report | None]) -> Iterator[Report | None]:
        for cells in table:
            if cells and len(cells) != len(self._header):
                self._wrong(table.line_num, f": {len(cells)} cells, the header has {len(self._header)}")
            elif cells:
                try:
                    yield read_line(dict(zip(self._header, cells, strict=True)))
                except ValueError as error:
                    self._wrong(table.line_num, f" {error}")

    def _logger_line(self, cells: Cells) -> Report:
        time, temperature = LOGGER_COLUMNS
        at = _read(cells, time, lambda text: parse_time(text, zone="Z"))
        return Report(at, self._sensor or "", _read(cells, temperature, lambda text: _number(text) if text else None))

    def _record_line(self, cells: Cells) -> Report | None:
        device = _read(cells, self._device_column, _name)
        at = _read(cells, "measured_at", parse_time)
        values = [_read(cells, name, _value) if name in cells else "" for name in QUANTITIES]
        return Report(at, device, *values) if any(value != "" for value in values) else None

    def _wrong(self, line: int, text: str) -> None:
        self._problems.append(f"{self._name}:{line}{text}")


def _read(cells: Cells, name: str, read: Callable[[str], T]) -> T:
    try:
        return read(cells[name].strip())
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _value(text: str) -> str | None:
    if text == FAULT:
        return None
    return _number(text) if text else ""


def _number(text: str) -> str:
    """Return the text of a JSON number: the same one wherever it is one, so that no digit changes on the way."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"no number: {text!r}")
    return text if _JSON_NUMBER.fullmatch(text) else repr(float(text))
