"""A file as it is, made into the rows of a plain file of readings, or refused with every question that is open."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from pathlib import Path

from domain.errors import InvalidError, Refused
from domain.faults import Fault, fault_in
from domain.local_times import place
from domain.model import QUANTITIES
from domain.numbers import parse_value
from domain.readings import Flag
from domain.times import format_instant
from domain.units import CELSIUS, PERCENT, in_celsius, unit_of
from sites.tables.form import DATE_ORDERS, Form
from sites.tables.layout import Layout, Record, layout_of, text_of
from sites.tables.moments import Moment, orders_of, read_moment, wall_in, zone_named

MOST_PROBLEMS = 1_000
HEADER = ["sensor", "measured_at", *QUANTITIES]
_NUMBER = re.compile(r"([+-]?\d*(?:[.,]\d+)*(?:[eE][+-]?\d{1,3})?)\s*(\S{0,12})")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the columns of HEADER, each with the line it is from."""

    rows: Sequence[Record]


@dataclass(slots=True)
class _Row:
    line: int
    sensor: str
    when: Moment
    cells: Mapping[str, str]  # by quantity
    at: int | None = None


@dataclass(slots=True)
class _Conversion:
    name: str
    form: Form
    layout: Layout
    problems: list[tuple[int, str]] = field(default_factory=list)

    def wrong(self, line: int, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((line, f"{self.name}:{line} {text}"))

    def ask(self, text: str) -> None:
        self.problems.append((0, f"{self.name}: {text}"))

    def refuse(self) -> None:
        if self.problems:
            raise Refused(list(dict.fromkeys(text for _, text in sorted(self.problems, key=lambda each: each[0]))))


def table_of(path: Path, form: Form, sensors: Mapping[str, str]) -> Table:
    """Read a file. `sensors`: their ids by id, device and `device/probe`, for a serial number that a heading names.

    Raises Refused with every problem and every question, named after the file.
    """
    try:
        layout = layout_of(text_of(path, form.encoding), form)
    except Refused:
        raise
    except InvalidError as error:
        raise Refused([f"{path.name}: {error}"]) from error
    work = _Conversion(path.name, form, layout)
    if form.format == "hobo" and not layout.is_hobo:
        work.ask("no export of HOBOware or HOBOconnect; pass --format logger")
    rows = list(_rows(work, _sensor(work, sensors)))
    decimal = _decimal(work, rows)
    units = _units(work)
    _place(work, rows)
    values = [] if decimal is None else [list(_values(work, row, decimal, units)) for row in rows]
    work.refuse()
    return Table([(r.line, [r.sensor, format_instant(r.at or 0), *said]) for r, said in zip(rows, values, strict=True)])


def _sensor(work: _Conversion, sensors: Mapping[str, str]) -> str | None:
    """Return whose readings all are; None: a column says it."""
    if "sensor" in work.layout.roles:
        if work.form.sensor:
            work.ask("--sensor is given, and a column names sensors")
        return None
    serial = work.layout.serial
    found = work.form.sensor or sensors.get(serial or "")
    if found is None:
        named = f" (the file names {serial}, which is no sensor of the site)" if serial else ""
        work.ask(f"no column names the sensor{named}; pass --sensor ID")
    return found or ""


def _rows(work: _Conversion, sensor: str | None) -> Iterator[_Row]:
    """Yield the rows that say a value; events of the logger say none."""
    roles = work.layout.roles
    for line, cells in work.layout.records[work.layout.first + 1 :]:
        said = {q: cells[roles[q]] for q in QUANTITIES if q in roles and roles[q] < len(cells)}
        if not any(cell.strip() for cell in said.values()):
            continue
        if any("\n" in cell.strip() for cell in said.values()):
            work.wrong(line, "a value goes on in the next line: a quotation mark is opened and not closed")
            continue
        time = " ".join(cells[roles[role]].strip() for role in ("date", "time") if role in roles)
        try:
            when = read_moment(time)
        except InvalidError as error:
            work.wrong(line, f"{work.layout.names[roles['time']]}: {error}")
            continue
        yield _Row(line, cells[roles["sensor"]].strip() if sensor is None else sensor, when, said)


# --- numbers ---


def _decimal(work: _Conversion, rows: Sequence[_Row]) -> str | None:
    """Return the decimal sign; None where it is asked for: a comma with three digits behind it may be thousands."""
    if work.form.decimal:
        return work.form.decimal
    commas = [(row.line, cell.strip()) for row in rows for cell in row.cells.values() if re.search(r"\d,\d", cell)]
    points = [cell.strip() for row in rows for cell in row.cells.values() if re.search(r"\d\.\d", cell)]
    if not commas:
        return "."
    line, cell = commas[0]
    if points:
        work.wrong(line, f"{cell!r} beside {points[0]!r}: pass --decimal . or --decimal ,")
        return None
    if all(re.search(r"\d,\d{3}(?!\d)", cell) for _, cell in commas):
        work.wrong(line, f"{cell!r} may have a decimal comma or thousands: pass --decimal . or --decimal ,")
        return None
    return ","


def _units(work: _Conversion) -> Mapping[str, str]:
    """Return the unit of each quantity; of a temperature without one that is asked for."""
    heading = work.layout.headings.get("temperature")
    if heading is None:
        return {"humidity": PERCENT}
    given = None if work.form.unit is None else unit_of(work.form.unit)
    name = work.layout.names[work.layout.roles["temperature"]]
    if heading.unit and given and heading.unit != given:
        work.ask(f"--unit {given} is given, and the heading {name!r} says {heading.unit}")
    unit = heading.unit or given
    if unit is None:
        work.ask(f"the heading {name!r} does not say a unit; pass --unit C or --unit F")
    return {"temperature": unit or CELSIUS, "humidity": PERCENT}


def _values(work: _Conversion, row: _Row, decimal: str, units: Mapping[str, str]) -> Iterator[str]:
    """Yield a row's values in °C and %, as cells of a plain file."""
    for quantity in QUANTITIES:
        cell = row.cells.get(quantity, "").strip()
        try:
            yield _value(cell, decimal, units[quantity]) if cell else ""
        except InvalidError as error:
            work.wrong(row.line, f"{quantity}: {error}")
            yield ""


def _value(cell: str, decimal: str, unit: str) -> str:
    match = _NUMBER.fullmatch(cell.replace("\u2212", "-"))
    if match is None or not match[1] or fault_in(cell) is not None:
        if fault_in(cell) is None:
            raise InvalidError(f"not a number: {cell[:40]!r}")
        return cell
    number = match[1]
    if decimal == ",":
        if "." in number:
            raise InvalidError(f"a point where the decimal sign is a comma: {cell[:40]!r}")
        number = number.replace(",", ".")
    own = unit_of(match[2]) if match[2] else unit
    if (own == PERCENT) != (unit == PERCENT):
        raise InvalidError(f"in another unit: {cell[:40]!r}")
    if own in (CELSIUS, PERCENT):
        return number
    value = in_celsius(parse_value(number), own)
    return "error" if isinstance(value, Fault) else f"{Decimal(value).scaleb(-6):f}"


# --- times ---


def _place(work: _Conversion, rows: Sequence[_Row]) -> None:
    """Say when each row was measured."""
    for row in rows:
        row.at = row.when.instant
    local = [row for row in rows if row.at is None]
    zone = _zone(work, local) if local else None
    order = _order(work, local) if local else None
    if zone is None or order is None:
        return
    by_sensor: dict[str, list[tuple[_Row, int]]] = defaultdict(list)
    for row in local:
        try:
            by_sensor[row.sensor].append((row, wall_in(row.when, order)))
        except InvalidError as error:
            work.wrong(row.line, str(error))
    for given in by_sensor.values():
        _place_sensor(work, given, zone)


def _place_sensor(work: _Conversion, given: Sequence[tuple[_Row, int]], zone: tzinfo) -> None:
    values = [tuple(row.cells.values()) for row, _ in given]
    for (row, wall), placed in zip(given, place([wall for _, wall in given], zone, values=values), strict=True):
        row.at = placed.at
        shown = format_instant(wall).removesuffix("Z").replace("T", " ")
        if placed.doubt & Flag.TWICE:
            work.wrong(row.line, f"{shown} came twice when clocks went back, and nothing says which: {zone}")
        elif placed.doubt & Flag.SKIPPED:
            work.wrong(row.line, f"{shown} never was: clocks went forward over it in {zone}")


def _zone(work: _Conversion, local: Sequence[_Row]) -> tzinfo | None:
    named, given = work.layout.zone, work.form.timezone
    if named and given and zone_named(named) != zone_named(given):
        work.ask(f"--timezone {given} is given, and the heading says {named}")
    if not (named or given):
        work.ask(f"times without a zone, from line {local[0].line} on; pass --timezone, e.g. Europe/Berlin or UTC")
        return None
    return zone_named(named or given or "")


def _order(work: _Conversion, local: Sequence[_Row]) -> str | None:
    possible = orders_of(row.when for row in local)
    given, when = work.form.date_order, local[0].when
    shown = when.excel or when.separator.join(when.parts)
    if given is not None:
        return given
    if work.layout.order in possible:
        return work.layout.order
    if possible == {"excel"}:
        work.ask(f"{shown} looks like a number of days, as Excel counts them; pass --date-order excel")
        return None
    if len(possible) != 1:
        known = [order for order in DATE_ORDERS if order in possible]
        if known:
            work.ask(f"{shown!r} can be read in more than one order; pass --date-order {' or '.join(known)}")
        else:
            work.ask("no order of day, month and year fits all dates; pass --date-order")
        return None
    return possible.pop()
