"""A file of readings: `sensor,measured_at` and a column for each quantity, as CSV (RFC 4180).

Files have millions of lines, so what repeats (a sensor, an hour, a value) is read once and then looked up, and what is
kept is three numbers a reading.
"""

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from domain.errors import InvalidError, Refused
from domain.faults import Fault, fault_in
from domain.model import QUANTITIES, Site
from domain.numbers import parse_value
from domain.readings import FAULT, LAST_FAULT, UNSET_BEFORE
from domain.times import DAY, SECOND, parse_instant
from rules.kinds.common.fields import nearest
from sites.devices import name_of
from sites.gated import gated
from sites.rows import Rows
from sites.untimely import Untimely

FAULT_WORD = "fault"
# Smaller than any value: what a blank cell is read as.
_BLANK = LAST_FAULT + 1
_NO_INSTANT = UNSET_BEFORE - 1  # earlier than any time that may be right
LINES_AT_ONCE = 50_000
_HUGE = re.compile(r"[+-]?\d+(\.\d*)?([eE]\+?\d{1,3})?", re.ASCII)  # a number, if one too large to be read
MOST_PROBLEMS = 1_000  # beyond these nobody reads on
# What a look-up may grow to; beyond it the rest is read the slow way.
_MOST_REMEMBERED = 200_000


def read_file(path: Path, site: Site, untimely: Untimely | None = None) -> Rows:
    """Read a file. Raises Refused with every problem, named after the file.

    `untimely` is told of lines whose time cannot be right; they are left in, but `last` does not follow the future.
    """
    # Bytes that are no UTF-8 come through as surrogates: no sensor, time or number holds one, so their line is named.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return _Reader(path.name, site, untimely=untimely).read(file)


