"""Values as cells of a CSV file that people open in a spreadsheet. Pure."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes a text for that begins so


def as_it_is(text: str) -> str:
    """Return the text: for what is read back by a program."""
    return text


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def cell(value: Any, text: Callable[[str], str] = harmless) -> str:
    """Return what is written for a value: nothing for None, JSON for lists and documents."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return text(value) if isinstance(value, str) else str(value)


def lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as the text of a CSV file, part by part where somebody downloads it."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
