"""Where what stands in a file: its text, the line of its column names, and which column is what."""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import InvalidError, Refused
from domain.model import QUANTITIES
from sites.tables.form import Form
from sites.tables.headings import Heading, order_in, read_heading, serial_in, zone_in

DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
_LOOKED_AT = 100  # records in which the column names are looked for
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HOBO = re.compile(r'^"?(Plot Title:|Serial Number:\d+)|\bLGR S/N\b|\bHost Connect', re.MULTILINE)

Record = tuple[int, list[str]]  # the line it ends at, and its cells


@dataclass(frozen=True, slots=True)
class Layout:
    """`roles`: the column of each; `headings` what the columns of roles say; `first`: the record of the names."""

    delimiter: str
    records: Sequence[Record]
    first: int
    roles: Mapping[str, int]
    headings: Mapping[str, Heading]
    serial: str | None
    is_hobo: bool

    @property
    def line(self) -> int:
        """The line of the column names, from 1."""
        return self.records[self.first][0]

    @property
    def names(self) -> list[str]:
        """The column names."""
        return self.records[self.first][1]

    @property
    def order(self) -> str | None:
        """The order of a date that a heading shows."""
        return next((each.order for each in self.headings.values() if each.order), None)

    @property
    def zone(self) -> str | None:
        """The offset that a heading names."""
        return next((each.zone for each in self.headings.values() if each.zone), None)


def marked_encoding(data: bytes) -> str | None:
    """Return the encoding that the first bytes say; UTF-16 also without a mark, by the zero bytes of plain letters."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    start = data[:400]
    if len(start) >= 8 and max(start[::2].count(0), start[1::2].count(0)) * 2 > len(start) * 0.8:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    return None


# What files begin with that are no text.
_NO_TEXT = {
    b"PK\x03\x04": "a workbook or another zip file",
    b"\xd0\xcf\x11\xe0": "a workbook of an old form",
    b"%PDF": "a PDF",
}


def text_of(path: Path, encoding: str | None) -> str:
    """Return the text of a file. Raises Refused for one that is no text, or not in the encoding."""
    data = path.read_bytes()
    for mark, kind in _NO_TEXT.items():
        if data.startswith(mark):
            raise Refused([f"{path.name}: {kind}, not text: save or export its table as CSV"])
    name = encoding or marked_encoding(data) or "utf-8"
    try:
        return data.decode("utf-8-sig" if codecs.lookup(name).name == "utf-8" else name).removeprefix("\ufeff")
    except LookupError as error:
        raise Refused([f"--encoding: unknown encoding {encoding!r}; e.g. utf-8, utf-16, cp1252"]) from error
    except ValueError as error:
        hint = "" if encoding else "; pass --encoding, e.g. cp1252 (Windows) or utf-16"
        raise Refused([f"{path.name}: not in the encoding {name}{hint}"]) from error


def layout_of(text: str, form: Form) -> Layout:
    """Return where what stands. Raises InvalidError where that cannot be told for certain."""
    found: list[Layout] = []
    for delimiter in [form.delimiter] if form.delimiter else DELIMITERS:
        records = _records(text, delimiter)
        places = range(min(len(records), _LOOKED_AT)) if form.skip is None else _after(records, form.skip)
        for place in places:
            roles = _roles(records[place][1], form)
            if ("time" in roles or "date" in roles) and any(quantity in roles for quantity in QUANTITIES):
                found.append(_layout(text, delimiter, records, place, roles))
                break
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidError("separated by more than one sign; pass --delimiter")
    raise InvalidError(_not_found(text, form))


def _records(text: str, delimiter: str) -> list[Record]:
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[Record] = []
    try:
        found.extend((table.line_num, cells) for cells in table if any(cell.strip() for cell in cells))
    except csv.Error as error:
        raise InvalidError(f"line {table.line_num}: not CSV: {error}") from error
    return found


def _after(records: Sequence[Record], skip: int) -> list[int]:
    return [place for place, (line, _) in enumerate(records) if line > skip][:1]


def _roles(names: Sequence[str], form: Form) -> dict[str, int]:
    """Return the columns of roles. Raises InvalidError where several columns may be one."""
    roles: dict[str, int] = {}
    for role, wanted in form.columns.items():
        places = [i for i, name in enumerate(names) if _begins(name, wanted)]
        exact = [i for i in places if _plain(names[i]) == _plain(wanted)]
        if len(exact or places) == 1:
            roles[role] = (exact or places)[0]
    if len(roles) < len(form.columns):
        return {}
    by_role: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        role = read_heading(name).role
        if role and role not in roles and not (role == "date" and "time" in form.columns) and i not in roles.values():
            by_role.setdefault(role, []).append(i)
    is_named = bool(set(QUANTITIES) & form.columns.keys())
    for role, places in by_role.items():
        if role in QUANTITIES and is_named:
            continue  # the others are not asked for
        if len(places) > 1 and len(by_role) > 1:
            said = ", ".join(repr(names[i]) for i in places)
            raise InvalidError(f"several columns may be {role}: {said}; pass --columns {role}=NAME")
        roles[role] = places[0]
    if "date" in roles and "time" not in roles:
        roles["time"] = roles.pop("date")
    return roles


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _begins(name: str, wanted: str) -> bool:
    return _plain(name).startswith(_plain(wanted))


def _layout(text: str, delimiter: str, records: Sequence[Record], place: int, roles: Mapping[str, int]) -> Layout:
    names = records[place][1]
    headings = {role: read_heading(names[i]) for role, i in roles.items()}
    if "time" in headings:
        name = names[roles["time"]]
        headings["time"] = Heading("time", zone=zone_in(name), order=order_in(name.casefold()))
    before = [cell for _, cells in records[: place + 1] for cell in (*cells, delimiter.join(cells))]
    serials = {serial for cell in before if (serial := serial_in(cell))}
    serial = serials.pop() if len(serials) == 1 else None
    return Layout(delimiter, records, place, roles, headings, serial, bool(_HOBO.search(text[:4000])))


def _not_found(text: str, form: Form) -> str:
    if form.columns:
        return f"no line has the columns {', '.join(map(repr, form.columns.values()))}"
    if form.skip is not None:
        return f"after {form.skip} lines there are no column names with a time and a temperature or humidity"
    first = next((line.strip()[:80] for line in text.splitlines() if line.strip()), "")
    return (
        "no line of column names with a time and a temperature or humidity; "
        f"pass --columns time=…,temperature=… (first line: {first!r})"
    )
