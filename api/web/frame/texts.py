"""What the pages say: texts stand beside their page, in files whose name is the first part of their keys."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGE = "en"


@cache
def _texts() -> Mapping[str, Any]:
    pages = Path(__file__).parents[1]
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in pages.glob("*/*.toml")}


def text(key: str, /, **values: Any) -> str:
    """Return the text `file.name`, its `{placeholders}` filled in.

    A text with forms `one` and `other` is chosen by the value `count`. Raises KeyError for a text that is not there.
    """
    page, _, name = key.partition(".")
    found = _texts()[page][name]
    if not isinstance(found, str):
        found = found["one" if values["count"] == 1 else "other"]
    return str(found.format(**values) if values else found)