def read_parts(path: Path, site: Site, untimely: Untimely | None = None) -> Iterator[Rows]:
    """Read a file of any size, some lines at a time. Raises Refused at its end, with every problem up to the last part.

    No part is to be believed before all were read. A sensor that the site does not know may be named `device/probe`.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for rows in _Reader(path.name, site, unassigned=True, untimely=untimely).parts(file):
            rows.read_to = os.lseek(file.fileno(), 0, os.SEEK_CUR)
            yield rows


def read(text: str, name: str, site: Site) -> Rows:
    """Read the text of a file.

    Raises Refused with every problem, e.g. `R.csv:7 temperature: not a finite number: 'nan'`.
    """
    return _Reader(name, site).read(io.StringIO(text.removeprefix("\ufeff"), newline=""))


class _Sensors(dict[str, int]):
    """Names, and where each begins in `series`."""

    def __init__(self, site: Site, *, unassigned: bool) -> None:
        super().__init__()
        self.series: list[tuple[str, str]] = []
        self._unassigned = unassigned
        for sensor in site.sensors.values():
            self._add(sensor.id)
        # A file from before a device was named calls it `device/probe`; a sensor's own name goes first.
        for sensor in site.sensors.values():
            self.setdefault(name_of(sensor), self[sensor.id])

    def _add(self, name: str) -> int:
        self[name] = len(self.series)
        self.series += [(name, quantity) for quantity in QUANTITIES]
        return self[name]

    def __missing__(self, name: str) -> int:
        device, slash, _ = name.rpartition("/")
        if not (self._unassigned and slash and device):
            raise KeyError(name)
        return self._add(name)


class _Values(dict[str, int]):
    """Cells already read, as the numbers that stand for them."""

    def __missing__(self, cell: str) -> int:
        value = _number_in(cell) if cell.strip() else _BLANK
        if len(self) < _MOST_REMEMBERED:
            self[cell] = value
        return value


def _number_in(cell: str) -> int:
    """Return a number, or the fault that a word says. Raises InvalidError for what is neither."""
    try:
        return parse_value(cell)
    except InvalidError:
        if (plain := cell.replace("\N{MINUS SIGN}", "-")) != cell:
            return _number_in(plain)
        fault = Fault.UNKNOWN if cell.strip().casefold() == FAULT_WORD else fault_in(cell)
        if fault is None and _HUGE.fullmatch(cell.strip()):
            fault = Fault.IMPOSSIBLE
        if fault is None:
            raise
        return FAULT + fault


class _Instants:
    """Reads times in parts that repeat: the hour, minutes and seconds, and what follows them."""

    def __init__(self, is_timely: Callable[[int], bool]) -> None:
        self._is_timely = is_timely
        self.hours: dict[str, int] = {}  # `2026-01-01T09:`; only those that may be right, whatever the zone
        self.clock = {f"{s // 60:02}:{s % 60:02}": s * SECOND for s in range(3600)}
        self.zones: dict[str, int] = {}  # `Z`, `.5+01:00`: what they add to a time in UTC

    def read(self, text: str) -> int:
        """Read a time whole, and remember its parts. Raises InvalidError."""
        instant = parse_instant(text)
        hour, clock, zone = text[:14], text[14:19], text[19:]
        # Only where no zone can lead out of the years that can be printed; a minute of its own has no seconds.
        if hour[:2] in ("19", "20", "21") and clock in self.clock and len(self.hours) < _MOST_REMEMBERED:
            since = parse_instant(f"{hour}00:00Z")
            if not self._is_timely(since - DAY) or not self._is_timely(since + DAY):
                return instant
            self.hours[hour] = since
            if len(self.zones) < _MOST_REMEMBERED:
                self.zones[zone] = parse_instant(f"1970-01-01T00:00:00{zone}")
        return instant


class _Reader:
    """One file on its way from text to rows."""

    def __init__(self, name: str, site: Site, *, unassigned: bool = False, untimely: Untimely | None = None) -> None:
        self._name = name
        self._site = site
        self._sensors = _Sensors(site, unassigned=unassigned)
        self._rows = Rows(self._sensors.series)
        self._untimely = Untimely(None) if untimely is None else untimely
        self._instants = _Instants(self._untimely.is_timely)
        self._values = _Values()
        self._problems: list[str] = []
        self._header: list[str] = []

    def read(self, lines: Iterable[str]) -> Rows:
        """Read all lines. Raises Refused."""
        table = csv.reader(lines, strict=True)
        if self._read_header(table):
            self._read_on(table, None)
        if self._problems:
            raise Refused(self._problems)
        said = self._values.values() if len(self._values) < _MOST_REMEMBERED else None
        self._rows.faults = gated(self._rows, self._site, None if said is None else set(said))
        return self._rows

    def parts(self, lines: Iterable[str]) -> Iterator[Rows]:
        """Yield the rows of so many lines at a time; stops at too many problems. Raises Refused."""
        table = csv.reader(lines, strict=True)
        goes_on = self._read_header(table)
        while goes_on and len(self._problems) < MOST_PROBLEMS:
            goes_on = self._read_on(table, LINES_AT_ONCE)
            yield self._rows
            self._rows = self._rows.emptied()
        if goes_on and self._problems:
            self._problems.append(f"{self._name}: not read beyond line {table.line_num}")
        if self._problems:
            raise Refused(self._problems)

    def _read_on(self, table: Any, lines: int | None) -> bool:
        """Read all lines, or so many; tell whether there may be more."""
        while True:
            try:
                return self._read_lines(islice(table, lines), table) == lines
            except csv.Error as error:
                self._wrong(table.line_num, f": not CSV: {error}")
                if lines is not None:
                    return True

    def _wrong(self, line: int, text: str) -> None:
        problem = f"{self._name}:{line}{text}"
        self._problems.append(problem.encode(errors="backslashreplace").decode())

    def _read_header(self, table: Iterator[list[str]]) -> bool:
        """Find the columns; tell whether lines can be read at all."""
        try:
            self._header = next(table, [])
        except csv.Error as error:
            self._wrong(1, f": not CSV: {error}")
            return False
        known = ["sensor", "measured_at", *QUANTITIES]
        for i, column in enumerate(self._header):
            if column not in known:
                near = nearest(column, known) or "; known: " + ", ".join(known)
                self._wrong(1, f" {column!r}: unknown column{near}")
            elif column in self._header[:i]:
                self._wrong(1, f" {column}: this column is there twice")
        missing = [column for column in known[:2] if column not in self._header]
        if not set(QUANTITIES) & set(self._header):
            missing.append(" or ".join(QUANTITIES))
        for column in missing:
            self._wrong(1, f": no column {column}")
        return not missing

    def _read_lines(self, lines: Iterable[list[str]], table: Any) -> int:
        """Return how many were read."""
        sensors, values, rows = self._sensors, self._values, self._rows
        hours, clock, zones = self._instants.hours, self._instants.clock, self._instants.zones
        sensor_at, time_at, width = self._header.index("sensor"), self._header.index("measured_at"), len(self._header)
        columns = [(i, QUANTITIES.index(name)) for i, name in enumerate(self._header) if name in QUANTITIES]
        last, latest, count = _NO_INSTANT if rows.last is None else rows.last, self._untimely.latest, 0
        for cells in lines:
            count += 1
            try:
                if len(cells) != width:
                    raise LookupError
                text = cells[time_at]
                code = sensors[cells[sensor_at]]
                try:
                    measured_at = hours[text[:14]] + clock[text[14:19]] + zones[text[19:]]
                except KeyError:
                    measured_at = self._instants.read(text)
                    if not self._untimely.is_timely(measured_at):
                        self._untimely.add(measured_at, table.line_num)
                for i, quantity in columns:
                    value = values[cells[i]]
                    if value != _BLANK:
                        rows.codes.append(code + quantity)
                        rows.times.append(measured_at)
                        rows.values.append(value)
                if last < measured_at <= latest:
                    last = measured_at
            except (LookupError, InvalidError):
                self._explain(cells, table.line_num)
        rows.last = last if last > _NO_INSTANT else None
        return count

    def _explain(self, cells: list[str], line: int) -> None:
        """Name everything that is wrong with a line; an empty one is nothing."""
        if cells and len(cells) != len(self._header):
            self._wrong(line, f": {len(cells)} cells, the header has {len(self._header)}")
            return
        for column, cell in zip(self._header, cells, strict=False):
            try:
                if column == "sensor" and cell not in self._sensors:
                    raise InvalidError(f"no sensor {json.dumps(cell, ensure_ascii=False)}")
                if column == "measured_at":
                    parse_instant(cell)
                if column in QUANTITIES:
                    self._values[cell]
            except InvalidError as error:
                self._wrong(line, f" {column}: {error}")
