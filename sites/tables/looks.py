"""What a file that is no plain file of readings looks like, and what to say so that it can be read."""

from pathlib import Path

from domain.errors import InvalidError, Refused
from sites.tables.convert import table_of
from sites.tables.form import Form
from sites.tables.layout import DELIMITERS, Layout, layout_of, marked_encoding, text_of

MOST_QUESTIONS = 6
_READ_ANYWAY = Form(format="logger")


def looks_like(path: Path) -> list[str]:
    """Return what a file looks like, and with which options it is read; nothing for one that looks plain."""
    encoding = marked_encoding(path.read_bytes()[:400])
    is_utf_16 = encoding is not None and encoding != "utf-8"
    lines = [f"{path.name}: UTF-16: save it as UTF-8, or pass --encoding utf-16"] if is_utf_16 else []
    try:
        layout = layout_of(text_of(path, None), _READ_ANYWAY)
    except Refused as error:
        return list(error.problems[:1])
    except InvalidError as error:
        return lines or _unknown(path, error)
    questions = _questions(path)
    said = list(_of_layout(layout))
    if _has_decimal_comma(layout) and not any("--decimal" in each for each in questions):
        said.append("a decimal comma (--decimal ,)")
    if said:
        kind = "hobo" if layout.is_hobo else "logger"
        looks = f"looks like {_what(layout)}: {', '.join(said)}"
        lines.append(f"{path.name}: {looks}; to read it as it is pass --format {kind}")
    return [*lines, *questions]


def _unknown(path: Path, error: InvalidError) -> list[str]:
    return [f"{path.name}: {error}"] if "more than one" in str(error) or "several" in str(error) else []


def _what(layout: Layout) -> str:
    return "an export of HOBOware" if layout.is_hobo else "a table of a logger or a spreadsheet"


def _of_layout(layout: Layout) -> list[str]:
    said = []
    if layout.delimiter != ",":
        said.append(f"separated by {DELIMITERS.get(layout.delimiter, layout.delimiter)} not , (--delimiter)")
    if layout.first:
        said.append(f"column names in line {layout.line} (--skip {layout.line - 1})")
    names = [layout.names[i] for role, i in layout.roles.items()]
    plain = {"sensor", "measured_at", "temperature", "humidity"}
    if others := [name for name in names if name not in plain]:
        said.append(f"columns {', '.join(map(repr, others))} (--columns)")
    if not said and (rest := [n for i, n in enumerate(layout.names) if i not in layout.roles.values() and n.strip()]):
        said.append(f"other columns, which are left out: {', '.join(map(repr, rest))}")
    return said


def _has_decimal_comma(layout: Layout) -> bool:
    places = [layout.roles[role] for role in ("temperature", "humidity") if role in layout.roles]
    cells = (cells[i] for _, cells in layout.records[layout.first + 1 :] for i in places if i < len(cells))
    return any("," in cell and "\n" not in cell for cell in cells)


def _questions(path: Path) -> list[str]:
    """Return what must be said to read it, as far as that is known now."""
    try:
        table_of(path, _READ_ANYWAY, {})
    except Refused as error:
        return [problem for problem in error.problems if "pass --" in problem][:MOST_QUESTIONS]
    return []
